"""What encoding costs: compressions, threads and zip levels, on a noisy 4K foreground.

    python benchmarks/encode.py [--size 4096x2160] [--repeats 3] [--folder /dev/shm]

Two kinds of pixels are measured: a whole plate of grain, and the same keyed, black outside the
subject. `cpu` is the processor's time for one file, `1 thread` and `2 thr.` the
wall time with that many codec threads, `2 files` that of two Python threads, each writing a file
with one codec thread, per file; on a busy machine believe `cpu` alone. Every file is read back
and compared: `exact` says whether each number came back.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import machine_facts
from corridorkey_core.colour import ColourTag
from corridorkey_core.frames import Header, Window
from corridorkey_core.read import open_picture, set_codec_threads
from corridorkey_core.write.encode import Picture, write_picture

COMPRESSIONS = ("none", "zips", "zip", "piz", "dwaa")
LEVELS = tuple(f"zip:{level}" for level in range(1, 10))
OTHERS = (("png", np.uint8), ("png", np.uint16), ("tif", np.uint16), ("dpx", np.uint16))
Clock = Callable[[], float]
Noise = npt.NDArray[np.float32]


def foreground(width: int, height: int) -> tuple[Noise, Noise]:
    """A plate of grain [H, W, 3] in half's range, and the same black outside a soft disc."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / width
    light = np.stack([0.4 + 0.3 * np.sin(9 * x), 0.3 + 0.2 * y, 0.2 + 0.1 * np.cos(7 * y)], 2)
    grain = np.random.default_rng(1).standard_normal(light.shape, np.float32)
    plate = light + grain * np.sqrt(2e-4 * light + 1e-6)
    inside = np.hypot(x - 0.5, y - height / width / 2) < 0.2
    return plate, plate * inside[..., None]


def picture(pixels: npt.NDArray[Any], compression: str = "") -> Picture:
    """One file to be of these pixels."""
    window = Window(0, 0, pixels.shape[1], pixels.shape[0])
    tag = ColourTag("lin_rec709_scene")
    return Picture(pixels, ("R", "G", "B"), Header(window, window), tag, compression)


def is_exact(path: Path, pixels: npt.NDArray[Any]) -> bool:
    """Whether a file holds just these numbers."""
    with open_picture(str(path), 0) as opened:
        part = opened.parts[0]
        return bool(np.array_equal(opened.pixels(part, ("R", "G", "B")), pixels))


def seconds(work: Callable[[], object], repeats: int, clock: Clock = time.perf_counter) -> float:
    """Median time of some work by a clock, after one turn that is not counted."""
    work()
    return median(_timed(work, clock) for _ in range(repeats))


def _timed(work: Callable[[], object], clock: Clock) -> float:
    begun = clock()
    work()
    return clock() - begun


def side_by_side(one: Picture, folder: Path) -> None:
    """Two files at once, from two threads."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: write_picture(one, folder / name, 0), ("a.exr", "b.exr")))


def compressions(
    pixels: npt.NDArray[np.float16], folder: Path, names: tuple[str, ...], repeats: int
) -> Iterator[str]:
    """A line for each compression."""
    for name in names:
        one = picture(pixels, name)
        write = partial(write_picture, one, folder / "x.exr", 0)
        alone = [seconds(write, repeats, time.process_time)]
        for threads in (1, 2):
            set_codec_threads(threads)
            alone.append(seconds(write, repeats))
        set_codec_threads(1)
        both = seconds(partial(side_by_side, one, folder), repeats) / 2
        size = (folder / "x.exr").stat().st_size / 1e6
        exact = "yes" if is_exact(folder / "x.exr", pixels) else "no"
        times = "".join(f"{taken:9.2f}" for taken in (*alone, both))
        yield f"{name:8s}{times}{size:9.1f}   {exact}"


def other_formats(plate: Noise, folder: Path, repeats: int) -> Iterator[str]:
    """A line for each format that is not EXR."""
    for suffix, kind in OTHERS:
        limit = np.iinfo(kind).max
        pixels = (plate.clip(0, 1) * limit).astype(kind)
        path = folder / f"x.{suffix}"
        write = partial(write_picture, picture(pixels), path, 0)
        cpu, wall = seconds(write, repeats, time.process_time), seconds(write, repeats)
        exact = "yes" if is_exact(path, pixels) else "no"
        name = f"{suffix} {np.dtype(kind).itemsize * 8}"
        yield f"{name:8s}{cpu:9.2f}{wall:9.2f}{'':18s}{path.stat().st_size / 1e6:9.1f}   {exact}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", default="4096x2160")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", help="where to write; by default the system's temporary folder")
    arguments = parser.parse_args()
    width, height = (int(edge) for edge in arguments.size.split("x"))
    plate, keyed = foreground(width, height)
    print(machine_facts())
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        place, repeats = Path(folder), arguments.repeats
        head = f"{'':8s}{'cpu':>9s}{'1 thread':>9s}{'2 thr.':>9s}{'2 files':>9s}{'MB':>9s}   exact"
        for title, pixels in (("grain", plate), ("keyed", keyed)):
            print(f"\n{title}, {arguments.size} half RGB, seconds a file, flushed to disk\n{head}")
            half = pixels.astype(np.float16)
            for line in compressions(half, place, COMPRESSIONS + LEVELS, repeats):
                print(line, flush=True)
        print(f"\ngrain, other formats\n{head}")
        for line in other_formats(plate, place, repeats):
            print(line, flush=True)


if __name__ == "__main__":
    main()
