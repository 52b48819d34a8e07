"""The processes of a command's devices, kept from one shot to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import torch

from corridorkey_core.device_process.arrivals import Arrivals
from corridorkey_core.device_process.early import AVAILABLE, FEWEST_FRAMES
from corridorkey_core.device_process.messages import Open, SentLook
from corridorkey_core.device_process.placing import Placing
from corridorkey_core.device_process.remote import Remote
from corridorkey_core.device_process.started import Started, end_all
from corridorkey_core.device_threads import DeviceThreads
from corridorkey_core.devices import Ready, Shot, ready, same_keyer
from corridorkey_core.keyers.load import load_keyer
from corridorkey_core.progress import OnEvent
from corridorkey_core.workshop import Load

Suits = Callable[[Sequence[torch.device], int], bool]


def several(devices: Sequence[torch.device], _frames: int) -> bool:
    """Whether there are several, which are to have processes of their own."""
    return AVAILABLE and len(devices) > 1


def processes_suit(devices: Sequence[torch.device], frames: int) -> bool:
    """Whether devices are to have processes of their own for so many frames.

    Several are. A single CUDA device is where there are enough frames to be worth one; a CPU or
    MPS has nothing to gain from it.
    """
    long = devices[0].type == "cuda" and frames >= FEWEST_FRAMES
    return several(devices, frames) or (AVAILABLE and long)


@dataclass
class _Member:
    """A process and what it has keyed; `lost` where it is good for nothing any more."""

    process: Started
    arrivals: Arrivals
    lost: bool = False


class Crew:
    """Makes devices ready, in processes where that suits them; a context manager that ends those.

    `load` is a function of a module, which the processes import; they keep what it loads from one
    shot to the next. `started` are processes that are running already.
    """

    def __init__(
        self,
        started: Sequence[Started] = (),
        load: Load = load_keyer,
        suits: Suits = processes_suit,
    ) -> None:
        self._load, self._suits = load, suits
        self._members = [_member(process) for process in started]

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_error: object) -> None:
        end_all(member.process for member in self._members)
        self._members.clear()

    def start(self, count: int) -> None:
        """Have so many processes that are good for something; they are ready in their own time."""
        for member in tuple(self._members):
            if member.lost or member.process.ended:
                self._members.remove(member)
                member.process.end()
        while len(self._members) < count:
            self._members.append(_member(Started()))

    @contextmanager
    def ready(self, devices: Sequence[torch.device], shot: Shot, tell: OnEvent) -> Iterator[Ready]:
        """As `devices.ready`. In processes raw answers are not kept, and keyers are this crew's."""
        if not self._suits(devices, shot.frames):
            with ready(devices, shot, tell) as here:
                yield here
            return
        self.start(len(devices))
        members = self._members[: len(devices)]
        look, remotes = SentLook.of(shot.look), list[Remote]()

        def opening(device: torch.device) -> Open:
            return Open(str(device), self._load, look, shot.longest_edge)

        opens = {
            str(device): partial(_opened, remotes, member, opening(device))
            for device, member in zip(devices, members, strict=True)
        }
        with (
            DeviceThreads(opens, tell) as keying,
            Placing([member.process.channel for member in members]) as place,
        ):
            yield Ready(keying, same_keyer({remote.identity for remote in remotes}), place)


@contextmanager
def _opened(remotes: list[Remote], member: _Member, order: Open, tell: OnEvent) -> Iterator[Remote]:
    remote = Remote(member.process, member.arrivals, order, tell)
    remotes.append(remote)
    try:
        with remote:
            yield remote
    finally:
        member.lost = remote.failed


def _member(process: Started) -> _Member:
    return _Member(process, Arrivals(process.arrivals))
