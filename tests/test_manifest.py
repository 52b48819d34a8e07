"""Resuming: what is current is left alone, what is not is named with the reason, nothing crashes.

Every part of the key in turn; every way a file can differ; damaged and foreign records; the order
of forgetting and recording; inputs that change while they are keyed; folders that move.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corridorkey_core.errors import ReadError, WriteError
from corridorkey_core.manifest import Manifest, PictureKey
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings

KEY = PictureKey.of(Settings(), "chroma 1", Screen("green", (0.1, 0.6, 0.2)))
OTHER = PictureKey.of(Settings(soften=2), "chroma 1", Screen("green", (0.1, 0.6, 0.2)))
CONTENT = b"x" * 123


class Shot:
    """A shot's output folder, with frames of two files each, and inputs that can change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inputs: dict[int, str] = {}

    def manifest(self, key: PictureKey = KEY, name: str = "shot") -> Manifest:
        return Manifest(self.folder, name, key, lambda number: self.inputs.get(number, "plate"))

    def paths(self, number: int) -> dict[str, Path]:
        return {p: self.folder / p / f"shot.{number:04}.exr" for p in ("matte", "fg")}

    def keyed(self, number: int, manifest: Manifest | None = None) -> None:
        for path in self.paths(number).values():
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(CONTENT)
        (manifest or self.manifest()).record(number, tuple(self.paths(number).values()))

    def why(self, number: int, key: PictureKey = KEY) -> str | None:
        return self.manifest(key).why_outdated(number, self.paths(number))

    def record(self, number: int) -> Path:
        return self.folder / ".corridorkey" / "shot" / f"{number}.json"


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    return Shot(tmp_path / "keyed")


def key_with(**settings: Any) -> PictureKey:
    return PictureKey.of(Settings(**settings), KEY.keyer, KEY.screen)


def test_a_recorded_frame_is_current(shot: Shot) -> None:
    shot.keyed(-5)
    assert shot.why(-5) is None


def test_a_frame_that_was_not_keyed_is_not(shot: Shot) -> None:
    assert shot.why(1) == "it was not keyed yet"


def test_files_without_a_record_are_not_trusted(shot: Shot) -> None:
    shot.keyed(1)
    shot.record(1).unlink()
    assert shot.why(1) == "there is no record of how it was keyed"


def test_outdated_names_frames_in_a_range_with_holes_and_their_reasons(shot: Shot) -> None:
    for number in (1, 5, 9):
        shot.keyed(number)
    shot.paths(5)["fg"].unlink()
    assert shot.manifest().outdated((1, 3, 5, 9), shot.paths) == {
        3: "it was not keyed yet",
        5: "fg is missing",
    }


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (key_with(despill_strength=0.5), "despill_strength was 1.0, is 0.5"),
        (
            key_with(despill_strength=0.5, soften=2.0),
            "soften was 0.0, is 2.0 and 1 more settings changed",
        ),
        (key_with(passes=("matte", "fg")), "passes was matte, fg, processed, comp, is matte, fg"),
        (dataclasses.replace(KEY, keyer="chroma 2"), "the keyer or its weights changed"),
        (dataclasses.replace(KEY, screen=None), "the screen's colour changed"),
        (dataclasses.replace(KEY, screen=Screen("green")), "the screen's colour changed"),
        (
            dataclasses.replace(KEY, screen=Screen("blue", (0.1, 0.6, 0.2))),
            "the screen's colour changed",
        ),
        (
            dataclasses.replace(KEY, screen=Screen("green", (0.1, 0.7, 0.2))),
            "the screen's colour changed",
        ),
        (dataclasses.replace(KEY, engine="0.0.1"), "it was keyed by version"),
    ],
)
def test_what_changed_is_named(shot: Shot, key: PictureKey, reason: str) -> None:
    shot.keyed(1)
    why = shot.why(1, key)
    assert why is not None
    assert why.startswith(reason)


