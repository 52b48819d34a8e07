"""The language of Nuke's expressions, over numbers and over whole pictures alike.

Operators and functions as in Foundry's user guide, chapter "Expressions"
(https://learn.foundry.com/nuke/content/comp_environment/expressions/adding_math_functions.html).
What is not listed there is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tests.nuke.stand_in.brackets import closing

Value = Any  # a float, or an array of them
TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r"|(?P<name>\$gui|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)"
    r"|(?P<operator>\*\*|==|!=|<=|>=|&&|\|\||[-+*/%^<>!?:(),]))"
)
CONSTANTS = {"pi": math.pi}
PRECEDENCE = (
    ("||",),
    ("&&",),
    ("==", "!="),
    ("<", ">", "<=", ">="),
    ("+", "-"),
    ("*", "/", "%"),
)


class ExpressionError(ValueError):
    """The text is no expression, or uses what there is none of."""


class Resolver(Protocol):
    """Where names get their values from."""

    def name(self, name: str, frame: float | None) -> Value:
        """The value of `a.b.c`, now or at a frame; raises `ExpressionError`."""

    def sample(self, channel: str, x: Value, y: Value) -> Value:
        """A channel's value at a place, where pictures are; raises `ExpressionError`."""

    def tcl(self, command: str) -> Value:
        """The number that a command in brackets gives."""


Formula = Callable[[Resolver], Value]


@dataclass(frozen=True)
class Parsed:
    """An expression, and the names and commands in it."""

    formula: Formula
    names: tuple[str, ...]
    commands: tuple[str, ...]


def _smoothstep(a: Value, b: Value, x: Value) -> Value:
    t = np.clip((x - a) / (b - a), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _clamp(x: Value, low: Value = 0.0, high: Value = 1.0) -> Value:
    return np.minimum(np.maximum(x, low), high)


def _many(fold: Callable[[Value, Value], Value]) -> Callable[..., Value]:
    def folded(first: Value, *rest: Value) -> Value:
        for one in rest:
            first = fold(first, one)
        return first

    return folded


def _power(base: Value, exponent: Value) -> Value:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.power(np.asarray(base, float), exponent)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "abs": np.abs,
    "fabs": np.abs,
    "ceil": np.ceil,
    "clamp": _clamp,
    "cos": np.cos,
    "exp": np.exp,
    "floor": np.floor,
    "fmod": np.fmod,
    "int": np.trunc,
    "isinf": np.isinf,
    "isnan": np.isnan,
    "lerp": lambda a, b, x: a + (b - a) * x,
    "log": np.log,
    "log10": np.log10,
    "max": _many(np.maximum),
    "min": _many(np.minimum),
    "mix": lambda a, b, x: a + (b - a) * x,
    "pow": _power,
    "pow2": lambda x: x * x,
    "rint": np.rint,
    "sin": np.sin,
    "smoothstep": _smoothstep,
    "sqrt": np.sqrt,
    "step": lambda a, x: np.where(np.asarray(x) >= a, 1.0, 0.0),
    "tan": np.tan,
    "trunc": np.trunc,
}


def _divide(a: Value, b: Value) -> Value:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(a, b)


OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "||": lambda a, b: np.where((np.asarray(a) != 0) | (np.asarray(b) != 0), 1.0, 0.0),
    "&&": lambda a, b: np.where((np.asarray(a) != 0) & (np.asarray(b) != 0), 1.0, 0.0),
    "==": lambda a, b: np.where(np.asarray(a) == b, 1.0, 0.0),
    "!=": lambda a, b: np.where(np.asarray(a) != b, 1.0, 0.0),
    "<": lambda a, b: np.where(np.asarray(a) < b, 1.0, 0.0),
    ">": lambda a, b: np.where(np.asarray(a) > b, 1.0, 0.0),
    "<=": lambda a, b: np.where(np.asarray(a) <= b, 1.0, 0.0),
    ">=": lambda a, b: np.where(np.asarray(a) >= b, 1.0, 0.0),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": np.fmod,
}


def parse(text: str) -> Parsed:
    """An expression from its text; raises `ExpressionError`."""
    parser = _Parser(text)
    formula = parser.ternary()
    if parser.token is not None:
        raise parser.error("the rest is no part of it")
    return Parsed(formula, tuple(parser.names), tuple(parser.commands))


