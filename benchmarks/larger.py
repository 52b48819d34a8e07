"""Errors of keyers on drawn subjects at a camera's size, where what is blurred is many pixels wide.

python benchmarks/larger.py [--width 1920 --height 1080] [--seeds 1] [--keyers chroma,builtin]
    [--jobs 2]

Subjects, screens and hints are those of `benchmarks/subjects.py` and `benchmarks/composites.py`;
every error is given as a share of the first keyer's, and those a tenth above it are named.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.composites import composite
from benchmarks.held_out.shot import Order, Shot
from benchmarks.key_scores import KeyScore, key_score, mean_of
from benchmarks.machine import machine_facts
from benchmarks.processes import one_thread_each
from benchmarks.quality_case import finished_key, loaded_keyer, true_frame
from benchmarks.subjects import SUBJECTS

SEED = 7
WORSE = 1.1  # a share of the first keyer's error that is named
NAMES = [field.name for field in fields(KeyScore)]
COUNTED = ("empty", "solid")  # in pixels of 10,000, not as a share


def main() -> None:
    """Run it."""
    options = arguments()
    keyers = options.keyers.split(",")
    measure = partial(scores, keyers=keyers, size=(options.height, options.width))
    drawn = orders(options.seeds)
    with one_thread_each(options.jobs) as pool:
        found = list(pool.map(measure, *zip(*drawn, strict=True)))
    print(f"{machine_facts()}; {options.width} by {options.height}.\n")
    print(f"| plate, {', '.join(keyers[1:])} of {keyers[0]} | {' | '.join(NAMES)} |")
    print("|---" * (len(NAMES) + 1) + "|")
    for (order, seed), each in zip(drawn, found, strict=True):
        print(f"| {order.name}, {seed} | {' | '.join(compared(each))} |")
    means = [mean_of([each[index] for each in found]) for index in range(len(keyers))]
    print(f"| **mean** | {' | '.join(compared(means))} |")
    for (order, seed), each in zip(drawn, found, strict=True):
        for name in worse(each):
            print(f"{order.name}, {seed}: {name} is more than a tenth above {keyers[0]}'s.")


def orders(seeds: int = 1) -> list[tuple[Order, int]]:
    """Every subject, easy and hard, before green and blue in turn, from each of so many seeds."""
    return [
        (Order(subject, level, ("green", "blue")[(number + turn + again) % 2]), SEED + again)
        for again in range(seeds)
        for number, subject in enumerate(SUBJECTS)
        for turn, level in enumerate(("easy", "hard"))
    ]


def scores(order: Order, seed: int, keyers: list[str], size: tuple[int, int]) -> list[KeyScore]:
    """Errors of every keyer on one plate."""
    rng = np.random.default_rng(seed)
    layer = SUBJECTS[order.subject](size, rng)
    made = composite(order.subject, layer, order.level, order.kind, rng)
    shot = Shot(order, made.plate, made.hint, made.alpha, made.foreground)
    truth = true_frame(shot)
    return [key_score(finished_key(shot, loaded_keyer(name)), truth) for name in keyers]


def compared(several: list[KeyScore]) -> list[str]:
    """Each figure of all but the first, as a share of the first's; what is counted as it is."""
    first, *others = map(asdict, several)
    return [
        f"{first[name]:.1f} → " + ", ".join(f"{each[name]:.1f}" for each in others)
        if name in COUNTED
        else ", ".join(f"{each[name] / max(first[name], 1e-9):.2f}" for each in others)
        for name in NAMES
    ]


def worse(several: list[KeyScore]) -> list[str]:
    """Figures that any keyer but the first has more than a tenth above the first's."""
    first, *others = map(asdict, several)
    shares = [name for name in NAMES if name not in COUNTED]
    return [name for name in shares if any(o[name] > WORSE * first[name] for o in others)]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure keyers at a camera's size.")
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--seeds", type=int, default=1, help="how many of each plate")
    parser.add_argument("--keyers", default="chroma,builtin", help="names, with commas")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
