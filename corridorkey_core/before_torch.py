"""How a process of our own is set up before torch is imported. Standard library only.

Not for a host's process: threads and memory there are the host's.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from corridorkey_core.c_library import c_function


@dataclass(frozen=True)
class _Allocation:
    """A parameter of glibc's `mallopt(3)`, and the names by which a person sets it."""

    parameter: int
    value: int
    variable: str
    tunable: str

    def is_set(self) -> bool:
        """Whether the environment has a value for it."""
        return self.variable in os.environ or self.tunable in os.environ.get("GLIBC_TUNABLES", "")


_ALLOCATION = (
    # A plane of single floats is larger than 32 MiB from 4096 x 2160 on, and what is larger than
    # that glibc gives back at once: the system clears every page of it again for the next one.
    _Allocation(-3, 48 << 20, "MALLOC_MMAP_THRESHOLD_", "glibc.malloc.mmap_threshold"),
    _Allocation(-1, 128 << 20, "MALLOC_TRIM_THRESHOLD_", "glibc.malloc.trim_threshold"),
    # What one thread gives back is there for the next: an arena each would keep planes for itself.
    _Allocation(-8, 1, "MALLOC_ARENA_MAX", "glibc.malloc.arena_max"),
)


def prepare_process() -> None:
    """Set up threads and memory; call it before torch is imported and any thread started.

    A person's own settings stay.
    """
    let_threads_sleep()
    keep_freed_planes()


def let_threads_sleep() -> None:
    """Keep torch's threads on a CPU from spinning while they wait; the codecs need the cores.

    OpenMP reads this once, when torch is first imported.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def keep_freed_planes() -> None:
    """Let the memory of one plane be used for the next, where glibc allocates it; else nothing."""
    allocate = c_function("mallopt")
    if allocate is None:
        return
    for each in _ALLOCATION:
        if not each.is_set():
            allocate(each.parameter, each.value)
