"""One job, from files to files: the rooms joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import torch

from corridorkey_core.deferred_write import Part
from corridorkey_core.device import choose_device
from corridorkey_core.footage import open_footage
from corridorkey_core.frames import KeyedFrame
from corridorkey_core.key_frame import FrameKeyer
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.keyers.load import load_keyer
from corridorkey_core.limits import limits_for
from corridorkey_core.look import settle_look
from corridorkey_core.manifest import NEVER_KEYED, Manifest, PictureKey
from corridorkey_core.plan import Plan
from corridorkey_core.process import Report, process
from corridorkey_core.progress import CancelToken, Notice, OnEvent, ignore_events
from corridorkey_core.read import set_codec_threads
from corridorkey_core.settings import Settings
from corridorkey_core.temporary import sweep_temporaries
from corridorkey_core.trace import Tracing
from corridorkey_core.write import write_keyed

MOST_REASONS = 4


def run(
    plan: Plan,
    *,
    on_event: OnEvent = ignore_events,
    cancel: CancelToken | None = None,
    trace: Tracing | None = None,
) -> Report:
    """Key every frame of a plan that is not finished and current already.

    Returns what was finished, skipped and failed. Raises a `CorridorKeyError` where the job as a
    whole cannot start: no such colour space, device or weights, or no frame that can be read.
    """
    settings = plan.job.settings
    device = choose_device(settings.device)
    with open_footage(plan.plate, plan.hint, settings) as footage:
        look = settle_look(footage, settings)
        with FrameKeyer(partial(_load, settings, on_event), device, look, on_event) as key:
            manifest = Manifest(
                Path(plan.job.output),
                plan.name,
                PictureKey.of(settings, key.keyer.identity, look.screen),
                footage.identity,
            )
            stale = manifest.outdated(plan.numbers, plan.outputs.paths)
            wanted = plan.numbers if settings.overwrite else tuple(stale)
            _prepare(plan, len(wanted))
            for reason in _why_again(stale.values()):
                on_event(Notice(reason))
            return process(
                wanted,
                read=footage.read,
                key=key,
                write=partial(_replace, plan, manifest),
                limits=limits_for(settings, footage.frame_bytes),
                on_event=on_event,
                cancel=cancel,
                on_error=settings.on_error,
                finished=manifest.record,
                skipped=tuple(number for number in plan.numbers if number not in set(wanted)),
                trace=trace,
            )


def _prepare(plan: Plan, frames: int) -> None:
    """Clear what killed runs left, and settle who works side by side: frames, or their parts."""
    for folder in {path.parent for number in plan.numbers for path in plan.files(number)}:
        sweep_temporaries(folder)
    set_codec_threads(1 if frames > 1 else 0)


def _why_again(reasons: Iterable[str]) -> list[str]:
    """In words, why frames that were keyed before are keyed again; the commonest reasons."""
    counted = Counter(reason for reason in reasons if reason != NEVER_KEYED)
    said = [f"{count} keyed again: {reason}" for reason, count in counted.most_common(MOST_REASONS)]
    others = len(counted) - len(said)
    return said + ([f"and {others} other reasons"] if others else [])


def _load(settings: Settings, tell: OnEvent, device: torch.device) -> Keyer:
    return load_keyer(settings, device, lambda words: tell(Notice(words)))


def _replace(plan: Plan, manifest: Manifest, keyed: KeyedFrame) -> Sequence[Part]:
    """The files to write, with nothing on record that they make untrue."""
    manifest.forget(keyed.number)
    return write_keyed(keyed, plan.outputs)
