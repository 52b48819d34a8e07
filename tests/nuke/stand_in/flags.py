"""Flags of knobs, by Nuke's names. The numbers are the stand-in's own: code must use the names."""

from __future__ import annotations

from tests.nuke.stand_in.session import current

NAMES = (
    "STARTLINE", "ENDLINE", "INVISIBLE", "DISABLED", "DO_NOT_WRITE", "ALWAYS_SAVE", "NO_ANIMATION",
    "NO_UNDO", "NO_MULTIVIEW", "READ_ONLY", "KNOB_CHANGED_RECURSIVE", "NO_CHECKMARKS",
)  # fmt: skip
BITS = {name: 1 << (at + 8) for at, name in enumerate(NAMES)}
INVISIBLE = BITS["INVISIBLE"]
STARTLINE = BITS["STARTLINE"]
DO_NOT_WRITE = BITS["DO_NOT_WRITE"]
IN_SCRIPTS = {"HIDDEN": INVISIBLE} | BITS  # saved scripts write both +HIDDEN and +INVISIBLE


def require_known(flag: int) -> None:
    """Refuse a number that no flag has."""
    if flag not in BITS.values():
        raise current().refuse(ValueError, f"{flag} is no flag of a knob")
