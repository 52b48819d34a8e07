"""Run within a Blender: `make_shot_file.py FILE PLATE OUTPUT [NAME=VALUE ...]` writes a .blend.

An Image node feeds a Corridor Key node, which is laid over a background of known values.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import bpy

MODULE = "bl_ext.user_default.corridorkey"
BACKGROUND = (0.25, 1.5, 0.125, 1.0)
sys.path.insert(0, str(Path(__file__).parent))


def build(file: str, plate: str, output: str, choices: dict[str, str]) -> None:
    """Build the file and save it; nothing is keyed."""
    from scenes import image_node

    versions = import_module(f"{MODULE}.versions")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1001, int(choices.get("end", "1003"))
    versions.written_as_it_is(scene.render)
    scene.render.resolution_x, scene.render.resolution_y = 96, 64
    scene.view_settings.view_transform = choices.get("view", "AgX")
    if choices.get("working"):
        bpy.ops.wm.set_working_color_space(working_space=choices["working"])
    scene.frame_set(scene.frame_start)
    written(scene, output)
    tree = versions.make_compositor_tree(scene)
    for node in list(tree.nodes):
        if node.bl_idname not in ("CompositorNodeComposite", "NodeGroupOutput"):
            tree.nodes.remove(node)
    node = image_node(tree, Path(plate))
    if choices.get("space"):
        node.image.colorspace_settings.name = choices["space"]
    bpy.ops.corridorkey.add()
    place = import_module(f"{MODULE}.keyed_nodes").chosen_node(scene)
    place.shot.settings.keyer, place.shot.settings.device = "chroma", "cpu"
    place.shot.when_rendering = choices.get("when", "KEY")
    if choices.get("hint") == "tree":
        keying = tree.nodes.new("CompositorNodeKeying")
        tree.links.new(node.outputs["Image"], keying.inputs["Image"])
        tree.links.new(keying.outputs["Matte"], place.node.inputs["Alpha Hint"])
        place.shot.hint_source = "SOCKET"
    if choices.get("plate") == "rendered":
        place.shot.settings.screen_sampling = "frame"
        source = tree.nodes.new("CompositorNodeAlphaOver")  # of nothing: the plate as it is
        connect(tree, source, node.outputs["Image"])
        tree.links.new(source.outputs["Image"], place.node.inputs["Plate"])
    laid_over(versions, tree, place.node.outputs["Image"])
    bpy.ops.wm.save_as_mainfile(filepath=file)


def laid_over(versions: Any, tree: Any, picture: Any) -> None:
    """Put the keyed picture over the background, into the scene's output."""
    over = tree.nodes.new("CompositorNodeAlphaOver")
    background = tree.nodes.new("CompositorNodeRGB")
    background.outputs[0].default_value = BACKGROUND
    pictures = [one for one in over.inputs if one.type == "RGBA"]
    lower, upper = pictures[0], pictures[1]
    tree.links.new(background.outputs[0], lower)
    tree.links.new(picture, upper)
    (final,) = versions.final_inputs(tree)
    tree.links.new(over.outputs["Image"], final)


def connect(tree: Any, over: Any, picture: Any) -> None:
    """The plate over black, which is the plate."""
    pictures = [one for one in over.inputs if one.type == "RGBA"]
    pictures[0].default_value = (0.0, 0.0, 0.0, 1.0)
    tree.links.new(picture, pictures[1])


def written(scene: Any, output: str) -> None:
    """Have whole floats written, in linear Rec.709 whatever the view or working space."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth, settings.color_mode = "OPEN_EXR", "32", "RGBA"
    settings.color_management = "OVERRIDE"
    settings.linear_colorspace_settings.name = "Linear Rec.709"
    scene.render.filepath = output


if __name__ == "__main__":
    words = sys.argv[sys.argv.index("--") + 1 :]
    pairs = dict(word.split("=", 1) for word in words[3:])
    build(words[0], words[1], words[2], pairs)
