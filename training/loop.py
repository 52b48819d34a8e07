"""The steps: a thread makes pictures, another learns from them, until the time is up."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.network import KeyNetwork, laid_out
from corridorkey_core.keyers.builtin.weights import FIRST, trained_network
from corridorkey_core.python_lock import passed_on_soon
from training.checkpoint import grown, load, save
from training.examples import Examples
from training.group import ALONE, Group, together
from training.held_out import figures, held_out
from training.lessons import LESSONS
from training.looks import Ask, Asks
from training.losses import backgrounds
from training.maker import Maker, making
from training.photographs import photographs, scikit_image_folder
from training.pieces import make_pieces
from training.pool import Pool
from training.step import Learner, said

CHECKPOINT, LOG = "checkpoint.safetensors", "log.jsonl"
SEEDS_OF_A_RUN = 1_000_000
_SAVED_EVERY, _TOLD_EVERY = 90.0, 20.0  # seconds
# Steps at one rate, from scenes that do not change; then the processes agree how far the time is.
_STRETCH = 32


@dataclass(frozen=True)
class Plan:
    """A run: how long, on what, how large. Sizes are of squares, in pixels.

    `lesson` names one of `LESSONS`. `scenes`, `pool`, `first` and `batch` are each device's own.
    """

    out: Path
    lesson: str
    seconds: float
    devices: tuple[str, ...]
    resume: Path | None = None
    seed: int = 1
    rate: float = 1.0e-3
    last_rate: float = 0.01  # what is left of the rate at the end
    size: int = 512
    scenes: int = 48  # made at once
    pool: int = 1536
    first: int = 384  # scenes in the pool before the first step
    crop: int = 320
    batch: int = 32
    held_out: int = 64
    mean_decay: float = 0.999
    warm_up: int = 200


def train(plan: Plan) -> None:
    """Learn until the time is up, on all devices; leaves a checkpoint and a log."""
    plan.out.mkdir(parents=True, exist_ok=True)
    together(partial(_member, plan, time.monotonic()), [torch.device(d) for d in plan.devices])


def _member(plan: Plan, began: float, group: Group, device: torch.device) -> None:
    with passed_on_soon():
        Run(plan, device, group, began).train()


class Run:
    """One process of a run, which `began` at a time of the monotonic clock; see `Plan`."""

    def __init__(
        self, plan: Plan, device: torch.device, group: Group = ALONE, began: float | None = None
    ) -> None:
        self._plan, self._device, self._group = plan, device, group
        self._began = time.monotonic() if began is None else began
        torch.manual_seed(plan.seed)
        networks = [laid_out(KeyNetwork(), device) for _ in range(2)]
        networks[1].load_state_dict(networks[0].state_dict())
        if plan.resume:
            found = load(plan.resume)
            for network, weights in zip(networks, (found.weights, found.mean), strict=True):
                grown(network, weights)
        self._learner = Learner(networks[0], networks[1], plan.mean_decay)
        own = plan.seed * group.size + group.rank
        self._dice = torch.Generator(device).manual_seed(own)
        self._places = torch.Generator().manual_seed(own)
        self._pool = Pool(plan.pool, plan.size, plan.crop, device)
        self._pictures = photographs(scikit_image_folder(), device)
        self._lesson = LESSONS[plan.lesson]
        self._asks = Asks(self._first(), self._ask)
        self._scenes = 0

    def train(self) -> None:
        """Learn until the time is up; the first process tells, saves and judges."""
        plan = self._plan
        share = SEEDS_OF_A_RUN // self._group.size
        seed = plan.seed * SEEDS_OF_A_RUN + self._group.rank * share
        make = partial(
            make_pieces,
            count=plan.scenes,
            size=plan.size,
            device=self._device,
            lesson=self._lesson,
            asks=self._asks,
            pictures=self._pictures,
        )
        with making(make, seed, self._device) as maker:
            while self._scenes < plan.first:
                self._take(maker)
            number = 0 if self._pictures is None else len(self._pictures)
            self._tell(event="pool is filled", photographs=number)
            self._learn(maker)
        if self._group.first:
            self._save()
            judged = held_out(plan.held_out, plan.size, self._device, self._lesson, self._asks)
            self._tell(event="held out", **figures(judged, self._ask).told())

    def _learn(self, maker: Maker) -> None:
        started = saved = told = time.monotonic()
        lately = list[Tensor]()
        while (done := self._agreed_share(started)) < 1.0:
            rate = self._rate(done)
            if maker.ready:
                self._take(maker)
            lately += [self._step(rate) for _ in range(_STRETCH)]
            now = time.monotonic()
            if now - told > _TOLD_EVERY:
                told = now
                self._tell(rate=rate, loss=_rounded(torch.stack(lately).mean(dim=0).tolist()))
                lately.clear()
            if now - saved > _SAVED_EVERY and self._group.first:
                saved = now
                self._save()

    def _agreed_share(self, started: float) -> float:
        """The share of the run's time that is over, from when the pool was filled: by one clock."""
        span = max(self._began + self._plan.seconds - started, 1e-6)
        share = torch.tensor((time.monotonic() - started) / span, device=self._device)
        self._group.agree(share)
        return float(share)

    def _rate(self, done: float) -> float:
        warm = min(1.0, (self._learner.steps + 1) / self._plan.warm_up)
        share = 0.5 + 0.5 * math.cos(math.pi * done)
        last = self._plan.last_rate
        return self._plan.rate * warm * (last + (1.0 - last) * share)

    def _take(self, maker: Maker) -> None:
        examples = maker.take()
        self._pool.add(examples)
        self._scenes += len(examples)

    def _step(self, rate: float) -> Tensor:
        examples = self._pool.crops(self._plan.batch, self._places)
        behind = backgrounds(self._plan.batch, self._dice)
        return self._learner.step(examples, behind, rate, self._group)

    def _first(self) -> Ask:
        """Whom the first look at frames is asked of: if not what learns, what the package ships."""
        if self._lesson.begin == 0:
            return self._ask
        return partial(said, trained_network(self._device, FIRST))

    def _ask(self, examples: Examples) -> Tensor:
        return said(self._learner.mean, examples)

    def _save(self) -> None:
        told = {name: str(value) for name, value in vars(self._plan).items() if name != "out"}
        facts = {"steps": str(self._learner.steps), "scenes": str(self._all_scenes), **told}
        save(self._plan.out / CHECKPOINT, self._learner.network, self._learner.mean, facts)

    @property
    def _all_scenes(self) -> int:
        """About how many scenes all processes have seen: as many as this one, each."""
        return self._scenes * self._group.size

    def _tell(self, **facts: object) -> None:
        if not self._group.first:
            return
        seconds = round(time.monotonic() - self._began, 1)
        line = json.dumps(
            {
                "seconds": seconds,
                "steps": self._learner.steps,
                "scenes": self._all_scenes,
                **facts,
            }
        )
        print(line, flush=True)
        with (self._plan.out / LOG).open("a") as file:
            file.write(line + "\n")


def _rounded(values: list[float]) -> list[float]:
    return [round(value, 5) for value in values]
