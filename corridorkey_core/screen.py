"""What is known of the screen behind the subject."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Screen:
    """A screen: `kind` is green or blue; `colour` its mean, linear Rec.709 R, G, B.

    `colour` is None where every frame is to be measured alone.
    """

    kind: str
    colour: tuple[float, float, float] | None = None

    @property
    def channel(self) -> int:
        """Index of the screen's own channel: 1 for green, 2 for blue."""
        return 2 if self.kind == "blue" else 1
