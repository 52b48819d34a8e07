"""What a file may say of its colour space, so that another program believes it rightly."""

from __future__ import annotations

from dataclasses import dataclass

from corridorkey_core.colour.config import BUILT_IN_CONFIG, load_config

# These two mean the same whatever the config.
OWN_SPACES = {"linear": "lin_rec709_scene", "srgb": "srgb_rec709_scene"}


@dataclass(frozen=True)
class ColourTag:
    """`name` is the interop identifier (colorInteropID) where there is one, else the config's name.

    `chromaticities` are x, y of red, green, blue and white where the space is linear and they are
    known; an encoded space has none, since readers take them to be those of linear light.
    """

    name: str
    chromaticities: tuple[float, ...] | None = None


def colour_tag(space: str, config: str = "") -> ColourTag:
    """The tag for a `ColourSpace.name`; raises `ColourError` for a config that fails."""
    if space in OWN_SPACES:
        space, config = OWN_SPACES[space], BUILT_IN_CONFIG
    spaces = load_config(config).spaces
    name = spaces.get_color_interop_id(space) or space
    if not name.startswith("lin_"):
        return ColourTag(name)
    return ColourTag(name, tuple(spaces.get_chromaticities(space) or ()) or None)
