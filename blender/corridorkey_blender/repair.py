"""What mends the engine from within Blender: a command of its own, run while Blender goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from corridorkey_plugin.launch import clean_environment
from corridorkey_plugin.log_file import tail
from corridorkey_plugin.pointer import read_pointer


def set_up_command() -> tuple[str, ...]:
    """The command that makes or mends the engine's environment; empty where none is known."""
    pointer = read_pointer()
    if pointer is None or not (Path(pointer.repository) / "build.py").is_file():
        return ()
    python = _base_python(Path(pointer.python))
    return (python, str(Path(pointer.repository) / "build.py"), "setup") if python else ()


def add_weights_command(python: str, file: str) -> tuple[str, ...]:
    """The command that takes a checkpoint into the engine's folder."""
    return (python, "-I", "-X", "utf8", "-m", "corridorkey_core", "weights", "add", file)


class Repair:
    """One such command on its way; ask `done` now and then."""

    def __init__(self, command: Sequence[str], when_done: Callable[[int, str], None]) -> None:
        self._when_done = when_done
        self._log: IO[bytes] = tempfile.NamedTemporaryFile(  # noqa: SIM115 - it outlives this
            prefix="corridorkey-repair-", suffix=".log"
        )
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                env=clean_environment(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError:
            self._log.close()
            raise

    @property
    def line(self) -> str:
        """The last thing it said."""
        return tail(Path(self._log.name), 1)

    def done(self) -> bool:
        """Whether it has ended; whoever waits is told then, once."""
        status = self._process.poll()
        if status is None:
            return False
        said = tail(Path(self._log.name))
        self._log.close()
        self._when_done(status, said)
        return True

    def stop(self) -> None:
        """End it; nobody is told."""
        self._process.terminate()
        self._process.wait()
        self._log.close()


def _base_python(environment_python: Path) -> str:
    """The Python that an environment was made with, else one of the system's; empty where none."""
    config = environment_python.parent.parent / "pyvenv.cfg"
    facts = dict(_entries(config)) if config.is_file() else {}
    name = "python.exe" if os.name == "nt" else "python3"
    candidates = (facts.get("executable", ""), os.path.join(facts.get("home", ""), name))  # noqa: PTH118
    found = (one for one in candidates if one and Path(one).is_file())
    return next(found, "") or shutil.which(name, path=os.environ.get("PATH")) or ""


def _entries(config: Path) -> list[tuple[str, str]]:
    lines = config.read_text(encoding="utf-8", errors="replace").splitlines()
    return [(name.strip(), value.strip()) for name, _, value in (x.partition("=") for x in lines)]
