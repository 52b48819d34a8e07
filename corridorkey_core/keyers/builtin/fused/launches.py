"""How each layer is launched; none takes more than 48 KiB of shared memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Launch:
    """How a layer goes over the device.

    `pack` pixels of its result are one row of a product; it divides the result's width. `chunk` of
    what they see in a row are multiplied at once: it divides that. `out` and `rest` together are
    the outputs of a program (a power of two each, or no rest), of `pack` pixels: they divide these.
    A program's tile is `tall` × `wide` packs; `stages` are chunks on their way at once.
    """

    pack: int
    chunk: int
    out: int
    rest: int = 0
    tall: int = 8
    wide: int = 16
    warps: int = 4
    stages: int = 2


# The pairs, by their width.
PAIRS = {
    16: Launch(2, 64, 32, tall=8, wide=8, warps=4, stages=2),
    32: Launch(2, 64, 64, tall=8, wide=16, warps=4, stages=2),
    48: Launch(2, 64, 64, 32, tall=8, wide=8, warps=4, stages=2),
    96: Launch(1, 32, 64, 32, tall=8, wide=8, warps=4, stages=3),
    160: Launch(1, 32, 32, tall=4, wide=16, warps=4, stages=3),
}
STEM = Launch(2, 64, 64, tall=8, wide=8, warps=4, stages=2)
AFAR = Launch(2, 16, 64, tall=8, wide=8, warps=4, stages=2)
DETAIL = PAIRS[16]
ANSWER = Launch(4, 32, 16, tall=8, wide=16, warps=4, stages=1)
# To and from the next size, by the width of the larger one.
SHRINK = {
    32: Launch(1, 64, 32, 16, tall=8, wide=8, warps=4, stages=2),
    48: Launch(1, 32, 64, 32, tall=8, wide=8, warps=4, stages=2),
    96: Launch(1, 64, 32, tall=4, wide=16, warps=4, stages=2),
}
GROW = {
    32: Launch(1, 16, 32, tall=8, wide=16, warps=4, stages=2),
    48: Launch(1, 32, 32, 16, tall=8, wide=8, warps=4, stages=2),
    96: Launch(1, 32, 32, tall=4, wide=16, warps=4, stages=2),
}
FINER = Launch(1, 32, 32, tall=8, wide=16, warps=4, stages=1)
