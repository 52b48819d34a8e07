"""What a process of our own does with memory: a plane's is kept for the next one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PLANE = 40 << 20  # bytes, more than what glibc keeps by itself
TIMES = 8
PAGES = PLANE // 4096
MEASURE = f"""
import ctypes, resource, threading
from corridorkey_core.before_torch import keep_freed_planes
{{begin}}
C = ctypes.CDLL(None)
C.malloc.restype, C.malloc.argtypes, C.free.argtypes = (
    ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p])
def planes(times):
    for _ in range(times):
        place = C.malloc({PLANE})
        ctypes.memset(place, 1, {PLANE})
        C.free(place)
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
threads = [threading.Thread(target=planes, args=({TIMES} // 2,)) for _ in range(2)]
before = faults()
for each in threads:
    each.start()
    each.join()
print(faults() - before)
"""

glibc = pytest.mark.skipif(
    "CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", {}), reason="glibc's allocator only"
)


def faults(begin: str, **environment: str) -> int:
    """Pages that the system cleared while a child's two threads used `TIMES` planes in turn."""
    plain = {name: value for name, value in os.environ.items() if "MALLOC" not in name}
    done = subprocess.run(
        [sys.executable, "-c", MEASURE.format(begin=begin)],
        env=plain | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


@glibc
def test_a_planes_memory_is_kept_for_the_next_plane_of_any_thread() -> None:
    assert faults("") > 0.9 * TIMES * PAGES
    assert faults("keep_freed_planes()") < 1.5 * PAGES


@glibc
@pytest.mark.parametrize(
    "own",
    [
        {"MALLOC_MMAP_THRESHOLD_": str(1 << 20)},
        {"GLIBC_TUNABLES": f"glibc.malloc.mmap_threshold={1 << 20}"},
    ],
)
def test_a_persons_own_setting_stays(own: dict[str, str]) -> None:
    assert faults("keep_freed_planes()", **own) > 0.9 * TIMES * PAGES


def test_where_there_is_no_mallopt_nothing_happens() -> None:
    for absent in ("sys.platform = 'darwin'", "ctypes.CDLL = lambda name: object()"):
        begin = f"import ctypes, sys\n{absent}\nkeep_freed_planes()\nprint('on')"
        code = f"from corridorkey_core.before_torch import keep_freed_planes\n{begin}"
        run = [sys.executable, "-c", code]
        assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "on\n"
