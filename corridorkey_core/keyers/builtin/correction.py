"""From what the network says to a matte and a foreground, never further than is in doubt."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.colour.srgb import srgb_to_linear
from corridorkey_core.keyers.builtin.features import BRIGHTEST, encoded

_MOST_COLOUR = 0.8  # of a display's range: the largest correction of a colour
_KEPT = 0.25  # of chroma's matte, where the network says mixed and next to the same
_FOLLOWED = 0.12  # the correction from which none of chroma's matte is kept
_MIXED = 0.1  # alpha times its rest from which a pixel is mixed and no more nearly solid or empty
_SNAP = 0.01  # alphas this near to 0 or 1 become exactly that


def corrected_alpha(alpha: Tensor, say: Tensor, ceiling: Tensor, said: Tensor) -> Tensor:
    """Chroma's `alpha` plus what the network `said`, as far as it has a `say`, up to a `ceiling`.

    All of one shape.

    Of mixed pixels some of chroma's answer is kept where the two differ little: the mean of two
    estimates whose errors differ is better than either. Where they differ much, or the network says
    solid or empty, it is taken at its word.
    """
    highest = torch.maximum(alpha, ceiling).clamp_max(1.0)
    bounded = unbounded_alpha(alpha, said).clamp_min(0.0).minimum(highest)
    told = torch.lerp(alpha, bounded, say)
    mixed = (told * (1.0 - told) / _MIXED).clamp_max(1.0)
    alike = (1.0 - (told - alpha).abs() / _FOLLOWED).clamp_min(0.0)
    return torch.lerp(told, alpha, _KEPT * alike * mixed)


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
