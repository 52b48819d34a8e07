"""What tests within Blender build scenes of, and how they look at pictures."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import bpy


def image_node(tree: Any, file: Path, count: int = 2000) -> Any:
    """An Image node that shows a sequence, selected and active: frame N is file N."""
    node = tree.nodes.new("CompositorNodeImage")
    node.image = bpy.data.images.load(str(file))
    node.image.source = "SEQUENCE"
    node.use_auto_refresh, node.frame_duration, node.frame_start = True, count, 1
    for one in tree.nodes:
        one.select = one == node
    tree.nodes.active = node
    return node


def pixels_of(path: Path, *, data: bool = False) -> array[float]:
    """A picture's pixels as RGBA floats, as they are in the file."""
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        image.colorspace_settings.name = "Non-Color" if data else "Linear Rec.709"
        image.alpha_mode = "CHANNEL_PACKED"
        pixels = array("f", bytes(4 * len(image.pixels)))
        image.pixels.foreach_get(pixels)
        return pixels
    finally:
        bpy.data.images.remove(image)


def rendered(scene: Any, frame: int, folder: Path) -> array[float]:
    """What the scene's compositor makes of a frame, through an EXR of whole floats."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth = "OPEN_EXR", "32"
    settings.color_mode = "RGBA"
    path = folder / f"rendered.{frame}.exr"
    scene.render.filepath = str(path)
    scene.frame_set(frame)
    bpy.ops.render.render(write_still=True)
    return pixels_of(path)


def names() -> dict[str, list[str]]:
    """Everything in the file by kind and name, to tell whether it is as it was."""
    kinds = ("scenes", "node_groups", "images", "masks", "movieclips", "objects")
    own = ("Render Result", "Viewer Node")  # Blender's, from its first render on
    return {
        kind: sorted(one.name for one in getattr(bpy.data, kind) if one.name not in own)
        for kind in kinds
    }


def wiring(tree: Any) -> list[str]:
    """All nodes and links of a tree."""
    links = [
        f"{one.from_node.name}.{one.from_socket.identifier} > "
        f"{one.to_node.name}.{one.to_socket.identifier}"
        for one in tree.links
    ]
    return sorted([*(node.name for node in tree.nodes), *links])


def round_mask(name: str, radius: float) -> Any:
    """A round mask in the middle."""
    mask = bpy.data.masks.new(name)
    layer = mask.layers.new(name="layer")
    spline = layer.splines.new()
    spline.use_cyclic = True
    spline.points.add(3)
    for point, (x, y) in zip(spline.points, ((1, 0), (0, 1), (-1, 0), (0, -1)), strict=True):
        point.co = (0.5 + radius * x, 0.5 + radius * y)
        point.handle_left_type = point.handle_right_type = "AUTO"
    return mask


def keep_shape(mask: Any, scene: Any) -> None:
    """Insert a shape key of all points at the current frame, as the mask editor does."""
    for point in mask.layers[0].splines[0].points:
        for name in ("select", "select_control_point"):
            if hasattr(point, name):
                setattr(point, name, True)
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    kind, area.type = area.type, "IMAGE_EDITOR"
    try:
        area.spaces.active.ui_mode = "MASK"
        area.spaces.active.mask = mask
        region = next(one for one in area.regions if one.type == "WINDOW")
        with bpy.context.temp_override(window=window, area=area, region=region, scene=scene):
            assert bpy.ops.mask.shape_key_insert() == {"FINISHED"}
    finally:
        area.type = kind
