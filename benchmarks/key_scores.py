"""Everything that is measured of a finished key, still or moving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from benchmarks.matting_errors import (
    absolute_errors,
    connectivity_error,
    gradient_error,
    squared_error,
    unknown_region,
)
from corridorkey_core.resample import maximum_filter, minimum_filter

# Linear Rec.709.
BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
SATURATED = ((0.6, 0.02, 0.02), (0.02, 0.05, 0.6), (0.6, 0.5, 0.02), (0.4, 0.02, 0.5))
OFF = 0.01  # more than this is not solid, or not empty
INSIDE = 12  # pixels from any edge


@dataclass(frozen=True)
class KeyScore:
    """Errors of one key; lower is better, and 0 is the truth.

    In the unknown region: `sad`, `grad`, `conn` in thousands, `mse` × 1000 (`matting_errors`);
    `colour`, the straight foreground's mean error in sRGB weighted by true alpha, × 1000; `black`,
    `white`, `saturated`, mean errors of composites in sRGB, × 1000. Over the whole frame: `comp`,
    of all those composites. `empty` and `solid` count pixels in 10,000 whose alpha is more than
    0.01 off, at least 12 pixels inside bare screen and inside solid subject.
    """

    sad: float
    mse: float
    grad: float
    conn: float
    colour: float
    black: float
    white: float
    saturated: float
    comp: float
    empty: float
    solid: float


@dataclass(frozen=True)
class FlickerScore:
    """How unsteady a moving key is: `dtssd`, alpha's; `dtcomp`, the composite's; both × 100.

    dtSSD after Erofeev, Gitman, Vatolin, Fedorov and Wang, Perceptually Motivated Benchmark for
    Video Matting, BMVC 2015: the root of the mean squared difference between the change from frame
    to frame and the true change, here in the unknown regions of both frames, mean over the frames.
    """

    dtssd: float
    dtcomp: float


@dataclass(frozen=True)
class Frame:
    """A matte [1, H, W] and straight linear foreground [3, H, W], in the plate's channel order."""

    alpha: Tensor
    foreground: Tensor


def key_score(key: Frame, truth: Frame) -> KeyScore:
    """Compare one key with the truth."""
    unknown = unknown_region(truth.alpha)
    mattes = key.alpha, truth.alpha, unknown
    black, white = (_composite_error(key, truth, colour) for colour in (BLACK, WHITE))
    colours = [_composite_error(key, truth, colour) for colour in SATURATED]
    saturated = torch.stack(colours).mean(dim=0)
    off = (key.alpha - truth.alpha).abs() > OFF
    return KeyScore(
        sad=absolute_errors(*mattes),
        mse=1000.0 * squared_error(*mattes),
        grad=gradient_error(*mattes),
        conn=connectivity_error(*mattes),
        colour=_colour_error(key, truth, unknown),
        black=_thousandths(black[unknown]),
        white=_thousandths(white[unknown]),
        saturated=_thousandths(saturated[unknown]),
        comp=_thousandths((black + white + saturated) / 3.0),
        empty=10.0 * _thousandths(off[maximum_filter(truth.alpha, INSIDE) <= 0.0]),
        solid=10.0 * _thousandths(off[minimum_filter(truth.alpha, INSIDE) >= 1.0]),
    )


def flicker_score(keys: Sequence[Frame], truths: Sequence[Frame]) -> FlickerScore:
    """Compare the changes of at least two frames with the true ones."""
    alpha, comp = [], []
    for before in range(len(keys) - 1):
        pair = slice(before, before + 2)
        (first, second), (true_first, true_second) = keys[pair], truths[pair]
        changing = unknown_region(true_first.alpha) | unknown_region(true_second.alpha)
        moved = (second.alpha - first.alpha) - (true_second.alpha - true_first.alpha)
        shown = [over(each, (0.2, 0.2, 0.2)) for each in (first, second, true_first, true_second)]
        changed = (shown[1] - shown[0]) - (shown[3] - shown[2])
        alpha.append(_root_mean_square(moved[changing]))
        comp.append(_root_mean_square(changed.square().mean(dim=0, keepdim=True).sqrt()[changing]))
    return FlickerScore(100.0 * sum(alpha) / len(alpha), 100.0 * sum(comp) / len(comp))


def mean_of(scores: Sequence[KeyScore]) -> KeyScore:
    """The mean of every figure."""
    names = [field.name for field in fields(KeyScore)]
    return KeyScore(*(sum(getattr(s, name) for s in scores) / len(scores) for name in names))


def srgb(linear: Tensor) -> Tensor:
    """Encode sRGB, clipped to 0..1."""
    linear = linear.clamp(0.0, 1.0)
    bent = 1.055 * linear.clamp_min(1e-8) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, 12.92 * linear, bent)


def over(key: Frame, colour: Sequence[float]) -> Tensor:
    """The key over a flat linear `colour`, [3, H, W] in sRGB."""
    behind = torch.tensor(colour).view(3, 1, 1)
    return srgb(key.foreground * key.alpha + behind * (1.0 - key.alpha))


def _composite_error(key: Frame, truth: Frame, colour: Sequence[float]) -> Tensor:
    return (over(key, colour) - over(truth, colour)).abs().mean(dim=0, keepdim=True)


def _colour_error(key: Frame, truth: Frame, unknown: Tensor) -> float:
    off = (srgb(key.foreground) - srgb(truth.foreground)).abs().mean(dim=0, keepdim=True)
    weight = truth.alpha[unknown]
    return 1000.0 * float((off[unknown] * weight).sum() / weight.sum().clamp_min(1e-6))


def _root_mean_square(values: Tensor) -> float:
    return float(values.square().mean().sqrt()) if values.numel() else 0.0


def _thousandths(values: Tensor) -> float:
    return 1000.0 * float(values.float().mean()) if values.numel() else 0.0
