"""What a colour space is to the engine, and finding one by its name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from corridorkey_core.colour.config import (
    ACES_NAMES,
    BUILT_IN_CONFIG,
    Config,
    load_config,
)
from corridorkey_core.colour.convert import Transform, conversion
from corridorkey_core.colour.log_curve import fit_log_curve
from corridorkey_core.colour.srgb import linear_to_srgb, srgb_to_linear
from corridorkey_core.errors import ColourError
from corridorkey_core.linear_names import LINEAR_NAMES

LINEAR_TAGS = ("linear", "scene_linear", *(name.lower() for name in LINEAR_NAMES))
SRGB_TAGS = (
    "srgb",
    "srgb_rec709_scene",
    "srgb_rec709_display",
    "srgb_texture",
    "srgb - texture",
    "srgb encoded rec.709 (srgb)",
)


@dataclass(frozen=True)
class ColourSpace:
    """A colour space: `to_linear` and `from_linear` take and give [3, H, W] float32, finite.

    Linear is scene-linear Rec.709. `name` is `linear`, `srgb`, or the OCIO config's own name;
    `is_linear` says whether its values are proportional to light.
    """

    name: str
    is_linear: bool
    to_linear: Transform
    from_linear: Transform


def resolve(name: str, config: str = "") -> ColourSpace:
    """The space of that name: `linear`, `srgb`, or an OCIO space, role or alias of the config.

    `config` is a file or a built-in config's name; empty takes $OCIO, else `BUILT_IN_CONFIG`.
    Raises `ColourError` for an unknown name, naming near ones, and for a config that fails.
    """
    if name == "linear":
        return ColourSpace("linear", True, torch.clone, torch.clone)
    if name == "srgb":
        return ColourSpace("srgb", False, srgb_to_linear, linear_to_srgb)
    loaded = load_config(config)
    return _ocio_space(loaded.known(name), loaded)


def _ocio_space(name: str, config: Config) -> ColourSpace:
    linear = config.first_of(LINEAR_NAMES)
    if name == linear:
        return resolve("linear")
    if linear is None:
        return _by_way_of_aces(name, config)
    to_linear, is_matrix = conversion(name, linear, config.where)
    from_linear, _ = conversion(linear, name, config.where)
    curve = None if is_matrix else fit_log_curve(to_linear, from_linear)
    if curve is not None:
        return ColourSpace(name, False, curve.to_linear, curve.from_linear)
    return ColourSpace(name, is_matrix, to_linear, from_linear)


def _by_way_of_aces(name: str, config: Config) -> ColourSpace:
    """A space of a config without Rec.709, reached through ACES2065-1, which it shares."""
    aces = config.first_of(ACES_NAMES)
    if aces is None:
        raise ColourError(
            f"The OCIO config {config.where} has neither a scene-linear Rec.709 space "
            f"({', '.join(LINEAR_NAMES[:3])}) nor ACES2065-1 (aces_interchange), so {name!r} "
            "cannot be placed. Add one as a space, an alias or a role, or choose another config."
        )
    to_aces, is_matrix = conversion(name, aces, config.where)
    from_aces, _ = conversion(aces, name, config.where)
    aces_to_linear, _ = conversion("ACES2065-1", LINEAR_NAMES[0], BUILT_IN_CONFIG)
    linear_to_aces, _ = conversion(LINEAR_NAMES[0], "ACES2065-1", BUILT_IN_CONFIG)
    return ColourSpace(
        name,
        is_matrix,
        partial(_one_then_other, to_aces, aces_to_linear),
        partial(_one_then_other, linear_to_aces, from_aces),
    )


def _one_then_other(one: Transform, other: Transform, picture: Tensor) -> Tensor:
    return other(one(picture))


def auto_space(is_float: bool, tag: str | None, config: str = "") -> str:
    """The space of a file that was not told: its own tag where known, else by its type.

    Float files are scene-linear Rec.709, integer files sRGB. `tag` is the name a file carries.
    Raises `ColourError` for a config that cannot be loaded.
    """
    by_type = "linear" if is_float else "srgb"
    if not tag:
        return by_type
    if tag.lower() in LINEAR_TAGS:
        return "linear"
    if tag.lower() in SRGB_TAGS:
        return "srgb"
    return load_config(config).find(tag) or by_type
