"""Where a session's engine listens: a file in the session's folder that only its user reads."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from corridorkey_core.temporary import temporary_name
from corridorkey_core.version import VERSION

FILE = "corridorkey-engine.json"
LOG = "corridorkey-engine.log"
VARIABLE = "CORRIDORKEY_FARM_ENGINE"
LARGEST = 1 << 16
_FELT = ("CORRIDORKEY_", "CUDA_VISIBLE_DEVICES", "OCIO")


@dataclass(frozen=True)
class Address:
    """A port of this machine, the secret that opens it, and what the engine there is.

    `environment` are the variables that a key depends on, as the engine has them.
    """

    port: int
    secret: str
    engine: str
    environment: Mapping[str, str]

    @property
    def key(self) -> bytes:
        """The secret as a connection takes it."""
        return self.secret.encode()

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Whether a task with this environment would key as the engine does."""
        return self.engine == VERSION and self.environment == felt(environment)


def new_secret() -> str:
    """A secret that nobody else knows."""
    return secrets.token_hex(32)


def felt(environment: Mapping[str, str]) -> dict[str, str]:
    """Of an environment, what a key depends on."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(_FELT) and name != VARIABLE
    }


def leave_address(file: Path, address: Address) -> None:
    """Write the file, whole and for its user alone; raises `OSError`."""
    temporary = file.with_name(temporary_name(file.suffix))
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            json.dump(asdict(address), opened)
        temporary.replace(file)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_address(file: Path) -> Address | None:
    """What the file says, or None where there is none that an engine left."""
    try:
        with file.open("rb") as opened:
            return Address(**json.loads(opened.read(LARGEST)))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
