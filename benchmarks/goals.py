"""What is wanted of what was measured: a line for each goal, with its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """Frames a second: of each stage `alone` by its name, of the `pipeline`, of the `serial` loop.

    The serial loop's are 0 where it was not measured.
    """

    alone: Mapping[str, float]
    pipeline: float
    serial: float = 0.0

    @property
    def slowest(self) -> str:
        """The name of the slowest stage."""
        return min(self.alone, key=lambda name: self.alone[name])

    @property
    def beside_slowest(self) -> float:
        """The pipeline's rate as a share of its slowest stage's."""
        return self.pipeline / self.alone[self.slowest]


def at_most(number: int, words: str, found: float, limit: float, unit: str) -> str:
    """The line of a goal that is kept at `limit` and below."""
    return _line(number, words, found, f"at most {limit:g}", limit - found, unit)


def at_least(number: int, words: str, found: float, limit: float, unit: str) -> str:
    """The line of a goal that is kept at `limit` and above."""
    return _line(number, words, found, f"at least {limit:g}", found - limit, unit)


def of_files(keyer: str, rates: Rates) -> Iterator[str]:
    """The lines of goal 3, files to files with a keyer; none of a serial loop not measured."""
    beside = f"{keyer}, files to files beside {rates.slowest}"
    yield at_least(3, beside, rates.beside_slowest, 0.95, "of it")
    yield at_least(3, f"{keyer}, files to files", rates.pipeline, 5.0, "frames/s")
    if rates.serial:
        faster = rates.pipeline / rates.serial
        yield at_least(3, f"{keyer}, beside the serial loop", faster, 5.0, "times it")


def _line(number: int, words: str, found: float, wanted: str, spare: float, unit: str) -> str:
    # Not a number is never spare.
    verdict = "kept" if spare >= 0 else f"missed by {_short(-spare)} {unit}"
    return f"goal {number}: {words}: {_short(found)} {unit}, wanted {wanted}: {verdict}"


def _short(number: float) -> str:
    """As many places as tell it from a limit: 1856, 35.9, 0.949."""
    if abs(number) >= 1000:
        return f"{number:.0f}"
    return f"{number:.3f}" if abs(number) < 1 else f"{number:.4g}"
