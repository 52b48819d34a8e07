"""Rises: 0 before, 1 after, and never back in between."""

from __future__ import annotations

from collections.abc import Callable

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core.rises import ramp, smoothstep

RISES = st.sampled_from((ramp, smoothstep))


@given(RISES, st.floats(-2, 2), st.floats(0, 0.5))
def test_a_rise_ends_at_0_and_1(rise: Callable[..., Tensor], value: float, width: float) -> None:
    low, high = 0.25, 0.3 + width
    risen = float(rise(torch.tensor(value), low, high))
    assert 0.0 <= risen <= 1.0
    if value <= low:
        assert risen == 0.0
    if value >= high + 1e-6:
        assert risen == 1.0


@given(RISES, st.floats(-1, 2), st.floats(-1, 2))
def test_it_keeps_the_order(rise: Callable[..., Tensor], one: float, other: float) -> None:
    low, high = (float(rise(torch.tensor(each), 0.2, 0.7)) for each in sorted((one, other)))
    assert low <= high + 1e-6


@given(st.floats(-1, 2))
def test_a_ramp_falls_where_its_end_is_the_lower(value: float) -> None:
    falling = ramp(torch.tensor(value), 0.7, 0.4)
    assert torch.allclose(falling, 1.0 - ramp(torch.tensor(value), 0.4, 0.7), atol=1e-6)
