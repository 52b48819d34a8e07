"""Frame ranges and file patterns."""

from __future__ import annotations

import ast
import string
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corridorkey_core.errors import SequenceError
from corridorkey_core.numbering import NUMBER, numberings
from corridorkey_core.sequence import find_sequence, format_frames, parse_frames

CORE = Path(__file__).parents[1] / "corridorkey_core"


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("1001-1003", (1001, 1002, 1003)),
        ("1-10x3", (1, 4, 7, 10)),
        ("1-3,20-21", (1, 2, 3, 20, 21)),
        ("-5--2", (-5, -4, -3, -2)),
        ("-2-1", (-2, -1, 0, 1)),
        ("-7", (-7,)),
        ("5-3", (5, 4, 3)),
        ("10-1x3", (10, 7, 4, 1)),
        ("3,1,3,2", (3, 1, 2)),
        (" 1 - 3 , 7 ", (1, 2, 3, 7)),
        ("1-3,", (1, 2, 3)),
        ("1-10x20", (1,)),
    ],
)
def test_ranges_are_read(text: str, frames: tuple[int, ...]) -> None:
    assert parse_frames(text) == frames


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("1-10:3", "step as 1-10x2"),
        ("1-10y2", "'y'"),
        ("1-2x0.5", "subframes"),
        ("1.5", "subframes"),
        ("1-10x0", "step must be 1"),
        ("1-10x-2", "not understood"),
        ("1 2", "not understood"),
        ("all", "not understood"),
        ("1--", "not understood"),
        ("1,,2", "not understood"),
        ("٣-٤", "not understood"),
        ("1-10000001", "more than 10,000,000"),
        ("1-999999999999999999999", "more than"),
        ("1-6000000,-6000000--1", "more than"),
    ],
)
def test_other_ranges_are_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(SequenceError, match=words):
        parse_frames(text)


@given(st.lists(st.integers(-3000, 3000), min_size=1, max_size=60, unique=True))
def test_formatted_frames_are_read_back_in_their_order(frames: list[int]) -> None:
    assert parse_frames(format_frames(frames)) == tuple(frames)


@given(st.integers(-99, 99), st.integers(0, 300), st.integers(1, 9))
def test_steps_are_formatted_compactly(first: int, count: int, step: int) -> None:
    frames = range(first, first + step * (count + 1), step)
    assert parse_frames(format_frames(frames)) == tuple(frames)
    assert len(format_frames(frames)) < 20


def test_no_frames_format_to_nothing() -> None:
    assert format_frames([]) == ""


@pytest.mark.parametrize("place", ["####", "%04d", "@@@@", "#", "@", "1001-1003#", "1001-1003%04d"])
def test_patterns_find_frames_in_natural_order(tmp_path: Path, place: str) -> None:
    touch(tmp_path, "shot.1003.exr", "shot.1001.exr", "shot.1002.exr", "other.1001.exr")
    found = find_sequence(str(tmp_path / f"shot.{place}.exr"))
    assert found.frames == (1001, 1002, 1003)
    assert found.name == "shot"
    assert found.padding == 4
    assert found.path(1002) == str(tmp_path / "shot.1002.exr")
    assert not found.is_movie
    assert not found.is_still


def test_a_patterns_own_range_names_its_frames_there_or_not(tmp_path: Path) -> None:
    touch(tmp_path, "shot.0001.exr", "shot.0003.exr", "shot.0009.exr")
    found = find_sequence(str(tmp_path / "shot.1-4####.exr"))
    assert found.frames == (1, 2, 3, 4)
    assert found.path(2) == str(tmp_path / "shot.0002.exr")


def test_a_missing_frame_is_named_as_its_neighbours_are(tmp_path: Path) -> None:
    touch(tmp_path, "shot.1001.exr", "shot.1002.exr")
    assert find_sequence(str(tmp_path / "shot.999-1002#.exr")).path(999).endswith("shot.0999.exr")


