"""The screen behind: paint, lamps, creases, seams, markers, the floor, the subject's shadow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.held_out.field import bell, field, spread
from benchmarks.held_out.layer import AnyArray, Array, Rng, Size, single

# sRGB code values: paints and cloths as they photograph, usual ones first.
PAINTS = {
    "green": ((0, 177, 64), (48, 160, 72), (74, 150, 84), (112, 200, 74), (20, 96, 44)),
    "blue": ((0, 71, 187), (36, 92, 190), (62, 96, 164), (24, 128, 206), (18, 36, 96)),
}
_TAPES = ((235, 90, 40), (240, 240, 235), (20, 20, 22), (225, 60, 130), (235, 215, 60))


@dataclass(frozen=True)
class Light:
    """How badly a screen is lit and kept; shares of its level, none of it at 0.

    `falloff` is the depth of the lamps' unevenness, `creases` of folds in the cloth, `drift` how
    far its hue wanders; `markers` is a number of tapes, `shadow` the subject's on it.
    """

    falloff: float
    creases: float
    drift: float
    markers: int
    shadow: float
    seam: bool


def screen(size: Size, alpha: Array, paint: AnyArray, light: Light, rng: Rng) -> Array:
    """The screen with nothing before it but the subject's shadow, [H, W, 3] linear.

    `paint` [3] is its linear colour at mean light.
    """
    level = _lamps(size, light.falloff, rng) * (1.0 + light.creases * _creases(size, rng))
    level = level * (1.0 + 0.25 * light.creases * field(size, rng, 0.2, 0.015))
    tint = np.stack([field(size, rng, 2.5, 0.8) for _ in range(3)], axis=2)
    cloth = paint * level[..., None] * (1.0 + light.drift * tint)
    if light.seam:
        cloth = _seamed(cloth, rng)
    cloth = _taped(cloth, light.markers, rng)
    return single(np.clip(cloth * _shadow(alpha, light.shadow, rng)[..., None], 8e-4, 0.97))


def linear(code: AnyArray | tuple[int, int, int]) -> AnyArray:
    """sRGB code values 0..255 to linear light, IEC 61966-2-1."""
    value = np.asarray(code, np.float64) / 255.0
    bright: AnyArray = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return bright


def _lamps(size: Size, falloff: float, rng: Rng) -> Array:
    """Three lamps at a distance, falling off with its square and with the angle; mean 1."""
    rows, columns = (axis / max(size) for axis in np.mgrid[: size[0], : size[1]])
    total = np.zeros(size)
    for _ in range(3):
        down, across = rng.uniform(-0.3, 0.6), rng.uniform(-0.2, 1.2)
        away = rng.uniform(0.5, 1.1)
        reach_sq = (rows - down) ** 2 + (columns - across) ** 2 + away * away
        total += rng.uniform(0.5, 1.0) * away**3 / reach_sq**1.5
    uneven = total / total.mean() - 1.0
    deepest = max(float(np.abs(uneven).max()), 1e-6)
    return single(1.0 + falloff * uneven / deepest)


def _creases(size: Size, rng: Rng) -> Array:
    """Folds of hung cloth: slanting ridges, lit on one side and dark on the other, about -1..1."""
    rows, columns = (axis / max(size) for axis in np.mgrid[: size[0], : size[1]])
    total = np.zeros(size)
    for _ in range(14):
        lean, place = rng.normal(0.0, 0.5), rng.uniform(-0.3, 1.3)
        width, bent = rng.uniform(0.004, 0.03), 0.01 * field(size, rng, 2.5, 0.5)
        off = (columns - place - lean * rows + bent) / width
        fades = np.exp(-(((rows - rng.uniform(0, 0.6)) / rng.uniform(0.1, 0.5)) ** 2))
        total += rng.normal() * off * np.exp(0.5 - 0.5 * off * off) * fades
    return single(np.clip(total, -1.5, 1.5))


def _seamed(cloth: AnyArray, rng: Rng) -> AnyArray:
    """Two lengths of cloth: another dye lot beyond a dark line."""
    columns = np.arange(cloth.shape[1]) - rng.uniform(0.15, 0.85) * cloth.shape[1]
    lot = 1.0 + np.where(columns > 0, 1.0, 0.0)[:, None] * rng.normal(0.0, 0.04, 3)
    line = 1.0 - 0.35 * np.exp(-((columns / 1.3) ** 2))
    seamed: AnyArray = cloth * (lot * line[:, None])[None]
    return seamed


def _taped(cloth: AnyArray, count: int, rng: Rng) -> AnyArray:
    """Crosses, triangles and balls, anti-aliased, of tape in any colour or a darker screen's."""
    height, width = cloth.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    for _ in range(count):
        angle, arm = rng.uniform(0, np.pi), rng.uniform(0.008, 0.017) * width
        down, across = rows - rng.uniform(0.04, 0.7) * height, columns - rng.uniform(0, 1) * width
        u = down * np.cos(angle) + across * np.sin(angle)
        v = across * np.cos(angle) - down * np.sin(angle)
        shape = rng.integers(3)
        if shape == 0:
            inside = np.minimum(np.maximum(abs(u) - arm, abs(v) - 0.22 * arm),
                                np.maximum(abs(v) - arm, abs(u) - 0.22 * arm))  # fmt: skip
        elif shape == 1:
            inside = np.maximum(np.maximum(u * 0.5 + v * 0.87, u * 0.5 - v * 0.87), -u) - 0.5 * arm
        else:
            inside = np.hypot(u, v) - 0.6 * arm
        alike = cloth.mean(axis=(0, 1)) * rng.choice([0.4, 0.6, 1.5])
        tape = alike if rng.random() < 0.5 else linear(_TAPES[rng.integers(len(_TAPES))]) * 0.8
        cover = np.clip(0.5 - inside, 0.0, 1.0)[..., None]
        cloth = cloth * (1.0 - cover) + tape * cover
    return cloth


def _shadow(alpha: Array, depth: float, rng: Rng) -> Array:
    """The subject's, thrown aside and soft."""
    soft = spread(alpha, bell(0.03 * max(alpha.shape)))
    aside = int(rng.choice([-1, 1]) * 0.06 * alpha.shape[1])
    moved = np.roll(soft, aside, axis=1)
    if aside > 0:
        moved[:, :aside] = moved[:, aside : aside + 1]
    else:
        moved[:, aside:] = moved[:, aside - 1 : aside]
    return single(1.0 - depth * moved)
