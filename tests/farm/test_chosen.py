"""A command on a job file is about the shots, frames and places that were chosen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridorkey_core.cli.chosen import part_of
from corridorkey_core.errors import SettingsError
from corridorkey_core.farm.formats.chunk_command import part
from corridorkey_core.farm.order import Shot
from corridorkey_core.farm.path_mapping import mapped_job, read_rules
from corridorkey_core.job import Job
from corridorkey_core.sequence import format_frames, parse_frames
from corridorkey_core.settings import Settings
from tests.farm.beside_shot import run
from tests.small_shot import content, make_shot

CHROMA = ("--keyer", "chroma", "--device", "cpu")


@pytest.fixture
def shots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two shots of six frames and a job file, which the command is started beside."""
    monkeypatch.chdir(tmp_path)
    make_shot(tmp_path)
    (tmp_path / "job.yaml").write_text("""
shots:
- {plate: "plate/shot.####.exr", output: out, name: hero}
- {plate: "plate/shot.####.exr", output: out, frames: 1001-1006x2}
""")
    return tmp_path


def keyed(folder: Path) -> list[str]:
    return sorted(Path(name).stem for name in content(folder / "out") if name.startswith("matte"))


def test_a_shot_is_chosen_by_its_name_or_by_its_plates(shots: Path) -> None:
    assert run("run", "job.yaml", "--shot", "hero", "--frames", "1002", *CHROMA) == 0
    assert keyed(shots) == ["hero.1002"]
    assert run("run", "job.yaml", "--shot", "shot", *CHROMA) == 0
    assert keyed(shots) == ["hero.1002", "shot.1001", "shot.1003", "shot.1005"]


@pytest.mark.usefixtures("shots")
def test_a_part_holds_only_frames_that_the_shot_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "job.yaml", "--shot", "shot", "--part", "1002-1005", "--dry-run") == 0
    assert "frames  1003,1005 (2)" in capsys.readouterr().out
    assert run("run", "job.yaml", "--shot", "shot", "--part", "1002+2", "--dry-run") == 0
    assert "frames  1003,1005 (2)" in capsys.readouterr().out
    assert run("run", "job.yaml", "--part", "1003", "--dry-run") == 0
    assert capsys.readouterr().out.count("frames  1003 (1)") == 2


@given(st.sets(st.integers(-50, 200), min_size=1), st.integers(1, 60))
def test_the_parts_that_farms_ask_for_are_the_chunks(frames: set[int], size: int) -> None:
    job = Job("plate", "out", frames=format_frames(sorted(frames)))
    for chunk in Shot("a", job, tuple(sorted(frames)), size).chunks:
        for text in (part(chunk), f"{chunk[0]}+{size}"):
            assert parse_frames(part_of(job, text).frames) == chunk


@pytest.mark.usefixtures("shots")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--shot", "hera"), "job.yaml has no shot 'hera'. Did you mean hero? It has hero"),
        (("--shot", "x"), "It has hero, shot."),
        (("--part", "2-1"), "The shot has frames 1001-1006; none is in 2-1."),
        (("--part", "1001+0"), "The shot has frames 1001-1006; none is in 1001+0."),
        (("--part", "1x2"), "The part '1x2' is not understood; expected such as 1001-1040 or"),
        (("--path-mapping", "no.json"), "no.json cannot be read: No such file or directory."),
        (("--path-mapping", "job.yaml"), "The path mapping job.yaml is not JSON"),
    ],
)
def test_a_wrong_choice_is_refused(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("run", "job.yaml", *words) == 2
    assert said in capsys.readouterr().err


def test_shots_of_one_name_are_not_chosen_between(
    shots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (shots / "job.yaml").read_text().replace("hero", "shot").replace("out,", "other,", 1)
    (shots / "job.yaml").write_text(text)
    assert run("run", "job.yaml", "--shot", "shot", "--dry-run") == 2
    assert "2 shots are named shot. Give each a `name` of its own." in capsys.readouterr().err


def rules(path: Path, *entries: tuple[str, str, str], **changes: Any) -> Path:
    names = ("source_path_format", "source_path", "destination_path")
    listed = [dict(zip(names, entry, strict=True)) for entry in entries]
    document = {"version": "pathmapping-1.0", "path_mapping_rules": listed, **changes}
    path.write_text(json.dumps(document))
    return path


def test_every_path_of_a_job_is_mapped_by_the_most_particular_rule(tmp_path: Path) -> None:
    file = rules(
        tmp_path / "rules.json",
        ("WINDOWS", "P:\\", "/mnt/p"),
        ("WINDOWS", "P:\\Show\\plates", "/fast/plates"),
        ("POSIX", "/tools", "/opt/tools"),
    )
    settings = Settings(checkpoint="/tools/net.pth", ocio_config="ocio://default")
    job = Job("p:\\show\\PLATES\\a.####.exr", "P:\\show\\out", "hint/a.####.exr", settings=settings)
    mapped = mapped_job(job, read_rules(file))
    assert mapped.plate == "/fast/plates/a.####.exr"
    assert mapped.output == "/mnt/p/show/out"
    assert mapped.hint == "hint/a.####.exr"
    assert mapped.settings.checkpoint == "/opt/tools/net.pth"
    assert mapped.settings.ocio_config == "ocio://default"


def test_a_name_that_begins_like_a_rules_folder_is_another(tmp_path: Path) -> None:
    file = rules(tmp_path / "rules.json", ("POSIX", "/show", "/mnt"))
    assert mapped_job(Job("/shows/a.exr", "/show"), read_rules(file)) == Job("/shows/a.exr", "/mnt")


def test_a_session_without_rules_has_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text("{}")
    assert read_rules(tmp_path / "rules.json") == ()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "has no `version: pathmapping-1.0`"),
        ({"version": "pathmapping-2.0"}, "has no `version: pathmapping-1.0`"),
        ({"version": "pathmapping-1.0", "path_mapping_rules": {}}, "has no list of"),
        ({"version": "pathmapping-1.0", "path_mapping_rules": ["a"]}, "has a rule without"),
    ],
)
def test_what_are_no_rules_is_refused(tmp_path: Path, document: Any, said: str) -> None:
    (tmp_path / "rules.json").write_text(json.dumps(document))
    with pytest.raises(SettingsError, match=said):
        read_rules(tmp_path / "rules.json")


def test_a_rule_of_an_unknown_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="source_path_format 'VMS'"):
        read_rules(rules(tmp_path / "rules.json", ("VMS", "/a", "/b")))