def test_a_folder_of_folders_names_them(tmp_path: Path) -> None:
    touch(tmp_path / "plate", "a.1.exr")
    with pytest.raises(SequenceError, match="no pictures and no movies, but the folders plate"):
        find_sequence(str(tmp_path))


def test_a_range_without_any_frame_on_disk_says_which_are(tmp_path: Path) -> None:
    touch(tmp_path, "shot.0001.exr", "shot.0002.exr")
    with pytest.raises(SequenceError, match="only frames 1-2 are there"):
        find_sequence(str(tmp_path / "shot.100-200####.exr"))


@pytest.mark.parametrize(
    ("pattern", "frames"),
    [("a.%d.exr", (1, 10)), ("a.####.exr", (2, 10000)), ("a.@@@@.exr", (2, 10000))],
)
def test_padding_is_exact(tmp_path: Path, pattern: str, frames: tuple[int, ...]) -> None:
    names = ["a.1.exr", "a.10.exr", "a.0002.exr", "a.10000.exr", "a.00003.exr"]
    touch(tmp_path, *(name for name in names if pattern != "a.%d.exr" or "10000" not in name))
    assert find_sequence(str(tmp_path / pattern)).frames == frames


def test_a_lone_hash_refuses_two_paddings(tmp_path: Path) -> None:
    touch(tmp_path, "a.1.exr", "a.2.exr", "a.0001.exr")
    with pytest.raises(SequenceError, match=r"several.*a\.####\.exr \(1\)"):
        find_sequence(str(tmp_path / "a.#.exr"))


@pytest.mark.parametrize("names", [["n.-002.exr", "n.-001.exr"], ["n.-0002.exr", "n.-0001.exr"]])
def test_negative_frames_in_both_writings(tmp_path: Path, names: list[str]) -> None:
    touch(tmp_path, *names, "n.0000.exr", "n.0001.exr")
    for text in (tmp_path, tmp_path / "n.####.exr", tmp_path / "n.#.exr", tmp_path / "n.-2-1#.exr"):
        found = find_sequence(str(text))
        assert found.frames == (-2, -1, 0, 1)
        assert found.path(-2) == str(tmp_path / names[0])


def test_a_hyphen_is_not_a_minus(tmp_path: Path) -> None:
    touch(tmp_path, "shot-1001.exr", "shot-1002.exr")
    for text in (tmp_path, tmp_path / "shot-####.exr", tmp_path / "shot-1001-1002#.exr"):
        assert find_sequence(str(text)).frames == (1001, 1002)


def test_minus_zero_is_no_frame_and_no_trap(tmp_path: Path) -> None:
    touch(tmp_path, "a.-000.exr", "a.0001.exr")
    assert find_sequence(str(tmp_path / "a.####.exr")).frames == (1,)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("my.shot v2.", "my.shot v2"),
        ("šířka_緑_", "šířka_緑"),
        ("a[1](b)+*.", "a[1](b)+*"),
        ("shot #2.", "shot #2"),
        ("", "plates"),
    ],
)
def test_names_with_dots_spaces_and_unicode(tmp_path: Path, head: str, name: str) -> None:
    folder = touch(tmp_path / "plates", f"{head}0998.exr", f"{head}0999.exr", f"{head}1000.exr")
    for text in (folder, folder / f"{head}####.exr", folder / f"{head}%04d.exr"):
        found = find_sequence(str(text))
        assert found.frames == (998, 999, 1000)
        assert found.name == name
        assert all(Path(found.path(number)).is_file() for number in found.frames)


@settings(max_examples=60, deadline=None)
@given(
    st.text(string.ascii_letters + ". _-()+é緑$^", max_size=12),
    st.sets(st.integers(-300, 20000), min_size=1, max_size=12),
    st.integers(1, 6),
)
def test_what_was_written_is_found(head: str, numbers: set[int], padding: int) -> None:
    assume(not head.startswith(".") and not head.endswith("-"))
    assume(not (min(numbers) < 0 and head[-1:] not in ("", ".", "_", " ")))
    assume(head[-1:].lower() != "v")
    with tempfile.TemporaryDirectory() as folder:
        touch(Path(folder), *(f"{head}{number:0{padding}d}.exr" for number in numbers))
        place = f"%0{padding}d"
        for text in (folder, f"{folder}/{head}{place}.exr"):
            found = find_sequence(text)
            assert found.frames == tuple(sorted(numbers))
            assert all(Path(found.path(number)).is_file() for number in numbers)


