"""The colour spaces of a script: Nuke's own curves, or those of an OCIO configuration.

With Nuke's own management nothing knows of primaries: `linear` is what the script works in. With
OCIO the names and the pixels are those of the real library, through OpenImageIO.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import OpenImageIO as oiio

BUILT_IN = "ocio://cg-config-v1.0.0_aces-v1.3_ocio-v2.1"  # what Nuke ships, under another name
# https://github.com/kirkjr2/nuke-python-reference, data/nodes/Read.json: nuke.Knob.values()
NUKE_CURVES = (
    "linear", "sRGB", "rec709", "Cineon", "Gamma1.8", "Gamma2.2", "Gamma2.4", "Gamma2.6", "Panalog",
    "REDLog", "ViperLog", "AlexaV3LogC", "PLogLin", "SLog", "SLog1", "SLog2", "SLog3", "CLog",
    "Log3G10", "Log3G12", "HybridLogGamma", "Protune", "BT1886", "st2084",
    "Blackmagic Film Generation 5", "ARRILogC4",
)  # fmt: skip


@cache
def _config(path: str) -> oiio.ColorConfig:
    config = oiio.ColorConfig(path)
    if error := config.geterror():
        raise RuntimeError(f"OCIO configuration {path!r}: {error}")
    return config


def entries(config: str) -> list[str]:
    """What an OCIO node offers: `role<tab>role (space)`, `space<tab>family/space`."""
    if not config:
        roles = {"scene_linear": "linear", "data": "raw", "default": "raw", "texture_paint": "sRGB"}
        spaces = [f"{name}\tColorspaces/{name}" for name in (*NUKE_CURVES, "raw")]
        return [f"{role}\t{role} ({space})" for role, space in roles.items()] + spaces
    found = _config(config)
    roles = {role: found.getColorSpaceNameByRole(role) for role in found.getRoles()}
    named = [f"{role}\t{role} ({space})" for role, space in roles.items()]
    families = {name: found.getColorSpaceFamilyByName(name) for name in found.getColorSpaceNames()}
    return named + [f"{name}\t{family}/{name}" for name, family in families.items()]


def converted(pixels: np.ndarray, source: str, target: str, config: str) -> np.ndarray:
    """Pixels [H, W, 3], straight, led from one space to another."""
    if source == target:
        return pixels
    if not config:
        # Roles of nuke-default.
        roles = {"scene_linear": "linear"}
        source, target = roles.get(source, source), roles.get(target, target)
        return _from_linear(_to_linear(pixels, source), target)
    picture = oiio.ImageBuf(np.ascontiguousarray(pixels, np.float32))
    made = oiio.ImageBufAlgo.colorconvert(picture, source, target, False, colorconfig=config)
    if made.has_error:
        raise RuntimeError(made.geterror())
    return np.asarray(made.get_pixels(oiio.FLOAT))


def _to_linear(pixels: np.ndarray, space: str) -> np.ndarray:
    if space == "linear":
        return pixels
    if space == "sRGB":
        low = pixels / 12.92
        high = ((np.maximum(pixels, 0.0) + 0.055) / 1.055) ** 2.4
        return np.where(pixels <= 0.04045, low, high).astype(np.float32)
    raise NotImplementedError(f"the stand-in does not know Nuke's curve {space!r}")


def _from_linear(pixels: np.ndarray, space: str) -> np.ndarray:
    if space == "linear":
        return pixels
    if space == "sRGB":
        high = 1.055 * np.maximum(pixels, 0.0) ** (1 / 2.4) - 0.055
        return np.where(pixels <= 0.0031308, pixels * 12.92, high).astype(np.float32)
    raise NotImplementedError(f"the stand-in does not know Nuke's curve {space!r}")
