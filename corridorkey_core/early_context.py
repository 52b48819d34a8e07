"""A CUDA device's context, made while torch is imported. Standard library only.

The driver takes a quarter of a second for it, torch's import seconds; the driver's own library is
there wherever there is a device. What fails here is left for torch to tell.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

_DRIVER = "libcuda.so.1"


@contextmanager
def context_meanwhile(device: str) -> Iterator[None]:
    """While the block runs, make the context of `device`, a value of the setting of that name."""
    kind, _, index = device.partition(":")
    if kind not in ("auto", "cuda") or not (index or "0").isdecimal():
        yield
        return
    thread = Thread(target=_make, args=(int(index or 0),), name="corridorkey-context")
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _make(index: int) -> None:
    # As torch has it: kernels are loaded as they are needed.
    os.environ.setdefault("CUDA_MODULE_LOADING", "LAZY")
    try:
        driver = ctypes.CDLL(_DRIVER)
    except OSError:
        return
    device, context = ctypes.c_int(), ctypes.c_void_p()
    if driver.cuInit(0) == 0 and driver.cuDeviceGet(ctypes.byref(device), index) == 0:
        # Torch uses this one, and nobody gives it back: it lives as long as the process.
        driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), device)
