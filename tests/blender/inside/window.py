"""Run within a Blender that has a window: `window.py RESULT PICTURES` plays an artist's story.

Steps are taken by Blender's own event loop; what was seen is written to RESULT as JSON, last.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import bpy

MODULE = "bl_ext.user_default.corridorkey"
TICK = 0.05
LONGEST = 90.0  # seconds that anything is waited for

Seen = dict[str, Any]
Wait = Callable[[], bool]


def part(name: str) -> Any:
    """A module of the installed add-on."""
    return import_module(f"{MODULE}.{name}")


def main(result: Path, pictures: str) -> None:
    """Play the story, whatever happens in it write what was seen, and quit."""
    story, seen = tell(pictures), Seen()
    state: dict[str, Any] = {"waits": None, "left": LONGEST}

    def turn() -> float | None:
        try:
            seen["ticks"] = seen.get("ticks", 0) + 1
            state["left"] -= TICK
            if state["waits"] is not None and not state["waits"]():
                assert state["left"] > 0, f"waited in vain after {sorted(seen)}"
                return TICK
            state["left"] = LONGEST
            name, value, state["waits"] = next(story)
            seen[name] = value
        except StopIteration:
            finish(result, seen)
            return None
        except Exception:
            seen["error"] = traceback.format_exc()
            finish(result, seen)
            return None
        return TICK

    bpy.app.timers.register(turn, first_interval=1.0)


def finish(result: Path, seen: Seen) -> None:
    """Write what was seen and end Blender."""
    result.write_text(json.dumps(seen, default=str))
    bpy.ops.wm.quit_blender()


def tell(pictures: str) -> Iterator[tuple[str, Any, Wait | None]]:
    """The story: each step names what was seen, and what the next one waits for."""
    running = part("running").running
    area, region = compositor()
    place = part("keyed_nodes").chosen_node(bpy.context.scene)
    shot = place.shot

    def settled() -> bool:
        return not running.is_busy

    bpy.ops.corridorkey.check_engine()
    yield "looked", True, settled
    bpy.ops.ed.undo_push(message="as it was")
    key("key_frame")
    yield "frame asked for", len(running.host.reports), settled
    yield "frame", running.last.outcome.finished, None
    yield "frame's report", running.last_lines, None
    yield "shown after frame", image(place), None
    picture(pictures, "node_group")

    key("key_range")
    yield "range asked for", len(running.host.reports), lambda: progress(running) > 0
    yield "progress", part("progress_line").text_of(running.host.reports[0]), None
    picture(pictures, "panel_at_work")
    press_escape()
    yield "escape pressed", True, settled
    outcome = running.last.outcome
    yield "cancelled", [outcome.cancelled, len(outcome.finished)], None

    bpy.context.scene.frame_end = 1004
    bpy.ops.ed.undo_push(message="shorter")
    key("key_range")
    yield "shorter range asked for", True, settled
    yield "shorter range", running.last.outcome.exit_status, None
    yield "shown after range", image(place), None
    shot.settings.shrink_grow = 3.0
    yield "slider moved", True, lambda: running.last.label == "Live" and settled()
    yield "live", running.last.outcome.finished, None
    yield "shown after slider", image(place), None
    picture(pictures, "panel")

    bpy.ops.ed.undo()
    group = part("keyed_nodes").chosen_node(bpy.context.scene)
    yield "undone once", group.shot.settings.shrink_grow, settled
    yield "shown after undo", image(group), None
    yield "area", [area.type, region.type], None


def compositor() -> tuple[Any, Any]:
    """Make the largest area a compositor with its sidebar open at our tab."""
    window = bpy.context.window_manager.windows[0]
    area = max(window.screen.areas, key=lambda one: one.width * one.height)
    area.ui_type = "CompositorNodeTree"
    space = area.spaces.active
    space.show_region_ui = True
    if hasattr(space, "node_tree") and bpy.app.version >= (5, 0):
        space.node_tree = bpy.context.scene.compositing_node_group
    region = next(one for one in area.regions if one.type == "UI")
    with_area(lambda: bpy.ops.node.view_all())
    if hasattr(region, "active_panel_category"):
        with suppress(AttributeError, TypeError):  # in some versions it can only be read
            region.active_panel_category = "Corridor Key"
    return area, region


def with_area(work: Callable[[], Any]) -> Any:
    """Do something as if the mouse were in the compositor."""
    window = bpy.context.window_manager.windows[0]
    area = next(one for one in window.screen.areas if one.ui_type == "CompositorNodeTree")
    region = next(one for one in area.regions if one.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        return work()


def key(operator: str) -> None:
    """Press a button of the panel."""
    with_area(lambda: getattr(bpy.ops.corridorkey, operator)("INVOKE_DEFAULT"))


def press_escape() -> None:
    """Press the key, as `--enable-event-simulate` allows."""
    window = bpy.context.window_manager.windows[0]
    for value in ("PRESS", "RELEASE"):
        window.event_simulate(type="ESC", value=value, x=window.width // 2, y=window.height // 2)


def progress(running: Any) -> int:
    """Frames done of the request that is on its way."""
    reports = running.host.reports
    return reports[0].progress.done if reports and reports[0].progress else 0


def image(place: Any) -> str:
    """The file that the group's matte is read from."""
    return str(place.group.nodes["Matte"].image.filepath)


def picture(folder: str, name: str) -> None:
    """A picture of the screen, where one is wanted."""
    if folder:
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=2)
        target = os.path.join(folder, f"{name}.png")  # noqa: PTH118
        subprocess.run(["import", "-window", "root", target], check=True)


if __name__ == "__main__":
    words = sys.argv[sys.argv.index("--") + 1 :]
    main(Path(words[0]), words[1] if len(words) > 1 else "")
