"""Registering in order, and taking all away again in the opposite one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy


def register(classes: Iterable[type], parts: Iterable[Any]) -> None:
    """Register classes, then parts that have a `register` of their own."""
    for one in classes:
        bpy.utils.register_class(one)
    for part in parts:
        part.register()


def unregister(classes: Iterable[type], parts: Iterable[Any]) -> None:
    """The opposite, whatever of it is left undone by an earlier failure."""
    for part in reversed(tuple(parts)):
        part.unregister()
    for one in reversed(tuple(classes)):
        bpy.utils.unregister_class(one)
