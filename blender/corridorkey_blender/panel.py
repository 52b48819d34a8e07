"""The sidebar of the compositor: what is keyed, from what, how, and how far it is."""

from __future__ import annotations

from typing import Any

import bpy

from corridorkey_core.errors import SettingsError
from corridorkey_core.sequence import format_frames
from corridorkey_core.settings import SECTIONS

from .keyed_nodes import KeyedNode, chosen_node, source_of
from .node_group import HINT, PLATE
from .progress_line import draw_progress, draw_status_bar
from .running import running
from .setting_properties import exposed
from .shot_request import digest_of

OPEN_AT_FIRST = ("Matte", "Foreground")
WARNINGS = 3


class _Sidebar:
    bl_space_type = "NODE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Corridor Key"


class _OfNode(_Sidebar):
    """A part of the panel that there is only where there is a node."""

    bl_parent_id = "CORRIDORKEY_PT_main"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Where there is a node."""
        return context.scene is not None and chosen_node(context.scene) is not None


class CORRIDORKEY_PT_main(_Sidebar, bpy.types.Panel):
    """The node, the two buttons, and what goes on"""

    bl_label = "Corridor Key"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """In the compositor."""
        return bool(context.space_data.tree_type == "CompositorNodeTree")

    def draw(self, context: Any) -> None:
        """Draw it."""
        layout = self.layout
        place = chosen_node(context.scene)
        if place is None:
            layout.label(text="Select the plate's node, then:")
            layout.operator("corridorkey.add", text="Add Corridor Key", icon="ADD")
            return
        layout.prop(place.group, "name", text="", icon="NODETREE")
        _draw_buttons(layout)
        draw_progress(layout)
        _draw_state(layout, place)


class CORRIDORKEY_PT_sources(_OfNode, bpy.types.Panel):
    """Plate and alpha hint"""

    bl_label = "Plate and Hint"

    def draw(self, context: Any) -> None:
        """Draw it."""
        place = chosen_node(context.scene)
        if place is None:
            return
        column = _property_column(self.layout)
        column.prop(place.shot, "plate_source")
        _draw_source(column, place, "plate", PLATE)
        column.separator()
        column.prop(place.shot, "hint_source")
        _draw_source(column, place, "hint", HINT)


class CORRIDORKEY_PT_files(_OfNode, bpy.types.Panel):
    """Where results go, and what a render does"""

    bl_label = "Cache and Render"
    bl_order = 100
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        """Draw it."""
        place = chosen_node(context.scene)
        if place is None:
            return
        column = _property_column(self.layout)
        for name in ("cache", "live", "when_rendering"):
            column.prop(place.shot, name)
        column.operator("corridorkey.clear_cache", icon="TRASH")


def _section_panel(section: str, order: int) -> type:
    names = tuple(fact.name for fact in exposed() if fact.section == section)

    def draw(self: Any, context: Any) -> None:
        place = chosen_node(context.scene)
        if place is None:
            return
        column = _property_column(self.layout)
        for name in names:
            column.prop(place.shot.settings, name)

    closed = set() if section in OPEN_AT_FIRST else {"DEFAULT_CLOSED"}
    facts = {"bl_label": section, "bl_order": order, "bl_options": closed, "draw": draw}
    name = f"CORRIDORKEY_PT_{section.lower()}"
    return type(name, (_OfNode, bpy.types.Panel), {**facts, "__doc__": f"Settings: {section}"})


def _property_column(layout: Any) -> Any:
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def _draw_buttons(layout: Any) -> None:
    row = layout.row(align=True)
    row.scale_y = 1.4
    row.operator("corridorkey.key_frame", icon="RESTRICT_RENDER_OFF").node = ""
    row.operator("corridorkey.key_range", icon="RENDER_ANIMATION").node = ""


def _draw_state(layout: Any, place: KeyedNode) -> None:
    column = layout.column(align=True)
    for icon, text in _state(place):
        column.label(text=text, icon=icon)
    if running.last and running.last.shot.request.name == place.shot.uid:
        for line in running.last_lines[:WARNINGS]:
            column.label(text=line, icon="INFO")


def _state(place: KeyedNode) -> list[tuple[str, str]]:
    shot = place.shot
    if not shot.shown:
        return [("QUESTION", "Nothing is keyed yet")]
    try:
        is_current = shot.shown == digest_of(shot)
    except SettingsError as error:
        return [("ERROR", str(error))]
    found = [] if is_current else [("ERROR", "Keyed with other settings; key again")]
    if missing := sorted(running.missing.get(shot.uid, ())):
        found.append(("ERROR", f"Rendered without a key: {format_frames(missing)}"))
    return found


def _draw_source(layout: Any, place: KeyedNode, role: str, socket: str) -> None:
    kind = getattr(place.shot, f"{role}_source")
    if kind == "CLIP":
        layout.template_ID(place.shot, "plate_clip", open="clip.open")
    elif kind == "MASK":
        layout.prop(place.shot, "hint_mask")
    elif kind == "FILES":
        layout.prop(place.shot, f"{role}_files")
    elif kind == "SOCKET" or (kind == "AUTO" and source_of(place, socket)):
        output = source_of(place, socket)
        text = f"{output.node.name}: {output.name}" if output else "Choose a Socket"
        row = layout.split(factor=0.4)
        row.label(text="")
        row.operator("corridorkey.link", text=text, icon="NODE").input = role.upper()


def _draw_add_menu(menu: Any, context: Any) -> None:
    if context.space_data.tree_type == "CompositorNodeTree":
        menu.layout.separator()
        menu.layout.operator("corridorkey.add", icon="NODETREE")


CLASSES = (
    CORRIDORKEY_PT_main,
    CORRIDORKEY_PT_sources,
    *(_section_panel(section, order) for order, section in enumerate(SECTIONS, 1)),
    CORRIDORKEY_PT_files,
)


def register() -> None:
    """Add what is drawn in Blender's own menus and bars."""
    bpy.types.NODE_MT_add.append(_draw_add_menu)
    bpy.types.STATUSBAR_HT_header.append(draw_status_bar)


def unregister() -> None:
    """Take it away again."""
    bpy.types.NODE_MT_add.remove(_draw_add_menu)
    bpy.types.STATUSBAR_HT_header.remove(draw_status_bar)
