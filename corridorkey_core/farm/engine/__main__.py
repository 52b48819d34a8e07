"""Start the engine of a session: `python -m corridorkey_core.farm.engine FOLDER IDLE_SECONDS`.

Says `ready` on standard output as soon as it listens; what is heavy is imported after that.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Listener
from pathlib import Path
from typing import TYPE_CHECKING

from corridorkey_core.before_torch import prepare_process
from corridorkey_core.farm.engine.address import (
    FILE,
    Address,
    felt,
    leave_address,
    new_secret,
)
from corridorkey_core.farm.engine.serve import Run, Server, end_at_once
from corridorkey_core.version import VERSION

if TYPE_CHECKING:
    from corridorkey_core.job import Job
    from corridorkey_core.process import Report
    from corridorkey_core.progress import CancelToken, OnEvent

THIS_MACHINE = "127.0.0.1"


def main() -> int:
    """Listen, say so, key what is asked for, and take the address away at the end."""
    folder, idle_seconds = Path(sys.argv[1]), float(sys.argv[2])
    secret = new_secret()
    prepare_process()
    with Listener((THIS_MACHINE, 0), backlog=16, authkey=secret.encode()) as listener:
        port = int(listener.address[1])
        address = Address(port, secret, VERSION, felt(os.environ))
        leave_address(folder / FILE, address)
        _say_ready()
        try:
            Server(listener, _warm_run(), end_at_once).serve(idle_seconds)
        finally:
            with suppress(OSError):
                (folder / FILE).unlink()
    return 0


def _say_ready() -> None:
    """Let the starter go on, and keep nothing of it."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _warm_run() -> Run:
    from corridorkey_core.device_process.crew import Crew, several
    from corridorkey_core.plan import plan_job
    from corridorkey_core.run import run
    from corridorkey_core.warm import WarmKeyer, warm_workshop

    # Several devices have processes, which keep keyers too and end with this one.
    workshop = replace(warm_workshop(WarmKeyer(), most_bytes=0), ready=Crew(suits=several).ready)

    def warm(job: Job, on_event: OnEvent, cancel: CancelToken) -> Report:
        return run(plan_job(job), on_event=on_event, cancel=cancel, workshop=workshop)

    return warm


if __name__ == "__main__":
    sys.exit(main())
