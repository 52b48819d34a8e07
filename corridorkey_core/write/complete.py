"""Whether an encoded file has its end.

OpenImageIO says that all is well when the disk fills up while the last bytes of a file wait in
memory, and loses them. So each file is asked, by its own format's structure and not by its pixels.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

EXR_MAGIC, TIFF_MAGIC, DPX_MAGICS = 20000630, (b"II*\0", b"MM\0*"), (b"SDPX", b"XPDS")
PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
# Scan lines in a chunk, by the number that stands for the compression in a file (OpenEXR 3).
LINES = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}
STRIP_OFFSETS, STRIP_BYTES, EXIF = TIFF_PLACES = (273, 279, 34665)
TIFF_WHOLE = {3: "H", 4: "I", 13: "I"}
TIFF_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


def is_complete(path: Path) -> bool:
    """Whether a scan-line EXR, a PNG, a classic TIFF or a DPX file has every byte it speaks of.

    Raises `OSError`.
    """
    check = CHECKS[path.suffix]
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        try:
            return check(file, size)
        except (struct.error, KeyError, ValueError):
            return False


def _exr(file: BinaryIO, size: int) -> bool:
    """The table of chunks is filled in, and the last chunk ends where the file does."""
    magic, _version = struct.unpack("<iI", file.read(8))
    facts = _exr_header(file)
    _left, top, _right, bottom = struct.unpack("<4i", facts["dataWindow"])
    chunks = -(-(bottom - top + 1) // LINES[facts["compression"][0]])
    table = struct.unpack(f"<{chunks}Q", file.read(8 * chunks))
    first = file.tell()
    file.seek(table[-1])
    _line, length = struct.unpack("<ii", file.read(8))
    in_order = table[0] == first and all(before < after for before, after in pairwise(table))
    return magic == EXR_MAGIC and in_order and table[-1] + 8 + length == size


def _exr_header(file: BinaryIO) -> dict[str, bytes]:
    facts = {}
    while name := _text(file):
        _kind = _text(file)
        (length,) = struct.unpack("<i", file.read(4))
        facts[name] = file.read(length)
    return facts


def _text(file: BinaryIO) -> str:
    """A text that ends with a zero byte."""
    letters = iter(lambda: file.read(1), b"\0")
    text = bytearray()
    for letter in letters:
        if not letter:
            raise ValueError("The file ends in its header.")
        text += letter
    return text.decode("utf-8", "replace")


def _png(file: BinaryIO, size: int) -> bool:
    """It is written from front to back, so its last chunk is there or not."""
    file.seek(max(0, size - len(PNG_END)))
    return file.read() == PNG_END


def _tiff(file: BinaryIO, size: int) -> bool:
    """Every strip of pixels, and every directory with its values, is inside the file."""
    magic = file.read(4)
    order = "<" if magic == TIFF_MAGIC[0] else ">"
    (directory,) = struct.unpack(f"{order}I", file.read(4))
    return magic in TIFF_MAGIC and directory > 0 and _tiff_end(file, order, directory) <= size


def _tiff_end(file: BinaryIO, order: str, directory: int) -> int:
    """Where the last of a directory's values, strips and inner directories ends."""
    file.seek(directory)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    entries = [struct.unpack(f"{order}HHI4s", file.read(12)) for _ in range(count)]
    ends: list[int] = [directory + 2 + 12 * count + 4]
    numbers: dict[int, tuple[int, ...]] = {}
    for tag, kind, length, value in entries:
        if length * TIFF_BYTES[kind] > len(value):
            ends.append(struct.unpack(f"{order}I", value)[0] + length * TIFF_BYTES[kind])
        if tag in TIFF_PLACES:
            numbers[tag] = _tiff_numbers(file, order, kind, length, value)
    strips = zip(numbers.get(STRIP_OFFSETS, ()), numbers.get(STRIP_BYTES, ()), strict=True)
    ends += [start + length for start, length in strips]
    ends += [_tiff_end(file, order, inner) for inner in numbers.get(EXIF, ())]
    return max(ends)


def _tiff_numbers(
    file: BinaryIO, order: str, kind: int, count: int, value: bytes
) -> tuple[int, ...]:
    form = f"{order}{count}{TIFF_WHOLE[kind]}"
    length = struct.calcsize(form)
    if length <= len(value):
        return struct.unpack(form, value[:length])
    file.seek(struct.unpack(f"{order}I", value)[0])
    return struct.unpack(form, file.read(length))


def _dpx(file: BinaryIO, size: int) -> bool:
    """The file is as long as its header says."""
    magic = file.read(4)
    order = ">" if magic == DPX_MAGICS[0] else "<"
    file.seek(16)
    (length,) = struct.unpack(f"{order}I", file.read(4))
    return magic in DPX_MAGICS and length == size


CHECKS: dict[str, Callable[[BinaryIO, int], bool]] = {
    ".exr": _exr,
    ".png": _png,
    ".tif": _tiff,
    ".dpx": _dpx,
}
