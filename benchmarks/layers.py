"""Procedural subjects with true mattes: hair, fur, lace, smoke, motion blur, defocus.

Every layer is float32 [H, W, 4], premultiplied, linear Rec.709. Strands are splines drawn with
sub-pixel coverage; everything is made from a seed and numpy alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
AnyArray = npt.NDArray[Any]
Rng = np.random.Generator
Size = tuple[int, int]


@dataclass(frozen=True)
class Tuft:
    """Strands that grow alike: how many, length and width in pixels, curl and colour."""

    count: int
    length: float
    width: float
    colour: tuple[float, float, float]
    curl: float = 0.6
    gravity: float = 0.4
    spread: float = 0.3


def single(values: AnyArray) -> Array:
    """The same in single precision."""
    return np.asarray(values, np.float32)


def srgb_to_linear(values: AnyArray) -> Array:
    """Decode sRGB, IEC 61966-2-1."""
    bent = ((np.maximum(values, 0.0) + 0.055) / 1.055) ** 2.4
    return single(np.where(values <= 0.04045, values / 12.92, bent))


def smooth_noise(size: Size, cells: float, rng: Rng, octaves: int = 4, gain: float = 0.5) -> Array:
    """Fractal value noise of about unit deviation; `cells` is the first octave's cells across."""
    total = np.zeros(size, np.float32)
    weight, power = 1.0, 0.0
    for octave in range(octaves):
        total += weight * _value_noise(size, cells * 2**octave, rng)
        power += weight**2
        weight *= gain
    return single(total / np.sqrt(0.35 * power))


def _value_noise(size: Size, cells: float, rng: Rng) -> Array:
    step = max(size) / cells
    rows = np.arange(size[0]) / step
    columns = np.arange(size[1]) / step
    grid = rng.standard_normal((int(rows[-1]) + 2, int(columns[-1]) + 2))
    top, left = rows.astype(int), columns.astype(int)
    down, right = (_ease(rows - top)[:, None], _ease(columns - left)[None])
    upper = grid[top][:, left] * (1 - right) + grid[top][:, left + 1] * right
    lower = grid[top + 1][:, left] * (1 - right) + grid[top + 1][:, left + 1] * right
    return single(upper * (1 - down) + lower * down)


