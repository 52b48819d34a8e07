"""What a process that keys one job after another keeps: the keyer, shots' looks, raw answers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import torch

from corridorkey_core.device import free_cached_memory
from corridorkey_core.errors import WeightsError
from corridorkey_core.footage import Footage
from corridorkey_core.keyers.keyer import Keyer, Prediction
from corridorkey_core.keyers.load import load_keyer
from corridorkey_core.look import Look, settle_look
from corridorkey_core.recent import Recent
from corridorkey_core.screen import Screen
from corridorkey_core.sequence import surveyed
from corridorkey_core.settings import Settings
from corridorkey_core.weights.find import find_checkpoint
from corridorkey_core.workshop import Load, Settle, Workshop

OF_THE_KEYER = ("keyer", "checkpoint", "model_size", "refiner_strength", "precision")
OWN = ("builtin", "chroma")  # keyers that need no checkpoint
AFTER_THE_LOOK = ("Matte", "Foreground", "Run")
MOST_LOOKS = 16


class Lent:
    """A keyer that somebody else keeps: closing it here leaves it loaded."""

    def __init__(self, keyer: Keyer) -> None:
        self._keyer = keyer
        self.name = keyer.name
        self.identity = keyer.identity

    def key(self, plate: torch.Tensor, hint: torch.Tensor, screen: Screen) -> Prediction:
        """Key one frame; see `Keyer`."""
        return self._keyer.key(plate, hint, screen)

    def economise(self) -> str | None:
        """Use less memory; see `Keyer`."""
        return self._keyer.economise()

    def close(self) -> None:
        """Give the keyer back to its owner."""


class WarmKeyer:
    """One keyer, loaded when it is first asked for and kept; another one takes its place.

    The old one is freed before the new one is loaded, so that a device need not hold two. It may
    be loaded on several devices, each of which asks from its own thread, and after a device's
    memory ran out on the CPU too. What a keyer says goes to whoever borrowed it last.
    """

    def __init__(self, load: Load = load_keyer) -> None:
        self._load = load
        self._asked = ""
        self._keyers: dict[torch.device, Keyer] = {}
        self._says: dict[torch.device, Callable[[str], None]] = {}
        self._one_at_a_time = threading.Lock()

    def lend(self, settings: Settings, device: torch.device, say: Callable[[str], None]) -> Keyer:
        """The keyer that `settings` name, ready on `device`; raises what loading raises."""
        self._make_way_for(_asked(settings))
        self._says[device] = say
        if device not in self._keyers:
            self._keyers[device] = self._load(settings, device, partial(self._say, device))
        return Lent(self._keyers[device])

    def _make_way_for(self, asked: str) -> None:
        with self._one_at_a_time:
            if self._asked != asked:
                self.free()
                self._asked = asked

    def _say(self, device: torch.device, words: str) -> None:
        self._says[device](words)

    def serves(self, settings: Settings) -> bool:
        """Whether these settings ask for no other keyer than the one that is loaded."""
        return not self._keyers or self._asked == _asked(settings)

    @property
    def loaded(self) -> tuple[str, ...]:
        """The identity of what is loaded, and where."""
        keyers = tuple(self._keyers.items())  # at once: other threads may ask
        return tuple(f"{keyer.identity} on {where}" for where, keyer in keyers)

    def free(self) -> None:
        """Give the devices' memory back."""
        devices = tuple(self._keyers)
        while self._keyers:
            self._keyers.popitem()[1].close()
        for device in devices:
            free_cached_memory(device)


class WarmLooks:
    """Looks of shots settled before, for as long as the frames they were settled from stay."""

    def __init__(self, settle: Settle = settle_look) -> None:
        self._settle = settle
        self._looks: OrderedDict[str, Look] = OrderedDict()

    def settle(self, footage: Footage, settings: Settings) -> Look:
        """The shot's look; see `settle_look`."""
        place = _look_asked(footage, settings)
        if place not in self._looks:
            self._looks[place] = self._settle(footage, settings)
            while len(self._looks) > MOST_LOOKS:
                self._looks.popitem(last=False)
        self._looks.move_to_end(place)
        return replace(self._looks[place], settings=settings)


def warm_workshop(keyer: WarmKeyer, most_bytes: int) -> Workshop:
    """A workshop that keeps `keyer`, looks, and at most `most_bytes` of raw answers."""
    return Workshop(keyer.lend, WarmLooks().settle, Recent(most_bytes))


def _asked(settings: Settings) -> str:
    """What is loaded for these settings, the file of the weights as it is now included."""
    return repr([getattr(settings, name) for name in OF_THE_KEYER]) + _weights(settings)


def _weights(settings: Settings) -> str:
    # Where there are none, loading says so.
    with suppress(WeightsError, OSError):
        path = None if settings.keyer in OWN else find_checkpoint(settings.checkpoint)
        if path:
            facts = path.stat()
            return f"{path} {facts.st_size} {facts.st_mtime_ns}"
    return ""


def _look_asked(footage: Footage, settings: Settings) -> str:
    facts = [fact for fact in Settings.parameters() if fact.section not in AFTER_THE_LOOK]
    frames = [(number, footage.identity(number)) for number in surveyed(footage.numbers)]
    return repr((frames, [getattr(settings, fact.name) for fact in facts]))