@given(st.sets(st.from_regex(rf"\A{NUMBER}\Z"), max_size=30))
def test_every_number_is_in_one_sequence(texts: set[str]) -> None:
    found = [
        numbering.written(frame) for numbering, frames in numberings(texts) for frame in frames
    ]
    assert sorted(found) == sorted(texts)


def test_a_numbered_file_is_one_frame(tmp_path: Path) -> None:
    touch(tmp_path, "shot.1001.exr", "shot.1002.exr")
    found = find_sequence(str(tmp_path / "shot.1002.exr"))
    assert (found.frames, found.name, found.padding) == ((1002,), "shot", 4)
    assert found.path(1002) == str(tmp_path / "shot.1002.exr")


@pytest.mark.parametrize("name", ["mask.png", "garbage_v02.png", "my.mask.tif"])
def test_a_file_without_a_number_is_a_still(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name)
    for text in (tmp_path, tmp_path / name):
        found = find_sequence(str(text))
        assert found.is_still
        assert found.path(7) == str(tmp_path / name)
        assert found.name == Path(name).stem
        assert found.frames == (1,)


def test_a_folder_holds_one_sequence_beside_what_is_none(tmp_path: Path) -> None:
    touch(
        tmp_path, "a.1.exr", "a.2.exr", ".a.3.exr", "._a.1.exr", "notes.txt", "ref.jpg", "log.1.txt"
    )
    assert find_sequence(str(tmp_path)).frames == (1, 2)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a.1.exr", "b.0001.exr"], r"a\.%d\.exr \(1\), b\.####\.exr \(1\)"),
        (["a.1.exr", "a.1.png"], r"a\.%d\.exr \(1\), a\.%d\.png \(1\)"),
        (["a.1.exr", "take.mov"], r"a\.%d\.exr \(1\), take\.mov"),
        (["one.png", "two.png"], r"one\.png, two\.png"),
        ([], "no pictures"),
        (["readme.txt"], "no pictures"),
    ],
)
def test_any_other_folder_is_refused_with_what_is_there(
    tmp_path: Path, names: list[str], words: str
) -> None:
    touch(tmp_path, *names)
    with pytest.raises(SequenceError, match=words):
        find_sequence(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("shto.####.exr", r"Did you mean shot\.####\.exr \(1-3\)"),
        ("shot.####.exr.bak", r"shot\.####\.exr \(1-3\)"),
        ("zzzz.####.png", r"The folder has mask\.png|The folder has shot"),
        ("mask.tif", r"mask\.png"),
        ("nowhere/shot.####.exr", "no folder"),
        ("shot.<UDIM>.exr", "UDIM"),
        ("shot.%(UDIM)d.exr", "UDIM"),
        ("shot.1-9:2#.exr", "is no file|not understood|No file"),
    ],
)
def test_what_is_not_there_names_what_is_near(tmp_path: Path, text: str, words: str) -> None:
    touch(tmp_path, "shot.0001.exr", "shot.0002.exr", "shot.0003.exr", "mask.png")
    with pytest.raises(SequenceError, match=words):
        find_sequence(str(tmp_path / text))


def test_an_empty_pattern_is_refused() -> None:
    with pytest.raises(SequenceError, match="No files are named"):
        find_sequence(" ")


@pytest.mark.parametrize("name", ["sequence", "folder", "numbering", "frame_range"])
def test_a_hosts_python_can_load_it(name: str) -> None:
    tree = ast.parse((CORE / f"{name}.py").read_text(), feature_version=(3, 9))
    imported = [
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    ]
    allowed = {"__future__", "re", "pathlib", "dataclasses", "collections", "corridorkey_core"}
    assert {module.split(".")[0] for module in imported} <= allowed
