"""Memory that was freed and lies between what is in use: glibc keeps it, the system can have it."""

from __future__ import annotations

from corridorkey_core.c_library import c_function


def give_back_freed() -> None:
    """Give freed memory back to the system, where glibc allocates it; else nothing.

    For where memory is shortest. It takes about a tenth of a second for a gibibyte.
    """
    trim = c_function("malloc_trim")
    if trim is not None:
        trim(0)
