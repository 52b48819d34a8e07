"""One frame through the device: preprocess, infer, postprocess, and back to host memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from corridorkey_core.deflate.packer import Packer
from corridorkey_core.device import free_cached_memory
from corridorkey_core.errors import KeyingError
from corridorkey_core.frames import Frame, Header, KeyedFrame
from corridorkey_core.infer import infer
from corridorkey_core.keyers.chroma import survey
from corridorkey_core.keyers.keyer import Keyer, Prediction
from corridorkey_core.look import Look
from corridorkey_core.memory_ladder import climb
from corridorkey_core.postprocess import passes_on_their_way, postprocess
from corridorkey_core.preprocess import fitted_hint, linear_plate
from corridorkey_core.progress import Notice, OnEvent
from corridorkey_core.recent import Answer, Recent
from corridorkey_core.reduced import reduced, reduced_header
from corridorkey_core.stored import Download

LoadKeyer = Callable[[torch.device], Keyer]
CPU = torch.device("cpu")
ONLY_CHANNEL = "Y"  # a hint of one channel needs no word about which it is


class FrameKeyer:
    """Owns the device for a run: keys one frame after another, and makes do when memory is short.

    Use from one thread, as a context manager; leaving it frees the keyers. Frames whose answer is
    in `recent` are finished without a keyer. Results are reduced to `longest_edge`, or not by 0.
    """

    def __init__(
        self,
        load: LoadKeyer,
        device: torch.device,
        look: Look,
        tell: OnEvent,
        recent: Recent | None = None,
        longest_edge: int = 0,
    ) -> None:
        self._load = load
        self._device = device
        self._look = look
        self._tell = tell
        self._recent = recent or Recent()
        self._longest_edge = longest_edge
        self._said: set[str] = set()
        self._pack = Packer(look.settings, look.file_type, device, self._say_once)
        self._keyers: dict[torch.device, Keyer] = {device: load(device)}

    @property
    def keyer(self) -> Keyer:
        """The keyer on the run's own device."""
        return self._keyers[self._device]

    def __enter__(self) -> FrameKeyer:
        return self

    def __exit__(self, *_error: object) -> None:
        while self._keyers:
            self._keyers.popitem()[1].close()
        self._pack.close()

    def __call__(self, frame: Frame) -> KeyedFrame:
        """Key one frame, whose pixels may still be on their way; raises `KeyingError`."""
        try:
            with torch.inference_mode():
                sent = climb(self._rungs(frame), self._say_once)
        except torch.OutOfMemoryError as error:
            raise KeyingError(
                f"Out of memory on {self._device} and on the CPU: {error}",
                frame=frame.number,
                path=frame.plate.path,
            ) from error
        space = self._look.output_space.name
        header = self._header(frame)
        return KeyedFrame(frame.number, header, space, sent.pixels, sent.wait, sent.deflated)

    def _header(self, frame: Frame) -> Header:
        return reduced_header(frame.plate.header, self._longest_edge)

    def _rungs(self, frame: Frame) -> Iterator[tuple[str, Callable[[], Download]]]:
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

    def _key(self, frame: Frame, device: torch.device) -> Download:
        look = self._look
        plate, repaired = linear_plate(frame.plate, look.plate_space, device)
        if repaired:
            self._tell(
                Notice(f"{repaired} NaN or Inf pixels in the plate were replaced.", frame.number)
            )
        answer = self._recalled(frame, device) or self._asked(frame, plate, device)
        keyed = postprocess(answer.prediction, plate, answer.screen, look.settings)
        keyed = reduced(keyed, self._longest_edge)
        return passes_on_their_way(
            keyed,
            look.output_space.from_linear,
            look.file_type,
            look.settings.passes,
            partial(self._pack, self._header(frame)),
        )

    def _recalled(self, frame: Frame, device: torch.device) -> Answer | None:
        kept = self._recent.answer(frame, self._look.settings, self._asked_of(device))
        if kept is None:
            return None
        alpha, foreground = kept.prediction.alpha, kept.prediction.foreground
        return Answer(Prediction(alpha.to(device), foreground.to(device)), kept.screen)

    def _asked(self, frame: Frame, plate: Tensor, device: torch.device) -> Answer:
        if frame.hint and frame.hint.channel != ONLY_CHANNEL:
            self._say_once(
                f"The hint is {frame.hint.channel} of its file; hint_channel names another."
            )
        hint = fitted_hint(frame.hint, plate.shape[-2:], device) if frame.hint else None
        screen = self._look.screen or survey([plate], self._look.settings.screen)
        answer = Answer(infer(self._keyer_on(device), plate, hint, screen), screen)
        self._recent.keep(frame, self._look.settings, self._asked_of(device), answer)
        return answer

    def _asked_of(self, device: torch.device) -> str:
        """Whom a frame is asked of, and about what screen, where the shot has one."""
        return f"{self._keyer_on(device).identity}; {device}; {self._look.screen}"

    def _keyer_on(self, device: torch.device) -> Keyer:
        if device not in self._keyers:
            self._keyers[device] = self._load(device)
        return self._keyers[device]

    def _say_once(self, words: str) -> None:
        if words not in self._said:
            self._said.add(words)
            self._tell(Notice(words))
