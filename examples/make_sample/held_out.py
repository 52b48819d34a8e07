"""Renders the quality benchmark's haired subjects with Cycles, over nothing.

Runs where `render.py` does (see README.md), for one subject or all:

    python held_out.py OUT_FOLDER [--only curls] [--samples 96] [--scale 100]

Of each it writes three float RGBA files, linear Rec.709, premultiplied: `NAME.alpha.exr`, many
samples and not denoised; `NAME.colour.exr`, as the stage's lamps light it; `NAME.spill.exr`, as a
white screen behind it and a white floor alone would, so that a plate can be lit by a screen of any
hue and strength. `benchmarks/held_out/pack.py` makes what is shipped of them.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import render
import strands
import surfaces
from creature import empty, fur, hair_object, line, rod, solid
from strands import Ellipsoid, Style

WIDTH, HEIGHT = 640, 400
HEAD = Ellipsoid((0, 0, 0.42), (0.70, 0.78, 0.92))
TORSO = Ellipsoid((0, 0.25, -2.1), (1.75, 0.85, 1.45))


def bust(skin, shirt):
    """A plain figure from the chest up; returns what its head turns about."""
    turn = empty("turn")
    solid(HEAD, "head", skin, turn, 96)
    solid(Ellipsoid((0, -0.80, 0.32), (0.11, 0.13, 0.19)), "nose", skin, turn)
    dark = surfaces.plain("eye", (0.02, 0.015, 0.01), 0.1, coat=1.0)
    white = surfaces.plain("white", (0.7, 0.68, 0.65), 0.2, coat=1.0)
    lips = surfaces.plain("lips", (0.35, 0.10, 0.09), 0.4)
    solid(Ellipsoid((0, -0.70, -0.02), (0.19, 0.09, 0.05)), "lips", lips, turn)
    for side in (-1, 1):
        solid(Ellipsoid((0.26 * side, -0.66, 0.50), (0.11, 0.08, 0.07)), f"eye{side}", white, turn)
        solid(Ellipsoid((0.26 * side, -0.73, 0.50), (0.05, 0.03, 0.05)), f"iris{side}", dark, turn)
        solid(Ellipsoid((0.70 * side, 0.05, 0.36), (0.06, 0.13, 0.19)), f"ear{side}", skin, turn)
    rod("neck", (0, 0.12, -1.2), (0, 0.08, 0.0), 0.34, skin)
    solid(TORSO, "torso", shirt, None, 128)
    return turn


def skin(light=(0.50, 0.29, 0.20), dark=(0.40, 0.20, 0.14)):
    return surfaces.mottled("skin", light, dark, 3.0)


def scalp(rng, count, front=-0.45):
    """Roots and normals on the haired part of the head."""
    wanted = strands.scatter(
        rng, count, lambda d: (d[:, 2] > 0.45 + 0.9 * -np.minimum(d[:, 1] - front, 0.0))
        | ((d[:, 1] > 0.1) & (d[:, 2] > -0.45)),
    )  # fmt: skip
    return HEAD.surface(wanted)


def grown(rng, count, style, name, surface, turn, comb=(0, 0.25, 0.1), radius=0.0021, **how):
    roots, normals = scalp(rng, count, how.get("front", -0.45))
    away = np.tanh(4 * (roots[:, :1] - how.get("parting", 0.1))) * [how.get("sides", 0.9), 0, 0]
    strand = strands.grow(rng, roots, normals, away + comb, style, [HEAD, TORSO])
    hair_object(name, strand, radius, surface, turn)


def brown():
    """Long, dark brown, wind in it, flying strands."""
    rng = np.random.default_rng(101)
    turn = bust(skin(), surfaces.knitted("shirt", (0.09, 0.10, 0.16), (0.05, 0.05, 0.08), 0.9))
    surface = surfaces.hair("brown", 0.82, 0.55)
    long = Style(1.9, 24, lift=0.5, spread=0.12, gravity=0.5, wander=0.06, clumps=150,
                 variation=0.3, clump=0.8, curl=0.09, turns=1.7)  # fmt: skip
    grown(rng, 15000, long, "long", surface, turn, comb=(0.35, 0.2, 0.1))
    wisps = Style(1.5, 24, lift=0.7, spread=0.4, gravity=0.15, wander=0.14, variation=0.4)
    grown(rng, 1800, wisps, "wisps", surface, turn, comb=(0.5, 0.1, 0.2), radius=0.0017)


def curls():
    """Black, tightly curled, wide."""
    rng = np.random.default_rng(102)
    turn = bust(
        skin((0.20, 0.10, 0.06), (0.13, 0.06, 0.04)),
        surfaces.plain("shirt", (0.42, 0.09, 0.20), 0.8),
    )
    surface = surfaces.hair("black", 0.985, 0.3)
    style = Style(0.80, 30, lift=1.0, spread=0.45, gravity=0.12, wander=0.10, clumps=900,
                  variation=0.3, clump=0.75, curl=0.085, turns=6.0)  # fmt: skip
    grown(rng, 17000, style, "curls", surface, turn, comb=(0, 0.1, 0.2), radius=0.0022)


def blond():
    """Pale and straight, lit from behind, half of it before the face."""
    rng = np.random.default_rng(103)
    turn = bust(skin((0.62, 0.40, 0.30), (0.52, 0.28, 0.2)),
                surfaces.plain("shirt", (0.55, 0.52, 0.47), 0.9))  # fmt: skip
    surface = surfaces.hair("blond", 0.20, 0.6)
    style = Style(1.5, 20, lift=0.35, spread=0.10, gravity=0.75, wander=0.05, clumps=260,
                  variation=0.25, clump=0.7, curl=0.03, turns=1.0)  # fmt: skip
    grown(rng, 14000, style, "long", surface, turn, comb=(0, 0.1, 0.1), parting=-0.1)
    wisps = Style(0.9, 18, lift=1.0, spread=0.5, gravity=0.10, wander=0.16, variation=0.5)
    grown(rng, 1600, wisps, "wisps", surface, turn, radius=0.0015)


def fur_white():
    """A white animal with a grey saddle, turned away."""
    rng = np.random.default_rng(104)
    body = Ellipsoid((-0.35, 0, -0.75), (1.55, 0.95, 0.95))
    head = Ellipsoid((0.95, -0.35, 0.35), (0.62, 0.58, 0.56))
    pale = surfaces.plain("hide", (0.55, 0.50, 0.47), 0.8)
    white = surfaces.hair("white", 0.02, 0.3)
    grey = surfaces.hair("grey", 0.45, 0.1, (0.9, 0.95, 1.0))
    coat = Style(0.34, 8, lift=0.8, spread=0.35, gravity=0.12, wander=0.08, clumps=1400,
                 clump=0.6, curl=0.02)  # fmt: skip
    for shape, name, count in ((body, "body", 40000), (head, "face", 16000)):
        solid(shape, name, pale, None, 96)
        fur(rng, shape, name + " white", white, coat, count, 0.0021, None,
            comb=(-0.5, 0.1, -0.3),
            wanted=lambda d: (d[:, 2] < 0.55) | (d[:, 0] > 0.5))  # fmt: skip
        fur(rng, shape, name + " grey", grey, coat, count // 4, 0.0021, None,
            comb=(-0.6, 0.1, -0.1),
            wanted=lambda d: (d[:, 2] > 0.5) & (d[:, 0] < 0.55))  # fmt: skip
    nose = surfaces.plain("nose", (0.03, 0.02, 0.02), 0.2)
    solid(Ellipsoid((1.35, -0.78, 0.25), (0.13, 0.10, 0.09)), "nose", nose)
    whiskers = Style(0.75, 10, lift=1.0, spread=0.5, gravity=0.05, variation=0.2)
    muzzle = Ellipsoid((1.28, -0.65, 0.2), (0.25, 0.2, 0.18))
    fur(rng, muzzle, "whiskers", white, whiskers, 40, 0.004, None, comb=(0.5, 0, 0.1),
        wanted=lambda d: np.abs(d[:, 0]) > 0.5)  # fmt: skip
    tail = Ellipsoid((-2.0, 0.1, -0.05), (0.22, 0.2, 0.75))
    solid(tail, "tail", pale)
    brush = Style(0.5, 8, lift=1.0, spread=0.3, gravity=0.1, wander=0.06, clumps=500, clump=0.5)
    fur(rng, tail, "tail fur", white, brush, 12000, 0.002, None, comb=(0, 0, 0.4))


def ginger_far():
    """Red hair and beard, out of focus; twigs nearer to the lens are sharp."""
    rng = np.random.default_rng(105)
    shirt = surfaces.knitted("shirt", (0.47, 0.36, 0.06), (0.30, 0.22, 0.04), 0.9)
    turn = bust(skin((0.60, 0.33, 0.25), (0.5, 0.24, 0.17)), shirt)
    surface = surfaces.hair("ginger", 0.42, 0.95)
    style = Style(0.62, 14, lift=0.8, spread=0.3, gravity=0.2, wander=0.12, clumps=300,
                  variation=0.4, clump=0.6, curl=0.05, turns=2.0)  # fmt: skip
    grown(rng, 11000, style, "hair", surface, turn, radius=0.0024)
    beard = Style(0.42, 10, lift=0.8, spread=0.3, gravity=0.4, wander=0.1, variation=0.4)
    fur(rng, HEAD, "beard", surface, beard, 6000, 0.0024, turn, comb=(0, -0.2, -0.6),
        wanted=lambda d: (d[:, 2] < -0.25) & (d[:, 1] < 0.1))  # fmt: skip
    bark = surfaces.plain("bark", (0.10, 0.06, 0.035), 0.8)
    for number in range(26):
        start = np.array([-1.9 + 0.4 * rng.standard_normal(), -3.2, -1.6])
        heading = np.array([0.15 * rng.standard_normal(), 0.0, 1.0])
        points = [tuple(start)]
        for _ in range(18):
            heading = heading + 0.16 * rng.standard_normal(3) * [1, 0.4, 0.5]
            heading /= np.linalg.norm(heading)
            points.append(tuple(np.array(points[-1]) + heading * 0.11))
        line(f"twig{number}", points, 0.004 + 0.006 * rng.random(), bark, None)
    bpy.context.scene.camera.data.dof.focus_distance = 7.4
    bpy.context.scene.camera.data.dof.aperture_fstop = 0.9


def thrown():
    """Chestnut hair thrown round by a turn of the head, blurred by its movement."""
    rng = np.random.default_rng(106)
    turn = bust(skin(), surfaces.plain("shirt", (0.05, 0.16, 0.30), 0.9))
    surface = surfaces.hair("chestnut", 0.62, 0.8)
    style = Style(1.7, 22, lift=0.8, spread=0.2, gravity=0.05, wander=0.08, clumps=120,
                  variation=0.3, clump=0.8, curl=0.06, turns=1.5)  # fmt: skip
    grown(rng, 13000, style, "thrown", surface, turn, comb=(-0.9, 0.3, 0.35), sides=0.3)
    for frame, angle in ((0, -0.26), (2, 0.26)):
        turn.rotation_euler = (0, 0.25 * angle, angle)
        turn.keyframe_insert("rotation_euler", frame=frame)
    bpy.context.scene.render.motion_blur_shutter = 0.9


def straw():
    """Dried grass and reeds, olive and yellow: colours beside the screen's."""
    rng = np.random.default_rng(107)
    clod = surfaces.plain("clod", (0.10, 0.07, 0.045), 0.9)
    ground = Ellipsoid((0.1, 0, -2.0), (1.25, 0.8, 0.75))
    solid(ground, "ground", clod, None, 64)
    for name, colour, count, radius in (
        ("olive", (0.17, 0.18, 0.055), 2600, 0.006),
        ("straw", (0.52, 0.42, 0.16), 3400, 0.005),
        ("green", (0.10, 0.20, 0.055), 700, 0.007),
    ):
        blade = surfaces.plain(name, colour, 0.6)
        style = Style(1.9, 16, lift=0.9, spread=0.22, gravity=0.14, wander=0.06, variation=0.4)
        fur(rng, ground, f"{name} blades", blade, style, count, radius, None, comb=(0.15, 0, 0.8),
            wanted=lambda d: d[:, 2] > 0.35)  # fmt: skip


