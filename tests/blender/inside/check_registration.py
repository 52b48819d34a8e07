"""The add-on comes and goes, and leaves nothing behind."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import bpy
from conftest import MODULE, part


def everything() -> dict[str, Any]:
    """What an add-on can leave behind in Blender."""
    handlers = {
        name: list(found)
        for name in dir(bpy.app.handlers)
        if isinstance(found := getattr(bpy.app.handlers, name), list)
    }
    menus = {
        name: list(getattr(getattr(bpy.types, name).draw, "_draw_funcs", ()))
        for name in ("NODE_MT_add", "STATUSBAR_HT_header")
    }
    tree = sorted(bpy.types.NodeTree.bl_rna.properties.keys())
    types = [name for name in dir(bpy.types) if "corridor" in name.lower()]
    return {"handlers": handlers, "menus": menus, "tree": tree, "types": types}


def ours(found: dict[str, Any]) -> str:
    """What of it is ours."""
    parts = [one for name in ("handlers", "menus") for one in found[name].values()]
    functions = [one for functions in parts for one in functions]
    return " ".join(
        [
            *(one.__name__ for one in functions if MODULE in getattr(one, "__module__", "")),
            *(name for name in found["tree"] if name == "corridorkey"),
            *found["types"],
        ]
    )


def test_registering_and_unregistering_twice_over_leaves_nothing(add_on: ModuleType) -> None:
    registered = everything()
    assert "before_frame" in ours(registered)
    for _ in range(2):
        add_on.unregister()
        assert ours(everything()) == ""
        assert not hasattr(bpy.types, "CORRIDORKEY_PT_main")
        add_on.register()
        again = everything()
        assert again["types"] == registered["types"]
        assert again["tree"] == registered["tree"]
        counts = {name: len(found) for name, found in again["handlers"].items()}
        assert counts == {name: len(found) for name, found in registered["handlers"].items()}


def test_its_parts_are_found_under_its_own_name_alone(add_on: ModuleType) -> None:
    session = import_module(f"{MODULE}.vendored.corridorkey_plugin.session")
    assert session.__name__.startswith(add_on.__name__)
    assert not {"corridorkey_core", "corridorkey_plugin"} & {
        name.split(".")[0] for name in sys.modules
    }
    assert not [path for path in sys.path if "corridorkey" in path.lower() and "bl_ext" in path]


def test_every_panel_draws_in_every_state(keyed: Any) -> None:
    panel, running = part("panel"), part("running").running
    for source in ("SOCKET", "CLIP", "FILES"):
        keyed.shot.plate_source = source
        for hint in ("AUTO", "MASK", "SOCKET", "FILES"):
            keyed.shot.hint_source = hint
            draw_all(panel)
    keyed.shot.plate_source, keyed.shot.hint_source = "SOCKET", "AUTO"
    assert ("QUESTION", "Nothing is keyed yet") in panel._state(keyed)
    bpy.ops.corridorkey.key_frame()
    assert panel._state(keyed) == []
    assert running.last_lines == ("1 frame keyed.",)
    keyed.shot.settings.soften = 2.0
    assert "other settings" in panel._state(keyed)[0][1]
    keyed.shot.settings.clip_black = 1.0
    assert "clip_black" in panel._state(keyed)[0][1]
    draw_all(panel)


class Recorder:
    """A layout that takes everything that a layout is asked for, and checks what it names."""

    def __init__(self) -> None:
        self.operators: list[str] = []
        self.labels: list[str] = []

    def prop(self, owner: Any, name: str, **_how: Any) -> None:
        assert name in owner.bl_rna.properties, f"{owner} has no {name}"

    def operator(self, name: str, **_how: Any) -> Any:
        group, action = name.split(".")
        assert getattr(getattr(bpy.ops, group), action).get_rna_type()
        self.operators.append(name)
        return type("Asked", (), {})()

    def label(self, text: str = "", **_how: Any) -> None:
        self.labels.append(text)

    def template_ID(self, owner: Any, name: str, **_how: Any) -> None:  # noqa: N802
        self.prop(owner, name)

    def __getattr__(self, _name: str) -> Any:
        return lambda *_arguments, **_how: self


def draw_all(panel: ModuleType) -> Recorder:
    """Draw every panel into a recorder."""
    layout = Recorder()
    for kind in panel.CLASSES:
        shown = type("Shown", (), {"layout": layout})()
        kind.draw(shown, bpy.context)
    return layout
