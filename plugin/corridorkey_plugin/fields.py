"""Plain values, as JSON has them, to the fields of a message; what does not fit is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

_Form = tuple[Callable[[object], bool], Callable[[Any], Any]]


class FieldError(ValueError):
    """A field is missing, or of the wrong kind."""


def build(kind: Any, values: Mapping[str, Any]) -> Any:
    """A frozen dataclass from those of `values` that it knows; raises `FieldError`."""
    known = {}
    for one in dataclasses.fields(kind):
        if one.name in values:
            fits, convert = _FORMS[str(one.type)]
            if not fits(values[one.name]):
                found = f"{str(values[one.name])[:60]!r}; expected {one.type}"
                raise FieldError(f"has a wrong {one.name}: {found}")
            known[one.name] = convert(values[one.name])
        elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
            raise FieldError(f"has no {one.name}")
    return kind(**known)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_whole(value) or isinstance(value, float)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_list_of(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _or_none(form: _Form) -> _Form:
    fits, convert = form
    return (
        lambda value: value is None or fits(value),
        lambda value: None if value is None else convert(value),
    )


def _same(value: Any) -> Any:
    return value


_TEXT: _Form = (_is_text, _same)
_WHOLE: _Form = (_is_whole, _same)
_NUMBER: _Form = (_is_number, float)
# By the annotation as it is written: a host's Python 3.9 cannot evaluate every one.
_FORMS: dict[str, _Form] = {
    "str": _TEXT,
    "int": _WHOLE,
    "float": _NUMBER,
    "bool": (lambda value: isinstance(value, bool), _same),
    "str | None": _or_none(_TEXT),
    "int | None": _or_none(_WHOLE),
    "float | None": _or_none(_NUMBER),
    "tuple[int, ...]": (_is_list_of(_is_whole), tuple),
    "tuple[str, ...]": (_is_list_of(_is_text), tuple),
    "Mapping[str, Any]": (lambda value: isinstance(value, dict), _same),
}
