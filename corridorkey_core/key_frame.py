"""One frame through the device: preprocess, infer, postprocess, and back to host memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch

from corridorkey_core.device import free_cached_memory
from corridorkey_core.errors import KeyingError
from corridorkey_core.frames import Frame, KeyedFrame, Pixels
from corridorkey_core.infer import infer
from corridorkey_core.keyers.chroma import survey
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.look import Look
from corridorkey_core.memory_ladder import climb
from corridorkey_core.postprocess import passes, postprocess
from corridorkey_core.preprocess import fitted_hint, linear_plate
from corridorkey_core.progress import Notice, OnEvent

LoadKeyer = Callable[[torch.device], Keyer]
CPU = torch.device("cpu")


class FrameKeyer:
    """Owns the device for a run: keys one frame after another, and makes do when memory is short.

    Use from one thread, as a context manager; leaving it frees the keyers.
    """

    def __init__(self, load: LoadKeyer, device: torch.device, look: Look, tell: OnEvent) -> None:
        self._load = load
        self._device = device
        self._look = look
        self._tell = tell
        self._keyers: dict[torch.device, Keyer] = {device: load(device)}
        self._said: set[str] = set()

    @property
    def keyer(self) -> Keyer:
        """The keyer on the run's own device."""
        return self._keyers[self._device]

    def __enter__(self) -> FrameKeyer:
        return self

    def __exit__(self, *_error: object) -> None:
        while self._keyers:
            self._keyers.popitem()[1].close()

    def __call__(self, frame: Frame) -> KeyedFrame:
        """Key one frame; raises `KeyingError`."""
        try:
            with torch.inference_mode():
                pictures = climb(self._rungs(frame), self._say_once)
        except torch.OutOfMemoryError as error:
            raise KeyingError(
                f"Out of memory on {self._device} and on the CPU: {error}",
                frame=frame.number,
                path=frame.plate.path,
            ) from error
        header, space = frame.plate.header, self._look.output_space.name
        return KeyedFrame(frame.number, header, space, pictures)

    def _rungs(self, frame: Frame) -> Iterator[tuple[str, Callable[[], Mapping[str, Pixels]]]]:
        yield "", lambda: self._key(frame, self._device)
        free_cached_memory(self._device)
        yield (
            f"{self._device} ran out of memory; freed what was cached.",
            lambda: self._key(frame, self._device),
        )
        while words := self.keyer.economise():
            free_cached_memory(self._device)
            yield (
                f"{self._device} ran out of memory; {words}.",
                lambda: self._key(frame, self._device),
            )
        if self._device != CPU:
            free_cached_memory(self._device)
            yield (
                f"{self._device} ran out of memory; keying such frames on the CPU, slowly.",
                lambda: self._key(frame, CPU),
            )

    def _key(self, frame: Frame, device: torch.device) -> Mapping[str, Pixels]:
        look = self._look
        plate, repaired = linear_plate(frame.plate, look.plate_space, device)
        if repaired:
            self._tell(
                Notice(f"{repaired} NaN or Inf pixels in the plate were replaced.", frame.number)
            )
        hint = fitted_hint(frame.hint, plate.shape[-2:], device) if frame.hint else None
        screen = look.screen or survey([plate], look.settings.screen)
        prediction = infer(self._keyer_on(device), plate, hint, screen)
        keyed = postprocess(prediction, plate, screen, look.settings)
        return passes(keyed, look.output_space.from_linear, look.file_type, look.settings.passes)

    def _keyer_on(self, device: torch.device) -> Keyer:
        if device not in self._keyers:
            self._keyers[device] = self._load(device)
        return self._keyers[device]

    def _say_once(self, words: str) -> None:
        if words not in self._said:
            self._said.add(words)
            self._tell(Notice(words))
