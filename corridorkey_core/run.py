"""One job, from files to files: the rooms joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch

from corridorkey_core.deferred_write import Part
from corridorkey_core.device import choose_devices
from corridorkey_core.devices import Shot
from corridorkey_core.footage import Footage, open_footage
from corridorkey_core.frames import Frame, KeyedFrame
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.limits import limits_for
from corridorkey_core.look import Look
from corridorkey_core.manifest import NEVER_KEYED, Manifest, PictureKey
from corridorkey_core.plan import Plan
from corridorkey_core.process import Report, process
from corridorkey_core.progress import CancelToken, Notice, OnEvent, ignore_events
from corridorkey_core.read import codec_threads
from corridorkey_core.recent import Recent
from corridorkey_core.settings import Settings
from corridorkey_core.temporary import sweep_temporaries
from corridorkey_core.trace import Tracing
from corridorkey_core.workshop import Load, Workshop
from corridorkey_core.write import write_keyed

MOST_REASONS = 4
AwaitInputs = Callable[[int], None]


def already_there(_number: int) -> None:
    """Wait for no frame's files."""


def run(
    plan: Plan,
    *,
    on_event: OnEvent = ignore_events,
    cancel: CancelToken | None = None,
    trace: Tracing | None = None,
    workshop: Workshop | None = None,
    longest_edge: int = 0,
    await_inputs: AwaitInputs = already_there,
) -> Report:
    """Key every frame of a plan that is not finished and current already.

    `workshop` is what outlives the run. Pictures are reduced to `longest_edge`, or not by 0.
    `await_inputs` returns when a frame's files are there, or raises `ReadError`; it is called
    before the frame is read, on a reader's thread. Returns what was finished, skipped and failed.
    Raises a `CorridorKeyError` where the job as a whole cannot start: no such colour space, device
    or weights, or no frame that can be read.
    """
    settings, tools = plan.job.settings, workshop or Workshop()
    # More devices than frames would be made ready for nothing.
    devices = choose_devices(settings)[: len(plan.numbers)]
    with open_footage(plan.plate, plan.hint, settings) as footage:
        look = tools.settle(footage, settings)
        shot = _shot(plan, tools, look, longest_edge)
        with tools.ready(devices, shot, on_event) as keyers:
            picture = _picture_key(settings, keyers.identity, look, longest_edge)
            manifest = Manifest(Path(plan.job.output), plan.name, picture, footage.identity)
            stale = manifest.outdated(plan.numbers, plan.outputs.paths)
            wanted = plan.numbers if settings.overwrite else tuple(stale)
            current = set(plan.numbers).difference(wanted)
            _sweep(plan, manifest)
            for reason in _why_again(stale.values()):
                on_event(Notice(reason))
            read = _Reading(footage, tools.recent, settings, keyers.place, manifest, await_inputs)
            # Who works side by side: frames, or the parts of one.
            with codec_threads(1 if len(wanted) > 1 else 0):
                return process(
                    wanted,
                    read=read,
                    key=keyers.keying,
                    write=partial(_replace, plan, manifest),
                    limits=limits_for(settings, footage.frame_bytes, devices=len(devices)),
                    on_event=on_event,
                    cancel=cancel,
                    on_error=settings.on_error,
                    finished=manifest.record,
                    skipped=tuple(number for number in plan.numbers if number in current),
                    trace=trace,
                    interlude=tools.interlude,
                )


def _shot(plan: Plan, tools: Workshop, look: Look, longest_edge: int) -> Shot:
    load = partial(_load, tools.load, plan.job.settings)
    return Shot(load, look, tools.recent, longest_edge, len(plan.numbers))


def _picture_key(settings: Settings, keyer: str, look: Look, longest_edge: int) -> PictureKey:
    whole = PictureKey.of(settings, keyer, look.screen)
    if not longest_edge:
        return whole
    return replace(whole, settings={**whole.settings, "longest_edge": longest_edge})


def _sweep(plan: Plan, manifest: Manifest) -> None:
    """Clear what killed runs left, of pictures and of records."""
    pictures = {path.parent for number in plan.numbers for path in plan.files(number)}
    for folder in (*pictures, manifest.folder):
        sweep_temporaries(folder)


@dataclass(frozen=True)
class _Reading:
    """A frame as it is now; what its files are is asked first, so that a change is noticed."""

    footage: Footage
    recent: Recent
    settings: Settings
    place: Callable[[Frame], Frame]
    manifest: Manifest
    await_inputs: AwaitInputs

    def __call__(self, number: int) -> Frame:
        self.await_inputs(number)
        inputs = self.footage.identity(number)
        self.manifest.read_as(number, inputs)
        kept = self.recent.frame(number, inputs, self.settings)
        return kept or replace(self.place(self.footage.read(number)), inputs=inputs)


def _why_again(reasons: Iterable[str]) -> list[str]:
    """In words, why frames that were keyed before are keyed again; the commonest reasons."""
    counted = Counter(reason for reason in reasons if reason != NEVER_KEYED)
    said = [f"{count} keyed again: {reason}" for reason, count in counted.most_common(MOST_REASONS)]
    others = len(counted) - len(said)
    return said + ([f"and {others} other reasons"] if others else [])


def _load(load: Load, settings: Settings, tell: OnEvent, device: torch.device) -> Keyer:
    return load(settings, device, lambda words: tell(Notice(words)))


def _replace(plan: Plan, manifest: Manifest, keyed: KeyedFrame) -> Sequence[Part]:
    """The files to write, with nothing on record that they make untrue."""
    manifest.forget(keyed.number)
    return [partial(manifest.written, part) for part in write_keyed(keyed, plan.outputs)]
