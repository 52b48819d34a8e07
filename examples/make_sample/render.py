"""Renders the sample shot's subject with Cycles: premultiplied linear RGBA with true alpha.

Runs in an environment of its own, with Blender as a Python module (see README.md):

    python render.py OUT_FOLDER [--frames 1001-1016] [--scale 100] [--samples 48]

Writes OUT_FOLDER/subject.####.exr: float, linear Rec.709, alpha from hair, motion blur and defocus
as the renderer integrates them. Light that a green screen would throw on the subject is real
light in the scene.
"""

from __future__ import annotations

import argparse
import math
import os
import random
from pathlib import Path

import bpy
from mathutils import Vector

FIRST, LAST = 1001, 1012
MOVE = 15  # frames that the whole move takes; the shot is cut before its end
WIDTH, HEIGHT, FPS = 1280, 720, 24
SCREEN_GREEN = (0.10, 0.62, 0.16)


def material(name, colour, roughness=0.5, metallic=0.0, coat=0.0):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    surface = made.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (*colour, 1.0)
    surface.inputs["Roughness"].default_value = roughness
    surface.inputs["Metallic"].default_value = metallic
    surface.inputs["Coat Weight"].default_value = coat
    surface.inputs["Coat Roughness"].default_value = 0.03
    return made


def hair_material(name, melanin, redness, tint=(1.0, 1.0, 1.0)):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    nodes.clear()
    shader = nodes.new("ShaderNodeBsdfHairPrincipled")
    shader.parametrization = "MELANIN"
    shader.inputs["Melanin"].default_value = melanin
    shader.inputs["Melanin Redness"].default_value = redness
    shader.inputs["Tint"].default_value = (*tint, 1.0)
    shader.inputs["Random Color"].default_value = 0.35
    shader.inputs["Roughness"].default_value = 0.25
    output = nodes.new("ShaderNodeOutputMaterial")
    links.new(shader.outputs[0], output.inputs["Surface"])
    return made


def woven(name, light, dark, scale):
    """Cloth of two colours, with bumps."""
    made = material(name, light, roughness=0.9)
    nodes, links = made.node_tree.nodes, made.node_tree.links
    surface = nodes["Principled BSDF"]
    wave = nodes.new("ShaderNodeTexWave")
    wave.inputs["Scale"].default_value = scale
    wave.inputs["Distortion"].default_value = 3.0
    mix = nodes.new("ShaderNodeMixRGB")
    mix.inputs[1].default_value = (*light, 1.0)
    mix.inputs[2].default_value = (*dark, 1.0)
    bump = nodes.new("ShaderNodeBump")
    bump.inputs["Strength"].default_value = 0.5
    bump.inputs["Distance"].default_value = 0.03
    links.new(wave.outputs["Color"], mix.inputs[0])
    links.new(mix.outputs[0], surface.inputs["Base Color"])
    links.new(wave.outputs["Color"], bump.inputs["Height"])
    links.new(bump.outputs["Normal"], surface.inputs["Normal"])
    return made


