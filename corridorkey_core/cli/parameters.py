"""The settings as command-line options, walked from their one declaration."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from corridorkey_core.errors import SettingsError
from corridorkey_core.job_file import allowed
from corridorkey_core.parameter import Parameter
from corridorkey_core.settings import SECTIONS, Settings


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """Give a parser one option for each parameter; those not named stay absent."""
    for section in SECTIONS:
        group = parser.add_argument_group(section)
        for fact in Settings.parameters():
            if fact.section == section:
                _add(group, fact)


def named_parameters(options: argparse.Namespace) -> dict[str, Any]:
    """The values of the parameters that were named on the command line."""
    names = {fact.name for fact in Settings.parameters()}
    return {name: value for name, value in vars(options).items() if name in names}


def _add(group: argparse._ArgumentGroup, fact: Parameter) -> None:
    flag = "--" + fact.name.replace("_", "-")
    text = f"{fact.help}{allowed(fact)} Default: {shown(fact.default) or 'empty'}."
    common = {"help": text.replace("%", "%%"), "default": argparse.SUPPRESS}
    if fact.kind is bool:
        group.add_argument(flag, action=argparse.BooleanOptionalAction, **common)  # type: ignore[arg-type]
        return
    group.add_argument(flag, metavar=_metavar(fact), type=_reader(fact), **common)  # type: ignore[arg-type]


def _metavar(fact: Parameter) -> str:
    if fact.kind is tuple:
        return "A,B,.."
    return {int: "N", float: "X"}.get(fact.kind, "WORD" if fact.choices else "TEXT")


def _reader(fact: Parameter) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return fact.validate(_parsed(fact, text))
        except SettingsError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


def _parsed(fact: Parameter, text: str) -> Any:
    if fact.kind is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if fact.kind not in (int, float):
        return text
    try:
        return int(text) if fact.kind is int else float(text)
    except ValueError as error:
        raise SettingsError(f"{fact.name} is {text!r}; expected a number.") from error


def shown(value: object) -> str:
    """A value as it is written on a command line."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
