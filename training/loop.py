"""The steps: a thread makes pictures, another learns from them, until the time is up."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from corridorkey_core.keyers.builtin.network import KeyNetwork, laid_out
from training.checkpoint import load, save
from training.examples import Examples
from training.held_out import figures, held_out
from training.losses import Loss, loss_of
from training.maker import Maker, making
from training.pool import Pool

CHECKPOINT, LOG = "checkpoint.safetensors", "log.jsonl"
SEEDS_OF_A_RUN = 1_000_000
_SAVED_EVERY, _TOLD_EVERY = 90.0, 20.0  # seconds


@dataclass(frozen=True)
class Plan:
    """A run: how long, on what, how large. Sizes are of squares, in pixels."""

    out: Path
    seconds: float
    device: torch.device
    resume: Path | None = None
    seed: int = 1
    rate: float = 1.0e-3
    size: int = 512
    scenes: int = 48  # made at once
    pool: int = 1536
    first: int = 384  # scenes in the pool before the first step
    crop: int = 320
    batch: int = 48
    held_out: int = 64
    mean_decay: float = 0.999
    warm_up: int = 200
    compiled: bool = False


class Run:
    """One run of training; see `Plan`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._began = time.monotonic()
        torch.manual_seed(plan.seed)
        self._network = laid_out(KeyNetwork(), plan.device, torch.float32)
        self._mean = copy.deepcopy(self._network).requires_grad_(False)
        if plan.resume:
            found = load(plan.resume)
            self._network.load_state_dict(dict(found.weights))
            self._mean.load_state_dict(dict(found.mean))
        self._forward = torch.compile(self._network) if plan.compiled else self._network
        self._optimiser = torch.optim.AdamW(
            self._network.parameters(), plan.rate, betas=(0.9, 0.99), weight_decay=0.01
        )
        self._dice = torch.Generator(plan.device).manual_seed(plan.seed)
        self._places = torch.Generator().manual_seed(plan.seed)
        self._pool = Pool(plan.pool, plan.size, plan.crop, plan.device)
        self._steps = self._scenes = 0

    def train(self) -> None:
        """Learn until the time is up; leaves a checkpoint and a log in the plan's folder."""
        plan = self._plan
        plan.out.mkdir(parents=True, exist_ok=True)
        judged = held_out(plan.held_out, plan.size, plan.device)
        self._tell(event="held out", **figures(judged, self._ask).told())
        with making(plan.seed * SEEDS_OF_A_RUN, plan.scenes, plan.size, plan.device) as maker:
            while self._scenes < plan.first:
                self._take(maker.take())
            self._tell(event="pool is filled")
            self._learn(maker)
        self._save()
        self._tell(event="held out", **figures(judged, self._ask).told())

    def _learn(self, maker: Maker) -> None:
        saved = told = time.monotonic()
        started, lately = told, list[Tensor]()
        while (now := time.monotonic()) < self._began + self._plan.seconds:
            while maker.ready:
                self._take(maker.take())
            span = self._began + self._plan.seconds - started
            lately.append(self._step((now - started) / span))
            if now - told > _TOLD_EVERY:
                told = now
                self._tell(loss=_rounded(torch.stack(lately).mean(dim=0).tolist()))
                lately.clear()
            if now - saved > _SAVED_EVERY:
                saved = now
                self._save()

    def _take(self, examples: Examples) -> None:
        self._pool.add(examples)
        self._scenes += len(examples.planes)

    def _step(self, done: float) -> Tensor:
        """One step at a share `done` of the run; the loss's parts, still on the device."""
        examples = self._pool.crops(self._plan.batch, self._places)
        self._set_rate(done)
        said = self._said(self._forward, examples.planes)
        loss = loss_of(examples, said, self._dice)
        self._optimiser.zero_grad(set_to_none=True)
        loss.total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimiser.step()
        self._steps += 1
        self._follow()
        return _parts(loss)

    def _set_rate(self, done: float) -> None:
        warm = min(1.0, (self._steps + 1) / self._plan.warm_up)
        share = 0.5 + 0.5 * math.cos(math.pi * min(1.0, done))
        for group in self._optimiser.param_groups:
            group["lr"] = self._plan.rate * warm * (0.01 + 0.99 * share)

    def _follow(self) -> None:
        """Move the running mean towards the weights."""
        decay = min(self._plan.mean_decay, (1.0 + self._steps) / (10.0 + self._steps))
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self._mean.parameters()), list(self._network.parameters()), 1.0 - decay
            )

    def _ask(self, planes: Tensor) -> Tensor:
        return self._said(self._mean, planes)

    def _said(self, network: Callable[[Tensor], Tensor], planes: Tensor) -> Tensor:
        cuda = self._plan.device.type == "cuda"
        with torch.autocast("cuda", torch.bfloat16) if cuda else nullcontext():
            said = network(planes.contiguous(memory_format=torch.channels_last))
        return said.float()

    def _save(self) -> None:
        facts = {"steps": str(self._steps), "scenes": str(self._scenes), **_told(self._plan)}
        save(self._plan.out / CHECKPOINT, self._network, self._mean, facts)

    def _tell(self, **facts: object) -> None:
        seconds = round(time.monotonic() - self._began, 1)
        line = json.dumps(
            {"seconds": seconds, "steps": self._steps, "scenes": self._scenes, **facts}
        )
        print(line, flush=True)
        with (self._plan.out / LOG).open("a") as file:
            file.write(line + "\n")


def _parts(loss: Loss) -> Tensor:
    parts = (loss.total, loss.alpha, loss.shape, loss.colour, loss.composite)
    return torch.stack([part.detach() for part in parts])


def _rounded(values: list[float]) -> list[float]:
    return [round(value, 5) for value in values]


def _told(plan: Plan) -> dict[str, str]:
    return {name: str(value) for name, value in vars(plan).items() if name != "out"}
