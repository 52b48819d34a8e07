"""What a node asked for and is on its way: one order for each of its views."""

from __future__ import annotations

from dataclasses import dataclass, field

import nuke
from corridorkey_plugin.keying import Keying

from corridorkey_nuke.gauge import Gauge
from corridorkey_nuke.knobs import is_attached
from corridorkey_nuke.request import Shot


@dataclass
class Order:
    """A node's shot being keyed. `keying` and `gauge` are None in a batch."""

    node: nuke.Group
    shot: Shot
    gauge: Gauge | None = None
    keying: Keying | None = None
    said: list[str] = field(default_factory=list)

    @property
    def is_attached(self) -> bool:
        """Whether the node is still in the script."""
        return is_attached(self.node)
