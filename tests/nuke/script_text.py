"""Reading and writing the TCL in which Nuke keeps scripts and gizmos.

A script is commands of words. A word in braces is taken as it stands; in quotes or bare,
backslashes escape, and `[` and `$` would be executed while the script loads: in a node's knobs that
is a fault, which real scripts avoid by `\\[`. Facts: TCL's rules
(https://www.tcl-lang.org/man/tcl8.6/TclCmd/Tcl.htm) and saved scripts, which all write
`label "\\[value size]"`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
SPECIAL = set(' \t\n\r;"{}[]$\\')


class ScriptSyntaxError(ValueError):
    """The text is no TCL, or not the TCL that Nuke reads; `line` counts from 1."""

    def __init__(self, message: str, text: str, at: int) -> None:
        self.line = text.count("\n", 0, at) + 1
        super().__init__(f"line {self.line}: {message}")


@dataclass(frozen=True)
class Word:
    """One word: its text after TCL took its quotes away, and what TCL would have executed in it.

    `braced` words are not executed. `substitutes` holds for an unescaped `[` or `$` elsewhere.
    """

    text: str
    braced: bool = False
    substitutes: bool = False
    at: int = 0


def commands(text: str) -> list[list[Word]]:
    """The commands of a script, each a list of words; comments are left out."""
    found: list[list[Word]] = []
    reader = _Reader(text)
    while not reader.is_at_end():
        reader.skip(" \t\r\n;")
        if reader.is_at_end():
            break
        if reader.here() == "#":
            reader.skip_comment()
            continue
        found.append(reader.command())
    return found


def words(text: str) -> list[Word]:
    """The words of a list, which may go over lines."""
    reader = _Reader(text)
    found: list[Word] = []
    while True:
        reader.skip(" \t\r\n")
        if reader.is_at_end():
            return found
        found.append(reader.word(" \t\r\n"))


def split_list(text: str) -> list[str]:
    """The texts of a list's words; raises `ScriptSyntaxError`."""
    return [word.text for word in words(text)]


def join_list(texts: Iterable[str]) -> str:
    """A list that `split_list` takes apart again."""
    return " ".join(quoted(text) for text in texts)


def quoted(text: str) -> str:
    """One word as Nuke writes it: bare where it can be, in quotes with escapes otherwise."""
    if text and not SPECIAL & set(text) and text.isprintable():
        return text
    escaped = "".join(_ESCAPED.get(one, one) for one in text)
    return f'"{escaped}"'


_ESCAPED = {one: "\\" + one for one in '"\\[${}'} | {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def is_at_end(self) -> bool:
        return self.at >= len(self.text)

    def here(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def skip(self, characters: str) -> None:
        while self.here() and self.here() in characters:
            self.at += 1

    def skip_comment(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def command(self) -> list[Word]:
        found: list[Word] = []
        while True:
            self.skip(" \t\r")
            if self.is_at_end() or self.here() in "\n;":
                return found
            found.append(self.word(" \t\r\n;"))

    def word(self, ends: str) -> Word:
        start = self.at
        if self.here() == "{":
            word = Word(self._braced(), braced=True, at=start)
        elif self.here() == '"':
            self.at += 1
            text, substitutes = self._until('"', '"')
            if self.here() != '"':
                raise self._error("a quote is not closed", start)
            self.at += 1
            word = Word(text, substitutes=substitutes, at=start)
        else:
            text, substitutes = self._until(ends, "")
            return Word(text, substitutes=substitutes, at=start)
        if self.here() and self.here() not in ends:
            raise self._error(f"{self.here()!r} follows a word in quotes or braces", self.at)
        return word

    def _braced(self) -> str:
        start, depth = self.at, 0
        while not self.is_at_end():
            one = self.here()
            if one == "\\":
                self.at += 1
            elif one == "{":
                depth += 1
            elif one == "}":
                depth -= 1
                if not depth:
                    self.at += 1
                    return self.text[start + 1 : self.at - 1]
            self.at += 1
        raise self._error("a brace is not closed", start)

    def _until(self, ends: str, quote: str) -> tuple[str, bool]:
        found: list[str] = []
        substitutes = False
        while not self.is_at_end() and self.here() not in ends:
            one = self.here()
            if one == "\\":
                found.append(self._escaped())
                continue
            if one in "[$":
                substitutes = True
            if one == "[":
                found.append(self._bracketed())
                continue
            if one == "}" and not quote:
                raise self._error("a brace is closed that is not open", self.at)
            found.append(one)
            self.at += 1
        return "".join(found), substitutes

    def _escaped(self) -> str:
        self.at += 1
        one = self.here()
        if not one:
            raise self._error("the text ends in a backslash", self.at - 1)
        self.at += 1
        if one == "\n":
            self.skip(" \t")
            return " "
        return ESCAPES.get(one, one)

    def _bracketed(self) -> str:
        start, depth = self.at, 0
        while not self.is_at_end():
            one = self.here()
            depth += (one == "[") - (one == "]")
            self.at += 2 if one == "\\" else 1
            if not depth:
                return self.text[start : self.at]
        raise self._error("a bracket is not closed", start)

    def _error(self, message: str, at: int) -> ScriptSyntaxError:
        return ScriptSyntaxError(message, self.text, at)
