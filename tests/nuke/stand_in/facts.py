"""What Nuke is: its version, its surroundings, its views and formats, the frame."""

from __future__ import annotations

from typing import Any

from tests.nuke.stand_in import channel_names, names, tcl
from tests.nuke.stand_in.formats import Format
from tests.nuke.stand_in.knobs.text import with_frame, with_view
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import on_main_thread

REPLACE = 1


class GlobalsEnvironment:
    """`nuke.env`."""

    def _facts(self) -> dict[str, Any]:
        session = current()
        major, minor, release = session.version
        return {
            "gui": session.gui,
            "interactive": session.gui,
            "nukex": False,
            "nc": False,
            "studio": False,
            "hiero": False,
            "threads": 2,
            "numCPUs": 2,
            "NukeVersionMajor": major,
            "NukeVersionMinor": minor,
            "NukeVersionRelease": release,
            "NukeVersionString": f"{major}.{minor}v{release}",
            "ExecutablePath": session.program,
            "PluginExt": ".so",
            "LINUX": True,
            "WIN32": False,
            "MACOS": False,
        }

    def get(self, key: str, default: Any = None) -> Any:
        """One of the facts."""
        return self._facts().get(key, default)

    def keys(self) -> list[str]:
        """Their names."""
        return list(self._facts())

    def values(self) -> list[Any]:
        """What they are."""
        return list(self._facts().values())

    def items(self) -> list[tuple[str, Any]]:
        """Names and facts."""
        return list(self._facts().items())

    def __getitem__(self, index: str) -> Any:
        return self._facts()[index]

    def __setitem__(self, index: str, object: Any) -> None:
        raise current().refuse(TypeError, f"the stand-in does not set env[{index!r}]: {object!r}")

    def __contains__(self, other: object) -> bool:
        return other in self._facts()

    def __len__(self) -> int:
        return len(self._facts())


class Layer:
    """A layer: its name, and channels `name.red` and so on."""

    def __init__(self, name: str, channels: list[str] | None = None) -> None:
        self._name = name
        if channels is not None:
            channel_names.add_layer(name, tuple(channels))

    def name(self) -> str:
        """Its name."""
        return self._name

    def channels(self) -> list[str]:
        """Its channels."""
        return list(channel_names.layers()[self._name])


@on_main_thread
def layers(node: Node | None = None) -> list[str]:
    """The layers of a node, or all that the script knows."""
    if node is None:
        return list(channel_names.layers())
    return sorted({one.rpartition(".")[0] for one in node.channels()})


@on_main_thread
def channels(node: Node | None = None) -> list[str]:
    """The channels of a node, or all that the script knows."""
    return current().root.channels() if node is None else node.channels()


@on_main_thread
def views() -> list[str]:
    """The script's views."""
    return list(current().root._views)


@on_main_thread
def addView(s: str) -> None:
    """Add a view to the script."""
    current().root.addView(s)


@on_main_thread
def deleteView(s: str) -> None:
    """Delete a view of the script."""
    current().root.deleteView(s)


@on_main_thread
def thisView() -> str:
    """The view that is looked at."""
    return current().moment.view


@on_main_thread
def formats() -> list[Format]:
    """The formats that the script knows."""
    return list(current().root._formats.values())


@on_main_thread
def addFormat(s: str) -> Format:
    """Make a format known: `width height [x y r t] aspect name`."""
    made = Format._of(s)
    if not made.name():
        raise current().refuse(ValueError, f"{s!r} names no format")
    made.add(made.name())
    return made


@on_main_thread
def frame(f: int | None = None) -> int:
    """The frame that is looked at; with a number, go there."""
    if f is not None:
        if current().executing:
            raise current().refuse(RuntimeError, "the frame was set while frames are rendered")
        current().frame = int(f)
        current().root["frame"].setValue(int(f))
    return int(current().moment.frame)


@on_main_thread
def filename(node: Node, i: int = 0) -> str | None:
    """A node's file, its commands run; with `nuke.REPLACE` frame and view put in, too."""
    knob = node.knob("file")
    if knob is None:
        return None
    text = knob.getEvaluatedValue()
    if not text:
        return None
    if i != REPLACE:
        return str(text)
    moment = current().moment
    return with_frame(with_view(text, moment.view), int(moment.frame))


@on_main_thread
def executing(f: float | None = None) -> bool:  # noqa: ARG001
    """Whether frames are being rendered."""
    return bool(current().executing)


@on_main_thread
def expression(s: str) -> float:
    """The value of an expression, seen from the group that is looked at."""
    return current().group._evaluate(s)


@on_main_thread
def value(knob: str, default: str | None = None) -> str:
    """What TCL's `value` gives for a knob."""
    try:
        return names.find_knob(current().group, knob).text_value()
    except names.NoSuchName:
        if default is not None:
            return default
        raise RuntimeError(f"{knob}: no such knob") from None


@on_main_thread
def script_directory() -> str:
    """The folder that the script is in; empty where it was never saved."""
    folder = current().root._folder()
    return folder.as_posix() if folder is not None else ""


def tcl_command(cmd: str, *args: str) -> str:
    """What a TCL command gives; only those that evaluate are known."""
    return tcl.run(" ".join((cmd, *args)), current().group)


@on_main_thread
def modified(state: bool | None = None) -> bool:
    """Whether there is something to save; with an argument, say so."""
    if state is not None:
        current().is_modified = bool(state)
    return current().is_modified


@on_main_thread
def clearRAMCache() -> None:
    """Forget pictures that are kept in memory; files that were read stay as they were."""
    current().image_cache.clear()
