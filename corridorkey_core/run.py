"""One job, from files to files: the rooms joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch

from corridorkey_core.colour import ColourSpace, resolve
from corridorkey_core.device import choose_device
from corridorkey_core.footage import Footage, open_footage
from corridorkey_core.key_frame import FrameKeyer, Look
from corridorkey_core.keyers.load import load_keyer
from corridorkey_core.manifest import Manifest, PictureKey
from corridorkey_core.outputs import file_type
from corridorkey_core.plan import Plan
from corridorkey_core.process import Report, limits_for, process
from corridorkey_core.progress import CancelToken, Notice, OnEvent, ignore_events
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from corridorkey_core.survey import survey_footage
from corridorkey_core.trace import Trace
from corridorkey_core.write import write_keyed


def run(
    plan: Plan,
    *,
    on_event: OnEvent = ignore_events,
    cancel: CancelToken | None = None,
    trace: Trace | None = None,
) -> Report:
    """Key every frame of a plan that is not finished and current already.

    Returns what was finished, skipped and failed. Raises a `CorridorKeyError` where the job as a
    whole cannot start: no such colour space, device or weights.
    """
    settings = plan.job.settings
    device = choose_device(settings.device)
    with open_footage(plan.plate, plan.hint, settings) as footage:
        look = settle_look(footage, settings)
        load = partial(_load, settings, on_event)
        with FrameKeyer(load, device, look, on_event) as key:
            ...
    raise NotImplementedError