@pytest.mark.parametrize("fact", [f for f in Settings.parameters() if not f.picture])
def test_settings_that_change_no_pixel_do_not_key_again(shot: Shot, fact: Any) -> None:
    others = [choice for choice in fact.choices if choice != fact.default]
    other = others[0] if others else {str: "{name}/{pass}.{frame}.{ext}", bool: True}.get(fact.kind)
    shot.keyed(1)
    assert shot.why(1, key_with(**{fact.name: 64 if other is None else other})) is None


@pytest.mark.parametrize("screen", [None, Screen("green"), Screen("blue", (0.1, 0.2, 0.5))])
def test_every_kind_of_screen_is_known_again(shot: Shot, screen: Screen | None) -> None:
    key = dataclasses.replace(KEY, screen=screen)
    shot.keyed(1, shot.manifest(key))
    assert shot.why(1, key) is None


def test_the_last_digits_of_a_screen_measured_on_another_device_do_not_matter(shot: Shot) -> None:
    shot.keyed(1)
    near = Screen("green", (0.1 + 1e-7, 0.6 - 1e-7, 0.2))
    assert shot.why(1, dataclasses.replace(KEY, screen=near)) is None


def test_a_changed_plate_is_keyed_again(shot: Shot) -> None:
    shot.keyed(1)
    shot.keyed(2)
    shot.inputs[1] = "another plate"
    assert shot.why(1) == "the plate or the hint changed"
    assert shot.why(2) is None


def test_a_plate_that_changed_while_it_was_keyed_is_noticed_next_time(shot: Shot) -> None:
    manifest = shot.manifest()
    assert 1 in manifest.outdated([1], shot.paths)
    shot.inputs[1] = "rendered anew meanwhile"
    shot.keyed(1, manifest)
    assert shot.why(1) == "the plate or the hint changed"


def test_an_input_that_cannot_be_looked_at_is_a_reason_and_no_crash(tmp_path: Path) -> None:
    def missing(number: int) -> str:
        raise ReadError("No such plate.", frame=number)

    manifest = Manifest(tmp_path, "shot", KEY, missing)
    assert manifest.outdated([1], Shot(tmp_path).paths) == {1: "No such plate."}


def shorter(path: Path) -> None:
    path.write_bytes(CONTENT[1:])


def edited(path: Path) -> None:
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 3_000_000_000))


def rounded(path: Path) -> None:
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns // 10**9 * 10**9))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Path.unlink, "matte is missing"),
        (shorter, "matte is 122 bytes, expected 123"),
        (edited, "matte was changed after it was written"),
        (rounded, None),
    ],
)
def test_what_became_of_a_file_is_named(
    shot: Shot, change: Callable[[Path], None], reason: str | None
) -> None:
    shot.keyed(1)
    change(shot.paths(1)["matte"])
    assert shot.why(1) == reason


def test_a_file_that_its_record_does_not_name_is_keyed(shot: Shot) -> None:
    shot.keyed(1)
    paths = {**shot.paths(1), "comp": shot.folder / "comp" / "shot.0001.png"}
    assert shot.manifest().why_outdated(1, paths) == "comp is not in its record"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5000, b'{"format": 2}', b'{"format": 1}'],
)
def test_a_damaged_record_is_none(shot: Shot, content: bytes) -> None:
    shot.keyed(1)
    shot.record(1).write_bytes(content)
    assert shot.why(1) is not None


def test_a_record_that_is_a_folder_is_none(shot: Shot) -> None:
    shot.record(1).mkdir(parents=True)
    assert shot.why(1) is not None


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    entry=st.sampled_from(["format", "engine", "settings", "keyer", "screen", "inputs", "files"]),
    junk=JUNK,
)
def test_a_record_with_junk_in_it_is_not_current_and_no_crash(
    shot: Shot, entry: str, junk: Any
) -> None:
    shot.keyed(1)
    record = json.loads(shot.record(1).read_text())
    if record[entry] == junk:
        return
    shot.record(1).write_text(json.dumps({**record, entry: junk}))
    assert isinstance(shot.why(1), str)


