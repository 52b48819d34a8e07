"""One held-out shot keyed by every keyer that is asked for, and compared with its truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch

from benchmarks.held_out.shot import Order, Shot, shoot
from benchmarks.key_scores import FlickerScore, Frame, KeyScore, flicker_score, key_score
from benchmarks.planes import planes
from benchmarks.quality_sheet import write_crops
from benchmarks.rival_keyers import keyer_named
from corridorkey_core.infer import hint_seen, infer
from corridorkey_core.keyers.chroma import survey
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.postprocess import postprocess
from corridorkey_core.settings import Settings

Hinted = Callable[[Shot], Shot]
"""A shot with the hint that its keyers are given."""


@dataclass(frozen=True)
class Still:
    """One plate keyed by one keyer."""

    order: Order
    keyer: str
    score: KeyScore
    seconds: float


@dataclass(frozen=True)
class Moving:
    """A sequence keyed by one keyer, frame by frame."""

    order: Order
    keyer: str
    score: FlickerScore


def as_given(shot: Shot) -> Shot:
    """A shot with the hint that is drawn for it."""
    return shot


def hinted_by_plate(shot: Shot) -> Shot:
    """A shot with the hint that is made of its plate where none is given."""
    plate = planes(shot.plate)
    screen = survey([plate], shot.order.kind)
    return replace(shot, hint=hint_seen(plate, None, screen)[0].numpy())


def still_case(order: Order, keyers: Sequence[str], hinted: Hinted, folder: Path) -> list[Still]:
    """Key a still in every way; its crops, the truth first, go to a sheet in `folder`."""
    shot = hinted(shoot(order)[0])
    truth, cases, keys = true_frame(shot), [], {}
    for name in keyers:
        started = time.perf_counter()
        keys[name] = finished_key(shot, loaded_keyer(name))
        seconds = time.perf_counter() - started
        cases.append(Still(order, name, key_score(keys[name], truth), seconds))
    write_crops(folder / f"{order.file_name}.png", planes(shot.plate), truth, keys)
    return cases


def moving_case(order: Order, keyers: Sequence[str], hinted: Hinted) -> list[Moving]:
    """Key a sequence in every way."""
    shots = [hinted(shot) for shot in shoot(order)]
    truths = [true_frame(shot) for shot in shots]
    return [
        Moving(
            order,
            name,
            flicker_score([finished_key(shot, loaded_keyer(name)) for shot in shots], truths),
        )
        for name in keyers
    ]


def finished_key(shot: Shot, keyer: Keyer) -> Frame:
    """What `corridorkey key` would give with default settings, before it is rounded to a file."""
    plate, hint, settings = planes(shot.plate), planes(shot.hint), Settings()
    with torch.inference_mode():
        screen = survey([plate], shot.order.kind)
        keyed = postprocess(infer(keyer, plate, hint, screen), plate, screen, settings)
    return Frame(keyed.matte.clone(), keyed.foreground.clone())


def true_frame(shot: Shot) -> Frame:
    """The truth as a key would have it."""
    return Frame(planes(shot.alpha), planes(shot.foreground))


@lru_cache(maxsize=8)
def loaded_keyer(name: str) -> Keyer:
    """A keyer by its name, loaded once a process."""
    return keyer_named(name)
