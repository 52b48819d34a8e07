"""Conversions between two spaces of a config: a matrix where that is what it is, else OCIO."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import OpenImageIO as oiio
import torch
from torch import Tensor

from corridorkey_core.errors import ColourError

Transform = Callable[[Tensor], Tensor]

# What an infinity becomes; the largest half, so that it survives being written.
LARGEST = 65504.0
TOLERANCE = 1e-5


def conversion(source: str, target: str, where: str) -> tuple[Transform, bool]:
    """From one space to another of the config at `where`, and whether that is a matrix.

    A matrix runs on the picture's device, everything else on the CPU. Raises `ColourError`.
    """
    through_ocio = partial(ocio_convert, source=source, target=target, where=where)
    probes = _probes()
    seen = through_ocio(torch.cat([torch.eye(3).reshape(3, 3, 1), probes], dim=1))
    matrix, answers = seen[:, :3, 0], seen[:, 3:]
    if not _agrees(matrix, probes, answers):
        return through_ocio, False
    if torch.equal(matrix, torch.eye(3)):
        return torch.clone, True
    return partial(apply_matrix, matrix=matrix), True


def apply_matrix(picture: Tensor, matrix: Tensor) -> Tensor:
    """`matrix` [3, 3] applied to the channels of `picture` [3, H, W]."""
    # Written out, so that TF32 matrix units never touch a picture.
    rows = matrix.tolist()
    red, green, blue = picture
    return torch.stack([red * row[0] + green * row[1] + blue * row[2] for row in rows])


def ocio_convert(picture: Tensor, *, source: str, target: str, where: str) -> Tensor:
    """OpenImageIO's own conversion of [3, H, W], on the CPU; always finite.

    A NaN counts as 0. What overflows, as codes far above a log curve's white do, becomes
    `LARGEST`. Raises `ColourError`.
    """
    known = picture.detach().to("cpu", torch.float32).nan_to_num()
    pixels = known.permute(1, 2, 0).contiguous().numpy()
    # Straight colour: by default OpenImageIO would divide by an alpha.
    converted = oiio.ImageBufAlgo.colorconvert(
        oiio.ImageBuf(pixels), source, target, unpremult=False, colorconfig=where
    )
    if converted.has_error:
        raise ColourError(f"{source} cannot be converted to {target}: {converted.geterror()}")
    result = torch.from_numpy(np.asarray(converted.get_pixels(oiio.FLOAT)))
    finite = result.nan_to_num(nan=LARGEST, posinf=LARGEST, neginf=-LARGEST)
    return finite.permute(2, 0, 1).contiguous().to(picture.device)


def _probes() -> Tensor:
    """Colours [3, N, 1] of both signs, from the smallest half to the largest."""
    noise = torch.Generator().manual_seed(1)
    size = torch.exp2(torch.rand((3, 2048, 1), generator=noise) * 32 - 16)
    sign = torch.where(torch.rand((3, 2048, 1), generator=noise) < 0.3, -1.0, 1.0)
    return torch.cat([size * sign, torch.rand((3, 512, 1), generator=noise)], dim=1)


def _agrees(matrix: Tensor, probes: Tensor, answers: Tensor) -> bool:
    scale = apply_matrix(probes.abs(), matrix.abs())
    return bool(((apply_matrix(probes, matrix) - answers).abs() <= TOLERANCE * scale).all())
