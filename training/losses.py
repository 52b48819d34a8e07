"""How wrong a key is: matte, colour, and the composites that both make."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.colour.srgb import linear_to_srgb, srgb_to_linear
from corridorkey_core.keyers.builtin.correction import corrected_code, unbounded_alpha
from corridorkey_core.keyers.builtin.features import ALPHA, COLOUR, GATE
from corridorkey_core.resample import maximum_filter
from training.examples import Examples

_LEAK = 0.02  # what a matte beyond 0 or 1 still counts, so that learning can bring it back
_LEVELS = 4


@dataclass(frozen=True)
class Loss:
    """Its parts, each a scalar: errors of `alpha`, of its `shape`, of `colour`, of composites."""

    alpha: Tensor
    shape: Tensor
    colour: Tensor
    composite: Tensor

    @property
    def total(self) -> Tensor:
        """What is made smaller."""
        return self.alpha + self.shape + 1.2 * self.colour + 3.0 * self.composite


def answer(planes: Tensor, said: Tensor, leak: float = 0.0) -> tuple[Tensor, Tensor]:
    """Matte [N, 1, H, W] and foreground's code [N, 3, H, W], from what a network said."""
    free = unbounded_alpha(planes[:, ALPHA], said[:, :1])
    bounded = free.clamp(0.0, 1.0)
    alpha = torch.lerp(planes[:, ALPHA], bounded + leak * (free - bounded), planes[:, GATE])
    return alpha, corrected_code(planes[:, COLOUR], planes[:, GATE], said[:, 1:])


def loss_of(examples: Examples, said: Tensor, generator: torch.Generator | None = None) -> Loss:
    """The loss of what a network `said` [N, 4, H, W] of `examples`; backgrounds are random."""
    alpha, code = answer(examples.planes, said, _LEAK)
    off = alpha - examples.alpha
    band = _band(examples)
    size = band.sum().clamp_min(1.0)
    missed = (code - examples.code).abs().mean(dim=1, keepdim=True) * examples.alpha
    weight = (examples.alpha * band).sum().clamp_min(1.0)
    composite = _composite(alpha.clamp(0.0, 1.0), code, examples, generator)
    return Loss(
        off.abs().mean() + ((off.abs() + 4.0 * off * off) * band).sum() / size,
        2.0 * _pyramid(off * band) / size + 0.5 * _slope(off * band).sum() / size,
        (missed * band).sum() / weight + missed.mean(),
        (composite * band).sum() / size + composite.mean(),
    )


def planes_gate(examples: Examples) -> Tensor:
    """Where the network has a say, [N, 1, H, W]."""
    return examples.planes[:, GATE]


def _band(examples: Examples) -> Tensor:
    """The transition and what chroma got wrong, some pixels wider, where there is a say."""
    true = examples.alpha
    mixed = (true > 0.01) & (true < 0.99)
    wrong = (examples.planes[:, ALPHA] - true).abs() > 0.03
    return maximum_filter((mixed | wrong).float(), 3) * planes_gate(examples)


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


def _composite(
    alpha: Tensor, code: Tensor, examples: Examples, generator: torch.Generator | None
) -> Tensor:
    """Error over one bright and one random background, [N, 1, H, W], of code values."""
    ours = srgb_to_linear(code.clamp(0.0, 1.5))
    truth = srgb_to_linear(examples.code)
    shape = (len(alpha), 3, 1, 1)
    total = torch.zeros_like(alpha)
    for power in (0.4, 2.0):
        behind = torch.rand(shape, generator=generator, device=alpha.device) ** power
        mine = linear_to_srgb((ours * alpha + behind * (1.0 - alpha)).clamp(1e-4, 1.0))
        wanted = linear_to_srgb(truth * examples.alpha + behind * (1.0 - examples.alpha))
        total = total + 0.5 * (mine - wanted.clamp(0.0, 1.0)).abs().mean(dim=1, keepdim=True)
    return total
