"""How a parameter is declared: once, as a dataclass field that carries all that any surface needs.

Standard library only, Python 3.9: hosts build their knobs and properties from these facts.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, Union

from corridorkey_core.errors import SettingsError

Scalar = Union[bool, int, float, str]
Value = Union[Scalar, tuple[str, ...]]
Own = TypeVar("Own", bound="Declared")


@dataclass(frozen=True)
class Parameter:
    """Facts about one parameter that do not depend on the surface it is shown on.

    `minimum` and `maximum` are hard limits, `soft` the range a slider should offer. `choices` are
    the only values allowed (of each item, where the value is a tuple). `picture` is false where
    the parameter cannot change a pixel. `kind` is bool, int, float, str or tuple.
    """

    name: str
    kind: type
    default: Value
    label: str
    help: str
    section: str
    minimum: float | None = None
    maximum: float | None = None
    soft: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    multiple_of: int = 1
    picture: bool = True

    def validate(self, value: object) -> Value:
        """Return `value` in its own type, or raise `SettingsError` naming what is allowed."""
        if self.kind is bool:
            return self._boolean(value)
        if self.kind is tuple:
            return self._several(value)
        if self.kind is str:
            return self._text(value)
        return self._number(value)

    def _boolean(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        raise SettingsError(f"{self.name} is {value!r}; expected true or false.")

    def _several(self, value: object) -> tuple[str, ...]:
        items = tuple(value) if isinstance(value, (list, tuple)) else (value,)
        checked = tuple(self._text(item) for item in items)
        if not checked:
            raise SettingsError(f"{self.name} is empty; name at least one of {self._listed()}.")
        if len(set(checked)) != len(checked):
            raise SettingsError(f"{self.name} names {', '.join(checked)}; name each one once.")
        return checked

    def _text(self, value: object) -> str:
        if not isinstance(value, str):
            raise SettingsError(f"{self.name} is {value!r}; expected text.")
        if self.choices and value not in self.choices:
            raise SettingsError(
                f"{self.name} is {value!r}; expected one of {self._listed()}."
                f"{did_you_mean(value, self.choices)}"
            )
        return value

    def _number(self, value: object) -> Union[int, float]:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise SettingsError(f"{self.name} is {value!r}; expected a number.")
        low = float("-inf") if self.minimum is None else self.minimum
        high = float("inf") if self.maximum is None else self.maximum
        if not low <= value <= high:
            raise SettingsError(f"{self.name} is {value!r}; expected {low:g} to {high:g}.")
        if self.kind is int and value != int(value):
            raise SettingsError(f"{self.name} is {value!r}; expected a whole number.")
        if self.kind is int and int(value) % self.multiple_of:
            raise SettingsError(
                f"{self.name} is {value!r}; expected a multiple of {self.multiple_of}."
            )
        return int(value) if self.kind is int else float(value)

    def _listed(self) -> str:
        return ", ".join(self.choices)


def parameter(default: Value, label: str, help: str, section: str, **facts: Any) -> Any:
    """Declare a dataclass field with its facts; `facts` are the other fields of `Parameter`."""
    kind = type(default)
    return dataclasses.field(
        default=default,
        metadata={
            "facts": dict(
                facts, kind=kind, default=default, label=label, help=help, section=section
            )
        },
    )


@dataclass(frozen=True)
class Declared:
    """Base of a frozen dataclass whose every field is declared with `parameter`.

    A wrong value cannot exist: construction validates each one and raises `SettingsError`.
    """

    def __post_init__(self) -> None:
        for fact in self.parameters():
            object.__setattr__(self, fact.name, fact.validate(getattr(self, fact.name)))

    @classmethod
    def from_mapping(cls: type[Own], values: Mapping[str, Any]) -> Own:
        """Build from plain values; an unknown name raises `SettingsError` naming near ones."""
        known = [fact.name for fact in cls.parameters()]
        for name in values:
            if name not in known:
                raise SettingsError(f"Unknown setting {name!r}.{did_you_mean(str(name), known)}")
        return cls(**values)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values that `from_mapping` turns back into an equal object."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
        }

    def changed(self: Own, **values: Any) -> Own:
        """The same with some values replaced."""
        return self.from_mapping({**self.to_mapping(), **values})

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """Every parameter, in the order of its declaration."""
        return tuple(
            Parameter(name=field.name, **field.metadata["facts"])
            for field in dataclasses.fields(cls)
        )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the known words nearest to a wrong one, as the tail of a message, or nothing."""
    near = difflib.get_close_matches(word, list(dict.fromkeys(known)), n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(near)}?" if near else ""
