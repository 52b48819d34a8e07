"""From what the network says to a matte and a foreground, never further than is in doubt."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.colour.srgb import srgb_to_linear
from corridorkey_core.keyers.builtin.features import BRIGHTEST, encoded

_MOST_COLOUR = 0.8  # of a display's range: the largest correction of a colour
_SNAP = 0.01  # alphas this near to 0 or 1 become exactly that


def corrected_alpha(alpha: Tensor, say: Tensor, ceiling: Tensor, said: Tensor) -> Tensor:
    """Chroma's `alpha` plus what the network `said`, as far as it has a `say`, up to a `ceiling`.

    All of one shape.
    """
    highest = torch.maximum(alpha, ceiling).clamp_max(1.0)
    bounded = unbounded_alpha(alpha, said).clamp_min(0.0).minimum(highest)
    return torch.lerp(alpha, bounded, say)


def unbounded_alpha(alpha: Tensor, said: Tensor) -> Tensor:
    """The same, ungated and before 0 and 1 bound it: what training needs to see past its ends."""
    return (alpha + said - 0.5) * (1.0 + 2.0 * _SNAP) + 0.5


def corrected_code(code: Tensor, gate: Tensor, said: Tensor) -> Tensor:
    """A display's `code` values of the foreground, corrected by what the network `said`."""
    return code + gate * _MOST_COLOUR * torch.tanh(said / _MOST_COLOUR)


def corrected_foreground(foreground: Tensor, gate: Tensor, said: Tensor) -> Tensor:
    """Linear straight `foreground` [3, H, W] of any range, with its colours corrected.

    Where the gate is 0 it stays as it is to the last bit.
    """
    code = encoded(foreground)
    after = srgb_to_linear(corrected_code(code, gate, said).clamp(0.0, encoded_limit()))
    moved = foreground + (after - srgb_to_linear(code))
    return torch.where(gate > 0.0, moved.clamp_min(0.0), foreground)


def encoded_limit() -> float:
    """The code value of the brightest light the network sees."""
    return float(encoded(torch.tensor(BRIGHTEST)))
