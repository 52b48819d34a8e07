"""Errors of keyers on drawn subjects at a camera's size, where what is blurred is many pixels wide.

python benchmarks/larger.py [--width 1920 --height 1080] [--keyers chroma,builtin] [--jobs 2]

Subjects, screens and hints are those of `benchmarks/subjects.py` and `benchmarks/composites.py`;
every error is given as a share of the first keyer's.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import astuple, fields
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
NAMES = [field.name for field in fields(KeyScore)]
COUNTED = ("empty", "solid")  # in pixels of 10,000, not as a share


def main() -> None:
    """Run it."""
    options = arguments()
    keyers = options.keyers.split(",")
    measure = partial(scores, keyers=keyers, size=(options.height, options.width))
    with one_thread_each(options.jobs) as pool:
        found = list(pool.map(measure, orders()))
    print(f"{machine_facts()}; {options.width} by {options.height}.\n")
    print(f"| plate, {', '.join(keyers[1:])} of {keyers[0]} | {' | '.join(NAMES)} |")
    print("|---" * (len(NAMES) + 1) + "|")
    for order, each in zip(orders(), found, strict=True):
        print(f"| {order.name} | {' | '.join(compared(each))} |")
    means = [mean_of([each[index] for each in found]) for index in range(len(keyers))]
    print(f"| **mean** | {' | '.join(compared(means))} |")


def orders() -> list[Order]:
    """Every subject, easy and hard, before green and blue in turn."""
    return [
        Order(subject, level, ("green", "blue")[(number + turn) % 2])
        for number, subject in enumerate(SUBJECTS)
        for turn, level in enumerate(("easy", "hard"))
    ]


def scores(order: Order, keyers: list[str], size: tuple[int, int]) -> list[KeyScore]:
    """Errors of every keyer on one plate."""
    rng = np.random.default_rng(SEED)
    layer = SUBJECTS[order.subject](size, rng)
    made = composite(order.subject, layer, order.level, order.kind, rng)
    shot = Shot(order, made.plate, made.hint, made.alpha, made.foreground)
    truth = true_frame(shot)
    return [key_score(finished_key(shot, loaded_keyer(name)), truth) for name in keyers]


def compared(several: list[KeyScore]) -> list[str]:
    """Each figure of all but the first, as a share of the first's; what is counted as it is."""
    first, *others = (dict(zip(NAMES, astuple(each), strict=True)) for each in several)
    return [
        f"{first[name]:.1f} → " + ", ".join(f"{each[name]:.1f}" for each in others)
        if name in COUNTED
        else ", ".join(f"{each[name] / max(first[name], 1e-9):.2f}" for each in others)
        for name in NAMES
    ]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure keyers at a camera's size.")
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--keyers", default="chroma,builtin", help="names, with commas")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
