"""Plates with known answers: a layer before a screen, seen through a camera.

Easy: an uneven screen, light noise, 8 bit. Hard: deeper falloff, wrinkles, spill on the subject,
more noise, JPEG at quality 88 with halved chroma. Tracking markers are on both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.jpeg import jpeg
from benchmarks.layers import (
    AnyArray,
    Array,
    Rng,
    Size,
    blurred,
    disk,
    grid,
    single,
    smooth_noise,
    srgb_to_linear,
)

SCREENS = {"green": (0.09, 0.42, 0.12), "blue": (0.04, 0.10, 0.45)}  # linear Rec.709


@dataclass(frozen=True)
class Composite:
    """A plate and its truth: `plate`, `foreground`, `screen` [H, W, 3]; `alpha`, `hint` [H, W].

    Everything is linear Rec.709 float32; the foreground is straight and without spill.
    """

    name: str
    difficulty: str
    kind: str
    plate: Array
    hint: Array
    alpha: Array
    foreground: Array
    screen: Array


def composite(name: str, layer: Array, difficulty: str, kind: str, rng: Rng) -> Composite:
    """Shoot one premultiplied layer before a screen; `difficulty` is easy or hard."""
    hard = difficulty == "hard"
    alpha = single(np.clip(layer[..., 3], 0.0, 1.0))
    foreground = single(layer[..., :3] / np.maximum(layer[..., 3:], 1e-5))
    screen = _lit_screen(layer.shape[:2], kind, hard, rng)
    lit = _spilled(foreground, alpha, kind, rng) if hard else foreground
    scene = single(lit * alpha[..., None] + screen * (1.0 - alpha[..., None]))
    plate = _photographed(scene, hard, rng)
    return Composite(name, difficulty, kind, plate, coarse_hint(alpha), alpha, foreground, screen)


def coarse_hint(alpha: Array) -> Array:
    """What an artist's rough roto gives: thresholded, eroded 0.8 % + 1 px, 1/8 size, blurred."""
    solid = (alpha > 0.5).astype(np.float32)
    eroded = _eroded(solid, round(0.008 * max(alpha.shape)) + 1)
    height, width = (edge // 8 * 8 for edge in alpha.shape)
    small = eroded[:height, :width].reshape(height // 8, 8, width // 8, 8).mean(axis=(1, 3))
    large = np.pad(
        np.kron(small, np.ones((8, 8))),
        ((0, alpha.shape[0] - height), (0, alpha.shape[1] - width)),
        mode="edge",
    )
    soft = blurred(np.repeat(large[..., None], 4, axis=2).astype(np.float32), disk(6.0))
    return single(np.clip(soft[..., 0], 0.0, 1.0))


def _eroded(mask: Array, radius: int) -> Array:
    for axis in (0, 1):
        padded = np.pad(mask, [(radius, radius) if a == axis else (0, 0) for a in (0, 1)], "edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis)
        mask = windows.min(axis=-1)
    return np.ascontiguousarray(mask)


def _lit_screen(size: Size, kind: str, hard: bool, rng: Rng) -> Array:
    rows, columns = (axis / max(size) for axis in grid(size))
    angle = rng.uniform(0, 2 * np.pi)
    fall = (0.55 if hard else 0.3) * rng.uniform(0.6, 1.0)
    light = 1.0 + fall * ((columns - 0.5) * np.cos(angle) + (rows - 0.3) * np.sin(angle))
    light *= 1.0 + 0.04 * smooth_noise(size, 3, rng, octaves=2)
    if hard:
        folds = np.sin(2 * np.pi * (9 * columns + 0.7 * smooth_noise(size, 3, rng, octaves=1)))
        light *= 1.0 + 0.07 * folds * np.clip(smooth_noise(size, 2, rng, octaves=1) + 0.5, 0, 1)
    colour = np.array(SCREENS[kind], np.float32) * rng.uniform(0.85, 1.15, 3).astype(np.float32)
    drift = 1.0 + 0.03 * np.stack([smooth_noise(size, 2, rng, octaves=1) for _ in range(3)], axis=2)
    return _marked(np.clip(colour * light[..., None] * drift, 0.002, 1.0).astype(np.float32), rng)


def _marked(screen: Array, rng: Rng) -> Array:
    """Add crosses of tape, brighter or darker than the screen."""
    rows, columns = grid(screen.shape[:2])
    edge = max(screen.shape)
    arm, thick = 0.014 * edge, 0.0022 * edge
    for y, x in ((0.12, 0.1), (0.12, 0.5), (0.12, 0.9), (0.5, 0.06), (0.5, 0.94)):
        down = np.abs(rows - y * screen.shape[0])
        across = np.abs(columns - x * screen.shape[1])
        cross = np.minimum(
            np.maximum(down - arm, across - thick), np.maximum(across - arm, down - thick)
        )
        cover = np.clip(0.5 - cross, 0.0, 1.0)[..., None]
        tape = screen.mean(axis=(0, 1)) * rng.choice([0.35, 1.6]) + rng.choice([0.0, 0.25])
        screen = screen * (1 - cover) + cover * tape.astype(np.float32)
    return screen


def _spilled(foreground: Array, alpha: Array, kind: str, rng: Rng) -> Array:
    """Light of the screen on the subject: scaled by albedo everywhere, and a rim at the edges."""
    hue = np.array(SCREENS[kind], np.float32)
    around = blurred(np.repeat((1.0 - alpha)[..., None], 4, axis=2), disk(max(alpha.shape) / 50))
    amount = rng.uniform(0.06, 0.20) * (
        0.5 + 0.5 * smooth_noise(alpha.shape, 2, rng, 1).clip(-1, 1)
    )
    wash = foreground * (1.0 + amount[..., None] * hue / hue.max())
    return single(wash + 0.05 * around[..., :1] * hue)


def _photographed(scene: Array, hard: bool, rng: Rng) -> Array:
    read, shot = (0.0035, 3.0e-4) if hard else (0.0012, 6.0e-5)
    noise = rng.standard_normal(scene.shape) * np.sqrt(read**2 + shot * np.maximum(scene, 0.0))
    encoded = linear_to_srgb(np.clip(scene + noise, 0.0, 1.0))
    eight_bit = np.round(encoded * 255.0)
    if hard:
        eight_bit = jpeg(eight_bit, quality=88)
    return srgb_to_linear((eight_bit / 255.0).astype(np.float32))


def linear_to_srgb(values: AnyArray) -> Array:
    """Encode sRGB, IEC 61966-2-1; clipped below at 0."""
    values = np.maximum(values, 0.0)
    bent = 1.055 * values ** (1 / 2.4) - 0.055
    return single(np.where(values <= 0.0031308, 12.92 * values, bent))
