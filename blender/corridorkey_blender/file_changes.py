"""What another file, or a file in another place, means for requests and for what is shown."""

from __future__ import annotations

from typing import Any

import bpy

from .node_group import follow_images
from .running import running
from .shot_properties import is_keyed_group


@bpy.app.handlers.persistent
def before_load(*_arguments: Any) -> None:
    """Another file is opened: nothing of this one may be rendered from that one."""
    running.cancel()
    running.last = None
    running.missing.clear()


@bpy.app.handlers.persistent
def after_move(*_arguments: Any) -> None:
    """A file was opened or saved, perhaps from or to another folder."""
    for tree in bpy.data.node_groups:
        if is_keyed_group(tree) and not tree.library:
            follow_images(tree)


def register() -> None:
    """Listen to files."""
    bpy.app.handlers.load_pre.append(before_load)
    bpy.app.handlers.load_post.append(after_move)
    bpy.app.handlers.save_post.append(after_move)


def unregister() -> None:
    """Listen no more."""
    bpy.app.handlers.load_pre.remove(before_load)
    bpy.app.handlers.load_post.remove(after_move)
    bpy.app.handlers.save_post.remove(after_move)
