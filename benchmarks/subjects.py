"""The benchmark's subjects: one function a picture, each hard in its own way."""

from __future__ import annotations

import numpy as np

from benchmarks.layers import (
    Array,
    Rng,
    Size,
    Subject,
    Tuft,
    blob,
    blurred,
    cloth,
    disk,
    grid,
    over,
    rooted,
    smooth_noise,
    straight,
    streak,
)

BROWN = (0.09, 0.045, 0.025)
BLOND = (0.48, 0.33, 0.16)
RED = (0.32, 0.05, 0.03)
SKIN = (0.46, 0.26, 0.18)


def _solid(size: Size, distance: Array, colour: tuple[float, float, float], rng: Rng) -> Array:
    return straight(cloth(size, colour, rng), np.clip(distance / 1.4 + 0.5, 0.0, 1.0))


def _bust(size: Size, rng: Rng, shirt: tuple[float, float, float]) -> tuple[Array, Array]:
    height, width = size
    body = blob(size, (int(1.12 * height), width // 2), (int(0.5 * height), int(0.36 * width)), rng)
    head = blob(
        size, (int(0.42 * height), width // 2), (int(0.26 * height), int(0.14 * width)), rng
    )
    picture = over(_solid(size, head, SKIN, rng), _solid(size, body, shirt, rng))
    return picture, head


def _haired(size: Size, rng: Rng, colour: tuple[float, float, float], count: int) -> Array:
    picture, head = _bust(size, rng, (0.16, 0.17, 0.22))
    scale = size[0] / 480.0
    locks = Tuft(count, 150 * scale, 0.9, colour, curl=0.9, gravity=0.9, spread=0.5)
    wisps = Tuft(count // 6, 210 * scale, 0.55, colour, curl=1.4, gravity=0.1, spread=0.9)
    rows, _ = grid(size)
    scalp = np.where(rows < 0.5 * size[0], head, -1e3).astype(np.float32)
    picture = over(rooted(scalp, locks, rng, depth=14 * scale), picture)
    return over(rooted(scalp, wisps, rng, depth=10 * scale), picture)


def brown_hair(size: Size, rng: Rng) -> Array:
    """Dark hair with flying wisps."""
    return _haired(size, rng, BROWN, 1500)


def blond_hair(size: Size, rng: Rng) -> Array:
    """Blond hair: its own colour difference is close to grey's."""
    return _haired(size, rng, BLOND, 1300)


def red_hair(size: Size, rng: Rng) -> Array:
    """Red hair: plain colour difference turns it opaque at half coverage."""
    return _haired(size, rng, RED, 1300)


def white_fur(size: Size, rng: Rng) -> Array:
    """White and grey fur: takes the screen's spill most."""
    height, width = size
    animal = blob(size, (height // 2, width // 2), (int(0.3 * height), int(0.28 * width)), rng, 0.1)
    picture = _solid(size, animal, (0.55, 0.53, 0.5), rng)
    for colour in ((0.7, 0.68, 0.65), (0.3, 0.29, 0.28)):
        coat = Tuft(5000, 46 * height / 480, 0.6, colour, curl=0.5, gravity=0.3, spread=0.4)
        picture = over(rooted(animal, coat, rng, depth=12), picture)
    return picture


def lace(size: Size, rng: Rng) -> Array:
    """A lace collar and a veil over a dark dress: holes and half coverage."""
    height, width = size
    picture, _ = _bust(size, rng, (0.03, 0.03, 0.04))
    rows, columns = grid(size)
    collar = blob(size, (int(0.72 * height), width // 2), (height // 4, int(0.38 * width)), rng)
    weave = np.sin(columns * 0.55) * np.sin(rows * 0.55) + 0.35 * smooth_noise(size, 40, rng, 2)
    holes = np.clip(0.6 + 2.4 * np.abs(weave) - 0.9, 0.0, 1.0)
    cover = np.clip(collar / 1.4 + 0.5, 0.0, 1.0) * holes
    picture = over(straight(cloth(size, (0.62, 0.6, 0.55), rng), cover), picture)
    veil = blob(size, (int(0.3 * height), int(0.5 * width)), (height // 3, width // 4), rng, 0.12)
    density = 0.32 * np.clip(1 + 0.3 * smooth_noise(size, 12, rng), 0.2, 2.0)
    sheer = np.clip(veil / 3.0 + 0.5, 0.0, 1.0) * density
    return over(straight(cloth(size, (0.7, 0.7, 0.72), rng), sheer), picture)


def motion_blur(size: Size, rng: Rng) -> Array:
    """An arm with coloured sleeves swung during the exposure, hair included."""
    height, width = size
    picture = np.zeros((*size, 4), np.float32)
    sleeves = ((0.5, 0.06, 0.08), SKIN, (0.08, 0.1, 0.35), (0.6, 0.5, 0.1))
    for step, colour in enumerate(sleeves):
        centre = (int(height * (0.25 + 0.17 * step)), int(width * (0.32 + 0.12 * step)))
        part = blob(size, centre, (height // 7, width // 9), rng)
        picture = over(_solid(size, part, colour, rng), picture)
        fluff = Tuft(500, 40 * height / 480, 0.7, colour)
        picture = over(rooted(part, fluff, rng), picture)
    return blurred(picture, streak(0.045 * width, 0.5))


def defocus(size: Size, rng: Rng) -> Array:
    """A figure out of focus behind sharp strands."""
    far = blurred(_haired(size, rng, (0.2, 0.12, 0.08), 900), disk(size[0] / 110))
    near = blob(size, (size[0], size[1] // 5), (size[0] // 3, size[1] // 8), rng)
    tuft = Tuft(700, 120 * size[0] / 480, 1.0, (0.25, 0.2, 0.15), curl=0.7, gravity=0.0)
    picture = over(_solid(size, near, (0.3, 0.25, 0.2), rng), far)
    return over(rooted(near, tuft, rng), picture)


def near_screen_colours(size: Size, rng: Rng) -> Array:
    """Teal and olive cloth with yellow hair: colours that lean towards the screen."""
    picture, head = _bust(size, rng, (0.05, 0.17, 0.17))
    stripe = blob(size, (int(0.85 * size[0]), size[1] // 2), (size[0] // 9, size[1] // 4), rng)
    picture = over(_solid(size, stripe, (0.16, 0.18, 0.05), rng), picture)
    locks = Tuft(1200, 130 * size[0] / 480, 0.9, (0.5, 0.45, 0.12), curl=0.8, gravity=0.7)
    return over(rooted(head, locks, rng, depth=12), picture)


def smoke(size: Size, rng: Rng) -> Array:
    """Smoke drifting off a grey figure."""
    picture, _ = _bust(size, rng, (0.2, 0.2, 0.2))
    rows, columns = grid(size)
    plume = np.exp(-(((columns / size[1] - 0.72) / 0.12) ** 2)) * np.clip(
        (0.9 - rows / size[0]) * 8, 0, 1
    )
    thick = np.clip(0.45 + 0.45 * smooth_noise(size, 7, rng, octaves=5, gain=0.6), 0.0, 0.95)
    grey = cloth(size, (0.4, 0.4, 0.41), rng, contrast=0.1)
    return over(straight(grey, (plume * thick).astype(np.float32)), picture)


def dark_curls(size: Size, rng: Rng) -> Array:
    """Black curls, dense and thin."""
    picture, head = _bust(size, rng, (0.35, 0.12, 0.2))
    scale = size[0] / 480.0
    curls = Tuft(2200, 110 * scale, 0.7, (0.02, 0.017, 0.015), curl=3.0, gravity=0.2, spread=0.8)
    return over(rooted(head, curls, rng, depth=10 * scale), picture)


SUBJECTS: dict[str, Subject] = {
    "brown hair": brown_hair,
    "blond hair": blond_hair,
    "red hair": red_hair,
    "white fur": white_fur,
    "lace and veil": lace,
    "motion blur": motion_blur,
    "defocus": defocus,
    "near-screen colours": near_screen_colours,
    "smoke": smoke,
    "dark curls": dark_curls,
}
