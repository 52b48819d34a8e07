"""How good the chroma keyer is, on plates whose matte and foreground are known.

    python benchmarks/quality.py [OUT_FOLDER] [--size 720x480] [--only NAME]

Shoots procedural subjects (and the rendered sample's, where it is there) before easy and hard
screens, keys them in several ways, and writes quality.md, tables, and a picture of each key. Where
PyMatting is installed, closed-form matting gets a row too.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.baselines import Method, methods  # noqa: E402
from benchmarks.composites import Composite, composite  # noqa: E402
from benchmarks.layers import Array, single  # noqa: E402
from benchmarks.machine import machine_facts  # noqa: E402
from benchmarks.picture_sheet import row, write_png  # noqa: E402
from benchmarks.scores import Score, mean, score  # noqa: E402
from benchmarks.subjects import SUBJECTS  # noqa: E402
from corridorkey_core.keyers.chroma.difference import limited  # noqa: E402
from corridorkey_core.read import read_hint, read_plate  # noqa: E402

CONDITIONS = (("easy", "green"), ("hard", "green"), ("hard", "blue"))
SAMPLE = ROOT / "examples" / "sample"
CHROMA = "**chroma**"
COLUMNS = [field.name for field in fields(Score)]


@dataclass(frozen=True)
class Result:
    """One plate keyed in one way."""

    shot: Composite
    method: str
    score: Score
    alpha: Tensor
    foreground: Tensor

    @property
    def condition(self) -> tuple[str, str]:
        """Difficulty and kind of screen."""
        return self.shot.difficulty, self.shot.kind


def layers(size: tuple[int, int], only: str) -> Iterator[tuple[str, Array]]:
    """Every subject's name and its premultiplied layer."""
    for index, (name, subject) in enumerate(SUBJECTS.items()):
        if only in name:
            yield name, subject(size, np.random.default_rng(100 + index))
    for path in sorted((SAMPLE / "truth_fg").glob("*.exr")):
        if only in "sample":
            yield f"sample, {path.stem}", sample_layer(path)


def sample_layer(path: Path) -> Array:
    """The rendered sample's subject, premultiplied, from its true foreground and matte."""
    colour = read_plate(str(path), 0, "", lambda *_: "linear").pixels
    alpha = read_hint(str(SAMPLE / "matte" / path.name), 0, "auto").pixels[..., None]
    return single(np.concatenate([colour * alpha, alpha], axis=2))


def planes(picture: Array, kind: str = "green") -> Tensor:
    """A tensor [C, H, W]; green and blue are swapped where the screen is blue."""
    tensor = torch.from_numpy(picture)
    if tensor.ndim == 2:
        return tensor[None].contiguous()
    order = [0, 2, 1] if kind == "blue" else [0, 1, 2]
    return tensor.permute(2, 0, 1)[order].contiguous()


def keyed(shot: Composite, method: Method) -> tuple[Tensor, Tensor, float]:
    """Alpha, despilled foreground and seconds of one method on one plate."""
    plate, hint = planes(shot.plate, shot.kind), planes(shot.hint)
    started = time.perf_counter()
    alpha, foreground = method(plate, hint)
    return alpha, limited(foreground), time.perf_counter() - started


def keyed_every_way(shot: Composite, ways: dict[str, Method]) -> Iterator[Result]:
    """Key one plate in every way and compare."""
    truth, true_alpha = planes(shot.foreground, shot.kind), planes(shot.alpha)
    for name, method in ways.items():
        with torch.inference_mode():
            alpha, foreground, seconds = keyed(shot, method)
        figures = score(alpha, foreground, true_alpha, truth, seconds)
        yield Result(shot, name, figures, alpha, foreground)


def tables(results: Sequence[Result]) -> str:
    """Means over the subjects, a table for each condition, in Markdown."""
    lines = [f"{machine_facts()}.", ""]
    for condition in CONDITIONS:
        lines += [f"### {', '.join(condition)}", "", f"| method | {' | '.join(COLUMNS)} |"]
        lines.append("|---|" + "---|" * len(COLUMNS))
        chosen = [each for each in results if each.condition == condition]
        for method in dict.fromkeys(each.method for each in chosen):
            average = mean([each.score for each in chosen if each.method == method])
            cells = [figure(getattr(average, column)) for column in COLUMNS]
            lines.append(f"| {method} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def by_subject(results: Sequence[Result]) -> str:
    """The chroma keyer's figures in the band, subject by subject, in Markdown."""
    columns = [f"{', '.join(each)}: band_mse, colour, band_comp" for each in CONDITIONS]
    lines = [f"| subject | {' | '.join(columns)} |", "|---|" + "---|" * len(columns)]
    chosen = [each for each in results if each.method == CHROMA]
    for subject in dict.fromkeys(each.shot.name for each in chosen):
        scores = [each.score for each in chosen if each.shot.name == subject]
        cells = [
            ", ".join(figure(value) for value in (one.band_mse, one.colour, one.band_comp))
            for one in scores
        ]
        lines.append(f"| {subject} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def figure(value: float) -> str:
    """Three digits."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def write_picture(folder: Path, result: Result) -> None:
    """One row of pictures at full size: plate, matte, and the key over black, white and red."""
    shot = result.shot
    order = [0, 2, 1] if shot.kind == "blue" else [0, 1, 2]
    tiles = row(planes(shot.plate), result.alpha, result.foreground[order])
    name = f"{shot.name}_{shot.difficulty}_{shot.kind}".replace(" ", "_").replace(",", "")
    write_png(folder / f"{name}.png", [tiles])


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure the chroma keyer's quality.")
    parser.add_argument("out", nargs="?", type=Path, default=Path("quality"))
    parser.add_argument("--size", default="720x480", help="of the procedural subjects")
    parser.add_argument("--only", default="", help="subjects whose name holds this")
    return parser.parse_args()


def main() -> None:
    """Run it."""
    options = arguments()
    width, height = (int(edge) for edge in options.size.split("x"))
    options.out.mkdir(parents=True, exist_ok=True)
    ways, results = methods(), list[Result]()
    if not any("closed form" in name for name in ways):
        print("PyMatting is not installed: no row for closed-form matting.")
    for index, (subject, layer) in enumerate(layers((height, width), options.only)):
        for place, condition in enumerate(CONDITIONS):
            rng = np.random.default_rng(1000 + 10 * index + place)
            shot = composite(subject, layer, *condition, rng)
            for result in keyed_every_way(shot, ways):
                results.append(result)
                if result.method == CHROMA:
                    write_picture(options.out, result)
        print(f"{subject}: done", flush=True)
    text = tables(results) + "\n" + by_subject(results)
    (options.out / "quality.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
