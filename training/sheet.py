"""A picture of what training is made on: plate, hint, mattes, doubt, colours."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from benchmarks.picture_sheet import write_png
from corridorkey_core.colour.srgb import linear_to_srgb
from corridorkey_core.keyers.builtin.features import ALPHA, COLOUR, GATE
from training.examples import seen
from training.photographs import photographs, scikit_image_folder
from training.scenes import make_scenes

_SCENES = 6


def sheet(picture: Path, seed: int, size: int) -> None:
    """Write six scenes of a seed below each other, as PNG."""
    device = torch.device("cpu")
    pictures = photographs(scikit_image_folder(), device)
    with torch.no_grad():
        scenes = make_scenes(seed, _SCENES, size, device, pictures)
        examples = seen(scenes)
    rows = []
    for index in range(_SCENES):
        planes, alpha = examples.planes[index], scenes.alpha[index]
        tiles = [
            linear_to_srgb(scenes.plate[index].clamp(0.0, 1.0)),
            *(_grey(each) for each in (scenes.hint[index], alpha, planes[ALPHA], planes[GATE])),
            examples.code[index] * alpha,
            planes[COLOUR].clamp(0.0, 1.0) * planes[ALPHA],
        ]
        rows.append(torch.cat(tiles, dim=2))
    write_png(picture, rows)


def _grey(plane: Tensor) -> Tensor:
    return plane.expand(3, -1, -1)
