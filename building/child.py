"""Child processes: asked quietly, followed line by line, or handed the terminal."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

# A pipeline's own Python settings must not reach into the environment, nor pip install elsewhere.
LEFT_BEHIND = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
TICK = 1.0
PATIENCE = 900  # seconds; the first import of torch from a slow disk takes minutes
NEVER_RAN = 127


@dataclass(frozen=True)
class Finished:
    """A child's exit status and what it printed, both streams together."""

    status: int
    output: str

    @property
    def tail(self) -> str:
        """The last lines, for a message."""
        return "\n".join(self.output.strip().splitlines()[-12:])


Ask = Callable[[Sequence[str]], Finished]
OnLine = Callable[[str], None]


def child_environment() -> dict[str, str]:
    """The variables that children get: this process's, less those that would lead them astray."""
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_BEHIND}
    return {**kept, "PYTHONUNBUFFERED": "1"}


def ask(command: Sequence[str], timeout: float = PATIENCE) -> Finished:
    """Run a child to its end and keep what it said; one that hangs or is not there has failed."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            env=child_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finished(NEVER_RAN, f"no answer in {timeout:g} s")
    except OSError as error:
        return Finished(NEVER_RAN, str(error))
    return Finished(done.returncode, done.stdout)


def follow(command: Sequence[str], on_line: OnLine) -> Finished:
    """Run a child and pass on each line as it comes, and its last one again every second.

    It inherits what is marked inheritable, such as the lock of a setup.
    """
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=child_environment(),
        close_fds=False,
    )
    assert child.stdout is not None
    try:
        said = _passed_on(child.stdout, on_line)
    except BaseException:
        child.terminate()
        child.wait()
        raise
    return Finished(child.wait(), "".join(said))


def _passed_on(stream: IO[str], on_line: OnLine) -> list[str]:
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_drain, args=(stream, lines), daemon=True).start()
    said: list[str] = []
    while True:
        try:
            line = lines.get(timeout=TICK)
        except queue.Empty:
            on_line(said[-1] if said else "")
            continue
        if line is None:
            return said
        said.append(line)
        on_line(line)


def _drain(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)


def hand_over(
    command: Sequence[str], folder: str, variables: Mapping[str, str] | None = None
) -> int:
    """Run a child that speaks for itself on this terminal, in `folder`; its exit status.

    `variables` are set for it where this process has not set them otherwise.
    """
    environment = {**(variables or {}), **child_environment()}
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode
