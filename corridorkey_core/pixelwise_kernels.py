"""The kernels of `pixelwise.py`. Pictures are planes of float32, contiguous."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from corridorkey_core.composite import DARK, LIGHT
from corridorkey_core.kernel_grid import programs
from corridorkey_core.restore import FAINT

_PIXELS = 1024


def restore(
    foreground: Tensor,
    alpha: Tensor,
    plate: Tensor,
    solidity: Tensor,
    behind: tuple[float, float, float] | None,
    channel: int,
) -> Tensor:
    """See `pixelwise.restored`."""
    result = torch.empty_like(foreground, memory_format=torch.contiguous_format)
    planes = [picture.contiguous() for picture in (foreground, alpha, plate, solidity)]
    count, known = alpha.numel(), behind is not None
    screen = behind or (0.0, 0.0, 0.0)
    _restore[(programs(count, _PIXELS),)](
        *planes, result, count, *screen, FAINT, known, channel, _PIXELS
    )
    return result


def preview(foreground: Tensor, alpha: Tensor, tile: int) -> Tensor:
    """See `pixelwise.previewed`."""
    result = torch.empty(foreground.shape, dtype=torch.uint8, device=foreground.device)
    count, width = alpha.numel(), alpha.shape[-1]
    _preview[(programs(count, _PIXELS),)](
        foreground.contiguous(),
        alpha.contiguous(),
        result,
        count,
        width,
        tile,
        DARK,
        LIGHT,
        _PIXELS,
    )
    return result


def store_halves(colour: Tensor, matte: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """See `pixelwise.halves`."""
    height, width = matte.shape[-2:]
    made = [colour.new_empty((n, height, width), dtype=torch.float16) for n in (3, 1, 4)]
    count = matte.numel()
    _store_halves[(programs(count, _PIXELS),)](
        colour.contiguous(), matte.contiguous(), *made, count, _PIXELS
    )
    return made[0], made[1], made[2]


@triton.jit
def _channel(foreground, plate, place, there, cover, behind, KNOWN: tl.constexpr):
    """A channel's colour, the plate's, the screen that shows through, and the light it lacks."""
    colour = tl.load(foreground + place, mask=there, other=0.0)
    seen = tl.load(plate + place, mask=there, other=0.0)
    through = (1.0 - cover) * (behind if KNOWN else seen)
    rebuilt = colour * cover + through
    lacking = tl.maximum(tl.maximum(seen, 1.0) - tl.maximum(rebuilt, 1.0), 0.0)
    return colour, seen - through, lacking


@triton.jit
def _rebuilt(colour, rest, lacking, cover, share, faint):
    raised = colour + lacking * tl.div_rn(cover, cover * cover + faint)
    solid = tl.div_rn(rest, tl.maximum(cover, 0.5))
    # As torch mixes: exactly the one or the other at either end.
    apart = solid - raised
    return tl.where(share < 0.5, raised + share * apart, solid - apart * (1.0 - share))


@triton.jit(do_not_specialize=["red", "green", "blue", "faint"])
def _restore(
    foreground,
    alpha,
    plate,
    solidity,
    result,
    count,
    red,
    green,
    blue,
    faint,
    KNOWN: tl.constexpr,
    CHANNEL: tl.constexpr,
    PIXELS: tl.constexpr,
):
    place = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    there, after, last = place < count, place + count, place + 2 * count
    cover = tl.load(alpha + place, mask=there, other=1.0)
    share = tl.load(solidity + place, mask=there, other=0.0)
    r, rest_r, more_r = _channel(foreground, plate, place, there, cover, red, KNOWN)
    g, rest_g, more_g = _channel(foreground, plate, after, there, cover, green, KNOWN)
    b, rest_b, more_b = _channel(foreground, plate, last, there, cover, blue, KNOWN)
    if CHANNEL == 1:
        more_g = tl.minimum(more_g, tl.maximum(more_r, more_b))
    else:
        more_b = tl.minimum(more_b, tl.maximum(more_r, more_g))
    tl.store(result + place, _rebuilt(r, rest_r, more_r, cover, share, faint), mask=there)
    tl.store(result + after, _rebuilt(g, rest_g, more_g, cover, share, faint), mask=there)
    tl.store(result + last, _rebuilt(b, rest_b, more_b, cover, share, faint), mask=there)


@triton.jit(do_not_specialize=["width", "tile", "dark", "light"])
def _preview(foreground, alpha, result, count, width, tile, dark, light, PIXELS: tl.constexpr):
    place = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    there = place < count
    cover = tl.load(alpha + place, mask=there, other=0.0)
    is_light = (place // width // tile + place % width // tile) % 2 == 1
    board = (1.0 - cover) * tl.where(is_light, light, dark)
    for channel in tl.static_range(3):
        colour = tl.load(foreground + channel * count + place, mask=there, other=0.0)
        colour = tl.minimum(tl.maximum(colour * cover + board, 0.0), 1.0)
        bent = 1.055 * tl.exp2(tl.log2(tl.maximum(colour, 1e-8)) / 2.4) - 0.055
        encoded = tl.where(colour <= 0.0031308, colour * 12.92, bent)
        whole = tl.minimum(tl.maximum(encoded, 0.0), 1.0) * 255.0
        # What is added leaves no bits for fractions: rounded to even, as torch rounds.
        whole = (whole + 8388608.0) - 8388608.0
        tl.store(result + channel * count + place, whole.to(tl.uint8), mask=there)


@triton.jit
def _half(value):
    low = tl.maximum(value, -65504.0, propagate_nan=tl.PropagateNan.ALL)
    return tl.minimum(low, 65504.0, propagate_nan=tl.PropagateNan.ALL).to(tl.float16)


@triton.jit
def _store_halves(colour, matte, colours, mattes, both, count, PIXELS: tl.constexpr):
    place = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    there = place < count
    cover = _half(tl.load(matte + place, mask=there, other=0.0))
    tl.store(mattes + place, cover, mask=there)
    tl.store(both + 3 * count + place, cover, mask=there)
    for channel in tl.static_range(3):
        value = _half(tl.load(colour + channel * count + place, mask=there, other=0.0))
        tl.store(colours + channel * count + place, value, mask=there)
        # The product of two halves fits a float exactly.
        product = value.to(tl.float32) * cover.to(tl.float32)
        tl.store(both + channel * count + place, product.to(tl.float16), mask=there)
