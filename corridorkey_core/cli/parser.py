"""An argument parser that says what is wrong in two lines, and what may have been meant."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NoReturn, TypeAlias

from corridorkey_core.parameter import did_you_mean

UNKNOWN = "unrecognized arguments: "


class Parser(argparse.ArgumentParser):
    """`argparse.ArgumentParser` without abbreviations, and with short errors."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{**options, "allow_abbrev": False})  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how to get help, and exit with 2."""
        self.exit(2, f"{self.prog}: {message}{self._meant(message)}\nTry: {self.prog} --help\n")

    def _meant(self, message: str) -> str:
        if not message.startswith(UNKNOWN):
            return ""
        word = message.removeprefix(UNKNOWN).split()[0].partition("=")[0]
        meant = did_you_mean(word, self._options())
        return f".{meant}" if meant else ""

    def _options(self) -> Iterator[str]:
        """The long options of this parser and of its commands."""
        for action in self._actions:
            yield from (option for option in action.option_strings if option.startswith("--"))
            if isinstance(action, argparse._SubParsersAction):
                for command in action.choices.values():
                    yield from command._options()


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # argparse names this type only so
