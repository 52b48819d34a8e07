"""Nuke's expressions: precedence, functions, names, pictures, and what is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.nuke.stand_in.formula import ExpressionError, Value, evaluate, parse


@dataclass
class Names:
    known: dict[str, Value] = field(default_factory=dict)

    def name(self, name: str, frame: float | None) -> Value:
        if name not in self.known:
            raise ExpressionError(name)
        return self.known[name] + (frame or 0.0)

    def sample(self, channel: str, x: Value, y: Value) -> Value:
        return self.known[channel] * 100 + x * 10 + y

    def tcl(self, command: str) -> Value:
        return float(len(command))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("2 ^ 3", 8.0),
        ("7 % 4", 3.0),
        ("1 - 2 - 3", -4.0),
        ("!0 + !5", 1.0),
        ("1 < 2 && 2 < 1 || 1", 1.0),
        ("1 ? 2 : 0 ? 3 : 4", 2.0),
        ("0 ? 2 : 0 ? 3 : 4", 4.0),
        ("1 == 1.0", 1.0),
        ("1 != 1", 0.0),
        ("max(1, 5, 3) + min(4, 2)", 7.0),
        ("clamp(1.5) + clamp(5, 0, 3)", 4.0),
        ("floor(-1.5) + ceil(1.2) + int(-1.9) + rint(2.6)", 2.0),
        ("sqrt(16) + abs(-2) + exp(0)", 7.0),
        ("lerp(2, 4, 0.5)", 3.0),
        ("smoothstep(0, 1, 0.5)", 0.5),
        ("pi > 3.14 && pi < 3.15", 1.0),
        ("1e-3 * 1000", 1.0),
        (".5 + 1.", 1.5),
        ("parent.size + w", 12.0),
        ("Blur1.size(3)", 5.0),
        ("[value root.name]", 15.0),
        ("[exists parent.input2] ? 1 : 2", 1.0),
        ("a(4, 5)", 345.0),
    ],
)
def test_values(text: str, value: float) -> None:
    names = Names({"parent.size": 10.0, "w": 2.0, "Blur1.size": 2.0, "a": 3.0})
    assert evaluate(text, names) == pytest.approx(value)


def test_a_picture_is_worked_out_pixel_by_pixel() -> None:
    picture = np.array([[0.0, 0.5], [1.0, 2.0]])
    names = Names({"r": picture})
    brighter = np.array([[0.0, 1.0], [1.0, 1.0]])
    np.testing.assert_allclose(evaluate("r > 0.75 ? 1 : r * 2", names), brighter)
    squared = np.array([[1.0, 1.25], [2.0, 6.0]])
    np.testing.assert_allclose(evaluate("pow(r, 2) + max(r, 1)", names), squared)


def test_only_the_chosen_side_of_a_number_is_worked_out() -> None:
    assert evaluate("1 ? 2 : nothing", Names()) == 2.0


def test_a_division_by_zero_is_no_exception() -> None:
    assert math.isinf(evaluate("1 / 0", Names()))


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "(1", "1 2", "foo(1)", "frobnicate(1, 2, 3)", "1 ? 2", "a @ b", "[value x", "x; y"],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(text, Names({"a": 1.0, "b": 1.0, "x": 1.0, "y": 1.0}))


def test_names_and_commands_can_be_looked_up_without_evaluating() -> None:
    parsed = parse("parent.size * [value root.name] + a(x + 1, y) + max(Kernel.w0, pi)")
    assert parsed.names == ("parent.size", "x", "y", "a", "Kernel.w0")
    assert parsed.commands == ("value root.name",)


numbers = st.integers(-9, 9).map(str)
expressions = st.recursive(
    numbers,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=12,
)


@given(expressions)
def test_arithmetic_is_that_of_python(text: str) -> None:
    assert evaluate(text, Names()) == pytest.approx(eval(text))
