"""How wrong a key is: matte, colour, and the composites that both make."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.colour.srgb import linear_to_srgb, srgb_to_linear
from corridorkey_core.keyers.builtin.features import ALPHA, COLOUR, GATE
from corridorkey_core.resample import maximum_filter
from training.answers import answer
from training.examples import Examples

_LEAK = 0.02  # what a matte beyond 0 or 1 still counts, so that learning can bring it back
_LEVELS = 4
_FEW = 0.01  # of a crop's pixels: transitions smaller than this count as so large
_EASY = 0.03  # of a chroma key's mean error: crops easier than this count no more than it
_NEARLY = 0.02  # alphas off by much less than this, in what is flat, are as good as right
_ALLOWED = 0.9  # of the chroma key's error, which no crop should exceed


@dataclass(frozen=True)
class Loss:
    """Its parts, each a scalar.

    Errors of `alpha`, of its `shape`, of `colour`, of composites; `flat`, how much of what is
    solid or empty is not exactly that; `excess`, by what share crops are worse than chroma's:
    their mattes, the mattes' slopes, their colours.
    """

    alpha: Tensor
    shape: Tensor
    colour: Tensor
    composite: Tensor
    flat: Tensor
    excess: Tensor

    @property
    def total(self) -> Tensor:
        """What is made smaller."""
        errors = self.alpha + self.shape + 1.6 * self.colour + 4.0 * self.composite
        return errors + 1.4 * self.flat + 1.6 * self.excess

    def told(self) -> Tensor:
        """The total and every part, in order, for a log."""
        parts = [getattr(self, part.name) for part in fields(self)]
        return torch.stack([self.total, *parts]).detach()


def loss_of(examples: Examples, said: Tensor, behind: Tensor) -> Loss:
    """The loss of what a network `said` [N, 4, H, W] of `examples`.

    `behind` [N, 3, 1, 1] are linear backgrounds that they are put before. Crops count the more
    the better chroma keys them: footage is easier than what is made to learn from, and there a
    network must not be worse.
    """
    alpha, code = answer(examples, said, _LEAK)
    off, missed = alpha - examples.alpha, _missed(code, examples)
    band = _band(examples)
    shown = band * examples.alpha
    chroma_off = examples.planes[:, ALPHA] - examples.alpha
    chroma_missed = _missed(examples.planes[:, COLOUR], examples)
    usual = _within(chroma_off.abs(), band)
    weight = _normalised((usual + _EASY) ** -0.75)
    composite = _composite(alpha.clamp(0.0, 1.0), code, examples, behind)
    away = off.abs()
    share = band * weight / _size(band)
    matte, colour = _within(away, band), _within(missed, shown)
    excess = (
        _beyond(matte, usual)
        + _beyond(_within(_slope(off), band), _within(_slope(chroma_off), band))
        + _beyond(colour, _within(chroma_missed, shown))
    )
    return Loss(
        away.mean() + (weight * _within(away + 4.0 * off * off, band)).mean(),
        (2.0 * _pyramid(off * share) + 0.5 * _slope(off * share).sum()) / len(off),
        (weight * colour).mean() + (missed * examples.alpha).mean() + _idle(said, examples),
        (weight * _within(composite, band)).mean() + composite.mean(),
        _unflat(away, examples),
        excess.mean(),
    )


def backgrounds(count: int, dice: torch.Generator) -> Tensor:
    """Linear backgrounds [count, 3, 1, 1] on the device of `dice`: black, white, or any other."""
    which = torch.rand(count, 1, 1, 1, generator=dice, device=dice.device)
    colour = torch.rand(count, 3, 1, 1, generator=dice, device=dice.device) ** 2
    return torch.where(which < 1 / 3, 0.0, torch.where(which < 2 / 3, 1.0, colour))


def _missed(code: Tensor, examples: Examples) -> Tensor:
    return (code - examples.code).abs().mean(dim=1, keepdim=True)


def _band(examples: Examples) -> Tensor:
    """The transition and what chroma got wrong, some pixels wider, where there is a say."""
    true = examples.alpha
    mixed = (true > 0.01) & (true < 0.99)
    wrong = (examples.planes[:, ALPHA] - true).abs() > 0.03
    return maximum_filter((mixed | wrong).float(), 3) * examples.planes[:, GATE]


def _size(mask: Tensor) -> Tensor:
    return mask.sum(dim=(1, 2, 3), keepdim=True) + _FEW * mask[0].numel()


def _within(error: Tensor, mask: Tensor) -> Tensor:
    """Mean error of every crop within a mask, [N, 1, 1, 1]."""
    return (error * mask).sum(dim=(1, 2, 3), keepdim=True) / _size(mask)


def _normalised(weight: Tensor) -> Tensor:
    return weight / weight.mean()


def _beyond(error: Tensor, chroma: Tensor) -> Tensor:
    """By how much of chroma's error one is larger than it should be, [N, 1, 1, 1]."""
    return F.relu(error - _ALLOWED * chroma) / (chroma + _EASY)


def _unflat(away: Tensor, examples: Examples) -> Tensor:
    """How many of the solid and empty pixels that the network may touch are not so; about a count.

    Differentiable: what is off by little pulls the most.
    """
    flat = (examples.alpha <= 0.0) | (examples.alpha >= 1.0)
    asked = flat * examples.planes[:, GATE]
    return (asked * away / (away + _NEARLY)).sum() / asked.sum().clamp_min(1.0)


def _idle(said: Tensor, examples: Examples) -> Tensor:
    """What is said of colours that next to nothing is seen of, for no reason; counts little."""
    unseen = examples.planes[:, GATE] * (1.0 - examples.alpha)
    return 0.02 * (said[:, 1:].abs().mean(dim=1, keepdim=True) * unseen).mean()


def _pyramid(off: Tensor) -> Tensor:
    """Errors by scale, the coarse ones counting most; their sum is one over the picture."""
    total, weight = off.new_zeros(()), 1.0
    for level in range(_LEVELS):
        coarse = F.avg_pool2d(off, 2)
        up = F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
        total = total + weight * 4.0**level * (off - up).abs().sum()
        off, weight = coarse, 2.0 * weight
    return (total + weight * 4.0**_LEVELS * off.abs().sum()) / (2.0 * weight - 1.0)


def _slope(off: Tensor) -> Tensor:
    down = (off[:, :, 1:] - off[:, :, :-1]).abs()
    across = (off[..., 1:] - off[..., :-1]).abs()
    return F.pad(down, (0, 0, 0, 1)) + F.pad(across, (0, 1))


def _composite(alpha: Tensor, code: Tensor, examples: Examples, behind: Tensor) -> Tensor:
    """Error over a background, [N, 1, H, W], of code values."""
    ours = srgb_to_linear(code.clamp(0.0, 1.5))
    truth = srgb_to_linear(examples.code)
    mine = linear_to_srgb((ours * alpha + behind * (1.0 - alpha)).clamp(1e-4, 1.0))
    wanted = linear_to_srgb(truth * examples.alpha + behind * (1.0 - examples.alpha))
    return (mine - wanted.clamp(0.0, 1.0)).abs().mean(dim=1, keepdim=True)
