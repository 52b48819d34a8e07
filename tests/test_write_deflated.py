"""Files put together from what the device compressed are those that OpenImageIO would have made."""

from __future__ import annotations

import os
import struct
import sys
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from corridorkey_core.errors import WriteError
from corridorkey_core.frames import Attribute, Header, KeyedFrame, Window
from corridorkey_core.outputs import plan_outputs
from corridorkey_core.read.picture import open_picture
from corridorkey_core.settings import PASSES, Settings
from corridorkey_core.write import write_keyed
from corridorkey_core.write.parts import write_parts
from tests.deflated_by_zlib import deflated
from tests.small_disk import small_disk

METADATA = (
    Attribute("smpte:TimeCode", "timecode", (0x01020304, 0)),
    Attribute("dataWindow2", "string", "dataWindow\0box2i IDAT"),
    Attribute("note", "string", "IDAT dataWindow"),
)


def keyed_frame(width: int, height: int, header: Header | None = None) -> KeyedFrame:
    """Grain inside, black around, in every pass."""
    rng = np.random.default_rng(height)
    inside = np.hypot(*np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j])[..., None] < 0.7
    window = Window(0, 0, width, height)

    def grain(channels: int) -> np.ndarray:
        noise = rng.standard_normal((height, width, channels)) * 0.02 + 0.4
        return np.asarray(noise * inside, np.float16)

    passes = {"matte": grain(1), "fg": grain(3), "processed": grain(4)}
    passes["comp"] = (grain(3).astype(np.float32) * 255).clip(0, 255).astype(np.uint8)
    return KeyedFrame(7, header or Header(window, window, 1.0, METADATA), "linear", passes)


def compressed(keyed: KeyedFrame) -> KeyedFrame:
    """The same frame as it comes from a device that compressed all of it."""
    packed = {name: deflated(pixels) for name, pixels in keyed.passes.items()}
    return replace(keyed, passes={}, deflated=packed)


def write(folder: Path, keyed: KeyedFrame) -> dict[str, Path]:
    plan = plan_outputs(folder, "shot", Settings(passes=PASSES))
    for part in write_keyed(keyed, plan):
        part()
    return plan.paths(keyed.number)


def pixels_in(path: Path) -> np.ndarray:
    with open_picture(str(path), None) as picture:
        part = picture.parts[0]
        return picture.pixels(part, part.channels)


@hypothesis_settings(max_examples=12, deadline=None)
@given(st.integers(1, 40), st.integers(1, 50))
def test_every_number_comes_back_at_every_size(
    tmp_path_factory: pytest.TempPathFactory, width: int, height: int
) -> None:
    folder, keyed = tmp_path_factory.mktemp("deflated"), keyed_frame(width, height)
    for name, path in write(folder, compressed(keyed)).items():
        assert np.array_equal(pixels_in(path), keyed.passes[name]), name


@pytest.mark.parametrize("height", [15, 16, 33])
def test_files_say_what_those_of_the_plain_path_say(tmp_path: Path, height: int) -> None:
    data = Window(-3, 5, 20, height)
    header = Header(data, Window(0, 0, 24, 60), 2.0, METADATA)
    keyed = keyed_frame(20, height, header)
    preview = keyed.passes["comp"]  # cut to what is displayed: never compressed by the device
    ours = compressed(replace(keyed, passes={k: v for k, v in keyed.passes.items() if k != "comp"}))
    plainly = write(tmp_path / "plain", keyed)
    quickly = write(tmp_path / "quick", replace(ours, passes={"comp": preview}))
    for name, path in quickly.items():
        assert np.array_equal(pixels_in(path), pixels_in(plainly[name])), name
        if name != "comp":
            ends = [_header_end(each.read_bytes()) for each in (path, plainly[name])]
            assert path.read_bytes()[: ends[0]] == plainly[name].read_bytes()[: ends[1]]


def test_a_png_has_the_same_chunks_but_for_its_pixels(tmp_path: Path) -> None:
    keyed = keyed_frame(20, 33)
    plainly = write(tmp_path / "plain", keyed)["comp"].read_bytes()
    quickly = write(tmp_path / "quick", compressed(keyed))["comp"].read_bytes()
    ours, theirs = _png(quickly), _png(plainly)
    assert [one for one in ours if one[0] != b"IDAT"] == [
        one for one in theirs if one[0] != b"IDAT"
    ]
    lines = [
        zlib.decompress(b"".join(data for name, data in each if name == b"IDAT"))
        for each in (ours, theirs)
    ]
    assert lines[0] == lines[1]


def test_what_does_not_shrink_is_stored_as_it_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    noise = rng.integers(-32768, 31743, (40, 9, 3), np.int16).view(np.float16)
    keyed = replace(
        keyed_frame(9, 40), passes={"fg": np.where(np.isnan(noise), 0, noise).astype(np.float16)}
    )
    ours = compressed(keyed)
    assert (ours.deflated["fg"].facts[:, 0] == 0).any()
    plan = plan_outputs(tmp_path, "shot", Settings(passes=("fg",)))
    (part,) = write_keyed(ours, plan)
    assert np.array_equal(pixels_in(part()), keyed.passes["fg"])


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=16k") as disk:
        plan = plan_outputs(disk.folder, "shot", Settings(passes=("fg",)))
        (part,) = write_keyed(compressed(keyed_frame(200, 100)), plan)
        with pytest.raises(WriteError, match="disk full: free some space"):
            part()
        assert not [path for path in disk.folder.rglob("*") if path.is_file()]


def test_no_file_is_begun_before_the_streams_are_there(tmp_path: Path) -> None:
    keyed = compressed(keyed_frame(20, 33))
    there = {name: each.facts.copy() for name, each in keyed.deflated.items()}
    for each in keyed.deflated.values():
        each.facts[:] = -1

    def arrive() -> None:
        for name, each in keyed.deflated.items():
            each.facts[:] = there[name]

    paths = write(tmp_path, replace(keyed, wait=arrive))
    assert np.array_equal(pixels_in(paths["fg"]), keyed_frame(20, 33).passes["fg"])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such call")
@hypothesis_settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=9), max_size=60), st.integers(1, 20))
def test_parts_that_are_taken_piece_by_piece_are_all_written(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], most: int
) -> None:
    path = tmp_path_factory.mktemp("parts") / "file"

    def writev(descriptor: int, left: Sequence[memoryview]) -> int:
        return os.write(descriptor, b"".join(left)[:most])

    with patch.object(os, "writev", writev), patch("corridorkey_core.write.parts.AT_ONCE", 7):
        write_parts(path, parts)
    assert path.read_bytes() == b"".join(parts)


def _header_end(file: bytes) -> int:
    at = 8
    while file[at]:
        kind = file.index(b"\0", file.index(b"\0", at) + 1)
        at = kind + 5 + struct.unpack_from("<i", file, kind + 1)[0]
    return at


def _png(file: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], 8
    while at < len(file):
        length, name = struct.unpack_from(">I4s", file, at)
        content = file[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", file, at + 8 + length)[0] == zlib.crc32(name + content)
        chunks.append((name, content))
        at += 12 + length
    return chunks
