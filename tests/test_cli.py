"""The command line as a person and a program use it, each wrong word included."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from corridorkey_core.cli import main
from corridorkey_core.cli.commands import build_parser
from corridorkey_core.cli.settings_page import settings_page
from corridorkey_core.job_file import read_jobs
from corridorkey_core.settings import Settings
from tests.small_shot import content, make_shot, said

CHROMA = ("--keyer", "chroma", "--device", "cpu")


in_shot = pytest.mark.usefixtures("shot")


@pytest.fixture
def shot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shot of three frames, which the command is started beside."""
    monkeypatch.chdir(tmp_path)
    return make_shot(tmp_path, range(1001, 1004))


def run(*words: str) -> int:
    try:
        return main(words)
    except SystemExit as end:  # argparse's own way to end
        return int(end.code or 0)


def test_key_says_what_became_of_the_shot(shot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("key", "plate/shot.####.exr", "--hint", "hint/shot.####.exr", *CHROMA)
    assert run(*words) == 0
    out, error = capsys.readouterr()
    assert "shot: 3 frames keyed in 0:0" in out
    assert "3/3 frames" in error
    assert {name.split("/")[0] for name in content(shot / "keyed")} == {
        "matte", "fg", "processed", "comp"
    }  # fmt: skip
    assert run(*words) == 0
    out, error = capsys.readouterr()
    assert "3 are finished and current (--overwrite keys them again)" in error
    assert "0 frames keyed, 3 skipped as finished and current" in out
    assert run(*words, "--overwrite") == 0
    assert "3 frames keyed in" in capsys.readouterr().out


def test_a_folder_is_a_plate_and_a_hint_is_made(shot: Path) -> None:
    assert run("key", "plate", "--passes", "matte,comp", "-o", "x", "--name", "hero", *CHROMA) == 0
    assert set(content(shot / "x")) == {
        f"{name}/hero.{number}.{ext}"
        for name, ext in (("matte", "exr"), ("comp", "png"))
        for number in (1001, 1002, 1003)
    }


def test_dry_run_says_what_would_be_read_and_written_and_does_nothing(
    shot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("key", "plate", "--frames", "1002-1005", "--dry-run") == 0
    out = capsys.readouterr().out
    assert re.search(r"frames +1002-1005 \(4\)", out)
    assert "plate/shot.1002.exr" in out
    assert "hint    made from the plate" in out
    assert "write   keyed/processed/shot.1002.exr" in out
    assert "missing plate frames 1004-1005" in out
    assert not (shot / "keyed").exists()


def test_json_is_a_line_an_event_and_nothing_else(
    shot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shot / "plate/shot.1002.exr").write_text("not a picture")
    assert run("key", "plate", "--json", *CHROMA) == 1
    out, error = capsys.readouterr()
    events = [json.loads(line) for line in out.splitlines()]
    assert error == ""
    kinds = [event["event"] for event in events]
    assert kinds[0] == "run_started"
    assert set(kinds) == {
        "run_started", "frame_finished", "frame_failed", "progress", "run_finished"
    }  # fmt: skip
    (failed,) = (event for event in events if event["event"] == "frame_failed")
    assert (failed["frame"], failed["stage"]) == (1002, "read")
    assert events[-1] == {
        **events[-1], "finished": "1001,1003", "failed": "1002", "cancelled": False
    }  # fmt: skip


def test_quiet_says_only_what_fails(shot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("key", "plate", "--quiet", "--frames", "1001", *CHROMA) == 0
    assert capsys.readouterr() == ("", "")
    (shot / "plate/shot.1003.exr").write_text("not a picture")
    assert run("key", "plate", "--quiet", *CHROMA) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("frame 1003 failed to read: ")


def test_a_summary_lists_failed_frames_last(shot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shot / "plate/shot.1003.exr").write_text("not a picture")
    assert run("key", "plate", *CHROMA) == 1
    out = capsys.readouterr().out
    assert "2 frames keyed, 1 failed" in out
    assert out.splitlines()[-2] == "failed frames: 1003"
    assert out.splitlines()[-1].startswith("  1003 read: The file cannot be read")


def test_a_trace_shows_reading_keying_and_writing(shot: Path) -> None:
    assert run("key", "plate", "--trace", "deep/trace.json", "--quiet", *CHROMA) == 0
    events = json.loads((shot / "deep/trace.json").read_text())["traceEvents"]
    spans = [(event["name"], event["args"].get("frame")) for event in events if event["ph"] == "X"]
    for stage in ("read", "key", "write"):
        assert {frame for name, frame in spans if name == stage} == {1001, 1002, 1003}


def test_a_job_file_is_written_edited_and_run(
    shot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("init", "plate/shot.####.exr", "--hint", "hint", "--despill", "average") == 0
    assert "corridorkey run job.yaml" in capsys.readouterr().out
    (job,) = read_jobs(shot / "job.yaml")
    assert job.settings == Settings(despill="average")
    assert run("init", "plate") == 2
    assert "is there already; --force replaces it" in capsys.readouterr().err
    assert run("init", "plate", "--force") == 0
    assert run("run", "job.yaml", "--frames", "1001", "--passes", "matte", *CHROMA) == 0
    assert set(content(shot / "keyed")) == {"matte/shot.1001.exr"}


def test_every_line_of_a_written_job_can_be_uncommented(shot: Path) -> None:
    assert run("init", "plate/shot.####.exr") == 0
    lines = (shot / "job.yaml").read_text().splitlines()
    names = {fact.name for fact in Settings.parameters()}
    bare = [re.sub(r"^  # (?=(\w+):)", "  ", line) for line in lines]
    found = {line.split(":")[0].strip() for line in bare if line.startswith("  ")} & names
    assert found == names
    (shot / "job.yaml").write_text("\n".join(bare))
    (job,) = read_jobs(shot / "job.yaml")
    assert job.settings == Settings()


def test_one_bad_shot_does_not_stop_the_others(
    shot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(shot / "plate", shot / "bad")
    for path in (shot / "bad").iterdir():
        path.write_text("not a picture")
    shots = [
        {"plate": "bad", "output": "out/bad"},
        {"plate": "plate", "output": "out/good"},
    ]
    text = yaml.safe_dump({"shots": shots, "settings": {"keyer": "chroma", "device": "cpu"}})
    (shot / "job.yaml").write_text(text)
    assert run("run", "job.yaml") == 2
    out, error = capsys.readouterr()
    assert "corridorkey: shot: The file cannot be read" in error
    assert "shot: 3 frames keyed" in out
    assert len(content(shot / "out/good")) == 12


def test_two_shots_must_not_write_the_same_files(
    shot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(shot / "plate", shot / "other")
    shots = [{"plate": "plate", "output": "out"}, {"plate": "other", "output": "out"}]
    (shot / "job.yaml").write_text(yaml.safe_dump({"shots": shots}))
    assert run("run", "job.yaml") == 2
    assert "would be written by two shots" in capsys.readouterr().err
    assert not (shot / "out").exists()


WRONG = [
    (["key"], "PLATE"),
    (["key", "nothing/shot.####.exr"], "There is no folder nothing"),
    (["key", "plate/shto.####.exr"], "shot.####.exr"),
    (["key", "plate", "--frames", "1-x"], "not understood"),
    (["key", "plate", "--frames", "5-9"], "none of 5-9 is there"),
    (["key", "plate", "--hint", "nothing.exr"], "nothing.exr"),
    (["key", "plate", "--despil", "average"], "Did you mean --despill"),
    (["key", "plate", "--alpha-hint", "hint"], "Did you mean --hint or --"),
    (["key", "plate", "--despill", "averge"], "Did you mean average or"),
    (["key", "plate", "--clip-black", "nan"], "expected 0 to 1"),
    (["key", "plate", "--clip-black", "0.5", "--clip-white", "0.5"], "expected black below white"),
    (["key", "plate", "--colour-space", "ACEScgg"], "ACEScg"),
    (["key", "plate", "--ocio-config", "nothing.ocio"], "nothing.ocio"),
    (["key", "plate", "--device", "cuda:99"], "CUDA devices"),
    (["key", "plate", "--device", "toaster"], "expected auto, cpu, cuda"),
    (["key", "plate", "--format", "png", "--bit-depth", "half"], "bit_depth is half"),
    (["key", "plate", "--template", "{pass}/{nam}.{ext}"], "{nam}"),
    (["key", "plate", "--contact-sheet", "sheet.jpg"], "ends with .png"),
    (["key", "plate", "--trace", "plate"], "is a folder"),
    (["key", "plate", "-o", ".", "--template", "plate/{name}.{frame}.{ext}", "--passes", "fg"],
     "is read and would be written too"),
    (["run", "nothing.yaml"], "corridorkey init PLATE"),
    (["info", "nothing.exr"], "nothing.exr"),
    (["init", "plate", "--job", "no/such/folder/job.yaml"], "cannot be written"),
    (["settings", "--format", "html"], "invalid choice"),
    (["keyy", "plate"], "invalid choice"),
    ([], "COMMAND"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "reason"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_a_wrong_word_is_told_and_nothing_is_written(
    shot: Path, capsys: pytest.CaptureFixture[str], words: list[str], reason: str
) -> None:
    before = content(shot)
    assert run(*words) == 2
    out, error = capsys.readouterr()
    assert reason.lower() in error.lower()
    assert "Traceback" not in error
    assert out == ""
    assert content(shot) == before


@in_shot
def test_info_says_what_is_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", "plate/shot.1001.exr") == 0
    out = capsys.readouterr().out
    assert re.search(r"channels +R, G, B", out)
    assert re.search(r"type +half", out)
    assert run("info", "plate/shot.1001.exr", "--json") == 0
    assert json.loads(capsys.readouterr().out)["data window"] == "96 x 64 at 0, 0"
    assert run("info", "plate") == 0
    out = capsys.readouterr().out
    assert re.search(r"frames +1001-1003 \(3\)", out)


def test_settings_are_documented_in_three_forms(capsys: pytest.CaptureFixture[str]) -> None:
    names = [fact.name for fact in Settings.parameters()]
    assert run("settings") == 0
    text = capsys.readouterr().out
    assert run("settings", "--format", "markdown") == 0
    page = capsys.readouterr().out
    assert run("settings", "--format", "yaml") == 0
    job = capsys.readouterr().out
    for name in names:
        assert f"--{name.replace('_', '-')}" in text
        assert f"| `{name}` |" in page
        assert f"{name}: " in job
    assert page == settings_page()


def test_the_options_of_key_are_the_parameters() -> None:
    parser = build_parser()
    words = ["key", "plate"]
    plain = vars(parser.parse_args(words))
    for fact in Settings.parameters():
        option = "--" + fact.name.replace("_", "-")
        value = fact.default
        if fact.kind is bool:
            words.append(option if value else option.replace("--", "--no-", 1))
        else:
            words.append(f"{option}={','.join(value) if isinstance(value, tuple) else value}")
    named = {
        name: value for name, value in vars(parser.parse_args(words)).items() if name not in plain
    }
    assert Settings.from_mapping(named) == Settings()
    assert set(named) == {fact.name for fact in Settings.parameters()}


def test_doctor_says_what_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    run("doctor")
    out = capsys.readouterr().out
    for word in ("Corridor Key", "torch", "OpenImageIO", "device", "OCIO", "movies"):
        assert word in out
    run("doctor", "--json")
    assert {"name", "found", "remedy"} == set(json.loads(capsys.readouterr().out)[0])


def test_doctor_names_a_wrong_ocio_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OCIO", "/no/such/config.ocio")
    assert run("doctor") == 1
    assert "correct or unset $OCIO" in capsys.readouterr().out


def test_the_module_is_the_command_and_bugs_keep_their_traceback(tmp_path: Path) -> None:
    assert said("--version").stdout.startswith("corridorkey ")
    refused = said("key", "nothing.####.exr", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("corridorkey: ")


def test_a_reader_that_leaves_early_is_no_traceback() -> None:
    line = f"{sys.executable} -m corridorkey_core settings | head -n 1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_all_that_was_said_arrives_though_the_process_ends_at_once() -> None:
    # A bug in what Python does at its end would show: nothing of that is waited for.
    script = "import atexit; atexit.register(print, 'taken apart'); "
    script += "from corridorkey_core.__main__ import run; run()"
    command = [sys.executable, "-c", script, "settings", "--format", "markdown"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout == settings_page()
