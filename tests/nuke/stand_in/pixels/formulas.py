"""Expression: a formula for each of four sets of channels.

x and y are coordinates of the full size picture, at the middle of a pixel a whole number; a blank
formula is 0 (Foundry's reference guide). `a(x+1,y)` is the channel's value there
(https://joepolygon.com/portfolio/articles/nuke-expressions/); beyond the box the edge is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.nuke.stand_in import formula
from tests.nuke.stand_in.formula import ExpressionError, Value
from tests.nuke.stand_in.names import NodeNames
from tests.nuke.stand_in.pixels.channel_operations import with_mask
from tests.nuke.stand_in.pixels.compute import At, operation, proxy_scale
from tests.nuke.stand_in.pixels.picture import Picture, Plane

SHORT = {"r": "rgba.red", "g": "rgba.green", "b": "rgba.blue", "a": "rgba.alpha", "z": "depth.Z"}
SHORT |= {"red": "rgba.red", "green": "rgba.green", "blue": "rgba.blue", "alpha": "rgba.alpha"}


@operation("Expression")
def expression(at: At) -> Picture:
    """The input with its formulas' channels; those of later rows see the input, not each other."""
    picture = at.input()
    names = Pixels(at, picture, {})
    for row in range(4):
        name, text = at.text(f"temp_name{row}"), at.node[f"temp_expr{row}"].evaluate()
        if name:
            names.temporary[name] = _value(text, names)
    changed: dict[str, Plane] = {}
    for row in range(4):
        text = at.node[f"expr{row}"].evaluate()
        for channel in at.channels(f"channel{row}", picture.names):
            if text or channel not in changed:
                changed[channel] = _value(text, names)
    return with_mask(at, picture, picture.with_channels(changed), 1)


def _value(text: str, names: Pixels) -> Plane:
    value = formula.evaluate(text, names) if text.strip() else 0.0
    return np.broadcast_to(np.asarray(value, np.float32), names.picture.box.shape)


@dataclass(frozen=True)
class Pixels:
    """The names that a pixel's formula may use: channels, places, and any knob's number."""

    at: At
    picture: Picture
    temporary: dict[str, Value]

    def name(self, name: str, frame: float | None) -> Value:
        """A channel of all pixels, a coordinate, or a number."""
        if name in self.temporary:
            return self.temporary[name]
        if name in ("x", "y", "cx", "cy"):
            return self._coordinate(name)
        channel = self._channel(name)
        if channel is not None:
            return self.picture.plane(channel)
        return np.float32(NodeNames(self.at.node).name(name, frame))

    def sample(self, channel: str, x: Value, y: Value) -> Value:
        """A channel at other places; only whole pixels are known here."""
        named = self._channel(channel)
        if named is None:
            raise ExpressionError(f"there is no function or channel {channel!r}")
        scale = proxy_scale()
        across, up = (np.asarray(one, float) * scale for one in (x, y))
        columns, rows = np.rint(across).astype(int), np.rint(up).astype(int)
        if np.any(np.abs(columns - across) > 1e-6) or np.any(np.abs(rows - up) > 1e-6):
            raise NotImplementedError(f"{channel}(x, y) between pixels")
        box = self.picture.box
        columns = np.clip(columns - box.x, 0, box.r - box.x - 1)
        rows = np.clip(box.t - 1 - rows, 0, box.t - box.y - 1)
        plane = self.picture.plane(named)
        if rows.shape[1:] == (1,) and columns.shape[:1] == (1,):
            return plane[rows[:, 0]][:, columns[0]]
        return plane[rows, columns]

    def tcl(self, command: str) -> Value:
        """The number that a command gives."""
        return NodeNames(self.at.node).tcl(command)

    def _channel(self, name: str) -> str | None:
        full = SHORT.get(name, name)
        known = full in SHORT.values() or full in self.picture.channels
        return full if known else None

    def _coordinate(self, name: str) -> Value:
        box, scale = self.picture.box, proxy_scale()
        if name == "x":
            return np.arange(box.x, box.r, dtype=float)[None, :] / scale
        if name == "y":
            return np.arange(box.t - 1, box.y - 1, -1, dtype=float)[:, None] / scale
        raise NotImplementedError(f"the stand-in knows no {name}")
