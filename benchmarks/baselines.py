"""Other ways to key, to hold the chroma keyer against. Each is given what a user would give it.

Plates are tensors [3, H, W], linear, as if the screen were green; hints [1, H, W]. The answer is
alpha [1, H, W] and straight foreground [3, H, W], not despilled: that is done alike for all.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from corridorkey_core.keyers.chroma import ChromaKeyer, automatic_hint, survey
from corridorkey_core.keyers.chroma.alpha import plain_alpha
from corridorkey_core.keyers.chroma.clean_plate import clean_plate
from corridorkey_core.keyers.chroma.difference import difference, limited
from corridorkey_core.resample import maximum_filter, minimum_filter, push_pull, wide_blur
from corridorkey_core.screen import Screen

Keyed = tuple[Tensor, Tensor]
Method = Callable[[Tensor, Tensor], Keyed]

_GARBAGE, _CORE = 0.12, 0.004  # of the long edge: the same distances as the chroma keyer's
_CLIP = 0.03


def hint_only(plate: Tensor, hint: Tensor) -> Keyed:
    """The hint as the matte and the plate as the foreground."""
    return hint, plate


def plain_difference(plate: Tensor, hint: Tensor) -> Keyed:
    """Colour difference against one colour for the whole frame, the hint as garbage and core."""
    colour = survey([plate], "green").colour or (0.08, 0.45, 0.10)
    screen = torch.tensor(colour).view(3, 1, 1).expand_as(plate)
    return _keyed_before(plate, screen, hint)


def near_clean_plate(plate: Tensor, hint: Tensor) -> Keyed:
    """Colour difference against a clean plate filled in from every pixel that looks like screen.

    The way image-based keyers work: the plate is made from the near pixels too.
    """
    colour = survey([plate], "green").colour or (0.08, 0.45, 0.10)
    flat = torch.tensor(colour).view(3, 1, 1).expand_as(plate)
    first = plain_alpha(plate, flat)
    bare = minimum_filter(((first < 0.2) & (hint < 0.5)).float(), 1)
    screen = push_pull(plate, bare + 1e-4 * (first < 0.5).float()).clamp_min(2e-3)
    return _keyed_before(plate, screen, hint)


def _keyed_before(plate: Tensor, screen: Tensor, hint: Tensor) -> Keyed:
    edge = max(plate.shape)
    solid = (minimum_filter(hint, round(_CORE * edge)) > 0.85).float()
    allowed = (maximum_filter(hint, round(_GARBAGE * edge)) > 0.02).float()
    alpha = ((plain_alpha(plate, screen) - _CLIP) / (1.0 - 2.0 * _CLIP)).clamp(0.0, 1.0)
    alpha = torch.maximum(alpha, solid) * allowed
    foreground = (plate - (1.0 - alpha) * screen) / alpha.clamp_min(0.05)
    return alpha, torch.where(alpha > 0.98, plate, foreground.clamp_min(0.0))


def combination(plate: Tensor, hint: Tensor) -> Keyed:
    """Vlahos alpha corrected by the foreground nearby, as one design for a better keyer has it.

    Before the chroma keyer's own clean plate. Two rounds of: colours of opaque pixels, despilled
    and filled in; alpha from the colour difference that they leave, and from the place on the line
    between them and the screen, as far as the pixel is on that line.
    """
    screen, edge = clean_plate(plate, hint, None), max(plate.shape)
    core = (minimum_filter(hint, 2) > 0.85).float()
    allowed = (maximum_filter(hint, round(_GARBAGE * edge)) > 0.02).float()
    plain = plain_alpha(plate, screen)
    alpha = torch.maximum(plain, core) * allowed
    for _ in range(2):
        opaque = (minimum_filter(alpha, 1) > 0.97).float()
        prior = push_pull(limited(plate), opaque)
        near = (10.0 * wide_blur(opaque, 0.05 * edge)).clamp_max(1.0)
        alpha = torch.maximum(_towards(plate, screen, prior, plain, near), core) * allowed
    unexplained = plate - alpha * prior - (1.0 - alpha) * screen
    foreground = (prior + alpha * unexplained / (alpha * alpha + 0.03)).clamp_min(0.0)
    return alpha, torch.where(alpha > 0.98, plate, foreground)


def _towards(plate: Tensor, screen: Tensor, prior: Tensor, plain: Tensor, near: Tensor) -> Tensor:
    seen, own, behind = difference(plate), difference(prior), difference(screen)
    corrected = (behind - seen) / (behind - torch.minimum(own, behind / 2)).clamp_min(1e-3)
    line = torch.cat([prior - screen, own - behind])
    offset = torch.cat([plate - screen, seen - behind])
    length_sq = (line * line).sum(dim=0, keepdim=True)
    along = (line * offset).sum(dim=0, keepdim=True) / length_sq.clamp_min(1e-4)
    beside = (offset - along * line).square().sum(dim=0, keepdim=True)
    trust = torch.exp(-beside / 0.15**2) * near * ((length_sq.sqrt() - 0.05) / 0.15).clamp(0, 1)
    return torch.lerp(plain, (corrected + along) / 2, trust).clamp(0.0, 1.0)


def closed_form(plate: Tensor, hint: Tensor) -> Keyed:
    """Closed-form matting (Levin et al., 2008) with a trimap made from the hint, by PyMatting."""
    matting: Any = importlib.import_module("pymatting")
    edge = max(plate.shape)
    trimap = np.full(hint.shape[1:], 0.5)
    trimap[(minimum_filter(hint, round(_CORE * edge)) > 0.85)[0].numpy()] = 1.0
    trimap[(maximum_filter(hint, round(_GARBAGE * edge)) < 0.02)[0].numpy()] = 0.0
    image = plate.permute(1, 2, 0).double().numpy().clip(0, 1) ** (1 / 2.2)
    alpha = matting.estimate_alpha_cf(image, trimap)
    colour = matting.estimate_foreground_ml(image, alpha) ** 2.2
    foreground = torch.from_numpy(colour.astype(np.float32)).permute(2, 0, 1)
    return torch.from_numpy(alpha.astype(np.float32))[None], foreground


def chroma(plate: Tensor, hint: Tensor) -> Keyed:
    """The chroma keyer."""
    keyed = ChromaKeyer(plate.device).key(plate, hint, Screen("green"))
    return keyed.alpha, keyed.foreground


def chroma_without_hint(plate: Tensor, _hint: Tensor) -> Keyed:
    """The chroma keyer with its own automatic hint."""
    return chroma(plate, automatic_hint(plate, Screen("green")))


def methods() -> dict[str, Method]:
    """Every way that can run here, by the name its row has in the table."""
    found: dict[str, Method] = {
        "hint only": hint_only,
        "colour difference, one colour": plain_difference,
        "colour difference, near clean plate": near_clean_plate,
        "the combination, re-made": combination,
    }
    if importlib.util.find_spec("pymatting"):
        found["closed form, trimap from the hint"] = closed_form
    found["**chroma**"] = chroma
    found["**chroma**, automatic hint"] = chroma_without_hint
    return found
