"""What a run works with that may outlive it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from corridorkey_core.devices import MakeReady, ready
from corridorkey_core.footage import Footage
from corridorkey_core.interlude import Interlude
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.keyers.load import load_keyer
from corridorkey_core.look import Look, settle_look
from corridorkey_core.recent import Recent
from corridorkey_core.settings import Settings

Load = Callable[[Settings, torch.device, Callable[[str], None]], Keyer]
Settle = Callable[[Footage, Settings], Look]


@dataclass(frozen=True)
class Workshop:
    """How keyers are come by and looks are settled, raw answers at hand, and what jumps the queue.

    As it is built here it keeps nothing: everything is made for one run and freed with it. `ready`
    makes devices ready, by `load` and with `recent` unless it says otherwise.
    """

    load: Load = load_keyer
    settle: Settle = settle_look
    recent: Recent = field(default_factory=Recent)
    interlude: Interlude = field(default_factory=Interlude)
    ready: MakeReady = ready