def ball(name, place, radii, surface, parent=None, segments=64):
    bpy.ops.mesh.primitive_uv_sphere_add(segments=segments, ring_count=segments // 2)
    made = bpy.context.object
    made.name, made.location, made.scale = name, place, radii
    bpy.ops.object.transform_apply(location=False, rotation=False, scale=True)
    bpy.ops.object.shade_smooth()
    made.data.materials.append(surface)
    made.parent = parent
    return made


def rod(name, start, end, radius, surface, parent=None):
    along = Vector(end) - Vector(start)
    bpy.ops.mesh.primitive_cylinder_add(radius=radius, depth=along.length, vertices=24)
    made = bpy.context.object
    made.name = name
    made.location = (Vector(start) + Vector(end)) / 2
    made.rotation_euler = along.to_track_quat("Z", "Y").to_euler()
    bpy.ops.object.shade_smooth()
    made.data.materials.append(surface)
    made.parent = parent
    return made


def ring(name, place, radius, thickness, surface, parent):
    bpy.ops.mesh.primitive_torus_add(
        major_radius=radius, minor_radius=thickness, major_segments=64, minor_segments=12
    )
    made = bpy.context.object
    made.name, made.location, made.rotation_euler = name, place, (math.pi / 2, 0, 0)
    bpy.ops.object.shade_smooth()
    made.data.materials.append(surface)
    made.parent = parent
    return made


def group(owner, name, wanted):
    """A vertex group of the vertices that `wanted` says yes to."""
    made = owner.vertex_groups.new(name=name)
    made.add([v.index for v in owner.data.vertices if wanted(v.co)], 1.0, "ADD")
    return name


def grow(owner, name, slot, where, *, count, children, length, root, tip, **shape):
    """Hair or fur on an object, in strands of renderable curves."""
    owner.modifiers.new(name, "PARTICLE_SYSTEM")
    system = owner.particle_systems[-1]
    system.vertex_group_density = where
    system.seed = shape.pop("seed", 1)
    facts = system.settings
    facts.type, facts.count, facts.hair_length = "HAIR", count, length
    facts.material = slot
    facts.hair_step, facts.render_step, facts.use_hair_bspline = 6, 5, True
    facts.child_type, facts.rendered_child_count = "INTERPOLATED", children
    facts.root_radius, facts.tip_radius, facts.radius_scale = root, tip, 0.01
    for field, value in shape.items():
        setattr(facts, field, value)
    return facts


def creature():
    turn = bpy.data.objects.new("turn", None)
    bpy.context.collection.objects.link(turn)
    skin = woven("skin", (0.50, 0.22, 0.12), (0.36, 0.13, 0.07), 6.0)
    head = ball("head", (0, 0, 0.25), (0.95, 0.88, 1.05), skin, turn, 96)
    head.data.materials.append(hair_material("fur", 0.34, 0.9))
    head.data.materials.append(hair_material("mane", 0.42, 0.75))
    face = lambda p: not (p.y < -0.55 and -0.55 < p.z < 0.45)  # noqa: E731
    top = lambda p: p.z > 0.30 and p.y > -0.55  # noqa: E731
    sides = lambda p: p.z > -0.35 and p.y > -0.15 and abs(p.x) > 0.35  # noqa: E731
    grow(
        head, "fur", 2, group(head, "furred", face), count=2600, children=26, length=0.16,
        root=0.45, tip=0.08, roughness_endpoint=0.06, roughness_1=0.05, brownian_factor=0.02,
        clump_factor=0.25, child_roundness=0.5, child_length=0.9,
    )
    grow(
        head, "mane", 3, group(head, "maned", top), count=420, children=44, length=0.86,
        root=0.42, tip=0.05, roughness_endpoint=0.22, roughness_2=0.14, roughness_2_size=1.2,
        clump_factor=0.45, kink="CURL", kink_amplitude=0.045, kink_frequency=2.2,
        normal_factor=0.02, tangent_factor=0.0, effector_amount=0, brownian_factor=0.05, seed=7,
    )
    grow(
        head, "wisps", 3, group(head, "wisped", sides), count=160, children=14, length=1.35,
        root=0.34, tip=0.03, roughness_endpoint=0.4, roughness_2=0.3, roughness_2_size=1.0,
        clump_factor=-0.1, object_align_factor=(0.0, 0.004, -0.012), kink="WAVE", kink_amplitude=0.05, kink_frequency=1.4,
        brownian_factor=0.10, seed=13,
    )
    features(turn)
    return turn


def features(turn):
    white = material("white", (0.85, 0.82, 0.78), 0.15, coat=1.0)
    iris = material("iris", (0.10, 0.05, 0.02), 0.05, coat=1.0)
    metal = material("metal", (0.9, 0.75, 0.45), 0.12, metallic=1.0)
    nose = material("nose", (0.05, 0.03, 0.03), 0.2, coat=1.0)
    for side in (-1, 1):
        ball(f"eye{side}", (0.36 * side, -0.70, 0.36), (0.21, 0.21, 0.21), white, turn)
        ball(f"iris{side}", (0.36 * side, -0.83, 0.36), (0.115, 0.10, 0.115), iris, turn)
        ring(f"rim{side}", (0.37 * side, -1.02, 0.34), 0.31, 0.018, metal, turn)
        rod(
            f"temple{side}", (0.68 * side, -1.02, 0.36), (1.02 * side, 0.05, 0.42), 0.016, metal,
            turn,
        )
    rod("bridge", (-0.07, -1.03, 0.40), (0.07, -1.03, 0.40), 0.018, metal, turn)
    ball("nose", (0, -0.98, 0.03), (0.15, 0.12, 0.10), nose, turn)


def body():
    jumper = woven("jumper", (0.42, 0.36, 0.06), (0.05, 0.22, 0.23), 7.0)
    torso = ball("torso", (0, 0.15, -2.05), (1.55, 1.0, 1.55), jumper, None, 96)
    torso.data.materials.append(hair_material("fuzz", 0.02, 0.0, (0.85, 0.8, 0.35)))
    grow(
        torso, "fuzz", 2, group(torso, "fuzzed", lambda _p: True), count=3000, children=14,
        length=0.09, root=0.20, tip=0.04, roughness_endpoint=0.08, roughness_1=0.06,
        brownian_factor=0.04, clump_factor=0.0, child_length=0.9,
    )
    scarf = woven("scarf", (0.62, 0.04, 0.05), (0.75, 0.62, 0.55), 3.0)
    ring("scarf", (0, 0.02, -0.83), 0.74, 0.17, scarf, None).rotation_euler = (0.12, 0.05, 0)


def wand():
    """A thin stick with a tassel that is swung fast enough to smear."""
    pivot = bpy.data.objects.new("pivot", None)
    bpy.context.collection.objects.link(pivot)
    pivot.location = (1.58, -0.55, -1.30)
    wood = material("wood", (0.30, 0.17, 0.08), 0.5)
    mitten = woven("mitten", (0.55, 0.10, 0.07), (0.40, 0.05, 0.05), 9.0)
    rod("stick", (0, 0, 0), (0, 0, 1.75), 0.022, wood, pivot)
    ball("tip", (0, 0, 1.78), (0.085, 0.085, 0.085), material("gold", (1, 0.7, 0.25), 0.1, 1), pivot)
    hand = ball("hand", (0, 0, 0.02), (0.24, 0.2, 0.27), mitten, pivot)
    hand.data.materials.append(hair_material("lint", 0.1, 1.0, (1, 0.3, 0.25)))
    grow(
        hand, "lint", 2, group(hand, "linted", lambda _p: True), count=500, children=10,
        length=0.06, root=0.2, tip=0.05, roughness_endpoint=0.05, brownian_factor=0.03,
    )
    arm = woven("sleeve", (0.42, 0.36, 0.06), (0.05, 0.22, 0.23), 5.0)
    rod("arm", (0.95, 0.0, -2.3), (1.58, -0.52, -1.45), 0.27, arm)
    return pivot


def area(name, place, size, power, colour):
    facts = bpy.data.lights.new(name, "AREA")
    facts.size, facts.energy, facts.color = size, power, colour
    lamp = bpy.data.objects.new(name, facts)
    lamp.location = place
    lamp.rotation_euler = (Vector((0, 0, 0)) - Vector(place)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.collection.objects.link(lamp)


def lights():
    area("key", (-3.4, -4.2, 3.6), 1.6, 520, (1.0, 0.95, 0.88))
    area("fill", (4.2, -3.6, 1.0), 3.0, 120, (0.85, 0.92, 1.0))
    area("hair", (1.8, 3.4, 4.2), 1.6, 120, (1.0, 0.97, 0.92))
    # What the lit screen behind and the floor of it below throw back.
    area("screen", (0, 5.0, 0.6), 7.0, 110, SCREEN_GREEN)
    area("floor", (0, 0.5, -5.5), 6.0, 40, SCREEN_GREEN)
    world = bpy.data.worlds.new("room")
    bpy.context.scene.world = world
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs[0].default_value = (0.03, 0.033, 0.036, 1)


def camera():
    facts = bpy.data.cameras.new("camera")
    facts.lens, facts.sensor_width = 58, 36
    facts.dof.use_dof, facts.dof.focus_distance, facts.dof.aperture_fstop = True, 9.6, 0.9
    made = bpy.data.objects.new("camera", facts)
    made.location = (0.15, -10.4, 0.30)
    made.rotation_euler = (math.radians(89.2), 0, 0)
    bpy.context.collection.objects.link(made)
    bpy.context.scene.camera = made


def keyed(owner, path, values):
    """Key a vector property at every frame, and one beyond each end for the shutter."""
    for offset, value in enumerate(values):
        setattr(owner, path, value)
        owner.keyframe_insert(path, frame=FIRST - 1 + offset)


def animate(turn, pivot):
    count = MOVE + 3
    phase = [(index - 1) / MOVE for index in range(count)]
    keyed(
        turn,
        "rotation_euler",
        [
            (0.10 * math.sin(2 * math.pi * t), 0.16 * math.sin(2.6 * t + 0.4), -0.55 + 1.05 * t)
            for t in phase
        ],
    )
    keyed(turn, "location", [(-0.30 + 0.22 * t, 0, 0.04 * math.sin(5 * t)) for t in phase])
    keyed(
        pivot,
        "rotation_euler",
        [(0.12, 0.62 * math.sin(2 * math.pi * 1.6 * t) + 0.28, 0) for t in phase],
    )


def render_settings(scale, samples):
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = samples
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = False
    scene.cycles.seed = 11
    scene.cycles.max_bounces, scene.cycles.transparent_max_bounces = 5, 32
    scene.cycles.filter_width = 1.3
    scene.cycles.sample_clamp_direct, scene.cycles.sample_clamp_indirect = 12.0, 3.0
    scene.render.film_transparent = True
    scene.render.use_motion_blur, scene.render.motion_blur_shutter = True, 0.6
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.resolution_percentage = scale
    scene.render.fps = FPS
    scene.render.hair_type = "STRIP"
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.image_settings.color_depth = "32"
    scene.render.image_settings.exr_codec = "ZIP"
    scene.view_settings.view_transform = "Raw"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("out", type=Path)
    options.add_argument("--frames", default=f"{FIRST}-{LAST}")
    options.add_argument("--scale", type=int, default=100)
    options.add_argument("--samples", type=int, default=48)
    chosen = options.parse_args()
    random.seed(1)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    lights()
    camera()
    body()
    animate(creature(), wand())
    render_settings(chosen.scale, chosen.samples)
    first, _, last = chosen.frames.partition("-")
    for number in range(int(first), int(last or first) + 1):
        bpy.context.scene.frame_set(number)
        bpy.context.scene.render.filepath = str(chosen.out / f"subject.{number:04d}.exr")
        bpy.ops.render.render(write_still=True)
    os._exit(0)  # some builds of the module hang in their own exit


if __name__ == "__main__":
    main()
