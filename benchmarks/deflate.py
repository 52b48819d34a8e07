"""What compressing a frame's files on the device costs, and how large they are beside zlib's.

    python benchmarks/deflate.py [--size 4096x2160] [--runs 7]

For each pass: milliseconds of laying its bytes out, of counting symbols, of making codes, and of
all of it with packing; its bytes as a share of those before, and of what zlib makes of some chunks
at level 4, OpenImageIO's own. Needs triton.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import machine_facts
from corridorkey_core.deflate import streams
from corridorkey_core.deflate.lines import Chunks, exr_chunks, png_chunks

SKIN, BOARD = (0.55, 0.32, 0.22), 0.1
SOME = 13  # every so many chunks is given to zlib


def passes(width: int, height: int, device: torch.device) -> dict[str, Tensor]:
    """A subject of grain with soft edges, as the four passes are stored."""
    across = torch.arange(width, device=device) / width - 0.5
    down = (torch.arange(height, device=device) / width - 0.27)[:, None] * 1.2
    matte = ((0.17 - torch.hypot(across, down)) / 0.02).clamp(0.0, 1.0)[None]
    colour = torch.tensor(SKIN, device=device)[:, None, None]
    colour = colour + 0.008 * torch.randn(3, height, width, device=device)
    shown = (colour * matte + BOARD * (1.0 - matte)).clamp(0.0, 1.0) ** 0.45
    return {
        "fg": colour.half(),
        "processed": torch.cat([colour * matte, matte]).half(),
        "matte": matte.half(),
        "comp": (255.0 * shown).to(torch.uint8),
    }


def milliseconds(work: Callable[[], object], runs: int) -> float:
    """Median time of some work, the first two turns left out."""
    times = []
    for _ in range(runs + 2):
        _settle()
        begun = time.perf_counter()
        work()
        _settle()
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times[2:])


def row(name: str, image: Tensor, runs: int) -> str:
    """A pass's row of the table."""
    laid = partial(png_chunks if name == "comp" else exr_chunks, image)
    chunks = laid()
    histograms = streams._measured(chunks)[0]
    steps: tuple[Callable[[], object], ...] = (
        laid,
        partial(streams._measured, chunks),
        partial(streams._assigned, histograms),
        lambda: streams.deflated(laid()),
    )
    times = [f"{milliseconds(step, runs):.2f}" for step in steps]
    sizes = streams.deflated(chunks).facts[:, 0].cpu()
    share = int(sizes.sum()) / int(chunks.counts.sum())
    beside = int(sizes[::SOME].sum()) / by_zlib(chunks)
    return "| " + " | ".join([name, *times, f"{share:.4f}", f"{beside:.3f}"]) + " |"


def by_zlib(chunks: Chunks) -> int:
    """Bytes of some chunks as zlib compresses them."""
    total = 0
    for data, counts in zip(chunks.data[::SOME].cpu(), chunks.counts[::SOME].cpu(), strict=True):
        parts = [
            block[: int(count)].numpy().tobytes() for block, count in zip(data, counts, strict=True)
        ]
        total += len(zlib.compress(b"".join(parts), 4))
    return total


def _settle() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="4096x2160")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    width, height = (int(edge) for edge in options.size.split("x"))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    print(f"{machine_facts()}; {options.size}")
    print("| pass | lines | count | codes | all | of its bytes | of zlib's |")
    print("|---|---|---|---|---|---|---|")
    with torch.inference_mode():
        for name, image in passes(width, height, device).items():
            print(row(name, image, options.runs), flush=True)


if __name__ == "__main__":
    main()
