"""Job files: one or many shots, strict, with YAML's traps defused."""

from __future__ import annotations

from pathlib import Path

import pytest

from corridorkey_core.errors import SettingsError
from corridorkey_core.job import Job
from corridorkey_core.job_file import job_text, read_jobs
from corridorkey_core.settings import Settings


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "job.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_one_shot_with_paths_from_the_files_own_folder(tmp_path: Path) -> None:
    path = written(tmp_path, "plate: a/p.####.exr\noutput: out\nhint: /abs/h.####.exr\n")
    (job,) = read_jobs(path)
    assert job.plate == str(tmp_path / "a/p.####.exr")
    assert job.output == str(tmp_path / "out")
    assert job.hint == "/abs/h.####.exr"


def test_many_shots_share_settings_and_may_have_their_own(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
settings: {despill: average, soften: 2}
shots:
  - {plate: a.####.exr, output: a, frames: 1-10x2}
  - {plate: b.####.exr, output: b, settings: {soften: 0.5}}
""",
    )
    first, second = read_jobs(path)
    assert (first.settings.despill, first.settings.soften) == ("average", 2.0)
    assert (second.settings.despill, second.settings.soften) == ("average", 0.5)
    assert first.frames == "1-10x2"


@pytest.mark.parametrize(
    ("line", "name", "expected"),
    [
        ("despill: off", "despill", "off"),
        ("soften: 1e-1", "soften", 0.1),
        ("soften: .5", "soften", 0.5),
        ("despeckle_area: 010", "despeckle_area", None),
        ("restore_source: yes", "restore_source", None),
        ("restore_source: false", "restore_source", False),
        ("devices: cuda:0,cuda:1", "devices", "cuda:0,cuda:1"),
    ],
)
def test_yaml_traps(tmp_path: Path, line: str, name: str, expected: object) -> None:
    path = written(tmp_path, f"plate: p\noutput: o\nsettings:\n  {line}\n")
    if expected is None:
        with pytest.raises(SettingsError, match=name):
            read_jobs(path)
        return
    assert getattr(read_jobs(path)[0].settings, name) == expected


def test_a_single_frame_may_be_a_number(tmp_path: Path) -> None:
    assert read_jobs(written(tmp_path, "plate: p\noutput: o\nframes: 1001\n"))[0].frames == "1001"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plate: p\n", "has no output"),
        ("plate: p\noutput: o\nplaet: x\n", "Did you mean plate"),
        ("plate: ''\noutput: o\n", "plate is empty"),
        ("plate: [p]\noutput: o\n", "expected text"),
        ("plate: p\noutput: o\nname: a/b\n", "without folders"),
        ("plate: p\noutput: o\nsettings: 3\n", "names and values"),
        ("plate: p\noutput: o\nsettings: {sofen: 3}\n", "Did you mean soften"),
        ("shots: []\n", "not a list of shots"),
        ("shots: [3]\n", "Shot 1"),
        ("shots: [{plate: p, output: o}, {plate: p}]\n", "Shot 2: The job has no output"),
        ("shots: [{plate: p, output: o}]\nsetings: {}\n", "Did you mean settings"),
        ("- a\n", "Expected `plate:`"),
        ("", "Expected `plate:`"),
        ("plate: 'p\n", "Not a YAML file"),
        ("plate: !!python/object/apply:os.getcwd []\noutput: o\n", "Not a YAML file"),
        ("[" * 5000, "Not a YAML file|nested too deeply"),
    ],
)
def test_wrong_files_are_refused_naming_the_file(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError, match=said) as caught:
        read_jobs(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="corridorkey init"):
        read_jobs(tmp_path / "none.yaml")


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_bytes(b"\xff\xfe\x00\x01" * 10)
    with pytest.raises(SettingsError, match=r"cannot be read|Not a YAML"):
        read_jobs(path)


def test_a_written_job_reads_back_equal(tmp_path: Path) -> None:
    job = Job("/ä b/p.####.exr", "/out", "/h", "1-3", "shot", Settings(despill="off", soften=1.5))
    assert read_jobs(written(tmp_path, job_text(job))) == (job,)


@pytest.mark.parametrize(
    "text", ["0E0", "1e3", "off", "010", "1:30", "1_0", ".inf", "null", "~", "x: y"]
)
def test_text_that_looks_like_something_else_is_quoted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(job_text(Job("/plate", "/out", settings=Settings(checkpoint=text))))
    (job,) = read_jobs(path)
    assert job.settings.checkpoint == text