def evaluate(text: str, resolver: Resolver) -> Value:
    """The value of an expression: a float, or an array where a name is one."""
    value = parse(text).formula(resolver)
    return value if isinstance(value, np.ndarray) and value.ndim else float(value)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.names: list[str] = []
        self.commands: list[str] = []
        self._tokens = self._split()
        self.token: tuple[str, str] | None = None
        self.advance()

    def _split(self) -> Iterator[tuple[str, str]]:
        at = 0
        while self.text[at:].strip():
            at += len(self.text[at:]) - len(self.text[at:].lstrip())
            if self.text[at] == "[":
                end = _closing(self.text, at)
                yield "tcl", self.text[at + 1 : end]
                at = end + 1
                continue
            match = TOKEN.match(self.text, at)
            if match is None:
                raise self.error(f"{self.text[at]!r} is not understood")
            assert match.lastgroup is not None
            yield match.lastgroup, match.group(match.lastgroup)
            at = match.end()

    def error(self, message: str) -> ExpressionError:
        return ExpressionError(f"{self.text!r} at {self.token}: {message}")

    def advance(self) -> None:
        self.token = next(self._tokens, None)

    def takes(self, *operators: str) -> str:
        if self.token is not None and self.token[0] == "operator" and self.token[1] in operators:
            taken = self.token[1]
            self.advance()
            return taken
        return ""

    def require(self, operator: str) -> None:
        if not self.takes(operator):
            raise self.error(f"{operator!r} is missing")

    def ternary(self) -> Formula:
        condition = self.binary(0)
        if not self.takes("?"):
            return condition
        yes = self.ternary()
        self.require(":")
        no = self.ternary()
        return lambda names: _choose(condition(names), yes, no, names)

    def binary(self, level: int) -> Formula:
        if level == len(PRECEDENCE):
            return self.unary()
        left = self.binary(level + 1)
        while sign := self.takes(*PRECEDENCE[level]):
            left = _joined(OPERATORS[sign], left, self.binary(level + 1))
        return left

    def unary(self) -> Formula:
        sign = self.takes("-", "+", "!")
        if not sign:
            return self.power()
        of = self.unary()
        if sign == "!":
            return lambda names: np.where(np.asarray(of(names)) == 0, 1.0, 0.0)
        return (lambda names: -of(names)) if sign == "-" else of

    def power(self) -> Formula:
        base = self.operand()
        if self.takes("**", "^"):
            return _joined(_power, base, self.unary())
        return base

    def operand(self) -> Formula:
        if self.takes("("):
            inner = self.ternary()
            self.require(")")
            return inner
        if self.token is None or self.token[0] == "operator":
            raise self.error("a value is missing")
        kind, text = self.token
        self.advance()
        if kind == "number":
            number = float(text)
            return lambda _names: number
        if kind == "tcl":
            self.commands.append(text)
            return lambda names: names.tcl(text)
        return self.call(text) if self.takes("(") else self.name(text)

    def name(self, name: str) -> Formula:
        if name in CONSTANTS:
            return lambda _names: CONSTANTS[name]
        self.names.append(name)
        return lambda names: names.name(name, None)

    def call(self, name: str) -> Formula:
        arguments = [self.ternary()]
        while self.takes(","):
            arguments.append(self.ternary())
        self.require(")")
        if name in FUNCTIONS:
            function = FUNCTIONS[name]
            return lambda names: function(*(one(names) for one in arguments))
        if len(arguments) == 2:
            self.names.append(name)
            across, up = arguments
            return lambda names: names.sample(name, across(names), up(names))
        if len(arguments) != 1 or "." not in name:
            raise self.error(f"there is no function {name!r}")
        self.names.append(name)
        return lambda names: names.name(name, float(arguments[0](names)))


def _joined(operator: Callable[[Value, Value], Value], left: Formula, right: Formula) -> Formula:
    return lambda names: operator(left(names), right(names))


def _choose(condition: Value, yes: Formula, no: Formula, names: Resolver) -> Value:
    if not isinstance(condition, np.ndarray) or not condition.ndim:
        return yes(names) if condition else no(names)
    return np.where(condition != 0, yes(names), no(names))


def _closing(text: str, at: int) -> int:
    place = closing(text, at)
    if place is None:
        raise ExpressionError(f"{text!r}: a bracket is not closed")
    return place
