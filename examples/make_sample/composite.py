"""Puts the rendered subject before a green screen, as a camera would see it, and writes the sample.

    python examples/make_sample/composite.py RENDERED_FOLDER examples/sample

In linear light, seeded: an uneven lit screen with folds, a seam and tracking markers, a soft shadow
of the subject, and grain that changes from frame to frame. Alpha and straight foreground are
rounded before they are composited, so what is shipped is exactly what the plate was made of, and
small.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import torch
import torch.nn.functional as F
from exr import write

Picture = npt.NDArray[np.float32]
SCREEN = np.array([0.082, 0.425, 0.115], np.float32)
ORANGE = np.array([0.55, 0.17, 0.03], np.float32)
DARK_GREEN = np.array([0.045, 0.21, 0.065], np.float32)
MARKERS = (
    (112, 96, ORANGE), (1166, 118, ORANGE), (92, 452, DARK_GREEN),
    (1206, 596, ORANGE), (1090, 640, DARK_GREEN), (205, 634, ORANGE),
)  # fmt: skip
SHOT_NOISE, READ_NOISE = 0.8e-4, 0.8e-3
SPILL_KEPT = 0.15  # of the green light in the render, which a cleaner stage would not throw so far
ALPHA_STEPS = 512
FOREGROUND_BITS = 6  # of the ten of a half's fraction
TRUTHS = (1003, 1009)
PLATE_COMPRESSION = "dwaa:220"


def blurred(picture: Picture, sigma: float) -> Picture:
    """A Gaussian blur of [H, W] or [H, W, C]."""
    planes = torch.from_numpy(np.ascontiguousarray(np.atleast_3d(picture)))
    planes = planes.permute(2, 0, 1)[:, None]
    reach = max(1, int(3 * sigma + 0.5))
    steps = torch.arange(-reach, reach + 1, dtype=torch.float32)
    kernel = torch.exp(-(steps**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    planes = F.pad(planes, (reach,) * 4, mode="reflect")
    planes = F.conv2d(F.conv2d(planes, kernel[None, None, None]), kernel[None, None, :, None])
    smooth: Picture = planes[:, 0].permute(1, 2, 0).numpy().reshape(picture.shape)
    return smooth


def screen_plate(height: int, width: int) -> Picture:
    """The empty screen: falloff, hot spot, folds, a seam and markers."""
    rng = np.random.default_rng(20)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / width
    light = 1.10 - 0.85 * ((x - 0.44) ** 2 + 1.6 * (y - 0.22) ** 2) - 0.10 * x
    light += 0.17 * np.exp(-((x - 0.27) ** 2 + (y - 0.13) ** 2) / 0.016)
    for _ in range(9):
        place, lean, depth = rng.uniform(0, 1), rng.uniform(-0.5, 0.5), rng.uniform(-0.06, 0.04)
        light += depth * np.exp(-(((x - place - lean * y) / rng.uniform(0.012, 0.05)) ** 2))
    light -= 0.11 * np.exp(-(((x - 0.842 + 0.006 * y) / 0.0011) ** 2))
    screen = light[..., None] * SCREEN * (1 + 0.05 * (x - 0.5)[..., None] * [1, -0.4, 1.5])
    for left, top, tape in MARKERS:
        lit = screen[top, left, 1] / SCREEN[1]
        screen[max(0, top - 2) : top + 3, left - 13 : left + 14] = tape * lit
        screen[max(0, top - 13) : top + 14, left - 2 : left + 3] = tape * lit
    return blurred(screen.astype(np.float32), 0.9)


def grain(light: Picture, number: int) -> Picture:
    """Sensor noise: shot and read noise, a little correlated between neighbours."""
    noise = np.random.default_rng(number).standard_normal(light.shape).astype(np.float32)
    noise = 0.75 * noise + 0.9 * blurred(noise, 0.7)
    deviation = np.sqrt(SHOT_NOISE * light.clip(0) + READ_NOISE**2)
    return (noise * deviation).astype(np.float32)


def true_alpha(rendered: Picture) -> Picture:
    """Alpha rounded to steps that halves hold exactly."""
    return (np.round(rendered.clip(0, 1) * ALPHA_STEPS) / ALPHA_STEPS).astype(np.float32)


def straight_foreground(rendered: Picture, alpha: Picture) -> Picture:
    """Colour over coverage where there is enough of it, the nearest such colours elsewhere.

    `rendered` is premultiplied RGBA [H, W, 4], denoised; zero where the true `alpha` is.
    """
    total = rendered * (rendered[..., 3:] > 0.02)
    found = np.where(total[..., 3:] > 0.08, total, 0)
    for sigma in (1.0, 2.5, 6.0, 15.0):
        spread = blurred(total, sigma)
        found = np.where(found[..., 3:] > 0, found, np.where(spread[..., 3:] > 0.02, spread, 0))
    straight = less_spill(found[..., :3] / np.maximum(found[..., 3:], 1e-6))
    return rounded(np.where(alpha[..., None] > 0, straight.clip(0), 0))


def less_spill(colour: Picture) -> Picture:
    """Green above what red and blue beside it allow, graded down to SPILL_KEPT."""
    red, green, blue = np.moveaxis(colour, -1, 0)
    excess = (green - np.maximum((2 * red + blue) / 3, blue)).clip(0)
    return np.stack([red, green - (1 - SPILL_KEPT) * excess, blue], axis=-1)


def rounded(colour: Picture) -> Picture:
    """Keep FOREGROUND_BITS of the fraction of each half (nearest; 0.8 % at most)."""
    dropped = 10 - FOREGROUND_BITS
    bits = colour.astype(np.float16).view(np.uint16).astype(np.int64)
    kept = (bits + (1 << (dropped - 1))) >> dropped << dropped
    nearest: Picture = kept.astype(np.uint16).view(np.float16).astype(np.float32)
    return nearest


def plate_of(straight: Picture, alpha: Picture, screen: Picture, number: int) -> Picture:
    """What the camera records of the subject before the screen."""
    height, width = alpha.shape
    fallen = np.pad(alpha, ((14, 0), (30, 0)), "edge")[:height, :width]
    lit = screen * (1 - 0.18 * blurred(fallen, 28.0))[..., None]
    cover = alpha[..., None]
    light = cover * straight + (1 - cover) * lit
    recorded: Picture = light + grain(light, number)
    return recorded


def coarse_hint(alpha: Picture) -> Picture:
    """What an artist roughs out: the solid part, pulled in, without detail, softened."""
    solid = torch.from_numpy((alpha > 0.5).astype(np.float32))[None, None]
    whole = F.max_pool2d(-F.max_pool2d(-solid, 13, 1, 6), 7, 1, 3)
    small = F.interpolate(whole, scale_factor=1 / 8, mode="area")
    full = F.interpolate(small, alpha.shape, mode="bilinear")[0, 0].numpy()
    return (np.round(blurred(full, 6.0) * 64) / 64).astype(np.float32)


def read(path: Path) -> Picture:
    return np.asarray(oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT), np.float32)


def main() -> None:
    """Make every frame of which both renders are there."""
    rendered, sample = Path(sys.argv[1]), Path(sys.argv[2])
    screen: Picture | None = None
    for path in sorted(rendered.glob("colour.*.exr")):
        number = int(path.suffixes[0][1:])
        alpha = true_alpha(read(path.with_name(f"alpha.{number:04d}.exr"))[..., 3])
        straight = straight_foreground(read(path), alpha)
        screen = screen_plate(*alpha.shape) if screen is None else screen
        plate = plate_of(straight, alpha, screen, number)
        name = f"sample.{number:04d}.exr"
        write(sample / "plate" / name, plate, PLATE_COMPRESSION, number)
        write(sample / "matte" / name, alpha, "piz", number)
        write(sample / "hint" / name, coarse_hint(alpha), "zip", number)
        if number in TRUTHS:
            write(sample / "truth_fg" / name, straight, "zip", number)
        print(name)


if __name__ == "__main__":
    main()
