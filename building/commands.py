"""What a person can ask of build.py.

Exit status: 0 done; 1 it could not be done, and a message says why; 2 the command line is wrong;
130 interrupted. `demo` and `test` end with the status of what they ran.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from building.blenders import EVERY, MOVING, QUICK, all_names, make_blenders
from building.check import check
from building.child import hand_over
from building.console import Console
from building.demo import key_sample
from building.environment import ROOT, Environment
from building.errors import SetupError
from building.package import default_output, package
from building.set_up import Wish, set_up
from building.torch_build import checked
from building.wheels import collect_wheels
from building.word import leave_word

FAILED, INTERRUPTED = 1, 130
VIDEO = frozenset({"video"})
MOST_WORKERS = 8
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # the processes of the tests share the processors
DEV = VIDEO | {"dev"}


def main(argv: Sequence[str]) -> int:
    """Run a command and return its exit status."""
    parser = build_parser()
    options, rest = parser.parse_known_args(argv)
    if rest and options.command is not _test:
        parser.error(f"unrecognised: {' '.join(rest)}")
    options.rest = rest
    try:
        status: int = options.command(options, Console())
    except SetupError as error:
        sys.stderr.write(f"\nbuild.py: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("\nbuild.py: interrupted; the same command goes on\n")
        return INTERRUPTED
    return status


def build_parser() -> argparse.ArgumentParser:
    """The command line; each command is a function of the options and the console."""
    parser = argparse.ArgumentParser(
        prog="build.py", description="Corridor Key, from a bare Python.", allow_abbrev=False
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, command, words in (
        ("setup", _setup, "make the environment, or mend it; quick where nothing changed"),
        ("demo", _demo, "setup, then key the sample shot into demo/"),
        ("test", _test, "setup, then run the tests; other arguments go to pytest"),
        ("check", _check, "setup, then ruff, mypy --strict and the rules of the repository"),
    ):
        one = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
        _add_choices(one)
        one.add_argument("--wheels", metavar="DIR", type=Path, help="install from this folder only")
        one.set_defaults(command=command)
        if name == "test":
            _add_blenders(one)
    words = "collect wheels into a folder, for `setup --wheels` on a machine without a network"
    wheels = commands.add_parser("wheels", help=words, description=words, allow_abbrev=False)
    wheels.add_argument("folder", metavar="DIR", type=Path)
    _add_choices(wheels)
    wheels.set_defaults(command=_wheels)
    words = "make what artists install in their hosts; needs nothing but this Python"
    packages = commands.add_parser("package", help=words, description=words, allow_abbrev=False)
    packages.add_argument("--output", metavar="DIR", type=Path, default=default_output())
    packages.set_defaults(command=_package)
    return parser


def _add_blenders(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--blender", action="store_true", help="make every Blender that is tested with, and use all"
    )
    which.add_argument(
        "--quick-blender",
        action="store_true",
        help="make one wheel and one program, and go on without what cannot be made",
    )


def _add_choices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--torch",
        metavar="BUILD",
        type=_build_name,
        default="auto",
        help="auto (what this machine calls for), cpu, default (PyPI's wheel), cu130, cu126, ...",
    )
    parser.add_argument(
        "--venv", metavar="DIR", type=Path, default=ROOT / ".venv", help="default: .venv"
    )


def _build_name(text: str) -> str:
    try:
        return checked(text)
    except SetupError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _wish(options: argparse.Namespace, extras: frozenset[str]) -> Wish:
    return Wish(options.venv.absolute(), options.torch, options.wheels, extras)


def _setup(options: argparse.Namespace, console: Console) -> int:
    environment = set_up(_wish(options, VIDEO), console)
    leave_word(environment, console)
    console.say(f"key a shot: {environment.script('corridorkey')} key PLATE.####.exr")
    return 0


def _demo(options: argparse.Namespace, console: Console) -> int:
    environment = set_up(_wish(options, VIDEO), console)
    leave_word(environment, console)
    return key_sample(environment, console)


def _test(options: argparse.Namespace, console: Console) -> int:
    environment = set_up(_wish(options, DEV), console)
    wanted = all_names() if options.blender else QUICK if options.quick_blender else ()
    missing = _make_what_can_be(wanted, console)
    variables = {**ONE_THREAD, **({EVERY: "1"} if options.blender else {})}
    status = hand_over(pytest_command(environment, options.rest), str(ROOT), variables)
    return status or (FAILED if options.blender and missing - {MOVING} else 0)


def _make_what_can_be(names: Sequence[str], console: Console) -> frozenset[str]:
    """Make each Blender; where one cannot be, say so and go on. Those that could not be made."""
    missing = set()
    for name in names:
        try:
            make_blenders((name,), console)
        except SetupError as error:
            console.say(f"  ! {name} is not tested with: {error}")
            missing.add(name)
    return frozenset(missing)


def pytest_command(environment: Environment, arguments: Sequence[str]) -> list[str]:
    """The command line that runs the tests, one process for each processor; `-n 0` for one."""
    workers = str(min(os.cpu_count() or 1, MOST_WORKERS))
    spread = ("-n", workers, "--dist", "loadfile")
    return [environment.python, "-m", "pytest", *spread, *arguments]


def _check(options: argparse.Namespace, console: Console) -> int:
    return check(set_up(_wish(options, DEV), console), console)


def _wheels(options: argparse.Namespace, console: Console) -> int:
    collect_wheels(options.folder, options.torch, console)
    return 0


def _package(options: argparse.Namespace, console: Console) -> int:
    package(options.output, console)
    return 0
