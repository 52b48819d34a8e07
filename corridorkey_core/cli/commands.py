"""The commands and their options."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from corridorkey_core.cli.chosen import add_choice, chosen_jobs
from corridorkey_core.cli.farm import add_farm
from corridorkey_core.cli.parameters import add_parameters, named_parameters
from corridorkey_core.cli.parser import Commands, Parser
from corridorkey_core.cli.settings_page import settings_page, settings_text
from corridorkey_core.cli.weights import add_weights
from corridorkey_core.errors import SettingsError
from corridorkey_core.job import Job
from corridorkey_core.job_file import job_text
from corridorkey_core.sequence import find_sequence, format_frames
from corridorkey_core.settings import Settings
from corridorkey_core.version import VERSION


def build_parser() -> argparse.ArgumentParser:
    """The command line: every command sets `command`, a function of the parsed options."""
    parser = Parser(prog="corridorkey", description="Key green- and blue-screen shots.")
    parser.add_argument("--version", action="version", version=f"corridorkey {VERSION}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_key(commands)
    _add_run(commands)
    _add_init(commands)
    _add_facts(commands)
    add_weights(commands)
    add_farm(commands)
    return parser


def _add_key(commands: Commands) -> None:
    key = commands.add_parser("key", help="key one shot")
    key.add_argument("plate", metavar="PLATE", help="file pattern, folder, file or movie")
    key.add_argument("--hint", default="", help="alpha hint; one is made where none is given")
    key.add_argument("-o", "--output", default="keyed", help="folder for results (default: keyed)")
    key.add_argument("--name", default="", help="name of the results (default: the plate's)")
    _add_run_options(key)
    key.set_defaults(command=_key)


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="key the shots of a job file")
    add_choice(run)
    _add_run_options(run)
    run.set_defaults(command=_run)


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--frames", default="", help="such as 1001-1100, 1-100x2 or 1-10,20-30")
    parser.add_argument("--dry-run", action="store_true", help="say what would be read and written")
    parser.add_argument("--quiet", action="store_true", help="say only what fails")
    parser.add_argument("--json", action="store_true", help="events as JSON lines on stdout")
    parser.add_argument("--trace", metavar="FILE", type=Path, help="write a Chrome/Perfetto trace")
    parser.add_argument(
        "--contact-sheet", metavar="FILE.png", type=Path, help="write pictures of a few frames"
    )
    add_parameters(parser)


def _add_init(commands: Commands) -> None:
    init = commands.add_parser("init", help="write a commented job file")
    init.add_argument("plate", metavar="PLATE")
    init.add_argument("--hint", default="")
    init.add_argument("-o", "--output", default="keyed")
    init.add_argument("--job", metavar="JOB.yaml", type=Path, default=Path("job.yaml"))
    init.add_argument("--force", action="store_true", help="replace a job file that is there")
    add_parameters(init)
    init.set_defaults(command=_init)


def _add_facts(commands: Commands) -> None:
    page = commands.add_parser("settings", help="say what every parameter does")
    page.add_argument("--format", choices=("text", "markdown", "yaml"), default="text")
    page.set_defaults(command=_settings)
    doctor = commands.add_parser("doctor", help="say what is installed and what is amiss")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(command=_doctor)
    info = commands.add_parser("info", help="say what is in a picture, a sequence or a movie")
    info.add_argument("file", metavar="FILE", help="a file, a folder, a pattern or a movie")
    info.add_argument("--json", action="store_true")
    info.set_defaults(command=_info)


def _key(options: argparse.Namespace) -> int:
    from corridorkey_core.cli.key import key_jobs

    settings = Settings.from_mapping(named_parameters(options))
    job = Job(options.plate, options.output, options.hint, options.frames, options.name, settings)
    return key_jobs((job,), options)


def _run(options: argparse.Namespace) -> int:
    from corridorkey_core.cli.key import key_jobs

    changes = named_parameters(options)
    jobs = chosen_jobs(options)
    changed = (replace(job, settings=job.settings.changed(**changes)) for job in jobs)
    return key_jobs(tuple(changed), options)


def _init(options: argparse.Namespace) -> int:
    job = Job(
        options.plate,
        options.output,
        options.hint,
        settings=Settings.from_mapping(named_parameters(options)),
    )
    if options.job.exists() and not options.force:
        raise SettingsError(f"{options.job} is there already; --force replaces it.")
    try:
        options.job.write_text(job_text(job), encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{options.job} cannot be written: {error}.") from error
    sys.stdout.write(f"wrote {options.job}; key it with: corridorkey run {options.job}\n")
    return 0


def _settings(options: argparse.Namespace) -> int:
    pages = {"text": settings_text, "markdown": settings_page, "yaml": _settings_yaml}
    sys.stdout.write(pages[options.format]())
    return 0


def _settings_yaml() -> str:
    return job_text(Job("PLATE.####.exr", "keyed"))


def _doctor(options: argparse.Namespace) -> int:
    from corridorkey_core.doctor import examine

    findings = examine()
    if options.json:
        sys.stdout.write(json.dumps([vars(finding) for finding in findings], indent=2) + "\n")
    else:
        for finding in findings:
            mark = "fix" if finding.remedy else "ok "
            sys.stdout.write(f"{mark} {finding.name:<12} {finding.found}\n")
            if finding.remedy:
                sys.stdout.write(f"    {'':<12} -> {finding.remedy}\n")
    return 1 if any(finding.remedy for finding in findings) else 0


def _info(options: argparse.Namespace) -> int:
    facts = _facts(options.file)
    if options.json:
        sys.stdout.write(json.dumps(facts, indent=2, default=str) + "\n")
        return 0
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        sys.stdout.write(f"{name:<{width}}  {value}\n")
    return 0


def _facts(text: str) -> dict[str, str]:
    """What is in a file, and of a sequence its frames and what is in the first of them."""
    from corridorkey_core.read import describe

    sequence = find_sequence(text)
    if sequence.is_still or sequence.is_movie:
        return describe(sequence.path(1))
    frames = sequence.frames
    missing = sorted(set(range(frames[0], frames[-1] + 1)) - set(frames))
    gaps = {"missing": format_frames(missing)} if missing else {}
    listed = {"frames": f"{format_frames(frames)} ({len(frames)})", **gaps}
    return {"name": sequence.name, **listed, **describe(sequence.path(frames[0]))}
