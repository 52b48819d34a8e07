"""What differs between Blender 4.2 and 5.x, so that nothing else need ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from corridorkey_core.errors import SettingsError
from corridorkey_core.linear_names import LINEAR_NAMES

TREE = "CompositorNodeTree"
LINEAR_REC709 = ("Linear Rec.709", "Linear", *LINEAR_NAMES)  # Blender's own config's, and others'
DATA = ("Non-Color", "Raw", "raw", "Utility - Raw")


def compositor_tree(scene: Any) -> Any:
    """The node tree that a scene is composited by; None where it has none."""
    if hasattr(scene, "compositing_node_group"):
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def make_compositor_tree(scene: Any) -> Any:
    """The scene's tree, made where there is none."""
    if compositor_tree(scene) is None:
        if hasattr(scene, "compositing_node_group"):
            tree = bpy.data.node_groups.new("Compositing Nodes", TREE)
            tree.interface.new_socket(name="Image", in_out="OUTPUT", socket_type="NodeSocketColor")
            tree.nodes.new("NodeGroupOutput").location = (600, 0)
            scene.compositing_node_group = tree
        else:
            scene.use_nodes = True
    return compositor_tree(scene)


def copy_tree_to(scene: Any, original: Any) -> Any:
    """Give a scene that was copied from `original` a tree of its own; None where it has none."""
    if hasattr(scene, "compositing_node_group") and original.compositing_node_group:
        scene.compositing_node_group = original.compositing_node_group.copy()
    return compositor_tree(scene)


def remove_copied_tree(tree: Any) -> None:
    """Remove a tree that `copy_tree_to` made; one that is part of its scene goes with that."""
    if tree is not None and not tree.is_embedded_data:
        bpy.data.node_groups.remove(tree)


def final_inputs(tree: Any) -> Iterator[Any]:
    """The sockets that take the finished picture."""
    for node in tree.nodes:
        if node.bl_idname in ("CompositorNodeComposite", "NodeGroupOutput"):
            yield from (one for one in node.inputs[:1] if one.enabled)


def multiply_by_alpha(node: Any) -> None:
    """Make a Set Alpha node premultiply: what Alpha Over and all other nodes expect."""
    if hasattr(node, "mode"):
        node.mode = "APPLY"
    else:
        node.inputs["Type"].default_value = "Apply Mask"


def to_exr(node: Any, folder: str, stem: str, *, is_data: bool = False) -> Any:
    """Set up a File Output node for float EXRs named `stem`, and return its one input.

    Data is written to one channel; Blender 4.2 can only write it thrice.
    """
    if hasattr(node, "directory"):
        node.format.media_type = "IMAGE"
        node.directory, node.file_name = folder, stem
        node.file_output_items.new("RGBA", "picture")
    else:
        node.base_path = folder
        node.file_slots[0].path = stem
    picture = node.format
    picture.file_format, picture.color_depth = "OPEN_EXR", "32"
    picture.color_mode = "BW" if is_data and bpy.app.version >= (4, 3) else "RGB"
    picture.exr_codec = "ZIP"
    return node.inputs[0]


def written_as_linear_rec709(node: Any) -> None:
    """Have a File Output node write linear Rec.709, whatever space the file is worked on in."""
    picture = node.format
    if hasattr(picture, "linear_colorspace_settings"):
        name = known_space(picture.linear_colorspace_settings, LINEAR_REC709)
        if name:
            picture.color_management = "OVERRIDE"
            picture.linear_colorspace_settings.name = name


def written_as_it_is(render: Any) -> None:
    """Have a scene's compositor work on whole floats, on the processor, at full size."""
    render.resolution_percentage = 100
    render.use_border = render.use_sequencer = render.use_multiview = False
    render.use_compositing = True
    for name, value in (("compositor_precision", "FULL"), ("compositor_device", "CPU")):
        if hasattr(render, name):
            setattr(render, name, value)


def known_space(settings: Any, names: tuple[str, ...]) -> str:
    """The first of `names` that this Blender's colour config has; empty where it has none."""
    known = settings.bl_rna.properties["name"].enum_items
    return next((name for name in names if name in known), "")


def tag_colour(image: Any) -> None:
    """Tag an image as linear Rec.709 without alpha; raises `SettingsError`."""
    name = known_space(image.colorspace_settings, LINEAR_REC709)
    if not name:
        raise SettingsError(
            "This Blender's colour config has no linear Rec.709 by a name that is known; expected "
            f"one of {', '.join(LINEAR_REC709)}. Start Blender with another config in $OCIO."
        )
    image.colorspace_settings.name = name
    image.alpha_mode = "NONE"


def tag_data(image: Any) -> None:
    """Tag an image as data, which no colour management touches."""
    name = known_space(image.colorspace_settings, DATA)
    if name:
        image.colorspace_settings.name = name
    else:
        image.colorspace_settings.is_data = True
    image.alpha_mode = "NONE"
