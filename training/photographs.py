"""Photographs that scikit-image carries and anyone may use, and pieces of them as textures."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.errors import ReadError
from corridorkey_core.read import read_plate
from training.dice import Dice
from training.noise import turned

SIDE = 512  # of the squares that photographs are held as, in pixels
# Those of which `skimage.data` says CC0 or public domain, and which show more than a shape.
FREE = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "chelsea.png",
    "clock_motion.png",
    "coffee.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "retina.jpg",
    "rocket.jpg",
)
_SMALLEST, _LARGEST = 0.4, 2.0
_SOFTER = 0.75  # the scale below which fine detail would be sampled as noise
_DARK = 0.1  # added to brightnesses before they are compared: what is black all over has no tones


def scikit_image_folder() -> Path | None:
    """Where an installed scikit-image keeps its pictures; it is not imported."""
    found = importlib.util.find_spec("skimage")
    return Path(found.origin).parent / "data" if found and found.origin else None


def photographs(folder: Path | None, device: torch.device) -> Tensor | None:
    """The free pictures in a folder, [K, 2, 3, 512, 512], or None where there are none.

    Each as it is and softened, to be made smaller; display code values 0..1. Raises `ReadError`
    where one is damaged.
    """
    paths = [folder / name for name in FREE] if folder else []
    squares = [_square(_codes(path)) for path in paths if path.is_file()]
    if not squares:
        return None
    sharp = torch.cat(squares)
    soft = F.avg_pool2d(sharp, 3, 1, 1, count_include_pad=False)
    return torch.stack([sharp, soft], dim=1).to(device)


def _codes(path: Path) -> Tensor:
    """A picture of whole numbers as [1, 3, H, W], 0..1; grey ones in three channels."""
    try:
        pixels = read_plate(str(path), 0, "", lambda _is_float, _tag: "sRGB").pixels
    except ReadError as error:
        raise ReadError(
            f"{path}: {error.reason} It was expected to be a picture of scikit-image's. "
            "Install scikit-image anew, or remove it to train without photographs.",
            path=str(path),
        ) from error
    codes = pixels.astype(np.float32) / np.iinfo(pixels.dtype).max
    return torch.from_numpy(codes).permute(2, 0, 1)[None]


def _square(codes: Tensor) -> Tensor:
    """The middle of a picture [1, 3, H, W], its shorter side `SIDE` pixels."""
    height, width = codes.shape[-2:]
    shorter = min(height, width)
    top, left = (height - shorter) // 2, (width - shorter) // 2
    middle = codes[..., top : top + shorter, left : left + shorter]
    return F.interpolate(
        middle, size=(SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True
    )


def cut_out(dice: Dice, pictures: Tensor, size: int) -> Tensor:
    """A piece of a random one of `pictures` [K, 2, 3, S, S] for each scene, [N, 3, size, size].

    Display code values 0..1, of any exposure and contrast; half of them with green for blue.
    """
    # Not by `Dice.places`: of one place a row it waits for the device.
    which = dice.uniform(0.0, len(pictures)).long().clamp_max(len(pictures) - 1)
    scale = _SMALLEST * (_LARGEST / _SMALLEST) ** dice.uniform(0.0, 1.0)
    picked = pictures[which.flatten(), (scale < _SOFTER).long().flatten()]
    places = _places(dice, size, scale * picked.shape[-1] / size)
    piece = F.grid_sample(picked, places, padding_mode="reflection", align_corners=False)
    # Of a blue screen's subject two channels are swapped.
    piece = torch.where(dice.chance(0.5) > 0, piece[:, [0, 2, 1]], piece)
    return _exposed(dice, piece)


def _places(dice: Dice, size: int, ratio: Tensor) -> Tensor:
    """Where a turned and perhaps mirrored square lies in a picture `ratio` times as large.

    [N, size, size, 2] as `F.grid_sample` has it.
    """
    along, across = turned(dice, size)
    mirrored = 2.0 * dice.chance(0.5) - 1.0
    right = 2.0 * mirrored * along / ratio + dice.uniform(-1.0, 1.0)
    down = 2.0 * across / ratio + dice.uniform(-1.0, 1.0)
    return torch.cat([right, down], dim=1).permute(0, 2, 3, 1)


def _exposed(dice: Dice, piece: Tensor) -> Tensor:
    mean = piece.mean(dim=(1, 2, 3), keepdim=True)
    contrasted = mean + dice.uniform(0.5, 1.3) * (piece - mean)
    return (dice.uniform(0.7, 1.35) * contrasted).clamp(0.0, 1.0)


def toned(piece: Tensor, base: Tensor) -> Tensor:
    """A piece's lights and darks in the colour `base` [N, 3, 1, 1], which stays their mean.

    Display code values; some are above 1.
    """
    bright = piece.mean(dim=1, keepdim=True) + _DARK
    return base * bright / bright.mean(dim=(-2, -1), keepdim=True)
