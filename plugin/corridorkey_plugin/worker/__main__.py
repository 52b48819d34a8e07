"""Start the engine's process: protect the pipes first, import what is heavy later."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from typing import TYPE_CHECKING

from corridorkey_core.before_torch import prepare_process
from corridorkey_plugin.protocol import LONGEST_REQUEST
from corridorkey_plugin.worker.desk import Desk
from corridorkey_plugin.worker.idle import Idle
from corridorkey_plugin.worker.pipes import lines, take_pipes

if TYPE_CHECKING:
    from corridorkey_plugin.worker.engine import Engine

ORDERLY = 0


def main() -> int:
    """Answer requests until standard input closes, or until nobody asked for long."""
    requests, replies = take_pipes()
    options = _options()
    prepare_process()
    idle = Idle(options.free_after, options.end_after)
    desk = Desk(replies.say, lambda: _open_engine(options.cache_mib), idle, _end_now)

    def read() -> None:
        for line in lines(requests, LONGEST_REQUEST):
            desk.take(line)
        desk.hang_up()

    threading.Thread(target=read, name="corridorkey-requests", daemon=True).start()
    desk.work()
    return ORDERLY


def _open_engine(cache_mib: int) -> Engine:
    # Heavy: requests are taken, and an end is noticed, while this goes on.
    from corridorkey_plugin.worker.engine import Engine, default_cache_bytes

    return Engine(cache_mib << 20 if cache_mib >= 0 else default_cache_bytes())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="corridorkey_plugin.worker", description=__doc__)
    parser.add_argument("--free-after", type=float, default=300.0, metavar="SECONDS")
    parser.add_argument("--end-after", type=float, default=1800.0, metavar="SECONDS")
    parser.add_argument("--cache-mib", type=int, default=-1, metavar="MIB")
    return parser.parse_args()


def _end_now() -> None:
    os._exit(ORDERLY)


if __name__ == "__main__":
    sys.exit(main())
