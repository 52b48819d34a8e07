"""Small pictures with their names, in rows, as one PNG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.colour import ColourTag
from corridorkey_core.errors import WriteError
from corridorkey_core.frames import Header, Window
from corridorkey_core.write.encode import Picture, write_picture

TILE_WIDTH, MOST_HEIGHT = 480, 960
GAP, CAPTION, LETTERS = 6, 26, 16
GREY, WHITE = 0.16, (0.9, 0.9, 0.9)


@dataclass(frozen=True)
class Tile:
    """One picture of a sheet: its caption, and [1 or 3, H, W] in 0..1, sRGB-encoded."""

    caption: str
    picture: Tensor
    pixel_aspect: float = 1.0


def write_sheet(rows: Sequence[Sequence[Tile]], path: Path) -> Path:
    """Write rows of tiles as an 8-bit PNG; returns its path.

    A tile keeps its picture's shape, in a column as wide as the others. Raises `WriteError`.
    """
    if path.suffix.lower() != ".png":
        raise WriteError("A contact sheet is a PNG; expected a name that ends with .png.")
    drawn = [[_drawn(tile) for tile in row] for row in rows]
    width = GAP + max(len(row) for row in rows) * (TILE_WIDTH + GAP)
    heights = [max(tile.shape[1] for tile in row) + CAPTION + GAP for row in drawn]
    canvas = oiio.ImageBuf(oiio.ImageSpec(width, sum(heights), 3, "float"))
    oiio.ImageBufAlgo.fill(canvas, (GREY, GREY, GREY))
    top = 0
    for tiles, pictures, height in zip(rows, drawn, heights, strict=True):
        for index, (tile, picture) in enumerate(zip(tiles, pictures, strict=True)):
            _paste(canvas, tile.caption, picture, GAP + index * (TILE_WIDTH + GAP), top)
        top += height
    pixels = (np.asarray(canvas.get_pixels(oiio.FLOAT)) * 255.0 + 0.5).astype(np.uint8)
    window = Window(0, 0, width, sum(heights))
    tag = ColourTag("srgb_rec709_scene")
    return write_picture(Picture(pixels, ("R", "G", "B"), Header(window, window), tag), path, 0)


def _drawn(tile: Tile) -> Tensor:
    """The tile's picture [3, H, W] at the size it is shown, antialiased."""
    height, width = tile.picture.shape[-2:]
    shape = width * tile.pixel_aspect, float(height)
    scale = min(TILE_WIDTH / shape[0], MOST_HEIGHT / shape[1])
    shown = max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))
    picture = tile.picture.expand(3, height, width)[None].to(torch.float32)
    small = F.interpolate(picture, shown, mode="bilinear", antialias=True)
    return small[0].clamp(0.0, 1.0)


def _paste(canvas: oiio.ImageBuf, caption: str, picture: Tensor, left: int, top: int) -> None:
    pixels = picture.permute(1, 2, 0).contiguous().numpy()
    below = top + CAPTION
    place = oiio.ROI(left, left + pixels.shape[1], below, below + pixels.shape[0], 0, 1, 0, 3)
    canvas.set_pixels(place, pixels)
    oiio.ImageBufAlgo.render_text(canvas, left, below - 8, caption, LETTERS, "", WHITE)
