"""`farm export` as a person uses it, each wrong word of `farm` included.

A bundle is whole or absent, and a bundle that is there gives way only to be replaced whole.
"""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest
import yaml

from corridorkey_core.cli.openjd_lines import OpenjdLines
from corridorkey_core.errors import SettingsError
from corridorkey_core.farm.bundle import write_bundle
from corridorkey_core.job import Job
from corridorkey_core.job_file import jobs_text, read_jobs
from corridorkey_core.progress import FrameFailed, Notice, Progress
from corridorkey_core.settings import Settings
from tests.farm.beside_shot import FIGURES, listing, run
from tests.small_shot import ROOT, content, job_of

in_shot = pytest.mark.usefixtures("shot")


def test_a_bundle_holds_the_job_with_its_paths_in_full(shot: Path) -> None:
    assert run("farm", "export", "job.yaml", "-o", "farm/bundle", "--chunk", "2") == 0
    assert listing(shot / "farm") == ["bundle"]
    assert listing(shot / "farm/bundle") == ["asset_references.yaml", "job.yaml", "template.yaml"]
    (job,) = read_jobs(shot / "farm/bundle/job.yaml")
    assert job == Job(**{**vars(job_of(shot)), "name": "shot"})
    read = yaml.safe_load((shot / "farm/bundle/asset_references.yaml").read_text())
    assert read["assetReferences"]["inputs"]["directories"] == [
        str(shot / "plate"),
        str(shot / "hint"),
    ]


@pytest.mark.parametrize(
    ("settings", "words", "gpus"),
    [
        ("device: cpu", (), 0),
        ("device: cpu", ("--gpus", "3"), 3),
        ("device: auto", (), 1),
        ("devices: all", (), 1),
        ('devices: "cuda:0,cuda:1,cuda:2"', (), 3),
    ],
)
def test_a_chunk_gets_all_the_gpus_that_it_will_use(
    shot: Path, settings: str, words: tuple[str, ...], gpus: int
) -> None:
    job = f"plate: plate\noutput: out\nsettings: {{keyer: chroma, {settings}}}\n"
    (shot / "job.yaml").write_text(job)
    asked = ("-o", "b", "--chunk", "2", "--format", "slurm", *words)
    assert run("farm", "export", "job.yaml", *asked) == 0
    script = (shot / "b/slurm.sh").read_text()
    assert (f"--gres=gpu:{gpus}\n" in script) == bool(gpus)
    assert ("gres" in script) == bool(gpus)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        (("--chunk", "2"), 24 * 60 * 60),
        (FIGURES, 60 * 60),
        (("--start-seconds", "100", "--frame-seconds", "50", "--frame-mib", "8"), 4000),
        ((*FIGURES, "--timeout", "77"), 77),
    ],
)
def test_a_chunk_may_take_ten_times_what_is_expected(
    shot: Path, words: tuple[str, ...], seconds: int
) -> None:
    assert run("farm", "export", "job.yaml", "-o", "b", *words) == 0
    (step,) = yaml.safe_load((shot / "b/template.yaml").read_text())["steps"]
    action = step["script"]["actions"]["onRun"]
    assert action["timeout"] == seconds
    assert action["cancelation"]["mode"] == "NOTIFY_THEN_TERMINATE"


