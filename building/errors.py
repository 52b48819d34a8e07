"""What goes wrong while an environment is made."""

from __future__ import annotations


class SetupError(Exception):
    """Written for a person: what was found, what was expected, what to do next."""
