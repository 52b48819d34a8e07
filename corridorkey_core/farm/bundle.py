"""The folder that is handed to a farm: whole or absent."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from corridorkey_core.disk_error import why
from corridorkey_core.errors import SettingsError
from corridorkey_core.farm.order import JOB_FILE
from corridorkey_core.temporary import temporary_name


def write_bundle(folder: Path, files: Mapping[str, str], *, replace: bool) -> None:
    """Write the files into a folder of their own, which takes its name when all are written.

    One that is there already is refused, or with `replace` gives way, if it is a bundle. Raises
    `SettingsError`, leaving no rest.
    """
    check_target(folder, replace=replace)
    whole = folder.with_name(temporary_name(".new"))
    old = folder.with_name(temporary_name(".old"))
    try:
        whole.mkdir(parents=True)
        for name, text in files.items():
            (whole / name).write_text(text, encoding="utf-8", newline="\n")
        if folder.exists():
            folder.rename(old)
        try:
            whole.rename(folder)
        except OSError:
            with suppress(OSError):
                old.rename(folder)
            raise
    except OSError as error:
        raise SettingsError(f"The bundle {folder} cannot be written: {why(error)}.") from error
    finally:
        shutil.rmtree(whole, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def check_target(folder: Path, *, replace: bool) -> None:
    """Raise `SettingsError` where a bundle cannot take this place; ask before costly work."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise SettingsError(f"{folder} is a file; expected a folder to make for the bundle.")
    entries = list(folder.iterdir())
    if entries and not (folder / JOB_FILE).is_file():
        raise SettingsError(f"{folder} is no bundle; name a folder that is not there yet.")
    if entries and not replace:
        raise SettingsError(f"{folder} is there already; --force replaces it.")
    if any(entry.is_dir() for entry in entries):
        raise SettingsError(f"{folder} holds folders, as no bundle does; name another one.")
