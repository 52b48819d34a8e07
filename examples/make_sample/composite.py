"""Puts the rendered subject before a green screen, as a camera would see it, and writes the sample.

    python examples/make_sample/composite.py RENDERED_FOLDER examples/sample

In linear light, seeded: an uneven lit screen with folds, a seam and tracking markers, a soft shadow
of the subject, a little veiling glare, and grain that changes from frame to frame.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import torch
import torch.nn.functional as F

Picture = npt.NDArray[np.float32]
SCREEN = np.array([0.082, 0.415, 0.118], np.float32)
TAPE = np.array([0.55, 0.16, 0.03], np.float32)
MARKERS = ((150, 110), (1130, 95), (118, 420), (1180, 400), (705, 60), (330, 640), (1010, 655))
GLARE = 0.004
SHOT_NOISE, READ_NOISE = 1.8e-4, 1.2e-3
TRUTHS = (1006,)


def blurred(picture: Picture, sigma: float) -> Picture:
    """A Gaussian blur of [H, W] or [H, W, C]."""
    planes = torch.from_numpy(np.atleast_3d(picture)).permute(2, 0, 1)[:, None]
    reach = max(1, int(3 * sigma + 0.5))
    steps = torch.arange(-reach, reach + 1, dtype=torch.float32)
    kernel = torch.exp(-(steps**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    planes = F.pad(planes, (reach,) * 4, mode="reflect")
    planes = F.conv2d(F.conv2d(planes, kernel[None, None, None]), kernel[None, None, :, None])
    return planes[:, 0].permute(1, 2, 0).numpy().reshape(picture.shape)


def screen_plate(height: int, width: int) -> Picture:
    """The empty screen: falloff, hot spot, folds, a seam and markers."""
    rng = np.random.default_rng(20)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / width
    light = 1.06 - 0.60 * ((x - 0.46) ** 2 + 1.7 * (y - 0.24) ** 2) - 0.10 * x
    light += 0.16 * np.exp(-((x - 0.33) ** 2 + (y - 0.16) ** 2) / 0.018)
    for _ in range(7):
        place, lean, depth = rng.uniform(0, 1), rng.uniform(-0.4, 0.4), rng.uniform(-0.05, 0.035)
        light += depth * np.exp(-(((x - place - lean * y) / rng.uniform(0.015, 0.05)) ** 2))
    light -= 0.10 * np.exp(-(((x - 0.705 + 0.004 * y) / 0.0011) ** 2))
    screen = light[..., None] * SCREEN * (1 + 0.05 * (x - 0.5)[..., None] * [1, -0.4, 1.5])
    for left, top in MARKERS:
        _mark(screen, left, top)
    return blurred(screen.astype(np.float32), 0.9)


def _mark(screen: Picture, left: int, top: int) -> None:
    lit = screen[top, left, 1] / SCREEN[1]
    screen[top - 2 : top + 3, left - 13 : left + 14] = TAPE * lit
    screen[top - 13 : top + 14, left - 2 : left + 3] = TAPE * lit


def grain(light: Picture, number: int) -> Picture:
    """Sensor noise: shot and read noise, a little correlated between neighbours."""
    noise = np.random.default_rng(number).standard_normal(light.shape).astype(np.float32)
    noise = 0.75 * noise + 0.9 * blurred(noise, 0.7)
    return noise * np.sqrt(SHOT_NOISE * light.clip(0) + READ_NOISE**2)


def plate_of(subject: Picture, screen: Picture, number: int) -> Picture:
    """What the camera records of a premultiplied subject before the screen."""
    colour, alpha = subject[..., :3], subject[..., 3:]
    shadow = blurred(np.roll(alpha, (14, 26), (0, 1)), 28.0)
    light = colour + (1 - alpha) * screen * (1 - 0.16 * shadow)
    light = light * (1 - GLARE) + GLARE * light.mean((0, 1))
    return (light + grain(light, number)).astype(np.float32)


def coarse_hint(alpha: Picture) -> Picture:
    """What an artist roughs out: the solid part, pulled in, without detail, softened."""
    solid = torch.from_numpy((alpha > 0.55).astype(np.float32))[None, None]
    opened = -F.max_pool2d(F.max_pool2d(-solid, 9, 1, 4), 1)
    small = F.interpolate(opened, scale_factor=1 / 4, mode="area")
    full = F.interpolate(small, alpha.shape, mode="bilinear")[0, 0].numpy()
    return np.round(blurred(full, 5.0) * 255) / 255


def write(path: Path, picture: Picture, compression: str, number: int) -> None:
    """Write half EXR with the shot's metadata; the same picture gives the same bytes."""
    picture = np.ascontiguousarray(np.atleast_3d(picture), np.float16)
    spec = oiio.ImageSpec(picture.shape[1], picture.shape[0], picture.shape[2], oiio.HALF)
    spec.channelnames = ("Y",) if picture.shape[2] == 1 else ("R", "G", "B")
    spec.attribute("compression", compression)
    spec.attribute("FramesPerSecond", oiio.TypeDesc("rational"), (24, 1))
    index = number - 1001
    code = (0x10 << 24) | (index // 24 % 10) << 8 | (index % 24 // 10) << 4 | index % 24 % 10
    spec.attribute("smpte:TimeCode", oiio.TypeDesc("timecode"), (code, 0))
    spec.attribute("DateTime", "2026:11:24 10:00:00")
    spec.attribute("Copyright", "Corridor Key for compositors, Apache-2.0")
    spec.attribute("reelName", "SAMPLE_A001")
    path.parent.mkdir(parents=True, exist_ok=True)
    output = oiio.ImageOutput.create(str(path))
    written = output.open(str(path), spec) and output.write_image(picture) and output.close()
    if not written:
        raise SystemExit(f"{path}: {output.geterror()}")


def main() -> None:
    """Make every frame that was rendered."""
    rendered, sample = Path(sys.argv[1]), Path(sys.argv[2])
    screen: Picture | None = None
    for path in sorted(rendered.glob("subject.*.exr")):
        number = int(path.suffixes[0][1:])
        subject = np.asarray(oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT))
        alpha = subject[..., 3].clip(0, 1)
        screen = screen_plate(*alpha.shape) if screen is None else screen
        name = f"sample.{number:04d}.exr"
        write(sample / "plate" / name, plate_of(subject, screen, number), "dwaa:180", number)
        write(sample / "matte" / name, alpha, "zip", number)
        write(sample / "hint" / name, coarse_hint(alpha), "zip", number)
        if number in TRUTHS:
            straight = subject[..., :3] / np.maximum(subject[..., 3:], 1e-3)
            write(sample / "truth_fg" / name, straight * (subject[..., 3:] > 0), "piz", number)
        print(name)


if __name__ == "__main__":
    main()
