"""The screen's light on the subject, and in the air before the lens."""

from __future__ import annotations

import torch
from torch import Tensor

from training.dice import Dice
from training.noise import averaged, smooth
from training.screens import Screen


def spilled(dice: Dice, layer: Tensor, screen: Screen) -> Tensor:
    """The premultiplied `layer` [N, 4, H, W] with the screen's light on it; of half it has none.

    A wash that takes the surface's own colour; at the edges and where there is little of it, as in
    smoke and thin hair, light from behind that does not.
    """
    alpha = layer[:, 3:]
    level = screen.picture.amax(dim=1, keepdim=True).mean(dim=(-2, -1), keepdim=True)
    seen = _screen_seen(alpha)
    strong = dice.chance(0.5) * dice.uniform(0.1, 1.0)
    lit = (0.4 + 0.6 * seen) * (1.0 + 0.5 * smooth(dice, alpha.shape[-1], 2)).clamp(0.0, 2.0)
    wash = 0.34 * strong * lit * screen.hue
    through = dice.uniform(0.0, 0.14) + dice.uniform(0.0, 0.3) * dice.chance(0.25)
    rim = through * strong * seen * level * screen.hue
    return torch.cat([layer[:, :3] * (1.0 + wash) + alpha * rim, alpha], dim=1)


def veiled(dice: Dice, plate: Tensor, screen: Screen) -> Tensor:
    """Glare of the bright screen in the lens, all over the picture."""
    level = screen.picture.mean(dim=(-2, -1), keepdim=True)
    return plate + dice.uniform(0.0, 0.02) * dice.chance(0.3) * level


def _screen_seen(alpha: Tensor) -> Tensor:
    """How much of a pixel's surroundings is screen, [N, 1, H, W] in 0..1."""
    reach = max(2, alpha.shape[-1] // 40)
    return 1.0 - averaged(averaged(alpha, reach), reach)
