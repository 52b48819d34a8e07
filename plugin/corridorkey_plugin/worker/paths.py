"""What a message may not bring in: texts that no system takes for a path."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from corridorkey_core.errors import SettingsError


def check_texts(job: Mapping[str, Any]) -> None:
    """Raise `SettingsError` for a text in a job that cannot be a path's, however it is written.

    Where results may lie is checked with the job's plan: below its own output folder.
    """
    settings = job.get("settings")
    own = settings if isinstance(settings, dict) else {}
    for name, value in {**job, **own}.items():
        if isinstance(value, str) and not _is_plain(value):
            raise SettingsError(f"{name[:60]} holds characters that no path can have.")


def _is_plain(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False
