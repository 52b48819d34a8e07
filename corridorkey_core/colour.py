"""Named colour spaces, on tensors: OCIO through OpenImageIO, sRGB and matrices on the device.

Inside the engine every picture is scene-linear Rec.709; a `ColourSpace` is the way in and back.
Alpha is never converted. Negatives and values above 1 are kept wherever the space can hold them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import OpenImageIO as oiio
import torch
from torch import Tensor

from corridorkey_core.errors import ColourError
from corridorkey_core.parameter import did_you_mean

Transform = Callable[[Tensor], Tensor]

BUILT_IN_CONFIG = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
LINEAR_NAMES = (
    "lin_rec709_scene",
    "lin_rec709",
    "Linear Rec.709 (sRGB)",
    "Utility - Linear - sRGB",
)
SRGB_NAMES = ("srgb_rec709_scene", "srgb_texture", "sRGB Encoded Rec.709 (sRGB)", "sRGB - Texture")
PROBES = 512


@dataclass(frozen=True)
class ColourSpace:
    """A colour space: `to_linear` and `from_linear` take and give [3, H, W] float32.

    `name` is `linear` (scene-linear Rec.709), `srgb`, or the OCIO config's own name; `is_linear`
    says whether its values are proportional to light.
    """

    name: str
    is_linear: bool
    to_linear: Transform
    from_linear: Transform


def srgb_to_linear(encoded: Tensor) -> Tensor:
    """The piecewise sRGB curve (IEC 61966-2-1), odd below 0 and continued above 1."""
    size = encoded.abs()
    light = torch.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
    return torch.copysign(light, encoded)


def linear_to_srgb(light: Tensor) -> Tensor:
    """The inverse of `srgb_to_linear`."""
    size = light.abs()
    encoded = torch.where(
        size <= 0.0031308, size * 12.92, 1.055 * size.clamp_min(1e-8) ** (1 / 2.4) - 0.055
    )
    return torch.copysign(encoded, light)


def resolve(name: str, config: str = "") -> ColourSpace:
    """The space of that name: `linear`, `srgb`, or an OCIO space, role or alias of the config.

    `config` is a file or a built-in config's name; empty takes $OCIO, else `BUILT_IN_CONFIG`.
    Raises `ColourError` for an unknown name, naming near ones, and for a config that fails.
    """
    if name == "linear":
        return ColourSpace("linear", True, torch.clone, torch.clone)
    if name == "srgb":
        return ColourSpace("srgb", False, srgb_to_linear, linear_to_srgb)
    where = config or os.environ.get("OCIO", "") or BUILT_IN_CONFIG
    loaded = _config(where)
    return _ocio_space(_known(loaded, name, where), _linear_name(loaded, where), loaded, where)


def auto_space(is_float: bool, tag: str | None, config: str = "") -> str:
    """The space of a file that was not told: its own tag where known, else by its type.

    Float files are scene-linear Rec.709, integer files sRGB. `tag` is the name a file carries.
    """
    by_type = "linear" if is_float else "srgb"
    if not tag or tag.lower() in ("linear", "scene_linear", *(n.lower() for n in LINEAR_NAMES)):
        return "linear" if tag else by_type
    if tag.lower() in ("srgb", "srgb_rec709_display", *(name.lower() for name in SRGB_NAMES)):
        return "srgb"
    where = config or os.environ.get("OCIO", "") or BUILT_IN_CONFIG
    loaded = _config(where)
    known = loaded.resolve(tag)
    return known if known in loaded.getColorSpaceNames() else by_type


def interop_name(name: str) -> str:
    """The name by which other programs know a space, for a file's own tag."""
    return {"linear": "lin_rec709_scene", "srgb": "srgb_rec709_scene"}.get(name, name)


def _config(where: str) -> oiio.ColorConfig:
    loaded = oiio.ColorConfig(where)
    error = loaded.geterror()
    if error:
        raise ColourError(
            f"The OCIO config {where} cannot be used: {error}. Correct `ocio_config` or $OCIO; "
            "empty takes a built-in ACES config."
        )
    return loaded


def _known(config: oiio.ColorConfig, name: str, where: str) -> str:
    names = list(config.getColorSpaceNames())
    resolved = config.resolve(name)
    if resolved in names:
        return str(resolved)
    lowered = {known.lower(): known for known in names}
    if name.lower() in lowered:
        return str(lowered[name.lower()])
    aliases = [alias for known in names for alias in config.getAliases(known)]
    near = did_you_mean(name, [*names, *aliases, "linear", "srgb"])
    raise ColourError(
        f"There is no colour space {name!r} in {where}.{near or ' It has: ' + ', '.join(names)}"
    )


def _linear_name(config: oiio.ColorConfig, where: str) -> str:
    names = set(config.getColorSpaceNames())
    for candidate in LINEAR_NAMES:
        if config.resolve(candidate) in names:
            return str(config.resolve(candidate))
    raise ColourError(
        f"The OCIO config {where} has no scene-linear Rec.709 space; expected one of "
        f"{', '.join(LINEAR_NAMES)} as a name or an alias."
    )


def _ocio_space(name: str, linear: str, config: oiio.ColorConfig, where: str) -> ColourSpace:
    if name == linear:
        return ColourSpace("linear", True, torch.clone, torch.clone)
    to_linear = partial(_convert, source=name, target=linear, where=where)
    from_linear = partial(_convert, source=linear, target=name, where=where)
    is_linear = bool(config.isColorSpaceLinear(name))
    if is_linear:
        return ColourSpace(name, True, _as_matrix(to_linear), _as_matrix(from_linear))
    return ColourSpace(name, False, to_linear, from_linear)


def _as_matrix(transform: Transform) -> Transform:
    """The transform as a matrix on the device where that is what it is, else itself."""
    matrix = transform(torch.eye(3).reshape(3, 3, 1)).reshape(3, 3)
    probe = torch.linspace(-2.0, 16.0, PROBES).repeat(3, 1, 1) * torch.rand(
        (3, 1, PROBES), generator=torch.Generator().manual_seed(1)
    )
    error = (apply_matrix(probe, matrix) - transform(probe)).abs().max()
    return partial(apply_matrix, matrix=matrix) if error < 1e-4 else transform


def apply_matrix(picture: Tensor, matrix: Tensor) -> Tensor:
    """`matrix` [3, 3] applied to the channels of `picture` [3, H, W]."""
    # Written out, so that TF32 matrix units never touch a picture.
    rows = matrix.tolist()
    red, green, blue = picture
    return torch.stack([red * row[0] + green * row[1] + blue * row[2] for row in rows])


def _convert(picture: Tensor, *, source: str, target: str, where: str) -> Tensor:
    """OpenImageIO's own conversion, on the CPU; infinities are held to float's largest."""
    pixels = picture.detach().permute(1, 2, 0).to("cpu", torch.float32).contiguous().numpy()
    converted = oiio.ImageBufAlgo.colorconvert(
        oiio.ImageBuf(pixels), source, target, unpremult=False, colorconfig=where
    )
    if converted.has_error:
        raise ColourError(f"{source} cannot be converted to {target}: {converted.geterror()}")
    result = np.asarray(converted.get_pixels(oiio.FLOAT))
    return torch.from_numpy(result).permute(2, 0, 1).to(picture.device)
