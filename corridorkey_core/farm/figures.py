"""What a farm's work costs on one worker: starting once, and then each frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

from corridorkey_core.errors import SettingsError

MIB = 1 << 20


@dataclass(frozen=True)
class Figures:
    """The cost of keying on one worker.

    `start_seconds` go by before the first frame: Python, libraries, weights, the shot's look.
    `frame_seconds` is a frame's share of a running pipeline, `frame_bytes` what a frame's results
    take on disk. `source` says in words where the figures are from. Raises `SettingsError` for a
    figure that nothing can cost.
    """

    start_seconds: float
    frame_seconds: float
    frame_bytes: float
    source: str

    def __post_init__(self) -> None:
        for name in ("start_seconds", "frame_bytes"):
            if not 0 <= getattr(self, name) < math.inf:
                raise SettingsError(f"{name} is {getattr(self, name)}; expected 0 or more.")
        if not 0 < self.frame_seconds < math.inf:
            raise SettingsError(f"frame_seconds is {self.frame_seconds}; expected more than 0.")

    def chunk_seconds(self, frames: int) -> float:
        """How long a chunk of so many frames takes a worker that starts anew for it."""
        return self.start_seconds + frames * self.frame_seconds
