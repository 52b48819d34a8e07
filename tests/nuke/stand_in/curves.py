"""One number of a knob: a constant, keys over frames, or an expression."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.nuke.script_text import quoted, split_list


@dataclass(frozen=True)
class Constant:
    """A number."""

    number: float = 0.0


@dataclass(frozen=True)
class Expression:
    """Text that is evaluated whenever the number is asked for."""

    text: str


@dataclass
class Curve:
    """Keys over frames; linear between them, constant outside.

    Nuke's own curves are smooth between keys unless set to linear; code here must not depend on it,
    so a frame between two keys of a smooth curve is refused by `at`.
    """

    keys: dict[float, float] = field(default_factory=dict)
    linear: bool = False

    def at(self, frame: float) -> float:
        """The number at a frame."""
        frames = sorted(self.keys)
        if frame in self.keys:
            return self.keys[frame]
        after = bisect.bisect(frames, frame)
        if after == 0:
            return self.keys[frames[0]]
        if after == len(frames):
            return self.keys[frames[-1]]
        left, right = frames[after - 1], frames[after]
        low, high = self.keys[left], self.keys[right]
        if low != high and not self.linear:
            raise NotImplementedError("the stand-in does not know smooth curves between keys")
        return low + (high - low) * (frame - left) / (right - left)


Field = Constant | Curve | Expression
Evaluate = Callable[[str], float]


def value_at(one: Field, frame: float, evaluate: Evaluate) -> float:
    """The number of a field at a frame."""
    if isinstance(one, Constant):
        return one.number
    if isinstance(one, Curve):
        return one.at(frame)
    return evaluate(one.text)


def number_text(number: float) -> str:
    """A number as scripts write it."""
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(number)


def field_text(one: Field) -> str:
    """A field as it stands in a script."""
    if isinstance(one, Constant):
        return number_text(one.number)
    if isinstance(one, Expression):
        return "{" + quoted(one.text) + "}"
    keys = " ".join(f"x{number_text(x)} {number_text(y)}" for x, y in sorted(one.keys.items()))
    return "{curve" + (" L" if one.linear else "") + (f" {keys}" if keys else "") + "}"


def field_of(text: str) -> Field:
    """A field from its text; raises `ValueError` for what is none of the three."""
    words = split_list(text)
    if not words:
        raise ValueError("an empty value")
    if words[0] == "curve":
        return _curve(words[1:])
    try:
        number = float(words[0])
    except ValueError:
        return _expression(words, text)
    if len(words) > 1:
        raise ValueError(f"{text!r} is neither a number nor an expression")
    return Constant(number)


def fields_of(text: str) -> list[Field]:
    """The fields of a value: `0.5`, `1 2 3`, `{parent.size}`, `{curve x1 0 x9 1} 2`."""
    return [field_of(word) for word in split_list(text)]


def _expression(words: list[str], text: str) -> Expression:
    """What follows an expression may be a flag or keys; a part of it needs quotes."""
    for word in words[1:]:
        if word not in ("i", "l", "L") and word[0] not in "x0123456789.-":
            raise ValueError(f"an expression with spaces needs quotes: {text!r}")
    return Expression(words[0])


def _curve(words: list[str]) -> Curve:
    curve = Curve()
    frame, step = 0.0, 1.0
    for word in words:
        if word in ("L", "l"):
            curve.linear = True
        elif word[0] == "x":
            previous, frame = frame, float(word[1:])
            step = frame - previous if curve.keys else 1.0
        elif word[0] in "iKCRHst":
            continue
        else:
            curve.keys[frame] = float(word)
            frame += step
    if not curve.keys:
        raise ValueError("a curve without keys")
    return curve
