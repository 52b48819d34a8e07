"""Renders the sample shot's subject with Cycles, over nothing.

Runs in an environment of its own, with Blender as a Python module (see README.md):

    python render.py colour OUT_FOLDER [--frames 1001-1016] [--scale 100] [--samples 8]
    python render.py alpha OUT_FOLDER --samples 72

`colour` writes colour.####.exr: float RGBA, linear Rec.709, premultiplied, colour and alpha
denoised alike, so that their quotient is a smooth straight foreground. `alpha` writes
alpha.####.exr: many samples of hair, motion blur and defocus, not denoised: the truth. The light
that a green screen throws on the subject is real light in the scene.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from pathlib import Path

import bpy
from mathutils import Vector

sys.path.insert(0, str(Path(__file__).parent))
from creature import creature

FIRST, LAST = 1001, 1016
WIDTH, HEIGHT, FPS = 1280, 720, 24
SCREEN_GREEN = (0.10, 0.62, 0.16)
EARLY = 4  # frames keyed before the first, for the hair to be in motion by then


def area(name, place, size, power, colour):
    facts = bpy.data.lights.new(name, "AREA")
    facts.size, facts.energy, facts.color = size, power, colour
    lamp = bpy.data.objects.new(name, facts)
    lamp.location = place
    lamp.rotation_euler = (Vector((0, 0, 0)) - Vector(place)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.collection.objects.link(lamp)


def lights():
    area("key", (-3.4, -4.6, 3.4), 1.4, 640, (1.0, 0.95, 0.88))
    area("fill", (4.2, -4.0, 0.6), 3.0, 190, (0.86, 0.92, 1.0))
    area("rim", (2.6, 3.2, 3.6), 1.4, 170, (1.0, 0.97, 0.92))
    area("kicker", (-3.2, 2.8, 2.2), 1.2, 90, (1.0, 0.93, 0.85))
    # What the lit screen behind and the floor of it below throw back.
    area("screen", (0, 5.0, 0.4), 7.0, 62, SCREEN_GREEN)
    area("floor", (0, 0.5, -5.5), 6.0, 20, SCREEN_GREEN)
    world = bpy.data.worlds.new("room")
    bpy.context.scene.world = world
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs[0].default_value = (0.035, 0.038, 0.042, 1)


def camera():
    facts = bpy.data.cameras.new("camera")
    facts.lens, facts.sensor_width = 54, 36
    facts.dof.use_dof, facts.dof.focus_distance, facts.dof.aperture_fstop = True, 9.75, 1.0
    made = bpy.data.objects.new("camera", facts)
    made.location = (0.28, -10.6, 0.30)
    made.rotation_euler = (math.radians(89.6), 0, 0)
    bpy.context.collection.objects.link(made)
    bpy.context.scene.camera = made


def attitude(frame):
    """The head's rotation at a frame: it turns to look the other way, and settles."""
    t = (frame - FIRST) / (LAST - FIRST)
    eased = 0.5 + 0.5 * math.tanh(3.2 * (t - 0.46))
    return Vector(
        (
            0.05 + 0.09 * math.sin(5.0 * t),
            0.12 * math.sin(3.4 * t + 0.5) - 0.04,
            -0.52 + 0.95 * eased,
        )
    )


def animate(turn, pivot, swaying):
    lag = Vector((0, 0, 0))
    weights = [sway(strand) for strand in swaying]
    for frame in range(FIRST - EARLY, LAST + 2):
        t = (frame - FIRST) / (LAST - FIRST)
        turn.rotation_euler = attitude(frame)
        turn.location = (-0.20 + 0.16 * t, 0, 0.03 * math.sin(6 * t))
        pivot.rotation_euler = (0.14, 0.46 * math.sin(2 * math.pi * 1.45 * t + 0.3) + 0.16, 0)
        turn.keyframe_insert("rotation_euler", frame=frame)
        turn.keyframe_insert("location", frame=frame)
        pivot.keyframe_insert("rotation_euler", frame=frame)
        lag = 0.6 * lag + 0.9 * (attitude(frame - 1) - attitude(frame))
        for index, socket in enumerate(weights):
            breeze = 0.05 * math.sin(0.55 * frame + 2 * index)
            for axis, value in enumerate((lag.x + breeze, lag.y + 0.5 * breeze, lag.z)):
                socket[axis].default_value = value
                socket[axis].keyframe_insert("default_value", frame=frame)


