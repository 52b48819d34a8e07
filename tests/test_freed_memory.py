"""What was freed between what is in use goes back to the system, where glibc allocates."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

MEASURE = """
import ctypes, os, sys
from corridorkey_core.freed_memory import give_back_freed
C = ctypes.CDLL(None)
C.malloc.restype, C.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
C.mallopt(-3, 1 << 30)
SIZE, COUNT = 4 << 20, 40
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
places = [C.malloc(ctypes.c_size_t(SIZE)) for _ in range(COUNT)]
for place in places:
    ctypes.memset(place, 1, SIZE)
full = resident()
for place in places[:-1]:  # the last one keeps the heap from being cut off
    C.free(place)
kept = resident()
give_back_freed()
print(full - kept, kept - resident(), SIZE * (COUNT - 1))
"""


@pytest.mark.skipif(
    "CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", {}), reason="glibc's allocator only"
)
def test_what_was_freed_goes_back_to_the_system() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True
    )
    by_freeing, by_giving, freed = map(int, done.stdout.split())
    assert by_freeing < 0.1 * freed
    assert by_giving > 0.9 * freed


def test_where_there_is_no_malloc_trim_nothing_happens() -> None:
    for absent in ("sys.platform = 'darwin'", "ctypes.CDLL = lambda name: object()"):
        begin = "import ctypes, sys\nfrom corridorkey_core.freed_memory import give_back_freed"
        run = [sys.executable, "-c", f"{begin}\n{absent}\ngive_back_freed()\nprint('on')"]
        assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "on\n"
