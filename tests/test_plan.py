"""What a job would read and write, and what is refused before anything is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corridorkey_core.errors import SequenceError, SettingsError
from corridorkey_core.job import Job
from corridorkey_core.plan import check_distinct, plan_job
from corridorkey_core.settings import Settings


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """Empty files with the names of a shot; a plan looks at nothing but names."""
    for name in ("plate/a.0009.exr", "plate/a.0010.exr", "plate/a.0012.exr", "hint/m.12.exr"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def job(shot: Path, output: str = "out", hint: str = "", frames: str = "", **settings: Any) -> Job:
    plate = str(shot / "plate/a.####.exr")
    return Job(plate, str(shot / output), hint, frames, settings=Settings(**settings))


def test_a_plan_names_every_file_and_every_gap(shot: Path) -> None:
    plan = plan_job(job(shot, hint=str(shot / "hint/m.#.exr"), frames="9-12"))
    assert plan.numbers == (9, 10, 11, 12)
    assert plan.lines() == (
        "shot    a",
        "frames  9-12 (4)",
        f"plate   {shot}/plate/a.0009.exr",
        f"hint    {shot}/hint/m.09.exr",
        f"write   {shot}/out/matte/a.0009.exr",
        f"write   {shot}/out/fg/a.0009.exr",
        f"write   {shot}/out/processed/a.0009.exr",
        f"write   {shot}/out/comp/a.0009.png",
        "missing plate frames 11",
        "missing hint frames 9-11",
    )


def test_all_frames_on_disk_are_meant_where_none_are_named(shot: Path) -> None:
    assert plan_job(job(shot)).numbers == (9, 10, 12)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"frames": "20-30"}, "none of 20-30 is there"),
        ({"hint": "hint/m.#.exr", "frames": "9-10"}, "The hint .* has frames 12; none of 9-10"),
        ({"hint": "hint/x.#.exr"}, r"Did you mean m\.##\.exr"),
    ],
)
def test_frames_that_cannot_meet_are_refused(
    shot: Path, change: dict[str, str], reason: str
) -> None:
    if "hint" in change:
        change = {**change, "hint": str(shot / change["hint"])}
    with pytest.raises(SequenceError, match=reason):
        plan_job(job(shot, **change))


def test_two_shots_may_share_a_folder_but_not_a_file(shot: Path) -> None:
    first = plan_job(job(shot, passes=("matte",)))
    check_distinct([first, plan_job(job(shot, passes=("fg",)))])
    check_distinct([first, plan_job(job(shot, output="other", passes=("matte",)))])
    with pytest.raises(SettingsError, match="would be written by two shots"):
        check_distinct([first, plan_job(job(shot, passes=("matte", "comp")))])


def test_results_never_replace_what_they_are_made_of(shot: Path) -> None:
    settings: dict[str, Any] = {"template": "plate/{name}.{frame}.{ext}", "passes": ("fg",)}
    with pytest.raises(SettingsError, match="is read and would be written too"):
        plan_job(job(shot, output=".", **settings))
    (shot / "link").symlink_to(shot)
    with pytest.raises(SettingsError, match="is read and would be written too"):
        plan_job(job(shot, output="link", **settings))
