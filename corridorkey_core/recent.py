"""Frames keyed lately: what was read of them and what the keyer answered.

Finishing is cheap and keying is not. With the raw answer at hand, a change of the matte tools, of
despill or of restore needs no keyer, and gives the pixels of a full run: nothing is rounded here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from corridorkey_core.frames import Frame
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings

AFTER_THE_KEYER = ("Matte", "Foreground", "Output")
READING = ("Input",)


@dataclass(frozen=True)
class Answer:
    """A keyer's answer for one frame, and the screen that it was asked about."""

    prediction: Prediction
    screen: Screen


@dataclass(frozen=True)
class _Kept:
    frame: Frame
    asked: str
    answer: Answer
    nbytes: int


class Recent:
    """Raw answers in host memory, at most `most_bytes` of them; what was used longest ago goes.

    Any thread may ask, and keep what its device answered.
    """

    def __init__(self, most_bytes: int = 0) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        with self._lock:
            return sum(kept.nbytes for kept in self._kept.values())

    @property
    def count(self) -> int:
        """Frames held."""
        return len(self._kept)

    def clear(self) -> None:
        """Hold nothing."""
        with self._lock:
            self._kept.clear()

    def frame(self, number: int, inputs: str, settings: Settings) -> Frame | None:
        """The frame as it was read from such inputs with such settings, or None.

        `inputs` is what its files are, as `Footage.identity` tells it.
        """
        kept = self._find(_place(number, inputs, settings))
        return kept.frame if kept else None

    def answer(self, frame: Frame, settings: Settings, keyer: str) -> Answer | None:
        """What `keyer` answered for the frame under settings that ask the same; on the CPU."""
        kept = self._find(_place(frame.number, frame.inputs, settings))
        return kept.answer if kept and kept.asked == _asked(settings, keyer) else None

    def keep(self, frame: Frame, settings: Settings, keyer: str, answer: Answer) -> None:
        """Keep a copy of an answer, where there is room for one at all."""
        prediction = answer.prediction
        size = frame.nbytes + _bytes(prediction.alpha) + _bytes(prediction.foreground)
        if size > self._most:
            return
        own = Prediction(_copied(prediction.alpha), _copied(prediction.foreground))
        kept = _Kept(frame, _asked(settings, keyer), Answer(own, answer.screen), size)
        with self._lock:
            self._kept[_place(frame.number, frame.inputs, settings)] = kept
            self._kept.move_to_end(_place(frame.number, frame.inputs, settings))
            while sum(one.nbytes for one in self._kept.values()) > self._most:
                self._kept.popitem(last=False)

    def _find(self, place: str) -> _Kept | None:
        with self._lock:
            if place in self._kept:
                self._kept.move_to_end(place)
            return self._kept.get(place)


def _place(number: int, inputs: str, settings: Settings) -> str:
    return f"{number}; {inputs}; {_values(settings, lambda section: section in READING)}"


def _asked(settings: Settings, keyer: str) -> str:
    return f"{keyer}; {_values(settings, lambda section: section not in AFTER_THE_KEYER)}"


def _values(settings: Settings, counts: Callable[[str], bool]) -> str:
    facts = [fact for fact in Settings.parameters() if fact.picture and counts(fact.section)]
    return repr([getattr(settings, fact.name) for fact in facts])


def _bytes(image: Tensor) -> int:
    return image.numel() * image.element_size()


def _copied(image: Tensor) -> Tensor:
    """A copy in host memory, from which a CUDA device reads it back at its own pace."""
    if not image.is_cuda:
        return image.detach().to("cpu", copy=True).contiguous()
    return torch.empty(image.shape, dtype=image.dtype, pin_memory=True).copy_(image)