def test_a_forgotten_frame_is_not_current_though_its_files_are_there(shot: Shot) -> None:
    shot.keyed(1)
    shot.manifest().forget(1)
    assert shot.why(1) == "there is no record of how it was keyed"
    shot.manifest().forget(1)


def test_a_record_is_written_last_so_a_missing_file_leaves_none(shot: Shot) -> None:
    with pytest.raises(WriteError) as caught:
        shot.manifest().record(1, tuple(shot.paths(1).values()))
    assert caught.value.frame == 1
    assert not shot.record(1).exists()


def test_a_folder_that_cannot_hold_records_is_an_error_for_a_person(tmp_path: Path) -> None:
    shot = Shot(tmp_path)
    (tmp_path / ".corridorkey").write_text("a file, no folder")
    with pytest.raises(WriteError, match="The frame's record cannot be written"):
        shot.keyed(1)
    with pytest.raises(WriteError, match="The frame's record cannot be removed"):
        shot.manifest().forget(1)


def test_results_may_move_with_their_folder(shot: Shot, tmp_path: Path) -> None:
    shot.keyed(1)
    shot.folder.rename(tmp_path / "moved")
    assert Shot(tmp_path / "moved").why(1) is None


def test_two_shots_in_one_folder_do_not_meet(shot: Shot) -> None:
    shot.keyed(1)
    other = shot.manifest(name="other")
    assert other.why_outdated(1, shot.paths(1)) is not None


def test_nothing_temporary_is_left(shot: Shot) -> None:
    for number in range(5):
        shot.keyed(number)
    assert sorted(path.name for path in shot.record(0).parent.iterdir()) == [
        f"{number}.json" for number in range(5)
    ]


def test_two_runs_on_one_frame_leave_the_record_of_whoever_wrote_last(shot: Shot) -> None:
    first, second = shot.manifest(), shot.manifest(OTHER)
    write_all(shot, first, CONTENT)
    write_all(shot, second, CONTENT * 2)
    second.record(7, tuple(shot.paths(7).values()))
    first.record(7, tuple(shot.paths(7).values()))
    assert shot.why(7, OTHER) is None
    assert shot.why(7) is not None


def test_a_run_that_dies_over_another_ones_frame_leaves_no_record(shot: Shot) -> None:
    first, dies = shot.manifest(), shot.manifest(OTHER)
    dies.forget(7)
    write_all(shot, first, CONTENT)
    matte = shot.paths(7)["matte"]
    dies.written(lambda: replaced(matte, CONTENT * 2))
    first.record(7, tuple(shot.paths(7).values()))
    assert shot.why(7) == shot.why(7, OTHER) == "there is no record of how it was keyed"


def test_a_time_that_the_disk_rounds_is_no_other_run(shot: Shot) -> None:
    manifest = shot.manifest()
    write_all(shot, manifest, CONTENT)
    for path in shot.paths(7).values():
        os.utime(path, ns=(0, path.stat().st_mtime_ns - 1_000_000_000))
    manifest.record(7, tuple(shot.paths(7).values()))
    assert shot.why(7) is None


def test_a_file_that_goes_before_its_record_fails_the_frame(shot: Shot) -> None:
    manifest = shot.manifest()
    write_all(shot, manifest, CONTENT)
    shot.paths(7)["fg"].unlink()
    with pytest.raises(WriteError, match="its folder disappeared"):
        manifest.record(7, tuple(shot.paths(7).values()))


def write_all(shot: Shot, manifest: Manifest, content: bytes) -> None:
    """Write both files of frame 7 as a run does."""
    for path in shot.paths(7).values():
        manifest.written(partial(replaced, path, content))


def replaced(path: Path, content: bytes) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(content)
    return path
