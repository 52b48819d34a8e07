"""`python -m corridorkey_core` is the command `corridorkey`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

from corridorkey_core.cli import main


def run() -> NoReturn:
    """The command as a process of its own, which ends as soon as all is done.

    Python would first take torch apart, for one to three seconds in which nothing is left to do:
    files are on disk, and no thread is left.
    """
    status = main()
    for stream in (sys.stdout, sys.stderr):
        # Nobody reads any more, or there is no such stream.
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    run()
