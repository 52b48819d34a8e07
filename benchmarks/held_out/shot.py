"""Stills and short moving sequences: plates with a hint, and the truth that no keyer sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.held_out import roto
from benchmarks.held_out.camera import Stock, shot_on
from benchmarks.held_out.drawn import DRAWN
from benchmarks.held_out.field import bell, spread
from benchmarks.held_out.layer import AnyArray, Array, Layer, Rng, Size, single
from benchmarks.held_out.rendered import NAMES, rendered
from benchmarks.held_out.stage import PAINTS, Light, linear, screen

SUBJECTS = (*NAMES, *DRAWN)
SIZE: Size = (400, 640)
THIN = ("net", "ginger")  # have parts far from any body, which a hint must show all the same


@dataclass(frozen=True)
class Level:
    """How hard a plate is: its light, what it is shot on, spill, glare, and who drew the hint.

    `spill` is the screen's light on the subject, 1 for a screen as near as the renders have it;
    `paints` and `hints` are gone through in turn.
    """

    light: Light
    stock: Stock
    spill: float
    glare: float
    paints: tuple[int, ...]
    hints: tuple[roto.Roto, ...]


LEVELS = {
    "easy": Level(
        Light(0.12, 0.0, 0.01, 0, 0.0, False),
        Stock(30000.0, 12.0, "none"), 0.15, 0.0, (0, 1), (roto.splines,),
    ),
    "usual": Level(
        Light(0.30, 0.05, 0.02, 5, 0.10, False),
        Stock(9000.0, 12.0, "prores"), 0.5, 0.004, (0, 1, 2), (roto.splines, roto.network),
    ),
    "hard": Level(
        Light(0.50, 0.10, 0.04, 7, 0.30, True),
        Stock(3500.0, 12.0, "h264", 18), 1.1, 0.012, (2, 3, 4, 1),
        (roto.slipped, roto.network, roto.generous, roto.partial),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Order:
    """Which shot: a subject at a level before a kind of screen, still or `frames` long."""

    subject: str
    level: str
    kind: str
    frames: int = 1

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.subject}, {self.level} {self.kind}"

    @property
    def file_name(self) -> str:
        """For files, without a suffix."""
        return f"{self.subject}_{self.level}_{self.kind}"


@dataclass(frozen=True)
class Shot:
    """One frame: `plate`, true straight `foreground` without spill [H, W, 3] linear Rec.709;
    `hint` and true `alpha` [H, W]."""

    order: Order
    plate: Array
    hint: Array
    alpha: Array
    foreground: Array


def stills(levels: tuple[str, ...], subjects: tuple[str, ...]) -> list[Order]:
    """Every subject at every level, before green and blue in turn."""
    return [
        Order(subject, level, ("green", "blue")[(SUBJECTS.index(subject) + turn) % 2])
        for turn, level in enumerate(LEVELS)
        for subject in SUBJECTS
        if level in levels and subject in subjects
    ]


MOVING = (
    Order("blond", "usual", "green", 6),
    Order("fur", "hard", "blue", 6),
    Order("veil", "usual", "blue", 6),
)


def shoot(order: Order) -> list[Shot]:
    """The frames of an order; the same order gives the same ones on the same machine."""
    rng = np.random.default_rng([8, SUBJECTS.index(order.subject), *order.name.encode()])
    layer = _subject(order)
    if order.frames == 1:
        return _shot(order, [layer], rng)
    return _shot(order, [_moved(layer, number) for number in range(order.frames)], rng)


def _subject(order: Order) -> Layer:
    if order.subject in DRAWN:
        layer = DRAWN[order.subject](SIZE, np.random.default_rng([9, *order.subject.encode()]))
        # Drawn in colours that are hard before green; rendered ones are of the world.
        return layer.seen_blue() if order.kind == "blue" else layer
    return rendered(order.subject)


def _shot(order: Order, layers: list[Layer], rng: Rng) -> list[Shot]:
    level, turn = LEVELS[order.level], SUBJECTS.index(order.subject)
    paints = PAINTS[order.kind]
    paint = linear(paints[level.paints[turn // 2 % len(level.paints)]])
    behind = screen(layers[0].size, layers[0].alpha, paint, level.light, rng)
    draw = level.hints[turn // 2 % len(level.hints)]
    hints = [draw(layer.alpha, np.random.default_rng(turn)) for layer in layers]
    if order.subject in THIN:
        hints = [
            np.maximum(hint, roto.around(layer.alpha))
            for hint, layer in zip(hints, layers, strict=True)
        ]
    scenes = [_lit(layer, behind, paint, level) for layer in layers]
    plates = shot_on(scenes, level.stock, rng)
    return [
        Shot(order, plate, hint, layer.alpha, layer.colour)
        for plate, hint, layer in zip(plates, hints, layers, strict=True)
    ]


def _lit(layer: Layer, behind: Array, paint: AnyArray, level: Level) -> Array:
    """Subject and screen in linear light, the one lit by the other, and glare in the lens."""
    colour = layer.colour + level.spill * layer.response * paint
    alpha = layer.alpha[..., None]
    scene = colour * alpha + behind * (1.0 - alpha)
    if level.glare:
        bright = np.stack([spread(single(scene[..., c]), bell(40.0)) for c in range(3)], axis=2)
        scene = scene + level.glare * bright
    return single(scene)


def _moved(layer: Layer, number: int) -> Layer:
    """The subject some frames on: carried along, turned, and its upper parts swaying."""
    height, width = layer.size
    rows, columns = (single(axis) for axis in np.mgrid[:height, :width])
    angle = 0.008 * number
    down, across = rows - height, columns - width / 2
    sway = 1.8 * np.sin(0.05 * rows + 0.9 * number) * np.clip(1.2 - rows / height, 0.0, 1.0)
    x = width / 2 + across * np.cos(angle) - down * np.sin(angle) - 1.3 * number + sway
    y = height + down * np.cos(angle) + across * np.sin(angle) - 0.4 * number
    where = np.stack([2 * (x + 0.5) / width - 1, 2 * (y + 0.5) / height - 1], axis=2)
    alpha = layer.alpha[..., None]
    planes = np.concatenate([alpha, layer.colour * alpha, layer.response * alpha], axis=2)
    picture = torch.from_numpy(planes).permute(2, 0, 1)[None]
    taken = F.grid_sample(
        picture, torch.from_numpy(single(where))[None], "bicubic", "border", align_corners=False
    )
    moved = taken[0].permute(1, 2, 0).numpy().clip(0.0, None)
    cover = np.clip(moved[..., :1], 0.0, 1.0)
    seen = np.maximum(moved[..., :1], 1e-3)
    result = Layer(
        single(cover[..., 0]), single(moved[..., 1:4] / seen), single(moved[..., 4:] / seen)
    )
    return result.crop(40, 120, (288, 400))
