"""Devices made ready for a shot: one on the caller's thread, several on threads of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial

import torch

from corridorkey_core.device_threads import DeviceThreads
from corridorkey_core.errors import WeightsError
from corridorkey_core.frames import Frame, KeyedFrame
from corridorkey_core.key_frame import FrameKeyer
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.keying import CallersThread, Keying
from corridorkey_core.look import Look
from corridorkey_core.page_locked import page_locked
from corridorkey_core.progress import OnEvent
from corridorkey_core.recent import Recent
from corridorkey_core.spare import Spare

Load = Callable[[OnEvent, torch.device], Keyer]


@dataclass(frozen=True)
class Shot:
    """What all devices key: with which keyer, by which look, to which size; see `FrameKeyer`.

    `load` is given where to tell what is to be told, and may be called from several threads.
    `frames` is how many are to be keyed at most.
    """

    load: Load
    look: Look
    recent: Recent = field(default_factory=Recent)
    longest_edge: int = 0
    frames: int = 0

    def open(self, device: torch.device, tell: OnEvent, spare: Spare | None = None) -> FrameKeyer:
        """Make a device ready, on the thread that is to own it."""
        load = partial(self.load, tell)
        return FrameKeyer(load, device, self.look, tell, self.recent, self.longest_edge, spare)


@dataclass(frozen=True)
class Ready:
    """Devices that are ready, and the identity of the keyer that is on all of them.

    `place` puts a frame that was read where they take it from; any thread may call it.
    """

    keying: Keying[Frame, KeyedFrame]
    identity: str
    place: Callable[[Frame], Frame]


MakeReady = Callable[[Sequence[torch.device], Shot, OnEvent], AbstractContextManager[Ready]]
"""Makes devices ready for a shot, and frees them after the block; see `ready`."""


@contextmanager
def ready(devices: Sequence[torch.device], shot: Shot, tell: OnEvent) -> Iterator[Ready]:
    """Make devices ready for a shot in this process, and free them after the block.

    `tell` is called on the caller's thread. Raises what loading a keyer raises, and `WeightsError`
    where devices got different ones, since a frame may not depend on who keyed it.
    """
    place = partial(page_locked, device=devices[0])
    if len(devices) == 1:
        with shot.open(devices[0], tell) as key:
            yield Ready(CallersThread(key, str(devices[0])), key.keyer.identity, place)
        return
    keyers: list[FrameKeyer] = []
    with Spare() as spare:

        def open_device(device: torch.device, say: OnEvent) -> FrameKeyer:
            keyers.append(shot.open(device, say, spare))
            return keyers[-1]

        opens = {str(device): partial(open_device, device) for device in devices}
        with DeviceThreads(opens, tell) as keying:
            yield Ready(keying, same_keyer({keyer.keyer.identity for keyer in keyers}), place)


def same_keyer(identities: set[str]) -> str:
    """The identity that all devices' keyers have; raises `WeightsError` where there are several."""
    if len(identities) > 1:
        raise WeightsError(
            f"Devices loaded different keyers: {'; '.join(sorted(identities))}. Was the "
            "checkpoint replaced just now? Start again."
        )
    return identities.pop()
