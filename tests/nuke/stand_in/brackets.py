"""Where a bracket ends, in Nuke's expressions and in Tcl alike."""

from __future__ import annotations


def closing(text: str, at: int) -> int | None:
    """The place of the bracket that closes the one `at` a place; None if none does."""
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == "[") - (text[place] == "]")
        if not depth:
            return place
    return None
