"""The node's icon: a head of hair before a green screen, as a PNG. Standard library only."""

from __future__ import annotations

import math
import struct
import zlib

EDGE = 24
SAMPLES = 4
SCREEN, SKIN, HAIR = (52, 168, 83), (236, 196, 164), (74, 52, 40)
Colour = tuple[int, int, int]


def icon_png() -> bytes:
    """A PNG of EDGE × EDGE pixels, 8-bit RGBA, straight alpha."""
    rows = [b"\0" + b"".join(_pixel(x, y) for x in range(EDGE)) for y in range(EDGE)]
    header = struct.pack(">IIBBBBB", EDGE, EDGE, 8, 6, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _pixel(x: int, y: int) -> bytes:
    """The mean of a few points inside a pixel."""
    steps = [(index + 0.5) / SAMPLES for index in range(SAMPLES)]
    points = [_colour(x + right, y + down) for right in steps for down in steps]
    inside = [point for point in points if point]
    if not inside:
        return bytes(4)
    mean = [round(sum(values) / len(inside)) for values in zip(*inside, strict=True)]
    return bytes([*mean, round(255 * len(inside) / len(points))])


def _colour(x: float, y: float) -> Colour | None:
    """What is at a point: the face, its hair, the screen's rounded square, or nothing."""
    across, down = x - EDGE / 2, y - EDGE / 2
    if math.hypot(across, down - 2) < 5.2 and down > -1.2 + 0.8 * math.sin(across * 1.8):
        return SKIN
    if math.hypot(across, down - 0.5) < 7 + 0.9 * math.sin(11 * math.atan2(down, across)):
        return HAIR
    corner = math.hypot(max(0.0, abs(across) - 8), max(0.0, abs(down) - 8))
    return SCREEN if corner < 3.4 else None


def _chunk(name: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check
