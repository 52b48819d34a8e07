"""Files of pictures that the device compressed: what is left is to put the parts together.

All that a file says besides its pixels is what OpenImageIO writes for a picture of one line.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from corridorkey_core.frames import Deflated
from corridorkey_core.write.encode import Picture, encode, write_encoded
from corridorkey_core.write.parts import Bytes, write_parts

LINES = 16  # of a chunk
ZLIB = b"\x78\x01"
STORES_NOTHING, ENDS = b"\0\0\xff\xff", b"\1\0\0\xff\xff"  # what is left of such blocks
MODULUS = 65521  # of Adler's checksum
WINDOW = "<4i"


def write_deflated(line: Picture, deflated: Deflated, path: Path, frame: int) -> Path:
    """Write a file whole, or raise `WriteError` and leave nothing of it; returns its path.

    `line` is the picture's first line, of what its file is to say besides its pixels.
    """
    return write_encoded(partial(_assembled, line, deflated), path, frame)


def _assembled(line: Picture, deflated: Deflated, path: Path) -> str:
    problem = encode(line, path)
    if not problem:
        write_parts(path, list(JOINERS[path.suffix](path.read_bytes(), deflated)))
    return problem


def _exr(one_line: bytes, deflated: Deflated) -> Iterator[Bytes]:
    """A scan-line file: its header, where each chunk is, the chunks."""
    place, end = _places(one_line)
    left, top, right, _bottom = struct.unpack_from(WINDOW, one_line, place)
    window = struct.pack(WINDOW, left, top, right, top + deflated.height - 1)
    yield one_line[:place] + window + one_line[place + len(window) : end]
    chunks = [_zipped(*chunk) for chunk in _chunks(deflated)]
    at = end + 8 * len(chunks)
    offsets = []
    for chunk in chunks:
        offsets.append(at)
        at += 8 + sum(map(len, chunk))
    yield struct.pack(f"<{len(offsets)}Q", *offsets)
    for index, chunk in enumerate(chunks):
        yield struct.pack("<ii", top + LINES * index, sum(map(len, chunk)))
        yield from chunk


def _places(one_line: bytes) -> tuple[int, int]:
    """Where an EXR's data window is in its header, and where the header ends."""
    at, window = 8, 0
    while one_line[at]:
        name = one_line.index(b"\0", at)
        kind = one_line.index(b"\0", name + 1)
        (length,) = struct.unpack_from("<i", one_line, kind + 1)
        if one_line[at:name] == b"dataWindow":
            window = kind + 5
        at = kind + 5 + length
    return window, at + 1


def _zipped(content: memoryview, whole: int, size: int, checksum: int) -> tuple[Bytes, ...]:
    if not size:
        return (content[:whole],)
    return ZLIB, content[:size], struct.pack(">I", checksum)


def _png(one_line: bytes, deflated: Deflated) -> Iterator[Bytes]:
    """A PNG file: its other chunks, and in place of its own pixels each part as a chunk."""
    yield one_line[:8]
    for name, content in _png_chunks(one_line):
        if name == b"IHDR":
            height = struct.pack(">I", deflated.height)
            yield from _png_chunk(name, content[:4] + height + content[8:])
        elif name == b"IDAT":
            yield from _png_pixels(deflated)
        else:
            yield from _png_chunk(name, content)


def _png_chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The name and the content of each chunk; of one line there is one with pixels."""
    at = 8
    while at < len(file):
        length, name = struct.unpack_from(">I4s", file, at)
        yield name, file[at + 8 : at + 8 + length]
        at += 12 + length


def _png_pixels(deflated: Deflated) -> Iterator[Bytes]:
    begun, low, high = ZLIB, 1, 0
    for content, whole, size, checksum in _chunks(deflated):
        yield from _png_chunk(b"IDAT", begun, content[:size], STORES_NOTHING)
        begun = b""
        # The checksums of what lies one behind the other, joined.
        high = (high + (checksum >> 16) + whole * (low - 1)) % MODULUS
        low = (low + (checksum & 0xFFFF) - 1) % MODULUS
    yield from _png_chunk(b"IDAT", ENDS, struct.pack(">I", high << 16 | low))


def _png_chunk(name: bytes, *parts: Bytes) -> Iterator[Bytes]:
    yield struct.pack(">I", sum(map(len, parts))) + name
    checksum = zlib.crc32(name)
    for part in parts:
        checksum = zlib.crc32(part, checksum)
        yield part
    yield struct.pack(">I", checksum)


def _chunks(deflated: Deflated) -> Iterator[tuple[memoryview, int, int, int]]:
    """Each chunk's memory, its bytes before they were compressed and after, and its checksum."""
    for index, (size, checksum) in enumerate(deflated.facts.tolist()):
        lines = min(LINES, deflated.height - LINES * index)
        yield deflated.content[index].data, lines * deflated.line_bytes, size, checksum


Joiner = Callable[[bytes, Deflated], Iterator[Bytes]]
JOINERS: dict[str, Joiner] = {".exr": _exr, ".png": _png}
