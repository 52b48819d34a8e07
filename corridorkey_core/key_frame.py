"""One frame through the device: preprocess, infer, postprocess, and back to host memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import torch
from torch import Tensor

from corridorkey_core.deflate.packer import Packer
from corridorkey_core.device import free_cached_memory, model_of, using
from corridorkey_core.errors import DeviceError, KeyingError
from corridorkey_core.failed_device import has_failed, never_free, still_works
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
from corridorkey_core.rehearsal import rehearsing
from corridorkey_core.shortfalls import shortfalls
from corridorkey_core.spare import CPU, LoadKeyer, Spare
from corridorkey_core.stored import Download, Send, to_own_memory
from corridorkey_core.triton_kernels import first_line

ECHOES = 4  # times that a frame is tried again where another device's failure was told


class FrameKeyer:
    """Owns a device for a run: keys one frame after another, and makes do when memory is short.

    Use from one thread, as a context manager; leaving it frees the keyers. Frames whose answer is
    in `recent` are finished without a keyer. Results are reduced to `longest_edge`, or not by 0.
    `spare` keys on the CPU what no device has the memory for; devices that key side by side share
    one. `send` brings results to host memory. Raises what loading raises.
    """

    def __init__(
        self,
        load: LoadKeyer,
        device: torch.device,
        look: Look,
        tell: OnEvent,
        recent: Recent | None = None,
        longest_edge: int = 0,
        spare: Spare | None = None,
        send: Send = to_own_memory,
    ) -> None:
        self._load = load
        self._device = device
        self._look = look
        self._tell = tell
        self._recent = recent or Recent()
        self._longest_edge = longest_edge
        self._send = send
        self._said: set[str] = set()
        with ExitStack() as opened:
            self._spare = spare or opened.enter_context(Spare())
            self._pack = Packer(look.settings, look.file_type, device, self._say_once)
            opened.callback(self._pack.close)
            with using(device), rehearsing(device, look):
                self._keyer = load(device)
            opened.callback(self._keyer.close)
            for words in shortfalls(device):
                self._say_once(words)
            self._opened = opened.pop_all()

    @property
    def keyer(self) -> Keyer:
        """The keyer on the run's own device."""
        return self._keyer

    def __enter__(self) -> FrameKeyer:
        return self

    def __exit__(self, *_error: object) -> None:
        self._opened.close()

    def __call__(self, frame: Frame) -> KeyedFrame:
        """Key one frame, whose pixels may still be on their way.

        Raises `KeyingError`, and `DeviceError` where the device failed.
        """
        sent = self._sent(frame)
        space = self._look.output_space.name
        header = self._header(frame)
        wait = partial(self._arrived, frame, sent)
        return KeyedFrame(frame.number, header, space, sent.pixels, wait, sent.deflated)

    def _sent(self, frame: Frame, again: int = ECHOES) -> Download:
        try:
            with torch.inference_mode(), using(self._device):
                return climb(self._rungs(frame), self._say_once)
        except torch.OutOfMemoryError as error:
            raise KeyingError(
                f"Out of memory on {self._device} and on the CPU: {error}",
                frame=frame.number,
                path=frame.plate.path,
            ) from error
        except RuntimeError as error:
            if not has_failed(error):
                raise
            if not still_works(self._device):
                never_free(frame, error)
                words = f"{self._device} failed while it keyed frame {frame.number}"
                raise DeviceError(f"{words}: {first_line(error).rstrip('.')}.") from error
            if not again:
                raise
        return self._sent(frame, again - 1)

    def _header(self, frame: Frame) -> Header:
        return reduced_header(frame.plate.header, self._longest_edge)

    def _arrived(self, frame: Frame, sent: Download) -> None:
        try:
            sent.wait()
        except RuntimeError as error:
            if not has_failed(error):
                raise
            never_free(sent)
            raise KeyingError(
                f"{self._device} failed before the frame had left it: {first_line(error)}",
                frame=frame.number,
                path=frame.plate.path,
            ) from error

    def _rungs(self, frame: Frame) -> Iterator[tuple[str, Callable[[], Download]]]:
        def again() -> Download:
            return self._key(frame, self._device, self._keyer)

        yield "", again
        free_cached_memory(self._device)
        yield f"{self._device} ran out of memory; freed what was cached.", again
        while words := self._keyer.economise():
            free_cached_memory(self._device)
            yield f"{self._device} ran out of memory; {words}.", again
        if self._device.type != "cpu":
            free_cached_memory(self._device)
            yield (
                f"{self._device} ran out of memory; keying such frames on the CPU, slowly.",
                lambda: self._key_on_cpu(frame),
            )

    def _key_on_cpu(self, frame: Frame) -> Download:
        with self._spare.lent(self._load) as keyer:
            return self._key(frame, CPU, keyer)

    def _key(self, frame: Frame, device: torch.device, keyer: Keyer) -> Download:
        look = self._look
        plate, repaired = linear_plate(frame.plate, look.plate_space, device)
        if repaired:
            self._tell(
                Notice(f"{repaired} NaN or Inf pixels in the plate were replaced.", frame.number)
            )
        answer = self._recalled(frame, device, keyer) or self._asked(frame, plate, keyer)
        keyed = postprocess(answer.prediction, plate, answer.screen, look.settings)
        keyed = reduced(keyed, self._longest_edge)
        return passes_on_their_way(
            keyed,
            look.output_space.from_linear,
            look.file_type,
            look.settings.passes,
            partial(self._pack, self._header(frame)),
            self._send,
        )

    def _recalled(self, frame: Frame, device: torch.device, keyer: Keyer) -> Answer | None:
        asked = self._asked_of(keyer, device)
        kept = self._recent.answer(frame, self._look.settings, asked)
        if kept is None:
            return None
        alpha, foreground = kept.prediction.alpha, kept.prediction.foreground
        return Answer(Prediction(alpha.to(device), foreground.to(device)), kept.screen)

    def _asked(self, frame: Frame, plate: Tensor, keyer: Keyer) -> Answer:
        if frame.hint and frame.hint.channels > 1:
            self._say_once(
                f"The hint is {frame.hint.channel} of its file; hint_channel names another."
            )
        hint = fitted_hint(frame.hint, plate.shape[-2:], plate.device) if frame.hint else None
        screen = self._look.screen or survey([plate], self._look.settings.screen)
        answer = Answer(infer(keyer, plate, hint, screen), screen)
        asked = self._asked_of(keyer, plate.device)
        self._recent.keep(frame, self._look.settings, asked, answer)
        return answer

    def _asked_of(self, keyer: Keyer, device: torch.device) -> str:
        """Whom a frame is asked of, and about what screen, where the shot has one."""
        return f"{keyer.identity}; {model_of(device)}; {self._look.screen}"

    def _say_once(self, words: str) -> None:
        if words not in self._said:
            self._said.add(words)
            self._tell(Notice(words))
