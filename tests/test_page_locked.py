"""Page-locked frames: the same numbers, and frames that overtake nothing on their way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from corridorkey_core.colour import resolve
from corridorkey_core.frames import Frame, Header, Hint, KeyedFrame, Plate, Window
from corridorkey_core.key_frame import FrameKeyer
from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.look import Look
from corridorkey_core.page_locked import page_locked
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings

WIDTH, HEIGHT = 640, 360
KINDS = ("uint8", "uint16", "float16", "float32")


def frame(number: int, kind: str = "float16") -> Frame:
    """Noise on green with a hint that is a box."""
    light = np.random.default_rng(number).random((HEIGHT, WIDTH, 3), np.float32) * 0.2
    light[..., 1] += 0.5
    hint = np.zeros((HEIGHT, WIDTH), np.float32)
    hint[100:200, 100 + number : 300] = 1.0
    full = 1 if kind.startswith("float") else np.iinfo(kind).max
    window = Window(0, 0, WIDTH, HEIGHT)
    pixels, guide = ((values * full).astype(kind) for values in (light, hint))
    plate = Plate(number, "plate", pixels, Header(window, window), "linear")
    return Frame(plate, Hint(number, "hint", guide, "Y"), "inputs")


def test_a_cpu_keeps_the_frame_as_it_is() -> None:
    given = frame(1)
    assert page_locked(given, torch.device("cpu")) is given


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_locked_frame_has_the_same_numbers(kind: str) -> None:
    given = frame(1, kind)
    locked = page_locked(given, torch.device("cuda", 0))
    assert locked.hint is not None
    assert given.hint is not None
    for before, after in (
        (given.plate.pixels, locked.plate.pixels),
        (given.hint.pixels, locked.hint.pixels),
    ):
        assert after.dtype == before.dtype
        assert np.array_equal(after, before)
        flat = torch.from_numpy(after.reshape(-1).view(np.uint8))
        assert flat.is_pinned()
    assert locked.inputs == given.inputs


@pytest.mark.gpu
def test_frames_that_are_under_way_together_are_those_that_go_alone() -> None:
    device = torch.device("cuda", 0)
    linear = resolve("linear")
    look = Look(Settings(), Screen("green", (0.1, 0.6, 0.1)), linear, linear, "float16")
    numbers = range(1, 9)
    with FrameKeyer(ChromaKeyer, device, look, lambda _event: None) as key:
        alone = [_arrived(key, frame(number)) for number in numbers]
        # None is waited for until all are begun, and what was read is let go at once.
        together = [key(page_locked(frame(number), device)) for number in numbers]
        for expected, keyed in zip(alone, together, strict=True):
            keyed.wait()
            for name, pixels in expected.items():
                assert np.array_equal(keyed.passes[name], pixels), name


def _arrived(key: Callable[[Frame], KeyedFrame], given: Frame) -> dict[str, np.ndarray]:
    keyed = key(given)
    keyed.wait()
    return {name: pixels.copy() for name, pixels in keyed.passes.items()}
