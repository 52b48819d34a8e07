"""The root: what is the script's as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.nuke.node_classes import NodeFact
from tests.nuke.stand_in import colours
from tests.nuke.stand_in.formats import BUILT_IN, Format
from tests.nuke.stand_in.nodes.group import Group
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread


@belongs_to_main_thread
class Root(Group):
    """The script."""

    def __init__(self, fact: NodeFact) -> None:
        self._formats: dict[str, Format] = {}
        self._layers: dict[str, tuple[str, ...]] = {}
        super().__init__(fact, None)
        for text in BUILT_IN:
            made = Format._of(text)
            self._formats[made.name()] = made

    def name(self) -> str:
        """The script's file, or `Root` where it was never saved."""
        return str(self["name"].value()) or "Root"

    def fullName(self) -> str:
        """Always `root`."""
        return "root"

    def firstFrame(self) -> int:
        """The script's first frame."""
        return int(self["first_frame"].value())

    def lastFrame(self) -> int:
        """The script's last frame."""
        return int(self["last_frame"].value())

    def fps(self) -> int:
        """Frames a second, rounded; what Nuke itself advises against."""
        return round(self.realFps())

    def realFps(self) -> float:
        """Frames a second."""
        return float(self["fps"].value())

    def proxy(self) -> bool:
        """Whether proxies are looked at."""
        return bool(self["proxy"].value())

    def setProxy(self, proxy: bool) -> None:
        """Look at proxies, or not."""
        self["proxy"].setValue(bool(proxy))

    def modified(self) -> bool:
        """Whether there is something to save."""
        return current().is_modified

    def setModified(self, modified: bool) -> None:
        """Say whether there is something to save."""
        current().is_modified = bool(modified)

    def setFrame(self, frame: int) -> None:
        """Go to a frame."""
        current().frame = int(frame)

    def setView(self, view: str) -> None:
        """Look at a view."""
        self._require_view(view)
        current().view = view

    def addView(self, view: str, *_colour: Any) -> None:
        """Add a view."""
        if view in self._views:
            raise current().refuse(ValueError, f"there is a view {view!r} already")
        self._set_views([*self._views, view])

    def deleteView(self, view: str) -> None:
        """Delete a view."""
        self._require_view(view)
        self._set_views([one for one in self._views if one != view])

    def setInput(self, i: int, node: Any) -> bool:  # noqa: ARG002
        """Refused: a script has no inputs."""
        raise current().refuse(RuntimeError, "the root has no inputs")

    def maxInputs(self) -> int:
        """None."""
        return 0

    def channels(self) -> list[str]:
        """All channels that the script knows."""
        from tests.nuke.stand_in.channel_names import layers as known

        return [channel for channels in known().values() for channel in channels]

    def layers(self) -> list[str]:
        """All layers that the script knows."""
        from tests.nuke.stand_in.channel_names import layers as known

        return list(known())

    def _format(self) -> Format:
        found = self["format"].actualValue()
        return found if isinstance(found, Format) else self._formats["2K_Super_35(full-ap)"]

    @property
    def _views(self) -> list[str]:
        """A line a view in the knob, each with a colour: that is how a script keeps them."""
        knob = self._knobs.get("views")
        return [line.split()[0] for line in knob._to_text().splitlines()] if knob else []

    def _set_views(self, views: list[str]) -> None:
        self["views"].setValue("\n".join(f"{view} #ffffff" for view in views))

    def _require_view(self, view: str) -> None:
        if view not in self._views:
            raise current().refuse(ValueError, f"the script has no view {view!r}")

    def _colour_entries(self) -> list[str]:
        """What Reads and Writes offer."""
        config = self._colour_config()
        return self._ocio_entries() if config else list(colours.NUKE_CURVES)

    def _ocio_entries(self) -> list[str]:
        """What OCIO nodes offer: with Nuke's own management those of `nuke-default`."""
        return colours.entries(self._colour_config())

    def _colour_config(self) -> str:
        """The OCIO configuration's file, or empty for Nuke's own curves."""
        if self["colorManagement"].value() == "Nuke":
            return ""
        if self["OCIO_config"].value() == "custom":
            return str(self["customOCIOConfigPath"].getEvaluatedValue())
        return colours.BUILT_IN

    def _child(self, name: str) -> Any:
        return super()._child(name.removeprefix("root."))

    def _folder(self) -> Path | None:
        name = str(self["name"].value())
        return Path(name).parent if name else None
