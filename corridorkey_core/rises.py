"""From one value to another: straight, or smoothly."""

from __future__ import annotations

from torch import Tensor


def ramp(values: Tensor, low: float, high: float) -> Tensor:
    """0 up to `low`, 1 from `high` on, and straight between; falling where `high` is the lower."""
    return ((values - low) / (high - low)).clamp(0.0, 1.0)


def smoothstep(values: Tensor, low: float, high: float) -> Tensor:
    """0 up to `low`, 1 from `high` on, and a smooth rise between them."""
    share = ramp(values, low, high)
    return share * share * (3.0 - 2.0 * share)
