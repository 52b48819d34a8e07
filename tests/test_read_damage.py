"""Files that are cut short, damaged, or no flat picture at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corridorkey_core.errors import ReadError
from corridorkey_core.read import (
    read_hint,
)
from tests.picture_files import (
    cut_short,
    noise,
    plate_of,
    write,
    write_deep,
)


@pytest.mark.parametrize("keep", [0.999, 0.5, 0.05, 0.0])
@pytest.mark.parametrize(
    ("name", "dtype", "facts"),
    [
        *(("a.exr", "float16", {"compression": each}) for each in ("none", "zip", "piz", "dwaa")),
        ("a.png", "uint16", {}),
        ("a.jpg", "uint8", {}),
        ("a.tif", "uint16", {}),
        ("a.tif", "uint16", {"compression": "none"}),
        ("a.dpx", "uint16", {"oiio__BitsPerSample": 10}),
    ],
)
def test_files_cut_short_are_refused(
    tmp_path: Path,
    name: str,
    dtype: str,
    facts: dict[str, Any],
    keep: float,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = cut_short(write(tmp_path / name, noise(dtype, 128, 160), **facts), keep)
    with pytest.raises(ReadError, match=r"(damaged or cut short|cannot be read): .+") as caught:
        plate_of(path)
    assert (caught.value.frame, caught.value.path) == (7, str(path))
    assert "never retrieved" not in "".join(capfd.readouterr())


def test_damage_inside_a_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", noise("float16", 128, 160))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 64] = bytes(64)
    path.write_bytes(data)
    with pytest.raises(ReadError, match="damaged"):
        plate_of(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "no such file"), (b"hello", "cannot be read"), (b"", "cannot be read")],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "a.exr"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReadError, match=words) as caught:
        plate_of(path)
    assert caught.value.frame == 7


def test_pictures_that_are_not_flat_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="is deep; expected a flat one"):
        plate_of(write_deep(tmp_path / "deep.exr"))
    with pytest.raises(ReadError, match="is deep"):
        read_hint(str(tmp_path / "deep.exr"), 7, "auto")
    cube = write(tmp_path / "cube.tif", noise("uint8"), textureformat="CubeFace Environment")
    with pytest.raises(ReadError, match="is a cube map"):
        plate_of(cube)
