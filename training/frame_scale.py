"""How large things that a camera sees are in pixels, by the size of its frames."""

from __future__ import annotations

_USUAL = 512  # pixels across, that widths and blurs are told for


def frame_scale(size: int) -> float:
    """How many times as wide what lies in a frame of so many pixels across is; 1 up to 512."""
    return max(1.0, size / _USUAL)
