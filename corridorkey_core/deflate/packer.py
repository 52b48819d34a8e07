"""Which passes of a frame the device compresses itself, and what happens where it cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait

import torch
from torch import Tensor

from corridorkey_core.device import using
from corridorkey_core.failed_device import has_failed
from corridorkey_core.frames import Header
from corridorkey_core.memory_ladder import ran_out_of_memory
from corridorkey_core.settings import PASSES, Settings
from corridorkey_core.stored import Streams
from corridorkey_core.triton_kernels import cannot_run, first_line, ready_on

PREVIEW = "comp"
Step = Callable[[torch.device], None]


class Packer:
    """Compresses passes on a device for the files that settings ask for.

    Kernels are compiled on threads of its own from the start on; `close` waits for them. `say` is
    told once where a device that could compress cannot after all: then the writers do.
    """

    def __init__(
        self, settings: Settings, file_type: str, device: torch.device, say: Callable[[str], None]
    ) -> None:
        self._say = say
        self._names = packed_passes(settings, file_type)
        self._may = bool(self._names) and ready_on(device)
        self._pool = ThreadPoolExecutor(3, "corridorkey-pack")
        self._compiled = [self._pool.submit(_by, step, device) for step in self._steps()]
        self._pool.shutdown(wait=False)

    def close(self) -> None:
        """Wait for the threads."""
        self._pool.shutdown(wait=True)

    def __call__(self, header: Header, images: Mapping[str, Tensor]) -> Mapping[str, Streams]:
        """The stored images [C, H, W] of a frame that are to be compressed, as streams."""
        names = [name for name in images if self._is_for(name, images[name], header)]
        if not names:
            return {}
        wait(self._compiled)
        try:
            return {name: _streams(name, images[name]) for name in names}
        except cannot_run() as error:
            if _says_that_the_device_failed(error):
                raise
            self._may = False
            self._say(
                f"Files cannot be compressed on the device ({first_line(error)}); the processor "
                "does it: the same pictures, more slowly."
            )
            return {}

    def _is_for(self, name: str, image: Tensor, header: Header) -> bool:
        # A preview is cut to what is displayed; that is left to its writer.
        as_it_is = name != PREVIEW or header.data == header.display
        return self._may and image.is_cuda and name in self._names and as_it_is

    def _steps(self) -> tuple[Step, ...]:
        if not self._may:
            return ()
        try:
            from corridorkey_core.deflate.streams import STEPS
        except cannot_run():
            return ()  # the first frame says why
        return STEPS


def _says_that_the_device_failed(error: Exception) -> bool:
    # Memory that ran out is no failure: the writers need none.
    return isinstance(error, RuntimeError) and not ran_out_of_memory(error) and has_failed(error)


def packed_passes(settings: Settings, file_type: str) -> frozenset[str]:
    """The passes that a device may compress: of zip EXR files of halves, and the preview's PNG."""
    zipped = (settings.format, settings.compression, file_type) == ("exr", "zip", "float16")
    alone = PASSES if zipped and settings.layout != "layered" else ()
    return frozenset(settings.passes).intersection({*alone, PREVIEW})


def _streams(name: str, image: Tensor) -> Streams:
    from corridorkey_core.deflate.lines import exr_chunks, png_chunks
    from corridorkey_core.deflate.streams import deflated

    return deflated(png_chunks(image) if name == PREVIEW else exr_chunks(image))


def _by(step: Step, device: torch.device) -> None:
    with using(device), torch.inference_mode():
        step(device)
