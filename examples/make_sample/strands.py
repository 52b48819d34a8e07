"""Hair and fur as polylines: roots on ellipsoids, grown step by step, in NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ellipsoid:
    """Something to grow from, and that hair lies upon instead of passing through."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]

    def surface(self, directions):
        """Points and outward normals along unit directions, [N, 3] each."""
        radii = np.array(self.radii)
        return np.array(self.centre) + directions * radii, unit(directions / radii)

    def keep_out(self, points, gap):
        """Move points inside the ellipsoid, grown by `gap` (a ratio), to its surface."""
        radii = np.array(self.radii)
        inside = (points - self.centre) / radii
        reach = np.linalg.norm(inside, axis=-1, keepdims=True)
        push = np.maximum((1 + gap) / np.maximum(reach, 1e-6), 1.0)
        return self.centre + inside * push * radii


@dataclass(frozen=True)
class Style:
    """How one kind of hair grows; lengths in scene units, the rest are weights."""

    length: float
    points: int
    lift: float = 1.0
    spread: float = 0.2
    gravity: float = 0.0
    wander: float = 0.0
    variation: float = 0.25
    clumps: int = 0
    clump: float = 0.0
    curl: float = 0.0
    turns: float = 2.0


def unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def scatter(rng, count, wanted):
    """`count` random directions among those that `wanted(directions)` allows."""
    found = np.empty((0, 3))
    while len(found) < count:
        drawn = unit(rng.standard_normal((4 * count, 3)))
        found = np.concatenate([found, drawn[wanted(drawn)]])
    return found[:count]


def grow(rng, roots, normals, comb, style, colliders=()):
    """Strands [N, points, 3] from roots, first along normal and comb, then as gravity has it."""
    count = len(roots)
    step = style.length * (1 + style.variation * rng.standard_normal((count, 1))).clip(0.25, 1.6)
    step = step / (style.points - 1)
    heading = unit(style.lift * normals + comb + style.spread * rng.standard_normal((count, 3)))
    bend = rng.standard_normal((count, 3))
    gap = 0.005 + 0.10 * rng.random((count, 1))
    strands = [roots]
    for at in np.linspace(0, 1, style.points)[1:]:
        bend = 0.8 * bend + 0.6 * rng.standard_normal((count, 3))
        pull = style.wander * bend + np.array([0, 0, -style.gravity * (0.3 + at)])
        heading = unit(heading + pull * 6 / style.points)
        reached = strands[-1] + heading * step
        for solid in colliders:
            reached = solid.keep_out(reached, gap * min(1.0, 3 * at))
        strands.append(reached)
    grown = np.stack(strands, 1)
    return curled(rng, grown, style) if style.clumps else grown


def curled(rng, strands, style):
    """Gather strands about the nearest of some guides, and let each lock curl as one."""
    guides = rng.choice(len(strands), style.clumps, replace=False)
    roots, centres = strands[:, 0], strands[guides, 0]
    nearest = np.concatenate(
        [((part[:, None] - centres) ** 2).sum(-1).argmin(1) for part in np.array_split(roots, 32)]
    )
    at = np.linspace(0, 1, style.points)[None, :, None]
    loyal = style.clump * (0.55 + 0.45 * rng.random((len(strands), 1, 1)))
    gathered = strands + loyal * at**0.8 * (strands[guides][nearest] - strands)
    phase = rng.uniform(0, 2 * np.pi, (style.clumps, 1))[nearest]
    angle = phase + 2 * np.pi * style.turns * at[..., 0]
    wave = np.stack([np.cos(angle), 0.6 * np.sin(angle), 0.5 * np.sin(angle + 1)], -1)
    return gathered + style.curl * at * wave
