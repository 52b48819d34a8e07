"""Pictures that Blender renders for the engine: any socket of the tree, or a mask.

Each is rendered in a copy of the scene that holds no more than what feeds it, and which is gone
when the frame is on disk: neither the artist's tree, nor outputs, nor frame are touched.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
from corridorkey_plugin.host import RenderError

from .fingerprint import Fingerprint, fingerprint, mask_fingerprint
from .flow import upstream
from .frame_mapping import FrameMapping
from .moment import MARK, Moment
from .versions import (
    compositor_tree,
    copy_tree_to,
    remove_copied_tree,
    to_exr,
    written_as_it_is,
    written_as_linear_rec709,
)

LAYERS, FILE_OUTPUT = "CompositorNodeRLayers", "CompositorNodeOutputFile"


@dataclass(frozen=True)
class Wanted:
    """What is rendered, by names, since Blender's own objects do not last: a socket, or a mask."""

    scene: str
    node: str = ""
    socket: str = ""
    mask: str = ""

    def __str__(self) -> str:
        return f"the mask {self.mask}" if self.mask else f"{self.node} > {self.socket}"

    def output(self, tree: Any) -> Any:
        """The socket in a tree; raises `RenderError` where it is gone."""
        node = tree.nodes.get(self.node) if tree else None
        found = (one for one in node.outputs if one.identifier == self.socket) if node else ()
        output = next(iter(found), None)
        if output is None:
            raise RenderError(f"{self} is not in the tree of {self.scene} any more.")
        return output


class Baked:
    """A `Renderer` of one socket or mask. `is_data` where colour management must not touch it.

    `stamp` stands for what of it cannot be told from the tree, such as a 3D scene.
    """

    def __init__(
        self,
        wanted: Wanted,
        mapping: FrameMapping,
        size: tuple[int, int],
        moment: Moment,
        *,
        is_data: bool,
        stamp: str = "",
    ) -> None:
        self.wanted = wanted
        self._mapping = mapping
        self._size = size
        self._moment = moment
        self._is_data = is_data
        self._stamp = stamp

    @property
    def is_whole(self) -> bool:
        """Whether all that it is made of can be told from the tree."""
        return self._fingerprint().is_whole

    def identity(self, frame: int) -> str:
        """What the picture of a file number is made of."""
        found = self._moment.once(self, self._fingerprint)
        stamp = "" if found.is_whole else self._stamp
        return f"{self.wanted} {self._size} {found.at(self._mapping.frame(frame))} {stamp}"

    def render(self, frame: int, path: str) -> None:
        """Render the picture of a file number to `path`; raises `RenderError`."""
        wanted_at = self._mapping.frame(frame)
        folder = Path(tempfile.mkdtemp(prefix=".bake-", dir=Path(path).parent))
        try:
            with self._own_scene(str(folder)) as scene:
                scene.frame_set(wanted_at)
                with bpy.context.temp_override(scene=scene):
                    bpy.ops.render.render(write_still=False)
            self._take(folder, wanted_at, path)
        except RuntimeError as error:
            raise RenderError(f"Blender could not render {self.wanted}: {error}") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _take(self, folder: Path, frame: int, path: str) -> None:
        pictures = sorted(folder.iterdir())
        if len(pictures) != 1:
            raise RenderError(
                f"Blender has no picture of {self.wanted} at frame {frame}; "
                "is the frame there, and is there room on the disk?"
            )
        pictures[0].replace(path)

    def _fingerprint(self) -> Fingerprint:
        if self.wanted.mask:
            return mask_fingerprint(_mask(self.wanted.mask), self._moment)
        return fingerprint(self.wanted.output(compositor_tree(self._scene())), self._moment)

    def _scene(self) -> Any:
        scene = bpy.data.scenes.get(self.wanted.scene)
        if scene is None:
            raise RenderError(f"The scene {self.wanted.scene} is not there any more.")
        return scene

    @contextmanager
    def _own_scene(self, folder: str) -> Iterator[Any]:
        original = self._scene()
        scene = original.copy()
        tree = None
        try:
            scene[MARK] = True
            tree = copy_tree_to(scene, original)
            self._prepare(scene, tree, original, folder)
            yield scene
        finally:
            remove_copied_tree(tree)
            bpy.data.scenes.remove(scene)

    def _prepare(self, scene: Any, tree: Any, original: Any, folder: str) -> None:
        output = self._mask_output(tree) if self.wanted.mask else self.wanted.output(tree)
        kept = upstream(output.node)
        for node in list(tree.nodes):
            if node.name not in kept:
                tree.nodes.remove(node)
        for node in tree.nodes:
            if node.bl_idname == LAYERS and node.scene == original:
                node.scene = scene
        if not _uses(tree, LAYERS):
            _empty(scene)
        if _uses(tree, FILE_OUTPUT):
            raise RenderError(
                f"A File Output node lies in a group that feeds {self.wanted}, and would write its "
                "files; move it out of the group."
            )
        written_as_it_is(scene.render)
        scene.render.resolution_x, scene.render.resolution_y = self._size
        file = tree.nodes.new(FILE_OUTPUT)
        tree.links.new(output, to_exr(file, folder, "####", is_data=self._is_data))
        if not self._is_data:
            written_as_linear_rec709(file)

    def _mask_output(self, tree: Any) -> Any:
        node = tree.nodes.new("CompositorNodeMask")
        node.mask = _mask(self.wanted.mask)
        return node.outputs[0]


def _mask(name: str) -> Any:
    mask = bpy.data.masks.get(name)
    if mask is None:
        raise RenderError(f"The mask {name} is not there any more.")
    return mask


def _uses(tree: Any, kind: str) -> bool:
    """Whether a tree, or a group in it, has a node of a kind."""
    inner = (getattr(node, "node_tree", None) for node in tree.nodes)
    return any(node.bl_idname == kind for node in tree.nodes) or any(
        _uses(one, kind) for one in inner if one is not None
    )


def _empty(scene: Any) -> None:
    """Take the 3D scene out of a copied one, which would only cost time."""
    for child in list(scene.collection.children):
        scene.collection.children.unlink(child)
    for thing in list(scene.collection.objects):
        scene.collection.objects.unlink(thing)
