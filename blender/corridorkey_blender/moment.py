"""One moment of Blender's main thread, in which the artist can change nothing.

What the tree is made of is asked many times for many frames; within a moment each is found once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy

MARK = "corridorkey_temporary"
"""A scene with this property is ours for a moment: no render guard looks at it."""


class Moment:
    """What was found within the moment that goes on; outside of one, nothing is kept."""

    def __init__(self) -> None:
        self._found: dict[object, Any] = {}
        self._scene: Any = None
        self._depth = 0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Within the block nothing changes but by what is done there."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self._end()

    def once(self, key: object, find: Callable[[], Any]) -> Any:
        """What `find` finds, found once in this moment."""
        if not self._depth:
            return find()
        if key not in self._found:
            self._found[key] = find()
        return self._found[key]

    def mask_at(self, mask: Any, frame: int) -> Any:
        """A mask as it is at a frame: its shapes and what it follows, evaluated."""
        if self._scene is None:
            self._scene = bpy.data.scenes.new("Corridor Key moment")
            self._scene[MARK] = True
        self._scene.frame_set(frame)
        return mask.evaluated_get(self._scene.view_layers[0].depsgraph)

    def _end(self) -> None:
        self._found.clear()
        scene, self._scene = self._scene, None
        if scene is not None:
            bpy.data.scenes.remove(scene)
