"""The user's own folders, as each system has them. Standard library, since hosts have no more."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

APPLICATION = "corridorkey"


def log_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """This user's folder for logs; it need not be there."""
    home = Path.home()
    if platform == "win32":
        return (
            Path(environment.get("LOCALAPPDATA") or home / "AppData/Local") / APPLICATION / "Logs"
        )
    if platform == "darwin":
        return home / "Library/Logs" / APPLICATION
    return Path(environment.get("XDG_STATE_HOME") or home / ".local/state") / APPLICATION / "log"


def cache_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """This user's folder for results where a host has no better place; it need not be there."""
    home = Path.home()
    if platform == "win32":
        return (
            Path(environment.get("LOCALAPPDATA") or home / "AppData/Local") / APPLICATION / "Cache"
        )
    if platform == "darwin":
        return home / "Library/Caches" / APPLICATION
    return Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / APPLICATION


def config_folder(
    environment: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> Path:
    """This user's folder for what is configured; it need not be there."""
    home = Path.home()
    if platform == "win32":
        return Path(environment.get("APPDATA") or home / "AppData/Roaming") / APPLICATION
    if platform == "darwin":
        return home / "Library/Application Support" / APPLICATION
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / APPLICATION
