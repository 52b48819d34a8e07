"""The sample's creature: head, hair, clothes, spectacles and a wand with a gauze pennant."""

from __future__ import annotations

import math

import bpy
import numpy as np
import strands
import surfaces
from mathutils import Vector
from strands import Ellipsoid, Style

HEAD = Ellipsoid((0, 0, 0.25), (0.93, 0.86, 1.0))
TORSO = Ellipsoid((0, 0.15, -2.05), (1.5, 1.0, 1.5))
MUZZLE = Ellipsoid((0, -0.72, -0.10), (0.43, 0.34, 0.33))


def solid(shape, name, surface, parent=None, segments=64):
    bpy.ops.mesh.primitive_uv_sphere_add(segments=segments, ring_count=segments // 2)
    made = bpy.context.object
    made.name, made.location, made.scale = name, shape.centre, shape.radii
    bpy.ops.object.transform_apply(location=False, rotation=False, scale=True)
    return _finish(made, surface, parent)


def rod(name, start, end, radius, surface, parent=None):
    along = Vector(end) - Vector(start)
    bpy.ops.mesh.primitive_cylinder_add(radius=radius, depth=along.length, vertices=24)
    made = bpy.context.object
    made.name, made.location = name, (Vector(start) + Vector(end)) / 2
    made.rotation_euler = along.to_track_quat("Z", "Y").to_euler()
    return _finish(made, surface, parent)


def ring(name, place, radius, thickness, surface, parent=None, tilt=(math.pi / 2, 0, 0)):
    bpy.ops.mesh.primitive_torus_add(
        major_radius=radius, minor_radius=thickness, major_segments=96, minor_segments=24
    )
    made = bpy.context.object
    made.name, made.location, made.rotation_euler = name, place, tilt
    return _finish(made, surface, parent)


def line(name, points, thickness, surface, parent):
    facts = bpy.data.curves.new(name, "CURVE")
    facts.dimensions, facts.bevel_depth, facts.use_fill_caps = "3D", thickness, True
    spline = facts.splines.new("POLY")
    spline.points.add(len(points) - 1)
    for point, place in zip(spline.points, points, strict=True):
        point.co = (*place, 1.0)
    made = bpy.data.objects.new(name, facts)
    bpy.context.collection.objects.link(made)
    made.data.materials.append(surface)
    made.parent = parent


def empty(name, place=(0, 0, 0)):
    made = bpy.data.objects.new(name, None)
    made.location = place
    bpy.context.collection.objects.link(made)
    return made


def _finish(made, surface, parent):
    bpy.ops.object.select_all(action="DESELECT")
    made.select_set(True)
    bpy.ops.object.shade_smooth()
    made.data.materials.append(surface)
    made.parent = parent
    return made


def hair_object(name, grown, radius, surface, parent=None):
    """Renderable curves of strands [N, P, 3], tapering, with a weight `sway` from root to tip."""
    count, points, _ = grown.shape
    facts = bpy.data.hair_curves.new(name)
    facts.add_curves([points] * count)
    facts.attributes["position"].data.foreach_set("vector", grown.astype(np.float32).ravel())
    at = np.tile(np.linspace(0, 1, points, dtype=np.float32), count)
    width = facts.attributes.get("radius") or facts.attributes.new("radius", "FLOAT", "POINT")
    width.data.foreach_set("value", np.float32(radius) * (1 - 0.8 * at))
    facts.attributes.new("sway", "FLOAT", "POINT").data.foreach_set("value", at**1.5)
    facts.materials.append(surface)
    made = bpy.data.objects.new(name, facts)
    bpy.context.collection.objects.link(made)
    made.parent = parent
    return made


def fur(rng, shape, name, surface, style, count, radius, parent=None, **how):
    """Short strands all over the part of an ellipsoid that `wanted` allows."""
    wanted = how.get("wanted", lambda d: d[:, 2] > -2)
    roots, normals = shape.surface(strands.scatter(rng, count, wanted))
    comb = np.array(how.get("comb", (0, 0, -0.6)))
    return hair_object(
        name, strands.grow(rng, roots, normals, comb, style, [shape]), radius, surface, parent
    )


def bare(d):
    """Where the face has no fur: a heart about the eyes and the muzzle."""
    eyes = ((np.abs(d[:, 0]) - 0.30) / 0.36) ** 2 + ((d[:, 2] - 0.14) / 0.36) ** 2 < 1
    mouth = (d[:, 0] / 0.52) ** 2 + ((d[:, 2] + 0.28) / 0.34) ** 2 < 1
    return (d[:, 1] < 0) & (eyes | mouth)


def creature():
    """Build the whole of it; returns what turns, what swings, and the hair that sways."""
    rng = np.random.default_rng(5)
    turn = empty("turn")
    skin = surfaces.mottled("skin", (0.56, 0.27, 0.18), (0.40, 0.15, 0.10), 3.0)
    solid(HEAD, "head", skin, turn, 96)
    solid(MUZZLE, "muzzle", skin, turn)
    _face(turn, skin)
    _spectacles(turn)
    swaying = _hair(rng, turn)
    _clothes(rng)
    return turn, _wand(rng), swaying


def _hair(rng, turn):
    ginger = surfaces.hair("ginger", 0.42, 0.85)
    blond = surfaces.hair("blond", 0.33, 0.8)
    brown = surfaces.hair("brown", 0.75, 0.6)
    coat = Style(
        0.17,
        6,
        lift=0.8,
        spread=0.30,
        gravity=0.10,
        wander=0.06,
        clumps=1500,
        clump=0.6,
        curl=0.008,
    )
    fur(rng, HEAD, "coat", ginger, coat, 38000, 0.0022, turn, wanted=lambda d: ~bare(d))
    down = Style(0.05, 4, lift=0.7, spread=0.3, gravity=0.05)
    fur(
        rng,
        MUZZLE,
        "down",
        blond,
        down,
        9000,
        0.0014,
        turn,
        comb=(0, 0.3, -0.5),
        wanted=lambda d: d[:, 1] < 0.5,
    )
    for side in (-1, 1):
        ear = Ellipsoid((0.86 * side, 0.02, 0.98), (0.27, 0.12, 0.29))
        solid(ear, f"ear{side}", bpy.data.materials["skin"], turn)
        tuft = Style(0.24, 7, lift=0.9, spread=0.35, gravity=0.08, wander=0.08)
        fur(
            rng,
            ear,
            f"tuft{side}",
            ginger,
            tuft,
            6000,
            0.0018,
            turn,
            comb=(0.3 * side, 0, 0.1),
            wanted=lambda d: (d[:, 1] > -0.35) | (np.hypot(d[:, 0], d[:, 2]) > 0.8),
        )
        brow = Ellipsoid((0.34 * side, -0.73, 0.67), (0.22, 0.07, 0.04))
        fur(
            rng,
            brow,
            f"brow{side}",
            brown,
            Style(0.13, 6, lift=0.5, spread=0.25, gravity=0.03),
            1500,
            0.002,
            turn,
            comb=(0.7 * side, -0.3, -0.12),
        )
    return [*_long_hair(rng, turn, blond), *_flyaways(rng, turn, blond)]


def _long_hair(rng, turn, surface):
    crown = strands.scatter(rng, 9500, lambda d: (d[:, 2] > 0.62) & (d[:, 1] > -0.55))
    back = strands.scatter(rng, 5500, lambda d: (d[:, 2] > -0.3) & (d[:, 1] > 0.25))
    roots, normals = HEAD.surface(np.concatenate([crown, back]))
    parting = roots[:, :1] - 0.12 + 0.04 * rng.standard_normal((len(roots), 1))
    comb = np.tanh(4 * parting) * [0.95, 0, 0] + [0, 0.30, 0.10]
    style = Style(
        1.42,
        22,
        lift=0.42,
        spread=0.10,
        gravity=0.62,
        wander=0.06,
        clumps=170,
        variation=0.33,
        clump=0.86,
        curl=0.06,
        turns=2.4,
    )
    grown = strands.grow(rng, roots, normals, comb, style, [HEAD, TORSO])
    return [hair_object("long", grown, 0.0021, surface, turn)]


def _flyaways(rng, turn, surface):
    wanted = strands.scatter(rng, 2200, lambda d: (d[:, 2] > 0.0) & (d[:, 1] > -0.35))
    roots, normals = HEAD.surface(wanted)
    comb = roots * [0.6, 0.2, 0.2]
    style = Style(1.15, 22, lift=0.6, spread=0.35, gravity=0.24, wander=0.13, variation=0.35)
    grown = strands.grow(rng, roots, normals, comb, style, [HEAD])
    return [hair_object("flyaways", grown, 0.0017, surface, turn)]


def _face(turn, skin):
    white = surfaces.plain("white", (0.80, 0.78, 0.74), 0.12, coat=1.0)
    iris = surfaces.plain("iris", (0.42, 0.20, 0.04), 0.15, coat=1.0)
    black = surfaces.plain("pupil", (0.01, 0.01, 0.01), 0.05, coat=1.0)
    nose = surfaces.plain("nose", (0.06, 0.03, 0.03), 0.22, coat=1.0)
    for side in (-1, 1):
        x = 0.33 * side
        solid(Ellipsoid((x, -0.66, 0.38), (0.215,) * 3), f"eye{side}", white, turn)
        solid(Ellipsoid((x + 0.01, -0.818, 0.37), (0.115, 0.07, 0.115)), f"iris{side}", iris, turn)
        solid(Ellipsoid((x + 0.01, -0.862, 0.37), (0.06, 0.04, 0.06)), f"pupil{side}", black, turn)
        _lid(Ellipsoid((x, -0.66, 0.38), (0.236,) * 3), f"lid{side}", skin, turn, side)
    solid(Ellipsoid((0, -1.05, 0.03), (0.15, 0.10, 0.10)), "nose", nose, turn)
    smile = []
    for x in np.linspace(-0.27, 0.27, 25):
        z = -0.15 + 1.0 * x * x - 0.07
        reach = 1 - (x / 0.43) ** 2 - (z / 0.33) ** 2
        smile.append((x, -0.72 - 0.345 * math.sqrt(max(reach, 0)) - 0.045, -0.10 + z + 0.08))
    line("smile", smile, 0.022, nose, turn)


def _lid(shape, name, skin, turn, side):
    made = solid(shape, name, skin, turn)
    mesh = made.data
    kept = [
        p.index
        for p in mesh.polygons
        if p.center.z > 0.60 * shape.radii[2] - 0.20 * side * p.center.x
    ]
    verts = [tuple(v.co) for v in mesh.vertices]
    faces = [tuple(mesh.polygons[index].vertices) for index in kept]
    cut = bpy.data.meshes.new(name)
    cut.from_pydata(verts, [], faces)
    cut.materials.append(skin)
    made.data = cut
    cut.polygons.foreach_set("use_smooth", [True] * len(faces))


def _spectacles(turn):
    metal = surfaces.plain("metal", (0.9, 0.72, 0.40), 0.14, metallic=1.0)
    lens = surfaces.see_through("lens", (0.30, 0.34, 0.38), 0.06, 0.02)
    for side in (-1, 1):
        ring(f"rim{side}", (0.37 * side, -1.06, 0.36), 0.30, 0.017, metal, turn)
        solid(Ellipsoid((0.37 * side, -1.06, 0.36), (0.29, 0.012, 0.29)), f"lens{side}", lens, turn)
        rod(
            f"temple{side}",
            (0.66 * side, -1.06, 0.38),
            (0.98 * side, 0.05, 0.46),
            0.015,
            metal,
            turn,
        )
    line(
        "bridge",
        [(x, -1.07, 0.47 - 3 * x * x) for x in np.linspace(-0.09, 0.09, 9)],
        0.015,
        metal,
        turn,
    )


def _clothes(rng):
    mustard, teal = (0.47, 0.33, 0.04), (0.03, 0.20, 0.21)
    jumper = surfaces.knitted("jumper", mustard, teal, 0.62)
    solid(TORSO, "torso", jumper, None, 128)
    fuzz = surfaces.hair("fuzz", 0.06, 0.3, (0.9, 0.75, 0.35))
    lint = Style(0.07, 5, lift=0.8, spread=0.7, wander=0.15)
    fur(rng, TORSO, "fuzz", fuzz, lint, 9000, 0.0012, wanted=lambda d: d[:, 2] > 0.2)
    scarf = surfaces.knitted("scarf", (0.55, 0.03, 0.04), (0.72, 0.62, 0.52), 0.9, 34.0, "X")
    ring("scarf", (0, 0.05, -0.74), 0.66, 0.15, scarf, None, (0.10, 0.06, 0.1))
    ring("wrap", (0.02, 0.02, -0.93), 0.76, 0.16, scarf, None, (0.05, -0.10, -0.15))


def _wand(rng):
    pivot = empty("pivot", (1.86, -0.55, -1.16))
    wood = surfaces.plain("wood", (0.20, 0.10, 0.05), 0.45)
    red = surfaces.knitted("mitten", (0.50, 0.05, 0.04), (0.50, 0.05, 0.04), 2.0, 30.0)
    gold = surfaces.plain("gold", (1.0, 0.7, 0.25), 0.15, metallic=1.0)
    rod("stick", (0, 0, -0.35), (0, 0, 1.62), 0.020, wood, pivot)
    solid(Ellipsoid((0, 0, 1.65), (0.075,) * 3), "tip", gold, pivot)
    hand = Ellipsoid((0, 0.02, 0.0), (0.23, 0.19, 0.27))
    solid(hand, "hand", red, pivot)
    solid(Ellipsoid((-0.17, -0.13, 0.09), (0.08, 0.09, 0.16)), "thumb", red, pivot)
    fur(
        rng,
        hand,
        "lint",
        surfaces.hair("lint", 0.1, 1.0, (1, 0.3, 0.25)),
        Style(0.06, 4, spread=0.6, wander=0.1),
        2500,
        0.0012,
        pivot,
    )
    _pennant(pivot)
    sleeve = surfaces.knitted("sleeve", (0.03, 0.20, 0.21), (0.47, 0.33, 0.04), 0.9)
    solid(Ellipsoid((1.58, -0.38, -1.72), (0.34, 0.33, 0.55)), "arm", sleeve)
    return pivot


def _pennant(pivot):
    across, down = 24, 12
    points, faces = [], []
    for i in range(across + 1):
        for j in range(down + 1):
            s, t = i / across, j / down
            half = 0.19 * (1 - 0.8 * s)
            points.append(
                (
                    0.02 + 0.62 * s,
                    0.07 * math.sin(7 * s + 2 * t) * s,
                    1.36 + half * (1 - 2 * t) - 0.10 * s * s,
                )
            )
    for i in range(across):
        for j in range(down):
            at = i * (down + 1) + j
            faces.append((at, at + 1, at + down + 2, at + down + 1))
    mesh = bpy.data.meshes.new("pennant")
    mesh.from_pydata(points, [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    mesh.materials.append(surfaces.see_through("gauze", (0.55, 0.34, 0.60), 0.45, 0.8, weave=35.0))
    made = bpy.data.objects.new("pennant", mesh)
    bpy.context.collection.objects.link(made)
    made.parent = pivot
