"""OCIO configs: loading one, and finding spaces in it by name, role or alias."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

import OpenImageIO as oiio

from corridorkey_core.errors import ColourError

# Pinned by its full name: the spaces' names differ between versions.
BUILT_IN_CONFIG = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
ACES_NAMES = ("aces_interchange", "lin_ap0_scene", "ACES2065-1", "ACES - ACES2065-1", "aces2065_1")
MOST_NEAR = 5


@dataclass(frozen=True)
class Config:
    """A loaded OCIO config; `where` is the file or built-in name that loads it again."""

    where: str
    spaces: oiio.ColorConfig

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical names of its colour spaces."""
        return tuple(self.spaces.getColorSpaceNames())

    def find(self, name: str) -> str | None:
        """The canonical name of a space, role or alias, whatever its case; None if unknown."""
        names = self.names
        resolved = str(self.spaces.resolve(name))
        if resolved in names:
            return resolved
        return next((known for known in names if known.lower() == name.lower()), None)

    def first_of(self, candidates: tuple[str, ...]) -> str | None:
        """The first of several names that the config knows, in its canonical form."""
        return next((known for name in candidates if (known := self.find(name))), None)

    def known(self, name: str) -> str:
        """The canonical name, or a `ColourError` that lists near ones."""
        found = self.find(name)
        if found is None:
            raise ColourError(
                f"There is no colour space {name!r} in {self.where}.{self._near(name)}"
            )
        return found

    def _near(self, name: str) -> str:
        words = {_letters(word): word for word in ("linear", "srgb", *self.spaces.getRoles())}
        for known in reversed(self.names):
            words |= {_letters(word): known for word in (known, *self.spaces.getAliases(known))}
        sought = _letters(name)
        keys = [key for key in words if sought and sought in key]
        keys = keys or get_close_matches(sought, words, n=MOST_NEAR, cutoff=0.5)
        near = list(dict.fromkeys(words[key] for key in keys))[-MOST_NEAR:]
        if near:
            return f" Did you mean {' or '.join(near)}?"
        return f" It has: linear, srgb, {', '.join(self.names)}."


def load_config(config: str = "") -> Config:
    """The OCIO config of a file or a built-in name; empty takes $OCIO, else `BUILT_IN_CONFIG`.

    Raises `ColourError` naming the file where it is missing or damaged: OpenImageIO itself would
    go on with a handful of spaces of its own.
    """
    where = config or os.environ.get("OCIO", "") or BUILT_IN_CONFIG
    if re.fullmatch(r"(cg|studio)-config-[\w.-]+", where):
        where = f"ocio://{where}"
    loaded, error = _loaded(where, _changed_at(where))
    if error:
        source = "`ocio_config`" if config else "$OCIO"
        raise ColourError(
            f"The OCIO config {where}, named by {source}, cannot be used: "
            f"{' '.join(error.split())}. Correct {source}; empty takes a built-in ACES config."
        )
    return Config(where, loaded)


@lru_cache(maxsize=8)
def _loaded(where: str, _changed_at: int) -> tuple[oiio.ColorConfig, str]:
    """A config and what is wrong with it; read again only when its file was changed."""
    loaded = oiio.ColorConfig(where)
    return loaded, loaded.geterror()


def _changed_at(where: str) -> int:
    try:
        return Path(where).stat().st_mtime_ns
    except OSError:
        return 0


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
