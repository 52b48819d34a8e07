"""Hints as people and programs leave them: splines round the body, small networks, slipped tracks.

All take the true matte [H, W] and give a hint [H, W] in 0..1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.held_out.field import bell, coin, spread
from benchmarks.held_out.layer import Array, Rng, single

Roto = Callable[[Array, Rng], Array]


def splines(alpha: Array, _rng: Rng) -> Array:
    """Drawn with care inside the body: what a disk that rolls in it reaches, a feathered edge."""
    radius = 0.012 * max(alpha.shape)
    body = _grown(_shrunk(_mask(alpha, 0.9), 1.6 * radius), 1.2 * radius)
    return single(np.clip(spread(body, bell(0.3 * radius)), 0.0, 1.0))


def network(alpha: Array, _rng: Rng) -> Array:
    """A segmentation at a tenth of the size, enlarged with triangle weights."""
    height, width = alpha.shape
    step = max(2, max(alpha.shape) // 64)
    padded = np.pad(alpha, ((0, -height % step), (0, -width % step)), mode="edge")
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step)
    small = np.clip((blocks.mean(axis=(1, 3)) - 0.35) / 0.3, 0.0, 1.0)
    flat = np.kron(small, np.ones((step, step)))[:height, :width]
    tent = np.convolve(np.ones(step), np.ones(step)) / step**2
    return single(np.clip(spread(single(flat), single(np.outer(tent, tent))), 0.0, 1.0))


def slipped(alpha: Array, rng: Rng) -> Array:
    """Splines of some frames ago: moved by 1.5 % of the width."""
    far = 0.015 * alpha.shape[1]
    angle = rng.uniform(0.0, 2.0 * np.pi)
    moved = np.roll(alpha, (round(far * np.sin(angle)), round(far * np.cos(angle))), (0, 1))
    return splines(single(moved), rng)


def generous(alpha: Array, _rng: Rng) -> Array:
    """A garbage matte drawn round everything, 2 % of the width outside it."""
    body = _grown(_mask(alpha, 0.4), 0.02 * alpha.shape[1])
    return single(np.clip(spread(body, bell(2.0)), 0.0, 1.0))


def around(alpha: Array) -> Array:
    """A faint outline round meshes and thin twigs that no spline follows: 0.45 inside it."""
    reach = 0.022 * max(alpha.shape)
    area = _shrunk(_grown(_mask(alpha, 0.4), reach), 1.2 * reach)
    return single(0.45 * np.clip(spread(area, bell(2.0)), 0.0, 1.0))


def partial(alpha: Array, rng: Rng) -> Array:
    """Splines of which one was forgotten: a tenth of the body is missing, on one side."""
    drawn = splines(alpha, rng)
    inside = np.nonzero(drawn > 0.5)
    angle = rng.uniform(0.0, 2.0 * np.pi)
    rows, columns = np.mgrid[: alpha.shape[0], : alpha.shape[1]]
    along = rows * np.sin(angle) + columns * np.cos(angle)
    if not len(inside[0]):
        return drawn
    return single(drawn * (along < np.quantile(along[inside], 0.9)))


def _mask(alpha: Array, level: float) -> Array:
    return single(alpha > level)


def _grown(mask: Array, radius: float) -> Array:
    return single(spread(mask, coin(radius)) > 0.5)


def _shrunk(mask: Array, radius: float) -> Array:
    return single(1.0 - _grown(single(1.0 - mask), radius))
