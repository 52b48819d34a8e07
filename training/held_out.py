"""Figures on scenes whose seeds no step is made on: a run's health, and no claim of quality."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.features import ALPHA, COLOUR
from training.answers import answer
from training.examples import Examples, make_examples
from training.lessons import Lesson
from training.looks import Asks
from training.pieces import cut

SEED = 900_000_000  # training's seeds stay below


@dataclass(frozen=True)
class Figures:
    """Errors × 1000 in the true transition, of chroma and of the network; see `figures`.

    `worse`: of 1000 scenes, how many have a squared error more than a tenth above chroma's.
    """

    chroma_mse: float
    mse: float
    chroma_colour: float
    colour: float
    chroma_wrong: float
    wrong: float
    worse: float

    def told(self) -> dict[str, float]:
        """For a log, rounded."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def held_out(
    count: int, size: int, device: torch.device, lesson: Lesson, asks: Asks
) -> list[Examples]:
    """Pieces of `count` frames for the `figures` of a `lesson`, in batches of at most 16 frames.

    Without photographs, so that figures of all runs are of the same scenes.
    """
    times, afar = lesson.judged
    batches = []
    for at in range(0, count, 16):
        frames = make_examples(SEED + at, min(16, count - at), times * size, device)
        batches.append(cut(lesson.taken(frames, afar, asks)[-1], size))
    return batches


def figures(batches: list[Examples], ask: Callable[[Examples], Tensor]) -> Figures:
    """Means over all pixels: squared error of alpha, code error of the foreground where it shows.

    `wrong` counts, in thousandths, pixels of solid or empty truth that are more than 0.01 off.
    """
    rows = []
    with torch.no_grad():
        for batch in batches:
            alpha, code = answer(batch, ask(batch).float())
            chroma = batch.planes[:, ALPHA], batch.planes[:, COLOUR]
            worse = _squared(batch, alpha) > 1.1 * _squared(batch, chroma[0])
            row = [*_row(batch, *chroma), *_row(batch, alpha, code)]
            rows.append([*row, 1000.0 * float(worse.float().mean())])
    means = torch.tensor(rows).mean(dim=0).tolist()
    return Figures(means[0], means[3], means[1], means[4], means[2], means[5], means[6])


def _squared(batch: Examples, alpha: Tensor) -> Tensor:
    """Every scene's squared error in the transition, summed, [N]."""
    return ((alpha - batch.alpha) ** 2 * _transition(batch)).sum(dim=(1, 2, 3))


def _transition(batch: Examples) -> Tensor:
    """Where the truth is mixed, 0 or 1, [N, 1, H, W]."""
    return ((batch.alpha > 0.02) & (batch.alpha < 0.98)).float()


def _row(batch: Examples, alpha: Tensor, code: Tensor) -> list[float]:
    true = batch.alpha
    band = _transition(batch)
    off = alpha - true
    shown = band * true
    missed = (code - batch.code).abs().mean(dim=1, keepdim=True)
    flat = ((true <= 0.0) | (true >= 1.0)).float()
    return [
        1000.0 * float(_squared(batch, alpha).sum() / band.sum().clamp_min(1.0)),
        1000.0 * float((missed * shown).sum() / shown.sum().clamp_min(1.0)),
        1000.0 * float(((off.abs() > 0.01) * flat).sum() / flat.sum().clamp_min(1.0)),
    ]
