"""A batch of plates whose matte and foreground are known."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.full_chroma import with_full_chroma
from corridorkey_core.keyers.chroma import automatic_hint
from corridorkey_core.screen import Screen as ScreenFacts
from training.camera import photographed
from training.dice import Dice
from training.hints import rough_hint
from training.layers import over
from training.light import spilled, veiled
from training.screens import screen
from training.subjects import subject

_LARGE = 0.2
_SURE = 5e-4  # alphas this near to 0 or 1 are: a lens computed by Fourier's transform rounds
_WELL_SHOT = 0.45  # the share of pictures with little of what makes keying hard
_WITHOUT_HINT = 0.2  # the share of batches whose hints are made from the plates


@dataclass(frozen=True)
class Scenes:
    """Plates as keyers see them and their truth, linear Rec.709, as if all screens were green.

    `plate`, straight `foreground` without spill [N, 3, H, W]; `alpha`, `hint` [N, 1, H, W] in 0..1.
    """

    plate: Tensor
    hint: Tensor
    alpha: Tensor
    foreground: Tensor


def make_scenes(
    seed: int, count: int, size: int, device: torch.device, pictures: Tensor | None = None
) -> Scenes:
    """`count` scenes of `size` × `size` pixels; the same seed and `pictures` give the same ones.

    `pictures`, on the device, are as `photographs` gives them; of None there are none.
    """
    dice = Dice(seed, count, device)
    layer = _certain(_subject(dice, size, pictures))
    rough = torch.where(dice.chance(_WELL_SHOT) > 0, dice.uniform(0.0, 0.3), 1.0)
    behind = screen(dice, layer[:, 3:], rough, pictures)
    shot = torch.lerp(layer, spilled(dice, layer, behind), rough)
    scene = over(shot, torch.cat([behind.picture, torch.ones_like(shot[:, 3:])], dim=1))[:, :3]
    exposure = dice.uniform(0.7, 1.25)
    plate = _shot(dice, torch.lerp(scene, veiled(dice, scene, behind), rough) * exposure, rough)
    alpha = layer[:, 3:]
    truth = (exposure * layer[:, :3] / alpha.clamp_min(1e-4)).clamp(0.0, 1.0)
    return Scenes(plate, _hint(dice, plate, alpha), alpha, truth)


def _subject(dice: Dice, size: int, pictures: Tensor | None) -> Tensor:
    """Near or far: a fifth of the batches show theirs at twice the size, as larger plates do."""
    if dice.between(0.0, 1.0) > _LARGE:
        return subject(dice, size, pictures)
    small = subject(dice, size // 2, pictures)
    return F.interpolate(small, scale_factor=2.0, mode="bilinear", align_corners=False)


def _certain(layer: Tensor) -> Tensor:
    """The layer, exactly solid and exactly empty where it is next to that."""
    alpha = layer[:, 3:]
    sure = torch.where(alpha < _SURE, 0.0, torch.where(alpha > 1.0 - _SURE, 1.0, alpha))
    return torch.cat([layer[:, :3] * (sure > 0.0), sure], dim=1)


def _shot(dice: Dice, scene: Tensor, rough: Tensor) -> Tensor:
    """Half the screens are blue: what a camera does to blue it must do to theirs."""
    blue = dice.chance(0.5) > 0
    shot = photographed(dice, torch.where(blue, scene[:, [0, 2, 1]], scene), rough)
    plate = with_full_chroma(shot.movedim(1, 0)).movedim(0, 1)
    return torch.where(blue, plate[:, [0, 2, 1]], plate)


def _hint(dice: Dice, plate: Tensor, alpha: Tensor) -> Tensor:
    if dice.between(0.0, 1.0) > _WITHOUT_HINT:
        return rough_hint(dice, alpha)
    made = automatic_hint(plate.movedim(1, 0).contiguous(), ScreenFacts("green"))
    return made.movedim(0, 1)