@in_shot
@pytest.mark.parametrize("form", ["openjd", "opencue", "deadline", "tractor", "slurm"])
def test_every_format_says_how_it_is_handed_in(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("-o", "b", "--chunk", "2", "--user", "artist", "--format", form)
    assert run("farm", "export", "job.yaml", *words) == 0
    said = capsys.readouterr().out
    assert "3 chunks; hand it in with: " in said
    assert str(Path("b").absolute()) in said


def test_a_bundle_is_replaced_whole_and_only_when_asked(
    shot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("farm", "export", "job.yaml", "-o", "b", "--chunk", "2")
    assert run(*words) == 0
    before = content(shot / "b")
    assert run(*words, "--format", "slurm") == 2
    assert "is there already; --force replaces it" in capsys.readouterr().err
    assert content(shot / "b") == before
    assert run(*words, "--format", "slurm", "--force") == 0
    assert listing(shot / "b") == ["job.yaml", "slurm.sh"]
    assert listing(shot) == ["b", "hint", "job.yaml", "plate"]


@in_shot
@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("plate", "is no bundle; name a folder that is not there yet"),
        ("job.yaml", "is a file; expected a folder"),
        (".", "holds folders, as no bundle does"),
    ],
)
def test_what_is_no_bundle_is_never_replaced(
    output: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("farm", "export", "job.yaml", "-o", output, "--chunk", "2", "--force") == 2
    assert said in capsys.readouterr().err


def test_a_bundle_that_cannot_be_written_is_absent_and_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bundle(tmp_path / "b", {"job.yaml": "old"}, replace=False)
    rename = Path.rename

    def fails(path: Path, target: Path) -> Path:
        if target == tmp_path / "b" and path.suffix == ".new":
            raise OSError(errno.EIO, "broken")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(SettingsError, match="the disk or the network reported an error"):
        write_bundle(tmp_path / "b", {"job.yaml": "new"}, replace=True)
    with pytest.raises(SettingsError, match="cannot be written"):
        write_bundle(tmp_path / "c", {"no/such/folder": ""}, replace=False)
    assert listing(tmp_path) == ["b"]
    assert (tmp_path / "b/job.yaml").read_text() == "old"


@in_shot
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "job.yaml"), "required: -o/--output"),
        (("export", "no.yaml", "-o", "b"), "no.yaml: No such file"),
        (("export", "job.yaml", "-o", "b", "--format", "qube"), "invalid choice: 'qube'"),
        (("export", "job.yaml", "-o", "b", "--chunk", "0"), "--chunk is 0; expected 1 or more"),
        (("export", "job.yaml", "-o", "b", "--chunk", "x"), "invalid int value: 'x'"),
        (("export", "job.yaml", "-o", "b", "--chunk", "2", "--gpus", "-1"), "gpus is -1; expected"),
        (
            ("export", "job.yaml", "-o", "b", "--chunk", "2", "--gpu-memory", "9"),
            "gpu_memory is asked for, but no GPU",
        ),
        (
            ("export", "job.yaml", "-o", "b", "--chunk", "2", "--timeout", "0"),
            "timeout_seconds is 0; expected",
        ),
        (
            (
                "export",
                "job.yaml",
                "-o",
                "b",
                "--chunk",
                "2",
                "--format",
                "opencue",
                "--user",
                "root",
            ),
            "Cuebot takes no job of root",
        ),
        (("export", "job.yaml", "-o", "b", "--shot", "x"), "job.yaml has no shot 'x'"),
        (("export", "job.yaml", "-o", "b", "--frames", "5-1:2"), "':' is a stagger"),
        (("export", "job.yaml", "-o", "b", "--frames", "1"), "none of 1 is there"),
        (("plan", "job.yaml", "--chunk", "2"), "With --chunk alone there is nothing to reckon"),
        (("plan", "job.yaml", *FIGURES[:-1], "-8"), "frame_bytes is -8388608"),
        (("plan", "job.yaml", *FIGURES, "--workers", "1,x"), "expected numbers of workers"),
        (("plan", "job.yaml", *FIGURES, "--workers", "0"), "expected numbers of workers"),
        (("open", "nowhere"), "nowhere is not there; expected the session's folder"),
        (("open", ".", "--idle", "0"), "--idle is 0; expected more than 0 seconds"),
        (("plain",), "invalid choice: 'plain'"),
        ((), "the following arguments are required: ACTION"),
    ],
)
def test_a_wrong_word_is_refused_and_leaves_nothing(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = listing(Path())
    assert run("farm", *words) == 2
    assert said in capsys.readouterr().err
    assert listing(Path()) == before


@in_shot
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("job.yaml", "--frames", "1x2"), "The frames '1x2' are not understood"),
        (("job.yaml", "--frames", "1"), "none of 1 is there"),
        (("no.yaml",), "no.yaml: No such file"),
    ],
)
def test_a_task_that_cannot_start_says_so_to_the_farm(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("farm", "task", *words) == 2
    out = capsys.readouterr().out
    assert out.startswith("openjd_fail: ")
    assert said in out


def test_closing_a_session_without_an_engine_is_no_error(tmp_path: Path) -> None:
    assert run("farm", "close", str(tmp_path)) == 0
    assert run("farm", "close", str(tmp_path / "gone")) == 0


def test_no_name_can_make_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    lines = OpenjdLines(sys.stdout)
    evil = "x\nopenjd_env: PATH=/evil\ropenjd_fail: no"
    for event in (Notice(evil), FrameFailed(1, "read", evil, evil), Progress(1, 3, 1)):
        lines(event)
    lines.fail_for_frames()
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said if line.startswith("openjd_")] == [
        "openjd_progress", "openjd_status", "openjd_fail"
    ]  # fmt: skip
    assert said[2] == "openjd_progress: 66.7"


def test_jobs_are_written_and_read_back_equal(tmp_path: Path) -> None:
    jobs = (
        job_of(tmp_path, "1-3"),
        Job("/a/b.mov", "/c", name="1e3", settings=Settings(passes=("matte",), despill="off")),
    )
    (tmp_path / "jobs.yaml").write_text(jobs_text(jobs), encoding="utf-8")
    assert read_jobs(tmp_path / "jobs.yaml") == jobs


def test_the_tests_bring_what_runs_bundles_for_real() -> None:
    listed = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    development = listed.partition("dev = [")[2].partition("]\n")[0]
    assert '"openjd-cli' in development, "without it tests/farm/test_openjd.py is skipped in CI"
