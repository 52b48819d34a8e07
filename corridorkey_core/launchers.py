"""What launches triton's kernels, made by one thread at a time.

Up to triton 3.6 each signature of a kernel has a compiled launcher of its own, and all of these are
modules called `__triton_launcher`. One that was loaded before Python loads by filling the module
that bears the name with what it held. A thread that has yet to read `launch` from that module then
reads another kernel's, and has it for good: it fails, or computes with the wrong arguments.
"""

from __future__ import annotations

import functools
import threading

_MAKING = threading.RLock()


def make_one_at_a_time() -> None:
    """From now on let CUDA launchers of this process be made one at a time, whoever asks for them.

    Needs no device. Without triton it does nothing: what wants its kernels says that it is missing.
    """
    try:
        from triton.backends.nvidia.driver import CudaLauncher
    except (ImportError, RuntimeError, OSError):
        return
    _guard(CudaLauncher)


@functools.cache
def _guard(launcher: type) -> None:
    # Two threads may come here at once and guard twice: the lock lets one thread take it twice.
    make = launcher.__init__  # type: ignore[misc]  # of this very class

    @functools.wraps(make)
    def make_alone(self: object, *args: object, **options: object) -> None:
        with _MAKING:
            make(self, *args, **options)

    launcher.__init__ = make_alone  # type: ignore[misc]
