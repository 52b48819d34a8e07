"""How frame numbers are written in file names. Standard library only, Python 3.9."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NUMBER = r"(?:-(?=0*[1-9]))?[0-9]+"
"""Pattern of a frame number in a file name; there is no minus zero."""


@dataclass(frozen=True)
class Numbering:
    """Frame numbers of at least `padding` characters, filled with zeros.

    A minus sign takes the place of a digit, as in C's `%04d` (-005), unless `sign_is_extra`
    (-0005).
    """

    padding: int
    sign_is_extra: bool = False

    def written(self, number: int) -> str:
        """The text of a number."""
        if number >= 0 or not self.sign_is_extra:
            return f"{number:0{self.padding}d}"
        return f"-{-number:0{self.padding}d}"

    def read(self, text: str) -> int | None:
        """The number that this writes as `text`, or None where it would write another."""
        number = int(text)
        return number if self.written(number) == text else None

    def frames(self, texts: Iterable[str]) -> tuple[int, ...]:
        """The numbers of those texts that this writes so, ascending."""
        numbers = (self.read(text) for text in texts)
        return tuple(sorted(number for number in numbers if number is not None))


Numbered = tuple[Numbering, tuple[int, ...]]


def numberings(texts: Iterable[str]) -> list[Numbered]:
    """Split texts of numbers into sequences, each of one numbering, the longest first.

    0999 and 1000 are one sequence of four digits; 1 and 0001 are two, since both are frame 1.
    """
    left, found = set(texts), []
    while left:
        best = max((_numbered(numbering, left) for numbering in _candidates(left)), key=_worth)
        found.append(best)
        left -= {best[0].written(number) for number in best[1]}
    return found


def padded(texts: Iterable[str], padding: int) -> Numbered | None:
    """The sequence of exactly this padding among the texts, or None."""
    known = list(texts)
    best = max((_numbered(Numbering(padding, sign), known) for sign in (False, True)), key=_worth)
    return best if best[1] else None


def _candidates(texts: set[str]) -> set[Numbering]:
    # Only a leading zero proves a padding; without any, it is the length of the shortest number.
    digits = [text.lstrip("-") for text in texts]
    filled = [text for text in texts if text.lstrip("-").startswith("0")]
    return {Numbering(min(map(len, digits)))} | {
        Numbering(len(text) - (text[0] == "-" and sign), sign)
        for text in filled
        for sign in (False, True)
    }


def _numbered(numbering: Numbering, texts: Iterable[str]) -> Numbered:
    return numbering, numbering.frames(texts)


def _worth(numbered: Numbered) -> tuple[int, int, bool]:
    numbering, frames = numbered
    return len(frames), numbering.padding, not numbering.sign_is_extra
