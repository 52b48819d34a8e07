"""The keyer's settings as Blender properties, walked from their one declaration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from corridorkey_core.settings import Settings

# What the node group needs of the files it shows, whatever the artist would say.
FIXED: dict[str, Any] = {
    "passes": ("matte", "fg"),
    "layout": "separate",
    "format": "exr",
    "output_space": "linear",
    "template": Settings().template,
}
NARROWED = {"bit_depth": ("auto", "half", "float")}  # those that an EXR has
PATHS = ("checkpoint", "ocio_config")
DIGITS = 6  # of a 32-bit float that are what the artist typed

Changed = Callable[[Any, str], None]
"""Hears of a change: the property group, and the parameter's name."""
Facts = tuple[Any, ...]


def exposed() -> Facts:
    """Every declared parameter that an artist can set here, in the order of its declaration."""
    return tuple(fact for fact in Settings.parameters() if fact.name not in FIXED)


def choices_of(fact: Any) -> tuple[str, ...]:
    """The choices that are offered for a parameter."""
    narrowed = NARROWED.get(fact.name)
    return narrowed if narrowed else tuple(fact.choices)


def settings_type(name: str, changed: Changed) -> type:
    """A property group with one property for each exposed parameter; `changed` hears of changes."""
    annotations = {fact.name: _property(fact, changed) for fact in exposed()}
    members = {"__annotations__": annotations, "__doc__": "The keyer's settings."}
    return type(name, (bpy.types.PropertyGroup,), members)


def read_settings(group: Any) -> Settings:
    """The settings that a property group holds; raises `SettingsError`."""
    values = {fact.name: _plain(fact, getattr(group, fact.name)) for fact in exposed()}
    return Settings(**{**values, **FIXED})


def write_settings(group: Any, settings: Settings) -> None:
    """Set every property of a group."""
    for fact in exposed():
        setattr(group, fact.name, getattr(settings, fact.name))


def _plain(fact: Any, value: Any) -> Any:
    return round(value, DIGITS) if fact.kind is float else value


def _property(fact: Any, changed: Changed) -> Any:
    def update(group: Any, _context: Any) -> None:
        if fact.multiple_of == 1 or _is_in_step(fact, group):
            changed(group, fact.name)

    common = {"name": fact.label, "description": _description(fact), "default": fact.default}
    choices = choices_of(fact)
    if fact.kind is bool:
        return bpy.props.BoolProperty(**common, update=update)
    if choices:
        items = [(choice, _title(choice), "") for choice in choices]
        return bpy.props.EnumProperty(**common, items=items, update=update)
    if fact.kind is str:
        subtype = "FILE_PATH" if fact.name in PATHS else "NONE"
        return bpy.props.StringProperty(**common, subtype=subtype, update=update)
    limits = _limits(fact)
    if fact.kind is int:
        return bpy.props.IntProperty(**common, **limits, step=fact.multiple_of, update=update)
    return bpy.props.FloatProperty(**common, **limits, precision=3, step=1, update=update)


def _description(fact: Any) -> str:
    """The parameter's help as a tooltip, which Blender ends with a full stop itself."""
    unit = f" In {fact.unit}." if fact.unit not in ("", "px") else ""
    return f"{fact.help}{unit}".removesuffix(".")


def _limits(fact: Any) -> dict[str, Any]:
    low, high = fact.soft or (None, None)
    ends = {"min": fact.minimum, "max": fact.maximum, "soft_min": low, "soft_max": high}
    limits = {name: fact.kind(end) for name, end in ends.items() if end is not None}
    return {**limits, "subtype": "PIXEL" if fact.unit == "px" else "NONE"}


def _is_in_step(fact: Any, group: Any) -> bool:
    """Whether a value is one that the parameter can have; the nearest is taken where it is not."""
    value = getattr(group, fact.name)
    nearest = round(value / fact.multiple_of) * fact.multiple_of
    if nearest != value:
        setattr(group, fact.name, nearest)  # hears of it itself
    return bool(nearest == value)


def _title(choice: str) -> str:
    """A choice as it is shown: words apart, formats and devices as they are written."""
    return choice.replace("_", " ").capitalize() if len(choice) > 4 else choice
