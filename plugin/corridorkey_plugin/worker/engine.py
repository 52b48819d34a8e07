"""One job or preview, keyed by a workshop that stays warm. Imports all that is heavy."""

from __future__ import annotations

import os
import platform
from dataclasses import replace
from typing import Any

import torch

from corridorkey_core.errors import WeightsError
from corridorkey_core.interlude import Interlude
from corridorkey_core.job import Job
from corridorkey_core.plan import plan_job
from corridorkey_core.process import Report
from corridorkey_core.progress import CancelToken, Event, FrameFinished, OnEvent, RunStarted
from corridorkey_core.run import AwaitInputs, run
from corridorkey_core.settings import Settings
from corridorkey_core.trace import Tracing
from corridorkey_core.version import VERSION
from corridorkey_core.warm import WarmKeyer, warm_workshop
from corridorkey_core.weights.find import find_checkpoint
from corridorkey_plugin.protocol import PROTOCOL, Welcome

MOST_CACHE = 8 << 30
CACHE_SHARE = 4  # of the machine's memory


class Engine:
    """Keys with what it keeps: one keyer, shots' looks, `most_bytes` of raw answers."""

    def __init__(self, most_bytes: int, keyer: WarmKeyer | None = None) -> None:
        self._keyer = keyer or WarmKeyer()
        self._workshop = warm_workshop(self._keyer, most_bytes)

    def welcome(self) -> Welcome:
        """What this engine is and has; may be asked by any thread."""
        choices = {fact.name: fact.choices for fact in Settings.parameters()}
        path, identity = _checkpoint()
        return Welcome(
            protocol=PROTOCOL,
            engine=VERSION,
            python=platform.python_version(),
            pid=os.getpid(),
            devices=_devices(),
            keyers=choices["keyer"],
            checkpoint=path,
            weights=identity,
        )

    def facts(self) -> dict[str, Any]:
        """What is kept warm, as fields of `Status`; may be asked by any thread."""
        recent = self._workshop.recent
        return {
            "keyers": self._keyer.loaded,
            "recent_frames": recent.count,
            "recent_bytes": recent.nbytes,
        }

    def serves(self, settings: Settings) -> bool:
        """Whether these settings need no other keyer than the one that is loaded."""
        return self._keyer.serves(settings)

    def free(self) -> None:
        """Give the device back; raw answers stay."""
        self._keyer.free()

    def run(
        self,
        job: Job,
        *,
        on_event: OnEvent,
        cancel: CancelToken,
        await_inputs: AwaitInputs,
        longest_edge: int,
        interlude: Interlude,
        trace: Tracing,
    ) -> Report:
        """Key a job; see `corridorkey_core.run`. Frames that were current are told as finished."""
        plan = plan_job(job)

        def tell(event: Event) -> None:
            on_event(event)
            for number in event.skipped if isinstance(event, RunStarted) else ():
                on_event(FrameFinished(number, tuple(map(str, plan.files(number)))))

        return run(
            plan,
            on_event=tell,
            cancel=cancel,
            await_inputs=await_inputs,
            longest_edge=longest_edge,
            workshop=replace(self._workshop, interlude=interlude),
            trace=trace,
        )


def default_cache_bytes() -> int:
    """How much of this machine's memory raw answers may take."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return MOST_CACHE // CACHE_SHARE
    return min(MOST_CACHE, memory // CACHE_SHARE)


def _devices() -> tuple[str, ...]:
    cuda = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return (*cuda, *mps, "cpu")


def _checkpoint() -> tuple[str, str]:
    """The checkpoint that would be loaded, and what changes with it; both empty without one."""
    try:
        path = find_checkpoint("")
        facts = path.stat() if path else None
    except (WeightsError, OSError):
        return "", ""
    return (str(path), f"{path} {facts.st_size} {facts.st_mtime_ns}") if facts else ("", "")
