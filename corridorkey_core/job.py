"""A job: one shot to key, and all that decides what comes out of it.

Standard library only, Python 3.9: hosts build jobs. `job_file` turns them into YAML and back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from corridorkey_core.errors import SettingsError
from corridorkey_core.parameter import did_you_mean
from corridorkey_core.settings import Settings

FIELDS = ("plate", "hint", "output", "frames", "name", "settings")


@dataclass(frozen=True)
class Job:
    """One shot: where its plate and hint are, which frames, where results go, and the settings.

    `plate` and `hint` are a file pattern, a folder, a file or a movie; an empty `hint` means that
    one is made. An empty `frames` means every frame of the plate, an empty `name` the plate's own.
    Raises `SettingsError` for a wrong value.
    """

    plate: str
    output: str
    hint: str = ""
    frames: str = ""
    name: str = ""
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        for name in ("plate", "output", "hint", "frames", "name"):
            if not isinstance(getattr(self, name), str):
                raise SettingsError(f"{name} is {getattr(self, name)!r}; expected text.")
        for name in ("plate", "output"):
            if not getattr(self, name).strip():
                raise SettingsError(f"{name} is empty; a job needs a plate and an output folder.")
        if any(mark in self.name for mark in "/\\") or self.name in (".", ".."):
            raise SettingsError(f"name is {self.name!r}; expected a file name, without folders.")

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Job:
        """A job from plain values, `settings` a mapping of its own; refuses unknown names."""
        for name in values:
            if name not in FIELDS:
                raise SettingsError(f"Unknown job entry {name!r}.{did_you_mean(str(name), FIELDS)}")
        missing = [name for name in ("plate", "output") if name not in values]
        if missing:
            raise SettingsError(f"The job has no {' and no '.join(missing)}.")
        settings = values.get("settings") or {}
        if not isinstance(settings, Mapping):
            raise SettingsError(f"settings is {settings!r}; expected names and values.")
        return cls(**{**values, "settings": Settings.from_mapping(settings)})

    def to_mapping(self) -> dict[str, Any]:
        """Plain values that `from_mapping` turns back into an equal job."""
        texts = {name: getattr(self, name) for name in FIELDS if name != "settings"}
        return {**texts, "settings": self.settings.to_mapping()}
