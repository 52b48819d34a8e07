"""Read frames in page-locked memory, from which a CUDA device copies by itself.

From other memory the device's thread has to copy for it: 7 ms for a 4K half plate, where the copy
itself takes one (H200). So the thread that read a frame moves it, and torch keeps the memory of
frames that are gone for those to come.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from corridorkey_core.failed_device import has_failed
from corridorkey_core.frames import Frame, Pixels
from corridorkey_core.memory_ladder import ran_out_of_memory
from corridorkey_core.preprocess import native_array


def page_locked(frame: Frame, device: torch.device) -> Frame:
    """The same frame where `device` copies from most quickly; may be called from any thread.

    Other CUDA devices copy from there as quickly. The frame stays where it is if there is no such
    memory left, or the device has failed.
    """
    if device.type != "cuda":
        return frame
    try:
        with torch.cuda.device(device):
            plate = replace(frame.plate, pixels=_locked(frame.plate.pixels))
            hint = frame.hint and replace(frame.hint, pixels=_locked(frame.hint.pixels))
    except RuntimeError as error:
        if not (ran_out_of_memory(error) or has_failed(error)):
            raise
        return frame
    return replace(frame, plate=plate, hint=hint)


def _locked(pixels: Pixels) -> Pixels:
    native = native_array(pixels)
    locked = torch.empty(native.nbytes, dtype=torch.uint8, pin_memory=True)
    moved: Pixels = locked.numpy().view(native.dtype).reshape(native.shape)
    # By numpy: torch would wake a team of threads for each reader.
    np.copyto(moved, native)
    return moved
