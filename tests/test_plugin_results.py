"""What a host may show, told from files alone: nothing stale, nothing half, nothing of others."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from corridorkey_plugin.host import (
    Outcome,
    Request,
    forward_slashes,
)
from corridorkey_plugin.inputs import Staged, open_inputs, spans
from corridorkey_plugin.results import (
    Results,
    Size,
    cache_sizes,
    clear_cache,
    picture_hash,
    shot_folder,
)
from hypothesis import given
from hypothesis import strategies as st

from corridorkey_core.errors import EngineError, SequenceError, SettingsError
from corridorkey_core.progress import CANCELLED, DONE, FRAMES_FAILED, REFUSED, FrameFailed
from corridorkey_core.sequence import find_sequence, parse_frames
from corridorkey_core.settings import Settings

REQUEST = Request("n", (1, 2), "p.####.exr", "c")


class Inputs:
    """What frames are made of, to be changed."""

    def __init__(self) -> None:
        self.of = dict.fromkeys(range(1, 10), "a")

    def __call__(self, frame: int) -> str:
        return self.of[frame]


@pytest.fixture
def inputs() -> Inputs:
    return Inputs()


def finish(results: Results, frame: int) -> Path:
    path = results.folder / f"matte/n.{frame:04d}.exr"
    path.parent.mkdir(parents=True, exist_ok=True)
    results.note(frame)
    path.write_bytes(b"pixels")
    results.record(frame, [str(path)])
    return path


def shown(results: Results) -> list[int]:
    return [result.frame for result in results.current(range(1, 10))]


def test_only_what_was_finished_from_what_is_there_now_is_shown(
    tmp_path: Path, inputs: Inputs
) -> None:
    results = Results(tmp_path, inputs)
    assert shown(results) == []
    for frame in (1, 2, 3):
        finish(results, frame)
    assert shown(Results(tmp_path, inputs)) == [1, 2, 3]
    inputs.of[2] = "b"
    assert shown(results) == [1, 3]
    inputs.of[2] = "a"
    assert shown(results) == [1, 2, 3]


def test_a_file_that_is_missing_or_was_changed_is_not_shown(tmp_path: Path, inputs: Inputs) -> None:
    results = Results(tmp_path, inputs)
    one, two = finish(results, 1), finish(results, 2)
    one.unlink()
    two.write_bytes(b"more pixels")
    assert shown(results) == []


def test_inputs_that_change_while_a_frame_is_keyed_make_it_stale(
    tmp_path: Path, inputs: Inputs
) -> None:
    results = Results(tmp_path, inputs)
    results.note(1)
    inputs.of[1] = "b"
    (tmp_path / "f").write_bytes(b"of the old inputs")
    results.record(1, [str(tmp_path / "f")])
    assert shown(results) == []


def test_stale_frames_are_removed_and_no_others(tmp_path: Path, inputs: Inputs) -> None:
    results = Results(tmp_path, inputs)
    paths = [finish(results, frame) for frame in (1, 2, 3)]
    (tmp_path / "matte/n.0009.exr").write_bytes(b"of a farm, not recorded here")
    inputs.of[2] = "b"
    assert results.drop_stale() == (2,)
    assert [path.exists() for path in paths] == [True, False, True]
    assert (tmp_path / "matte/n.0009.exr").exists()
    assert results.drop_stale() == ()


@pytest.mark.parametrize("record", ["", "[]", "{", '{"inputs": 1, "files": []}', "\0\xff"])
def test_a_damaged_record_is_none(tmp_path: Path, inputs: Inputs, record: str) -> None:
    results = Results(tmp_path, inputs)
    finish(results, 1)
    (tmp_path / ".session/1.json").write_text(record, encoding="utf-8")
    (tmp_path / ".session/notes.json").write_text("mine")
    assert shown(results) == []
    results.drop_stale()
    assert (tmp_path / ".session/notes.json").exists()


def named(request: Request = REQUEST, engine: str = "1") -> str:
    return picture_hash(request, "p", "h", engine)


def test_the_folder_is_another_for_all_that_changes_the_picture_and_nothing_else() -> None:
    def of(**settings: object) -> str:
        return named(replace(REQUEST, settings=Settings().changed(**settings)))

    assert of() == named()
    different = [
        of(despill="off"),
        of(soften=1.0),
        of(keyer="chroma"),
        of(format="png"),
        named(engine="2"),
        picture_hash(REQUEST, "q", "h", "1"),
        picture_hash(REQUEST, "p", "", "1"),
    ]
    assert len({named(), *different}) == len(different) + 1
    assert of(device="cpu") == of(read_ahead=9) == of(overwrite=True) == named()
    assert named(replace(REQUEST, frames=(7,), cache="elsewhere")) == named()


def test_a_checkpoint_that_is_replaced_is_another_picture(tmp_path: Path) -> None:
    weights = tmp_path / "w.pth"
    weights.write_bytes(b"one")
    request = replace(REQUEST, settings=Settings(checkpoint=str(weights)))
    before = named(request)
    weights.write_bytes(b"other")
    assert named(request) != before


def test_the_cache_tells_its_size_and_clears_what_is_its_own(
    tmp_path: Path, inputs: Inputs
) -> None:
    for name in ("one", "two"):
        folder = shot_folder(replace(REQUEST, name=name, cache=str(tmp_path)))
        finish(Results(folder / "hash", inputs), 1)
        finish(Results(folder / "hash", inputs), 2)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")
    sizes = cache_sizes(str(tmp_path))
    assert set(sizes) == {"one", "two"}
    assert sizes["one"].frames == 2
    assert clear_cache(str(tmp_path), "one") == sizes["one"].bytes > 12
    assert set(cache_sizes(str(tmp_path))) == {"two"}
    clear_cache(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]
    assert cache_sizes(str(tmp_path / "nowhere")) == {}
    assert Size(0, 0) == Size(0, 0)


def test_a_cache_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("a file")
    with pytest.raises(EngineError, match="Choose another one"):
        shot_folder(replace(REQUEST, cache=str(tmp_path / "c")))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "a/b"},
        {"name": "..\\x"},
        {"name": ".hidden"},
        {"name": "C:x"},
        {"cache": " "},
        {"frames": ()},
    ],
    ids=str,
)
def test_a_request_that_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        replace(REQUEST, **changes)  # type: ignore[arg-type]


def test_an_outcome_is_an_exit_status() -> None:
    failure = FrameFailed(1, "read", "x")
    assert Outcome().exit_status == DONE
    assert Outcome(failed=(failure,)).exit_status == FRAMES_FAILED
    assert Outcome(cancelled=True, failed=(failure,)).exit_status == CANCELLED
    assert Outcome(error="x", cancelled=True).exit_status == REFUSED


@given(st.sets(st.integers(-30, 30), min_size=1))
def test_spans_are_read_back_as_the_same_frames(frames: set[int]) -> None:
    assert set(parse_frames(spans(frames))) == frames


def test_spans_are_short() -> None:
    assert spans(range(1001, 1101)) == "1001-1100"
    assert spans([1, 3, 5, 7]) == "1-7x2"
    assert spans([5]) == "5-5"


class Renders:
    """A renderer that writes a byte."""

    def __init__(self) -> None:
        self.count = 0

    def identity(self, frame: int) -> str:
        return f"{frame}"

    def render(self, frame: int, path: str) -> None:
        self.count += 1
        Path(path).write_text(f"{frame}")


@pytest.mark.parametrize("clip", [(1, 2, 3), (5,), (-3, -2, -1, 0, 1), (9998, 10000), (1, 5, 9)])
def test_the_engine_finds_rendered_files_by_their_pattern(
    tmp_path: Path, clip: tuple[int, ...]
) -> None:
    staged = Staged(tmp_path / "in", "plate", Renders(), clip)
    for frame in clip:
        staged.fetch(frame)
    found = find_sequence(staged.pattern)
    assert found.frames == clip
    assert [found.path(frame) for frame in clip] == [str(staged.path(frame)) for frame in clip]


def test_a_picture_is_rendered_again_only_when_it_would_look_otherwise(tmp_path: Path) -> None:
    renders = Renders()
    staged = Staged(tmp_path, "plate", renders, (1, 2))
    assert not staged.is_there(1)
    staged.fetch(1)
    staged.fetch(1)
    assert (renders.count, staged.is_there(1), staged.is_there(2)) == (1, True, False)
    staged.path(1).write_bytes(b"torn")
    assert not staged.is_there(1)
    staged.fetch(1)
    assert renders.count == 2


def test_a_hint_that_is_the_plate_is_rendered_once(tmp_path: Path) -> None:
    renders = Renders()
    plate, hint = open_inputs(renders, renders, (1,), tmp_path)
    assert plate is hint


def test_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(SequenceError):
        open_inputs(str(tmp_path / "p.####.exr"), "", (), tmp_path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"C:\shots\a b\plate.####.exr", "C:/shots/a b/plate.####.exr"),
        (r"c:\x/y\z.exr", "c:/x/y/z.exr"),
        (r"\\server\share\plate.exr", "//server/share/plate.exr"),
        ("/shots/with\\backslash.exr", "/shots/with\\backslash.exr"),
        ("relative\\name.exr", "relative\\name.exr"),
        ("/shots/プレート.exr", "/shots/プレート.exr"),
    ],
)
def test_windows_paths_are_written_as_hosts_want_them(path: str, expected: str) -> None:
    assert forward_slashes(path) == expected


def test_paths_of_results_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = shot_folder(replace(REQUEST, cache="own"))
    assert folder.is_absolute()
    assert os.fspath(folder) == str(tmp_path / "own/n")