def sway(strand):
    """Let tips lag behind, by (the keyed rotation) x (their place); returns what to key."""
    tree = bpy.data.node_groups.new(strand.name, "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    add = tree.nodes.new
    entry, end, move = add("NodeGroupInput"), add("NodeGroupOutput"), add("GeometryNodeSetPosition")
    lag, place, weight = (
        add("ShaderNodeCombineXYZ"),
        add("GeometryNodeInputPosition"),
        add("GeometryNodeInputNamedAttribute"),
    )
    weight.data_type, weight.inputs["Name"].default_value = "FLOAT", "sway"
    cross, scaled = add("ShaderNodeVectorMath"), add("ShaderNodeVectorMath")
    cross.operation, scaled.operation = "CROSS_PRODUCT", "SCALE"
    for source, target in (
        (lag.outputs[0], cross.inputs[0]),
        (place.outputs[0], cross.inputs[1]),
        (cross.outputs[0], scaled.inputs[0]),
        (weight.outputs["Attribute"], scaled.inputs["Scale"]),
        (entry.outputs[0], move.inputs["Geometry"]),
        (scaled.outputs[0], move.inputs["Offset"]),
        (move.outputs[0], end.inputs[0]),
    ):
        tree.links.new(source, target)
    strand.modifiers.new("sway", "NODES").node_group = tree
    return lag.inputs


def render_settings(scale, samples):
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.device = "CYCLES", "CPU"
    scene.cycles.samples, scene.cycles.use_adaptive_sampling = samples, False
    scene.cycles.use_denoising, scene.cycles.seed = False, 11
    scene.cycles.max_bounces, scene.cycles.transparent_max_bounces = 3, 8
    scene.cycles_curves.subdivisions = 1
    scene.cycles.filter_width = 1.4
    scene.cycles.sample_clamp_direct, scene.cycles.sample_clamp_indirect = 12.0, 3.0
    scene.render.film_transparent = True
    scene.render.use_motion_blur, scene.render.motion_blur_shutter = True, 0.6
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.resolution_percentage, scene.render.fps = scale, FPS
    scene.render.use_persistent_data = True
    pictures = scene.render.image_settings
    pictures.file_format, pictures.color_mode, pictures.color_depth = "OPEN_EXR", "RGBA", "32"
    pictures.exr_codec = "ZIP"
    scene.view_settings.view_transform = "Raw"


def denoise_alike():
    """Denoise the premultiplied colour and its alpha by the same guides."""
    scene = bpy.context.scene
    bpy.context.view_layer.cycles.denoising_store_passes = True
    scene.use_nodes = True
    scene.render.compositor_precision = "FULL"
    tree = scene.node_tree
    tree.nodes.clear()
    layers, joined = (
        tree.nodes.new("CompositorNodeRLayers"),
        tree.nodes.new("CompositorNodeSetAlpha"),
    )
    joined.mode = "REPLACE_ALPHA"
    for source, target in (("Image", "Image"), ("Alpha", "Alpha")):
        clean = tree.nodes.new("CompositorNodeDenoise")
        tree.links.new(layers.outputs[source], clean.inputs["Image"])
        tree.links.new(layers.outputs["Denoising Normal"], clean.inputs["Normal"])
        tree.links.new(layers.outputs["Denoising Albedo"], clean.inputs["Albedo"])
        tree.links.new(clean.outputs["Image"], joined.inputs[target])
    tree.links.new(joined.outputs[0], tree.nodes.new("CompositorNodeComposite").inputs[0])


def only_coverage():
    """Make all as white as it covers: adaptive sampling then works where alpha is open."""
    for light in [o for o in bpy.data.objects if o.type == "LIGHT"]:
        bpy.data.objects.remove(light)
    bpy.context.scene.world = None
    cycles = bpy.context.scene.cycles
    cycles.max_bounces, cycles.transparent_max_bounces = 0, 8
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.012
    cycles.adaptive_min_samples = 12
    for made in bpy.data.materials:
        nodes, links = made.node_tree.nodes, made.node_tree.links
        white = nodes.new("ShaderNodeEmission")
        output = next(n for n in nodes if n.type == "OUTPUT_MATERIAL")
        surface = nodes.get("Principled BSDF")
        lit = white.outputs[0]
        if surface is not None and made.name in ("gauze", "lens"):
            lit = nodes.new("ShaderNodeMixShader").outputs[0]
            cover = surface.inputs["Alpha"]
            if cover.is_linked:
                links.new(cover.links[0].from_socket, lit.node.inputs[0])
            lit.node.inputs[0].default_value = cover.default_value
            links.new(nodes.new("ShaderNodeBsdfTransparent").outputs[0], lit.node.inputs[1])
            links.new(white.outputs[0], lit.node.inputs[2])
        links.new(lit, output.inputs["Surface"])


def render(path, number):
    """Render one frame, unless it is there: what was stopped half-way goes on from there."""
    if path.exists():
        return
    unfinished = path.with_name(f"unfinished.{path.name}")
    bpy.context.scene.frame_set(number)
    bpy.context.scene.render.filepath = str(unfinished)
    bpy.ops.render.render(write_still=True)
    unfinished.rename(path)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("what", choices=("colour", "alpha"))
    options.add_argument("out", type=Path)
    options.add_argument("--frames", default=f"{FIRST}-{LAST}")
    options.add_argument("--scale", type=int, default=100)
    options.add_argument("--samples", type=int, default=8)
    chosen = options.parse_args()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    lights()
    camera()
    animate(*creature())
    render_settings(chosen.scale, chosen.samples)
    if chosen.what == "colour":
        denoise_alike()
    else:
        only_coverage()
    first, _, last = chosen.frames.partition("-")
    for number in range(int(first), int(last or first) + 1):
        render(chosen.out / f"{chosen.what}.{number:04d}.exr", number)
    os._exit(0)  # some builds of the module hang in their own exit


if __name__ == "__main__":
    main()
