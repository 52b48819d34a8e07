"""Names of channels and layers: `rgba.red`, `alpha`, `rgb`, `all`, and those a script adds."""

from __future__ import annotations

from tests.nuke.script_text import split_list
from tests.nuke.stand_in.session import current

RGBA = ("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha")
SHORT = {
    "rgb": RGBA[:3],
    "rgba": RGBA,
    "alpha": RGBA[3:],
    "red": RGBA[:1],
    "green": RGBA[1:2],
    "blue": RGBA[2:3],
    "none": (),
}
BUILT_IN = {
    "rgba": RGBA,
    "depth": ("depth.Z",),
    "mask": ("mask.a",),
    "forward": ("forward.u", "forward.v"),
    "backward": ("backward.u", "backward.v"),
}


def layers() -> dict[str, tuple[str, ...]]:
    """The script's layers, and the channels of each."""
    return BUILT_IN | current().root._layers


def add_layer(name: str, channels: tuple[str, ...]) -> None:
    """Add a layer, or channels to one; a layer holds up to eight, with names `layer.channel`."""
    wrong = [one for one in channels if not one.startswith(f"{name}.")]
    if wrong or not channels:
        raise current().refuse(ValueError, f"{wrong or name} is no channel of a layer {name!r}")
    known = layers().get(name, ())
    added = (*known, *(one for one in channels if one not in known))
    if added != known:
        current().root._layers[name] = added


def require_known(name: str) -> None:
    """Refuse a channel or layer that the script has not."""
    known = layers()
    if name in SHORT or name in ("all", "") or name in known:
        return
    if any(name in channels for channels in known.values()):
        return
    raise current().refuse(ValueError, f"there is no channel or layer {name!r}")


def channels_of(text: str, available: tuple[str, ...]) -> tuple[str, ...]:
    """The channels that a knob's text names, of those that there are."""
    found: list[str] = []
    for word in split_list(text):
        if word.startswith("-") or word == "none":
            continue
        named = available if word == "all" else _channels(word)
        found += [one for one in named if one not in found]
    return tuple(found)


def _channels(name: str) -> tuple[str, ...]:
    if name in SHORT:
        return SHORT[name]
    return layers().get(name, (name,))
