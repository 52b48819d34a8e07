"""The key that a network's answers lead to, as `BuiltinKeyer` makes it, through which it learns."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.colour.srgb import srgb_to_linear
from corridorkey_core.keyers.builtin.correction import corrected_code, unbounded_alpha
from corridorkey_core.keyers.builtin.features import ALPHA, COLOUR, GATE, encoded
from corridorkey_core.keyers.chroma.unmix import SOLID, unmixed
from training.examples import Examples

_PLATE, _BEHIND = slice(0, 3), slice(3, 6)


def answer(examples: Examples, said: Tensor, leak: float = 0.0) -> tuple[Tensor, Tensor]:
    """Matte [N, 1, H, W] and foreground's code [N, 3, H, W], from what a network said.

    A matte beyond 0 and 1 keeps a `leak`, so that learning can bring it back. Colours are unmixed
    by the corrected matte, and what the network says of them is what they still lack.
    """
    planes = examples.planes
    free = unbounded_alpha(planes[:, ALPHA], said[:, :1])
    bounded = free.clamp(0.0, 1.0)
    alpha = torch.lerp(planes[:, ALPHA], bounded + leak * (free - bounded), examples.say)
    gate = planes[:, GATE].contiguous()
    code = corrected_code(_unmixed(examples, alpha.clamp(0.0, 1.0)), gate, said[:, 1:])
    return alpha, torch.where(gate > 0.0, code, planes[:, COLOUR])


def _unmixed(examples: Examples, alpha: Tensor) -> Tensor:
    """Every pixel's colour as `unmix` would give it, encoded; differentiable, unlike that."""
    planes = examples.planes
    coded = planes[:, _PLATE], planes[:, _BEHIND], examples.prior
    plate, behind, prior = (srgb_to_linear(each.contiguous()).movedim(1, 0) for each in coded)
    share = alpha.movedim(1, 0)
    colour = torch.where(share > SOLID, plate, unmixed(plate, behind, prior, share))
    return encoded(colour).movedim(0, 1)
