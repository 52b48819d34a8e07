"""Other ways to key, to hold ours against, each behind the Protocol that ours meet.

`difference`    a plain colour-difference keyer: one screen colour, clipped, the hint as garbage and
                core matte
`closed-form`   closed-form matting from a trimap that the hint gives, and PyMatting's multi-level
                foregrounds; Levin, Lischinski and Weiss, A Closed Form Solution to Natural Image
                Matting, CVPR 2006; Germer et al., Fast Multi-Level Foreground Estimation, 2020
any other       a keyer by the name that `corridorkey key --keyer` knows, or `module:function`,
                where function(device) gives a keyer
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.load import load_builtin_keyer
from corridorkey_core.keyers.chroma.alpha import plain_alpha
from corridorkey_core.keyers.keyer import Keyer, Prediction
from corridorkey_core.keyers.load import load_keyer
from corridorkey_core.resample import maximum_filter, minimum_filter
from corridorkey_core.rises import ramp
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings

GET_PYMATTING = (
    "The keyer closed-form needs PyMatting, which this project does not: `pip install pymatting` "
    "into the environment, or `pip install --target FOLDER pymatting` and PYTHONPATH=FOLDER."
)
USUAL_SCREEN = (0.08, 0.45, 0.10)

_GARBAGE, _CORE = 0.12, 0.004  # of the long edge: the same distances as the chroma keyer's
_CLIP = 0.03
# A trimap's distances from the hint, as shares of the long edge; and the plain alpha, a pixel
# around, up to which it is sure of the screen: an artist would see that too.
_SURE, _MAYBE, _BARE = 0.01, 0.08, 0.08


class RivalKeyer:
    """What rivals have in common: a name, and nothing to give back."""

    name = "rival"
    identity = "rival 1"

    def economise(self) -> str | None:
        """Nothing is left to try."""
        return None

    def close(self) -> None:
        """Nothing is held between frames."""


class DifferenceKeyer(RivalKeyer):
    """Colour difference against one colour (Vlahos, 1964)."""

    name = "difference"

    def key(self, plate: Tensor, hint: Tensor, screen: Screen) -> Prediction:
        """Key one frame; see `Keyer.key`."""
        behind = torch.tensor(screen.colour or USUAL_SCREEN).view(3, 1, 1).expand_as(plate)
        edge = max(plate.shape)
        core = (minimum_filter(hint, round(_CORE * edge)) > 0.85).float()
        allowed = (maximum_filter(hint, round(_GARBAGE * edge)) > 0.02).float()
        alpha = ramp(plain_alpha(plate, behind), _CLIP, 1.0 - _CLIP)
        alpha = torch.maximum(alpha, core) * allowed
        foreground = (plate - (1.0 - alpha) * behind) / alpha.clamp_min(0.05)
        return Prediction(alpha, torch.where(alpha > 0.98, plate, foreground.clamp_min(0.0)))


class ClosedFormKeyer(RivalKeyer):
    """Closed-form matting of the plate in sRGB, from a trimap that the hint gives."""

    name = "closed-form"

    def __init__(self) -> None:
        try:
            self._matting: Any = importlib.import_module("pymatting")
        except ModuleNotFoundError as missing:
            raise SystemExit(GET_PYMATTING) from missing

    def key(self, plate: Tensor, hint: Tensor, screen: Screen) -> Prediction:
        """Key one frame; see `Keyer.key`."""
        image = plate.permute(1, 2, 0).double().numpy().clip(0, 1) ** (1 / 2.2)
        trimap = _trimap(plate, hint, screen).double().numpy()
        alpha = self._matting.estimate_alpha_cf(image, trimap)
        colour = self._matting.estimate_foreground_ml(image, alpha) ** 2.2
        foreground = torch.from_numpy(colour.astype(np.float32)).permute(2, 0, 1)
        return Prediction(
            torch.from_numpy(alpha.astype(np.float32))[None].clamp(0.0, 1.0),
            foreground.contiguous(),
        )


def _trimap(plate: Tensor, hint: Tensor, screen: Screen) -> Tensor:
    """0, 1 and a half for unknown, [H, W], from the hint and from what is plainly screen."""
    edge = max(plate.shape)
    behind = torch.tensor(screen.colour or USUAL_SCREEN).view(3, 1, 1).expand_as(plate)
    bare = maximum_filter(plain_alpha(plate, behind), 2) < _BARE
    sure = minimum_filter(hint, round(_SURE * edge)) > 0.85
    maybe = (maximum_filter(hint, round(_MAYBE * edge)) > 0.1) & ~bare
    return torch.where(sure, 1.0, torch.where(maybe, 0.5, 0.0))[0]


def keyer_named(name: str) -> Keyer:
    """A keyer ready on the CPU; raises SystemExit where PyMatting is missing, or `KeyerError`s."""
    device = torch.device("cpu")
    if name == "difference":
        return DifferenceKeyer()
    if name == "closed-form":
        return ClosedFormKeyer()
    if ":" in name:
        module, _, function = name.partition(":")
        made: Keyer = getattr(importlib.import_module(module), function)(device)
        return made
    if name == "builtin":
        return load_builtin_keyer(Settings(), device)
    return load_keyer(replace(Settings(), keyer=name), device, lambda _told: None)
