"""Scenes as the network sees them, with what it should say."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.features import doubt, encoded, features
from corridorkey_core.keyers.chroma.evidence import evidence
from corridorkey_core.keyers.chroma.unmix import unmix
from training.scenes import Scenes, make_scenes

_FULL = 0.25  # as in the chroma keyer: what the strongest of a hint must reach to count as full


@dataclass(frozen=True)
class Examples:
    """`planes` [N, 16, H, W] of features; true `alpha` [N, 1, H, W]; true `code` [N, 3, H, W].

    `code` is the foreground's, encoded for a display as in the features.
    """

    planes: Tensor
    alpha: Tensor
    code: Tensor


def make_examples(seed: int, count: int, size: int, device: torch.device) -> Examples:
    """Examples from scenes of a seed; see `make_scenes`."""
    with torch.no_grad():
        return seen(make_scenes(seed, count, size, device))


def seen(scenes: Scenes) -> Examples:
    """What the keyer would make of these scenes before it asks its network.

    As `BuiltinKeyer.key`, but for hints that are no more than boxes: training has none.
    """
    plate, hint = (each.movedim(1, 0).contiguous() for each in (scenes.plate, scenes.hint))
    hint = hint / hint.amax(dim=(-2, -1), keepdim=True).clamp(_FULL, 1.0)
    found = evidence(plate, hint, None)
    foreground = unmix(plate, found.behind, found.prior, found.alpha)
    planes = features(plate, hint, found, foreground, doubt(found))
    return Examples(planes.movedim(0, 1), scenes.alpha, encoded(scenes.foreground))