def _ease(fraction: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return fraction * fraction * (3.0 - 2.0 * fraction)


def grid(size: Size) -> tuple[Array, Array]:
    """Pixel centres y, x in pixels."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    return single(rows + 0.5), single(columns + 0.5)


def straight(colour: Array, alpha: Array) -> Array:
    """A layer from straight colour [H, W, 3] and coverage [H, W]."""
    alpha = np.clip(alpha, 0.0, 1.0)[..., None]
    return single(np.concatenate([colour * alpha, alpha], axis=2))


def over(top: Array, bottom: Array) -> Array:
    """Premultiplied `top` over premultiplied `bottom`."""
    return single(top + bottom * (1.0 - top[..., 3:]))


def cloth(size: Size, colour: tuple[float, float, float], rng: Rng, contrast: float = 0.3) -> Array:
    """A shaded, faintly woven surface colour [H, W, 3]."""
    shade = np.exp(contrast * smooth_noise(size, 3, rng))[..., None]
    weave = 1.0 + 0.06 * smooth_noise(size, 90, rng, octaves=2)[..., None]
    tint = 1.0 + 0.05 * np.stack([smooth_noise(size, 5, rng) for _ in range(3)], axis=2)
    return single(np.clip(np.array(colour) * shade * weave * tint, 0.002, 1.0))


def blob(size: Size, centre: Size, radii: Size, rng: Rng, rough: float = 0.05) -> Array:
    """Signed distance in pixels, positive inside, of an ellipse with an uneven edge."""
    rows, columns = grid(size)
    reach = np.hypot((rows - centre[0]) / radii[0], (columns - centre[1]) / radii[1])
    uneven = rough * smooth_noise(size, 6, rng)
    return single((1.0 - reach + uneven) * min(radii))


def strands(size: Size, roots: Array, angles: Array, tuft: Tuft, rng: Rng) -> Array:
    """Draw one spline a root [N, 2] (y, x), leaving at `angles`; coverage is order-independent."""
    points = 160
    along = np.linspace(0.0, 1.0, points, dtype=np.float32)[None]
    count = len(roots)
    bend = rng.normal(0.0, tuft.curl, (count, 1)) * along
    wave = rng.normal(0.0, 0.5 * tuft.curl, (count, 1)) * np.sin(
        2 * np.pi * (rng.uniform(0.3, 2.0, (count, 1)) * along + rng.uniform(0, 1, (count, 1)))
    )
    heading = angles[:, None] + bend + wave
    step = tuft.length * rng.uniform(0.3, 1.15, (count, 1)) / points
    drift = tuft.gravity * along
    rows = roots[:, :1] + np.cumsum((np.sin(heading) + drift) * step, axis=1)
    columns = roots[:, 1:] + np.cumsum(np.cos(heading) * step, axis=1)
    width = tuft.width * rng.uniform(0.6, 1.3, (count, 1)) * (1.0 - 0.75 * along**2)
    shine = 1.0 + 1.2 * rng.uniform(0, 1, (count, 1)) * np.exp(
        -(((along - rng.uniform(0.1, 0.9, (count, 1))) / 0.12) ** 2)
    )
    tone = rng.uniform(0.55, 1.5, (count, 1)) * shine
    tint = 1.0 + 0.08 * rng.standard_normal((count, 3))
    colour = np.clip(tone[..., None] * tint[:, None] * np.array(tuft.colour), 0.001, 0.95)
    return _splat(size, rows, columns, np.clip(width * step, 0.0, 0.98), colour)


def _splat(size: Size, rows: Array, columns: Array, cover: Array, colour: Array) -> Array:
    height, width = size
    through = np.zeros(height * width)
    seen = np.zeros((height * width, 4))
    top, left = np.floor(rows - 0.5), np.floor(columns - 0.5)
    for below in (0, 1):
        for right in (0, 1):
            y, x = (top + below).astype(int), (left + right).astype(int)
            share = np.abs(1 - below - (rows - 0.5 - top)) * np.abs(
                1 - right - (columns - 0.5 - left)
            )
            kept = (y >= 0) & (y < height) & (x >= 0) & (x < width)
            where, part = (y * width + x)[kept], (cover * share)[kept]
            through += np.bincount(where, np.log1p(-part), height * width)
            seen[:, 3] += np.bincount(where, part, height * width)
            for channel in range(3):
                inked = part * colour[..., channel][kept]
                seen[:, channel] += np.bincount(where, inked, height * width)
    alpha = (1.0 - np.exp(through)).reshape(size)
    mean = seen[:, :3] / np.maximum(seen[:, 3:], 1e-9)
    return straight(mean.reshape(*size, 3).astype(np.float32), alpha.astype(np.float32))


def rooted(distance: Array, tuft: Tuft, rng: Rng, depth: float = 6.0) -> Array:
    """Strands of `tuft` from the edge of a blob, pointing outwards."""
    likely = np.exp(-((distance / depth) ** 2)) * np.exp(
        0.8 * smooth_noise(distance.shape, 8, rng, octaves=2)
    )
    picked = rng.choice(likely.size, tuft.count, p=(likely / likely.sum()).ravel())
    slope_y, slope_x = np.gradient(distance)
    roots = np.stack(np.divmod(picked, distance.shape[1]), axis=1) + rng.uniform(
        0, 1, (tuft.count, 2)
    )
    outward = np.arctan2(-slope_y.ravel()[picked], -slope_x.ravel()[picked])
    angles = outward + rng.normal(0.0, tuft.spread, tuft.count)
    return strands(distance.shape, roots.astype(np.float32), angles.astype(np.float32), tuft, rng)


def blurred(layer: Array, kernel: Array) -> Array:
    """Convolve a premultiplied layer with a kernel, through the Fourier transform."""
    pad = max(kernel.shape) // 2 + 1
    padded = np.pad(layer, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    shape = padded.shape[:2]
    spread = np.zeros(shape)
    spread[: kernel.shape[0], : kernel.shape[1]] = kernel / kernel.sum()
    spread = np.roll(spread, (-(kernel.shape[0] // 2), -(kernel.shape[1] // 2)), (0, 1))
    spectrum = np.fft.rfft2(spread)
    done = [np.fft.irfft2(np.fft.rfft2(padded[..., c]) * spectrum, shape) for c in range(4)]
    inner = np.stack(done, axis=2)[pad:-pad, pad:-pad]
    return single(np.clip(inner, 0.0, None))


def disk(radius: float) -> Array:
    """The kernel of a lens out of focus."""
    reach = int(radius + 2)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return single(np.clip(radius + 0.5 - np.hypot(rows, columns), 0.0, 1.0))


def streak(length: float, angle: float) -> Array:
    """The kernel of even motion over `length` pixels."""
    reach = int(length / 2 + 2)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-length / 2, length / 2, int(length * 8)):
        y, x = reach + step * np.sin(angle), reach + step * np.cos(angle)
        top, left = int(y), int(x)
        for below, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
            share = abs(1 - below - (y - top)) * abs(1 - right - (x - left))
            kernel[top + below, left + right] += share
    return kernel


Subject = Callable[[Size, Rng], Array]
