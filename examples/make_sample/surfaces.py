"""Materials of the sample's creature."""

from __future__ import annotations

import bpy


def plain(name, colour, roughness=0.5, metallic=0.0, coat=0.0):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    surface = made.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (*colour, 1.0)
    surface.inputs["Roughness"].default_value = roughness
    surface.inputs["Metallic"].default_value = metallic
    surface.inputs["Coat Weight"].default_value = coat
    surface.inputs["Coat Roughness"].default_value = 0.03
    return made


def hair(name, melanin, redness, tint=(1.0, 1.0, 1.0)):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    nodes.clear()
    shader = nodes.new("ShaderNodeBsdfHairPrincipled")
    shader.parametrization = "MELANIN"
    shader.inputs["Melanin"].default_value = melanin
    shader.inputs["Melanin Redness"].default_value = redness
    shader.inputs["Tint"].default_value = (*tint, 1.0)
    shader.inputs["Random Color"].default_value = 0.4
    shader.inputs["Roughness"].default_value = 0.3
    links.new(shader.outputs[0], nodes.new("ShaderNodeOutputMaterial").inputs["Surface"])
    return made


def mottled(name, light, dark, scale, bump=0.15):
    """Skin: two tones, mixed by noise, with fine bumps."""
    made = plain(name, light, roughness=0.48)
    nodes, links = made.node_tree.nodes, made.node_tree.links
    surface = nodes["Principled BSDF"]
    broad, fine = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeTexNoise")
    broad.inputs["Scale"].default_value, fine.inputs["Scale"].default_value = scale, 12 * scale
    _mix(made, broad.outputs["Fac"], light, dark)
    _bump(made, fine.outputs["Fac"], bump, 0.02)
    surface.inputs["Subsurface Weight"].default_value = 0.15
    surface.inputs["Subsurface Radius"].default_value = (0.10, 0.04, 0.02)
    links.new(broad.outputs["Fac"], surface.inputs["Specular IOR Level"])
    return made


def knitted(name, light, dark, bands, stitches=26.0, way="Z"):
    """Wool of two colours in bands, with rows of stitches."""
    made = plain(name, light, roughness=0.95)
    nodes, links = made.node_tree.nodes, made.node_tree.links
    place = nodes.new("ShaderNodeTexCoord").outputs["Object"]
    stripes, rows, ribs = (nodes.new("ShaderNodeTexWave") for _ in range(3))
    for wave, scale, across, twist in (
        (stripes, bands, way, 0.6),
        (rows, stitches, "Z", 1.2),
        (ribs, 0.8 * stitches, "X", 1.2),
    ):
        wave.bands_direction = across
        wave.inputs["Scale"].default_value, wave.inputs["Distortion"].default_value = scale, twist
        links.new(place, wave.inputs["Vector"])
    sharp = nodes.new("ShaderNodeMapRange")
    sharp.inputs["From Min"].default_value, sharp.inputs["From Max"].default_value = 0.42, 0.58
    links.new(stripes.outputs["Fac"], sharp.inputs["Value"])
    _mix(made, sharp.outputs["Result"], light, dark)
    relief = nodes.new("ShaderNodeMath")
    relief.operation = "MULTIPLY"
    links.new(rows.outputs["Fac"], relief.inputs[0])
    links.new(ribs.outputs["Fac"], relief.inputs[1])
    _bump(made, relief.outputs[0], 0.8, 0.05)
    return made


def see_through(name, colour, cover, roughness, weave=0.0):
    """Gauze or glass: the renderer's alpha there is the part that is covered."""
    made = plain(name, colour, roughness)
    nodes, links = made.node_tree.nodes, made.node_tree.links
    surface = nodes["Principled BSDF"]
    surface.inputs["Alpha"].default_value = cover
    if weave:
        threads = nodes.new("ShaderNodeTexNoise")
        threads.inputs["Scale"].default_value = weave
        spread = nodes.new("ShaderNodeMapRange")
        spread.inputs["To Min"].default_value = 0.4 * cover
        spread.inputs["To Max"].default_value = min(1.0, 1.6 * cover)
        links.new(threads.outputs["Fac"], spread.inputs["Value"])
        links.new(spread.outputs["Result"], surface.inputs["Alpha"])
    return made


def _mix(made, amount, light, dark):
    nodes, links = made.node_tree.nodes, made.node_tree.links
    mix = nodes.new("ShaderNodeMixRGB")
    mix.inputs[1].default_value, mix.inputs[2].default_value = (*light, 1.0), (*dark, 1.0)
    links.new(amount, mix.inputs[0])
    links.new(mix.outputs[0], nodes["Principled BSDF"].inputs["Base Color"])


def _bump(made, height, strength, distance):
    nodes, links = made.node_tree.nodes, made.node_tree.links
    bump = nodes.new("ShaderNodeBump")
    bump.inputs["Strength"].default_value = strength
    bump.inputs["Distance"].default_value = distance
    links.new(height, bump.inputs["Height"])
    links.new(bump.outputs["Normal"], nodes["Principled BSDF"].inputs["Normal"])
