"""A device's process, from its start to its end. Standard library only.

So it can be started before this process imports anything heavy, and both import side by side.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from corridorkey_core.device_process.channel import Channel
from corridorkey_core.errors import DeviceError

# Isolated: what lies in the working folder is not imported by chance, only what this process would.
BEGIN = (
    "import sys; own = sys.argv[1:4]; sys.path[:] = sys.argv[4:]; "
    "from corridorkey_core.device_process.child import main; main(*own)"
)
HERE = str(Path(__file__).resolve().parents[2])  # where the engine is, however it is installed
ENDING_SECONDS = 5.0
STDERR = 2


class Started:
    """A running process, its `channel`, and one for `arrivals`; `end` it when done.

    `device` is the one that it will own, where that is known: it begins with that. Raises
    `DeviceError` where it cannot be started.

    It is of no terminal's and no farm's process group: those end this process in order, which ends
    it. It ends by itself as soon as this process is gone, however that ends.
    """

    def __init__(self, device: str = "") -> None:
        ours, theirs = socket.socketpair()
        arriving, sending = socket.socketpair()
        self.channel, self.arrivals = Channel(ours), Channel(arriving)
        with theirs, sending:
            ends = (theirs.fileno(), sending.fileno())
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-c", BEGIN, *map(str, ends), device, *sys.path, HERE],
                    stdin=subprocess.DEVNULL,
                    stdout=STDERR,  # standard output may be a program's to read
                    pass_fds=ends,
                    start_new_session=True,
                )
            except OSError as error:
                self.let_go()
                raise DeviceError(f"A device's process cannot be started: {error}.") from error

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def let_go(self) -> None:
        """Have it end, in its own time."""
        self.channel.close()
        self.arrivals.close()

    def end(self) -> None:
        """End it, and return when it is gone."""
        self.let_go()
        self._waited()

    def how_it_ended(self) -> str:
        """For a person, how a process whose channel has closed came to its end."""
        status = self._waited()
        if status >= 0:
            return f"it ended with status {status}"
        name = signal.Signals(-status).name
        if -status == signal.SIGKILL:
            return f"it was ended by {name}, as the system does where memory runs out"
        return f"it was ended by {name}"

    def _waited(self) -> int:
        try:
            return self._process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def end_all(processes: Iterable[Started]) -> None:
    """End processes side by side, and return when all of them are gone."""
    ending = tuple(processes)
    for process in ending:
        process.let_go()
    for process in ending:
        process.end()
