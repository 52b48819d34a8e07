"""How far a key is from the truth."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from corridorkey_core.resample import maximum_filter, minimum_filter

# Linear Rec.709: black, white, grey, red, blue, yellow.
_BACKGROUNDS = (
    (0.0, 0.0, 0.0),
    (1.0, 1.0, 1.0),
    (0.2, 0.2, 0.2),
    (0.6, 0.05, 0.05),
    (0.05, 0.1, 0.6),
    (0.6, 0.5, 0.05),
)


@dataclass(frozen=True)
class Score:
    """Errors × 1000, lower is better; `empty` and `solid` in pixels of 10,000.

    `mad` and `mse` are alpha's mean absolute and squared error over the frame, `band_mad` and
    `band_mse` over the transition (0.02 < alpha < 0.98, 3 pixels wider). `colour` is the straight
    foreground's error in sRGB, weighted by true alpha, in the band. `comp` and `band_comp` are the
    composite's error in sRGB over six flat backgrounds. `empty` and `solid` count pixels more than
    0.01 off in bare screen and solid subject, at least 12 pixels from any edge. `seconds` a frame.
    """

    mad: float
    mse: float
    band_mad: float
    band_mse: float
    colour: float
    band_comp: float
    comp: float
    empty: float
    solid: float
    seconds: float


def score(
    alpha: Tensor, foreground: Tensor, true_alpha: Tensor, truth: Tensor, seconds: float
) -> Score:
    """Compare alpha [1, H, W] and straight linear foreground [3, H, W] with the truth."""
    band = (maximum_filter(((true_alpha > 0.02) & (true_alpha < 0.98)).float(), 3) > 0)[0]
    off = (alpha - true_alpha).abs()[0]
    tint = (srgb(foreground) - srgb(truth)).abs().mean(dim=0) * true_alpha[0]
    comp = _composite_error(alpha, foreground, true_alpha, truth)
    wrong = off > 0.01
    return Score(
        mad=_thousandths(off),
        mse=_thousandths(off**2),
        band_mad=_thousandths(off[band]),
        band_mse=_thousandths(off[band] ** 2),
        colour=1000.0 * float(tint[band].sum() / true_alpha[0][band].sum()),
        band_comp=_thousandths(comp[band]),
        comp=_thousandths(comp),
        empty=10.0 * _thousandths(wrong[(maximum_filter(true_alpha, 12) <= 0.0)[0]]),
        solid=10.0 * _thousandths(wrong[(minimum_filter(true_alpha, 12) >= 0.9999)[0]]),
        seconds=seconds,
    )


def mean(scores: list[Score]) -> Score:
    """The mean of every figure."""
    return Score(
        *(
            sum(getattr(each, field.name) for each in scores) / len(scores)
            for field in fields(Score)
        )
    )


def srgb(linear: Tensor) -> Tensor:
    """Encode sRGB, clipped to 0..1."""
    linear = linear.clamp(0.0, 1.0)
    bent = 1.055 * linear.clamp_min(1e-8) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, 12.92 * linear, bent)


def _composite_error(
    alpha: Tensor, foreground: Tensor, true_alpha: Tensor, truth: Tensor
) -> Tensor:
    total = torch.zeros_like(alpha[0])
    for colour in _BACKGROUNDS:
        behind = torch.tensor(colour).view(3, 1, 1)
        ours = srgb(foreground * alpha + behind * (1.0 - alpha))
        wanted = srgb(truth * true_alpha + behind * (1.0 - true_alpha))
        total += (ours - wanted).abs().mean(dim=0)
    return total / len(_BACKGROUNDS)


def _thousandths(values: Tensor) -> float:
    return 1000.0 * float(values.float().mean()) if values.numel() else 0.0
