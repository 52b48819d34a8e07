"""In a studio's colour config, which $OCIO names, linear Rec.709 is found by its name there."""

from __future__ import annotations

from typing import Any

import bpy
from conftest import part

LINEAR = "Linear Rec.709 (sRGB)"  # what ACES configs call it


def test_the_studios_config_is_what_blender_works_in(scene: Any) -> None:
    assert scene.display_settings.display_device == "Studio"


def test_keyed_colour_is_tagged_by_the_studios_name(scene: Any) -> None:
    assert scene
    image = bpy.data.images.new("colour", 1, 1)
    part("versions").tag_colour(image)
    assert image.colorspace_settings.name == LINEAR


def test_plates_are_rendered_to_the_studios_space(scene: Any) -> None:
    versions = part("versions")
    node = versions.compositor_tree(scene).nodes.new("CompositorNodeOutputFile")
    versions.written_as_linear_rec709(node)
    assert node.format.color_management == "OVERRIDE"
    assert node.format.linear_colorspace_settings.name == LINEAR


def test_the_engine_reads_plates_that_are_tagged_by_the_studios_name(keyed: Any) -> None:
    def not_needed(*_args: object) -> None:
        raise AssertionError("The files were to be rendered.")

    plate = part("plate")
    (node,) = (node for node in keyed.tree.nodes if node.bl_idname == "CompositorNodeImage")
    node.image.colorspace_settings.name = LINEAR
    found = plate.find_plate(keyed, (1001,), not_needed)
    assert found.space == "linear"
