"""How a farm scales with its workers and its storage: tables and a picture for docs/scaling.md.

    python benchmarks/cluster.py                                   # the tables
    python benchmarks/cluster.py --picture docs/pictures/scaling.svg
    python benchmarks/cluster.py --key 1 --read 12e6 --write 20e6  # other frames, other workers

A simulation (`cluster_model.py`), not a measurement: what a start, a frame and a file cost is
put in, what they do to each other comes out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.cluster_model import Cluster, ceilings, frames_per_second  # noqa: E402
from benchmarks.cluster_picture import Curve, picture  # noqa: E402

WORKERS = (1, 3, 10, 30, 100, 300, 1000)
STORAGES = (1e9, 5e9, 20e9, 100e9)
CHUNKS = (1, 5, 10, 20, 50, 100, 200)
CHUNKS_EACH = 3


def main() -> None:
    """Print the tables, and draw the picture where one is asked for."""
    cluster, target = _asked()
    curves = [_curve(cluster, storage) for storage in STORAGES]
    print(_scaling_table(cluster, curves), end="\n\n")
    print(_chunk_table(replace(cluster, workers=30, storage=20e9)))
    if target:
        target.write_text(picture(curves, WORKERS), encoding="utf-8")


def _asked() -> tuple[Cluster, Path | None]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", type=Path, metavar="FILE.svg")
    defaults = Cluster(workers=1, storage=1e9)
    for fact in fields(Cluster):
        value = getattr(defaults, fact.name)
        if fact.name not in ("workers", "storage", "frames"):
            parser.add_argument(f"--{fact.name}", type=type(value), default=value)
    options = vars(parser.parse_args())
    target = options.pop("picture")
    return replace(defaults, **options), target


def _work(cluster: Cluster) -> Cluster:
    """As much work as gives every worker some chunks."""
    return replace(cluster, frames=cluster.workers * cluster.chunk * CHUNKS_EACH)


def _curve(cluster: Cluster, storage: float) -> Curve:
    clusters = [replace(cluster, workers=count, storage=storage) for count in WORKERS]
    rates = tuple(frames_per_second(_work(each)) for each in clusters)
    return Curve(f"{storage / 1e9:g} GB/s", rates)


def _scaling_table(cluster: Cluster, curves: Sequence[Curve]) -> str:
    head = "| storage | " + " | ".join(f"{count}" for count in WORKERS) + " | full at |"
    rows = [head, "|---|" + "---|" * (len(WORKERS) + 1)]
    for curve, storage in zip(curves, STORAGES, strict=True):
        rates = " | ".join(f"{rate:.3g}" for rate in curve.rates)
        rows.append(f"| {curve.name} | {rates} | {_full(replace(cluster, storage=storage))} |")
    return "\n".join(rows)


def _full(cluster: Cluster) -> str:
    """The number of workers that what they share can feed, and what runs out."""
    limits = ceilings(replace(cluster, workers=1))
    alone = limits.pop("workers")
    name = min(limits, key=limits.__getitem__)
    return f"{limits[name] / alone:.0f} workers ({name})"


def _chunk_table(cluster: Cluster) -> str:
    head = "| frames a chunk | " + " | ".join(map(str, CHUNKS)) + " |"
    rows = [head, "|---|" + "---|" * len(CHUNKS)]
    for name, again in (("warm engine", cluster.again), ("a process each", cluster.start)):
        clusters = [replace(cluster, chunk=chunk, again=again) for chunk in CHUNKS]
        frames = cluster.workers * max(CHUNKS) * CHUNKS_EACH
        rates = [frames_per_second(replace(each, frames=frames)) for each in clusters]
        rows.append(f"| {name} | " + " | ".join(f"{rate:.3g}" for rate in rates) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
