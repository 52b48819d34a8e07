"""Crops at full size of one plate's keys, captioned: the truth above, then each keyer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor

from benchmarks.key_scores import BLACK, SATURATED, WHITE, Frame, over, srgb
from benchmarks.matting_errors import unknown_region
from corridorkey_core.write import Tile, write_sheet
from corridorkey_core.write.sheet import TILE_WIDTH

_HEIGHT = 200
_BACKGROUNDS = {"black": BLACK, "white": WHITE, "red": SATURATED[0]}


def write_crops(path: Path, plate: Tensor, truth: Frame, keys: Mapping[str, Frame]) -> None:
    """Write a PNG of the part of `plate` [3, H, W] that has most transition in it."""
    top, left = _busiest(truth.alpha)
    rows = []
    for name, frame in {"truth": truth, **keys}.items():
        tiles = {"plate": srgb(plate), "matte": frame.alpha}
        tiles |= {each: over(frame, colour) for each, colour in _BACKGROUNDS.items()}
        rows.append([_cut(f"{name}: {what}", each, top, left) for what, each in tiles.items()])
    write_sheet(rows, path)


def _cut(caption: str, picture: Tensor, top: int, left: int) -> Tile:
    return Tile(caption, picture[:, top : top + _HEIGHT, left : left + TILE_WIDTH])


def _busiest(alpha: Tensor) -> tuple[int, int]:
    """Where the crop with most unknown pixels begins."""
    share = F.avg_pool2d(unknown_region(alpha).float(), (_HEIGHT, TILE_WIDTH), 8)[0]
    top, left = divmod(int(share.argmax()), share.shape[1])
    return 8 * top, 8 * left