SUBJECTS: dict[str, Callable[[], None]] = {
    "brown": brown,
    "curls": curls,
    "blond": blond,
    "fur": fur_white,
    "ginger": ginger_far,
    "thrown": thrown,
    "straw": straw,
}


def stage(name):
    """The empty stage with its camera, and the subject on it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    render.lights()
    render.camera()
    lens = bpy.context.scene.camera
    lens.data.lens, lens.location = 62, (0.0, -10.6, 0.05)
    lens.data.dof.focus_distance, lens.data.dof.aperture_fstop = 10.2, 2.8
    lens.rotation_euler = (math.radians(90.0), 0, 0)
    SUBJECTS[name]()


def lit_by_screen(only):
    """Leave the lamps that stand for the screen, white, or all the others."""
    for lamp in [each for each in bpy.data.objects if each.type == "LIGHT"]:
        if (lamp.name in ("screen", "floor")) == only:
            lamp.data.color = (1.0, 1.0, 1.0) if only else lamp.data.color
        else:
            bpy.data.objects.remove(lamp)
    if only:
        bpy.context.scene.world.node_tree.nodes["Background"].inputs[1].default_value = 0.0


def settings(scale, samples):
    render.render_settings(scale, samples)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.motion_blur_shutter = 0.9


def main():
    options = argparse.ArgumentParser()
    options.add_argument("out", type=Path)
    options.add_argument("--only", default="")
    options.add_argument("--scale", type=int, default=100)
    options.add_argument("--samples", type=int, default=96)
    chosen = options.parse_args()
    chosen.out = chosen.out.resolve()
    for name in (each for each in SUBJECTS if chosen.only in each):
        for what in ("alpha", "colour", "spill"):
            stage(name)
            settings(chosen.scale, chosen.samples if what == "alpha" else 12)
            if what == "alpha":
                render.only_coverage()
            else:
                lit_by_screen(what == "spill")
                render.denoise_alike()
            render.render(chosen.out / f"{name}.{what}.exr", 1)
    os._exit(0)  # some builds of the module hang in their own exit


if __name__ == "__main__":
    main()
