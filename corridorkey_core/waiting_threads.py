"""Threads of torch that sleep while they wait. Standard library only."""

from __future__ import annotations

import os


def let_threads_sleep() -> None:
    """Keep torch's threads on a CPU from spinning while they wait; the codecs need the cores.

    OpenMP reads this once, when torch is first imported, so call it before. A person's own setting
    stays.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
