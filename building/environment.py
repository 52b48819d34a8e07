"""The virtual environment, and the state it is known to be in.

One small file in it says how the last setup ended: `ready` with what it was made from, `stopped`
where a step failed and said so, `torn` from the moment a step begins. A setup that is killed leaves
`torn` behind, and the next one starts afresh.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from building.child import OnLine, follow
from building.errors import SetupError

ROOT = Path(__file__).resolve().parent.parent
STATE_FILE = "corridorkey-setup.json"
INPUTS = ("pyproject.toml", "constraints.txt")
READY, STOPPED, TORN = "ready", "stopped", "torn"


@dataclass(frozen=True)
class Environment:
    """A virtual environment at `path`, which need not be there yet."""

    path: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return self.script("python")

    def script(self, name: str) -> str:
        """A command that is installed in it."""
        if os.name == "nt":
            return str(self.path / "Scripts" / f"{name}.exe")
        return str(self.path / "bin" / name)

    @property
    def is_there(self) -> bool:
        """Whether there is an environment, whole or not."""
        return (self.path / "pyvenv.cfg").is_file() and Path(self.python).exists()

    def state(self) -> dict[str, Any]:
        """What the last setup left behind; empty where none did."""
        try:
            loaded = json.loads((self.path / STATE_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return loaded if isinstance(loaded, dict) else {}

    def extras(self) -> frozenset[str]:
        """The extras that are in it."""
        return frozenset(self.state().get("extras", ()))

    def mark(self, state: str, extras: frozenset[str] = frozenset()) -> None:
        """Write down the state; all or nothing, so that a kill leaves the old or the new one."""
        ours = self.state().get("ours", True)
        facts = {"state": state, "ours": ours, "extras": sorted(extras), **made_from()}
        partial = self.path / f"{STATE_FILE}.part"
        partial.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        partial.replace(self.path / STATE_FILE)

    def is_ready_for(self, extras: frozenset[str]) -> bool:
        """Whether the last setup ended well, from the same project and Python, with `extras`."""
        state = self.state()
        same = all(state.get(name) == value for name, value in made_from().items())
        return self.is_there and state.get("state") == READY and same and extras <= self.extras()

    def prepare(self, on_line: OnLine) -> str:
        """Make the environment, or make it anew where it is torn; says in a word what was done.

        Raises `SetupError` where the folder is somebody else's or cannot be written.
        """
        try:
            return self._prepare(on_line)
        except OSError as error:
            raise SetupError(
                f"The environment cannot be written: {error}.\n"
                "Free some space or name another folder: python3 build.py setup --venv DIR"
            ) from error

    def _prepare(self, on_line: OnLine) -> str:
        state = self.state()
        if self.is_there and not state:
            self._adopt()
            return "there already, not made by build.py; installing into it"
        if state and state.get("ours"):
            whole = state.get("state") != TORN and state.get("python") == made_from()["python"]
            if whole and self.is_there:
                return "there already"
            self._clear()
            self._create(on_line)
            return "made anew; the one there was left half-made, or made for another Python"
        if self.is_there:
            return "there already"
        if self.path.is_dir() and self._others():
            raise SetupError(f"{self.path} holds other files; name an empty folder with --venv.")
        self._create(on_line)
        return "made"

    def _others(self) -> list[Path]:
        """What is in the folder beside the state and the beginnings of one."""
        return [entry for entry in self.path.iterdir() if not entry.name.startswith(STATE_FILE)]

    def _adopt(self) -> None:
        text = json.dumps({"state": STOPPED, "ours": False})
        (self.path / STATE_FILE).write_text(text, encoding="utf-8")

    def _clear(self) -> None:
        """Remove all but the state, which goes on saying that the folder is ours and torn."""
        self.mark(TORN)
        for entry in self._others():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def _create(self, on_line: OnLine) -> None:
        require_venv()
        self.path.mkdir(parents=True, exist_ok=True)
        self.mark(TORN)
        made = follow([sys.executable, "-m", "venv", str(self.path)], on_line)
        if made.status:
            raise SetupError(f"The environment could not be made:\n{made.tail}")
        self.mark(STOPPED)


def made_from() -> dict[str, str]:
    """What an environment depends on: the project's files, its place, and this Python."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes() + b"\0")
    python = f"{sys.version_info[0]}.{sys.version_info[1]} {sys.platform}"
    return {"python": python, "root": str(ROOT), "inputs": digest.hexdigest()}


def require_venv() -> None:
    """Raise `SetupError` where this Python cannot make environments, as Debian ships it."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    major, minor = sys.version_info[:2]
    raise SetupError(
        f"Python {major}.{minor} at {sys.executable} comes without venv or ensurepip.\n"
        f"On Debian and Ubuntu: sudo apt install python{major}.{minor}-venv\n"
        "Elsewhere: use a Python from python.org, or your system's full package."
    )
