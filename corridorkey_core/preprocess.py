"""Files' pixels to what a keyer expects: scene-linear Rec.709 plates and fitted hints."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.colour import ColourSpace
from corridorkey_core.device import copied_to
from corridorkey_core.device_streams import arriving
from corridorkey_core.frames import Hint, Pixels, Plate
from corridorkey_core.resample import push_pull

LARGEST = 65504.0  # of half float: what stands for a light that a colour curve made infinite
_FULL_SCALE = {"uint8": 255.0, "uint16": 65535.0}


def linear_plate(plate: Plate, space: ColourSpace, device: torch.device) -> tuple[Tensor, int]:
    """The plate on the device, and how many of its pixels were NaN or Inf and were replaced.

    [3, H, W] float32, scene-linear Rec.709, any range, finite. Pixels travel in the file's own
    type. A NaN or an Inf takes the value of what lies around it, so that neither spreads.
    """
    # Whether a pixel is NaN has to be waited for: not behind the frame before.
    with arriving(device) as joined:
        encoded, repaired = _repaired(upload(plate.pixels, device).permute(2, 0, 1).contiguous())
    linear = space.to_linear(joined(encoded))
    if space.is_linear:
        return linear, repaired
    return linear.nan_to_num(0.0, LARGEST, -LARGEST), repaired


def fitted_hint(hint: Hint, size: tuple[int, ...], device: torch.device) -> Tensor:
    """The alpha hint [1, H, W] float32 in 0..1 on the device, at `size` (height, width).

    NaN becomes 0. A hint of another size is resampled by a triangle filter, antialiased, on the
    CPU: every device gets the same one.
    """
    height, width = size
    if hint.pixels.shape == (height, width):
        return _confined(upload(hint.pixels, device))[None]
    image = _confined(upload(hint.pixels, torch.device("cpu")))
    fitted = F.interpolate(image[None, None], (height, width), mode="bilinear", antialias=True)
    return fitted[0].clamp(0.0, 1.0).to(device)


def as_green(image: Tensor, screen_kind: str) -> Tensor:
    """Green and blue of `image` [3, H, W] swapped where the screen is blue; its own inverse."""
    if screen_kind != "blue":
        return image
    red, green, blue = image
    return torch.stack([red, blue, green])


def upload(pixels: Pixels, device: torch.device) -> Tensor:
    """`pixels` as float32 on the device, of the same shape; integers become 0..1.

    On the CPU float pixels share their memory with the result.
    """
    kind = pixels.dtype.name
    native = native_array(pixels)
    if kind == "uint16":
        # Not every device knows unsigned words; they travel as signed ones.
        words = copied_to(device, torch.from_numpy(native.view(np.int16))).to(torch.int32)
        values = (words & 0xFFFF).to(torch.float32)
    else:
        values = copied_to(device, torch.from_numpy(native)).to(torch.float32)
    if kind not in _FULL_SCALE:
        return values
    # Divided by a tensor: by a number, CUDA devices multiply by a rounded reciprocal.
    return values.div_(torch.full((), _FULL_SCALE[kind], device=device))


def native_array(pixels: Pixels) -> Pixels:
    """`pixels` as torch takes them: contiguous, writable, in this machine's byte order."""
    return np.require(pixels, pixels.dtype.newbyteorder("="), ["C", "W"])


def _repaired(image: Tensor) -> tuple[Tensor, int]:
    if torch.isfinite(image.sum()):
        return image, 0
    finite = torch.isfinite(image)
    sound = finite.all(dim=0, keepdim=True)
    broken = int((~sound).sum())
    if not broken:
        return image, 0
    known = torch.where(sound, image.clamp(-LARGEST, LARGEST), torch.zeros_like(image))
    filled = push_pull(known, sound.to(image.dtype))
    return torch.where(finite, image, filled), broken


def _confined(image: Tensor) -> Tensor:
    return image.nan_to_num(0.0, 1.0, 0.0).clamp(0.0, 1.0)
