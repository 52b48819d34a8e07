"""pip in a child process; its failures in words, with what to try."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from building.child import Finished, OnLine, follow
from building.errors import SetupError

OFFLINE = (
    "On a machine that has one: python3 build.py wheels wheels\n"
    "Then copy that folder here:  python3 build.py setup --wheels wheels"
)
FULL = r"No space left on device|Errno 28|not enough space"
REMEDIES = (
    (
        FULL,
        "The disk is full. A CPU environment takes about 1.5 GB, a CUDA one about 7 GB, and as\n"
        "much again meanwhile in the temporary folder: free some space, set TMPDIR, or --venv DIR.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "The package index's certificate is not trusted, which is often a company proxy's doing.\n"
        "Name its certificate file: PIP_CERT=/path/to/ca.pem python3 build.py setup",
    ),
    (
        r"ProxyError|Tunnel connection failed|NewConnectionError|ConnectTimeoutError|"
        r"NameResolutionError|Name or service not known|name resolution|getaddrinfo failed|"
        r"Network is unreachable|Connection refused|Read timed out",
        "The package index cannot be reached.\n"
        "Behind a proxy: HTTPS_PROXY=http://host:port python3 build.py setup\n"
        f"With no network: use a folder of wheels. {OFFLINE}",
    ),
    (
        r"No matching distribution found for torch",
        "No build of torch fits this Python and system. torch has wheels for 64-bit Python 3.10 to "
        "3.14\non Linux, Windows and macOS on Apple silicon: run build.py with another Python, "
        "or choose\nanother build with --torch cpu, default, cu130 or cu126.",
    ),
    (
        r"Permission denied|Read-only file system|Errno 13|Errno 30",
        "A folder cannot be written: pip writes into the environment (--venv DIR moves it) and a\n"
        "small corridorkey.egg-info beside build.py. Copy the repository to a folder of your own.",
    ),
)


class PipFailed(SetupError):
    """pip ended with an error; the message ends with what to try."""

    @property
    def is_full_disk(self) -> bool:
        """Whether another source would fail as well, for want of space."""
        return re.search(FULL, str(self)) is not None


@dataclass(frozen=True)
class Pip:
    """pip run by a given interpreter, for its own environment."""

    python: str
    log: Path

    def install(self, arguments: Sequence[str], on_line: OnLine) -> None:
        """`pip install`. Raises `PipFailed`."""
        self._run(("install", *arguments), on_line)

    def wheel(self, arguments: Sequence[str], on_line: OnLine) -> None:
        """`pip wheel`: wheels into a folder. Raises `PipFailed`."""
        self._run(("wheel", *arguments), on_line)

    def _run(self, arguments: Sequence[str], on_line: OnLine) -> None:
        options = ("--no-input", "--disable-pip-version-check")
        done = follow([self.python, "-m", "pip", *arguments, *options], on_line)
        # A disk too full for the log is what pip failed of, and that is told below.
        with suppress(OSError), self.log.open("a", encoding="utf-8") as log:
            log.write(f"pip {' '.join(arguments)}\n{done.output}\n")
        if done.status:
            raise PipFailed(told(done, self.log))


def told(done: Finished, log: Path) -> str:
    """A failure in words: pip's last lines, where the rest is, and what to try."""
    lines = [f"pip failed (exit status {done.status}):"]
    lines += [f"  {line}" for line in done.tail.splitlines()]
    lines += [f"All that pip said: {log}", "", remedy(done.output)]
    return "\n".join(lines)


def remedy(output: str) -> str:
    """What to try after what pip said."""
    for pattern, words in REMEDIES:
        if re.search(pattern, output):
            return words
    return "Run the same command again: it goes on from here. --venv DIR starts a new environment."
