"""One step of learning: forwards, backwards, the weights moved; on a GPU replayed as a graph."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.network import KeyNetwork, laid_out
from training.examples import Examples
from training.flat import FlatWeights
from training.group import ALONE, Group
from training.losses import loss_of

_LONGEST = 1.0  # of a gradient; a longer one is shortened to it
_WARM_UP = 3  # runs before a graph is recorded, in which libraries choose their ways

Backwards = Callable[[Examples, Tensor], Tensor]


class Learner:
    """A network that learns, and the running `mean` of its weights, which is what ships.

    On a GPU a copy of it in bfloat16 looks at the examples.
    """

    def __init__(self, network: KeyNetwork, mean: KeyNetwork, mean_decay: float) -> None:
        self.network, self.mean = network, mean.requires_grad_(False)
        self.steps = 0
        self._quick = _quick(network)
        self._weights, self._followers = FlatWeights(network), FlatWeights(mean)
        self._copies = self._weights if self._quick is network else FlatWeights(self._quick)
        self._mean_decay = mean_decay
        self._optimiser = torch.optim.AdamW(
            [self._weights.values], 1.0, betas=(0.9, 0.99), weight_decay=0.01
        )
        self._recorded: _Recorded | None = None

    def step(self, examples: Examples, behind: Tensor, rate: float, group: Group = ALONE) -> Tensor:
        """Learn from `examples`, seen over the backgrounds `behind`; gives the loss's parts.

        Whatever the processes of a `group` learn from, they move alike. Shapes stay the same from
        step to step.
        """
        parts = self._learn_from(examples, behind)
        gradient = self._weights.gradient.copy_(self._copies.gradient)
        group.average(gradient)
        _bound(gradient)
        self._optimiser.param_groups[0]["lr"] = rate
        self._optimiser.step()
        self.steps += 1
        self._spread()
        return parts

    def _learn_from(self, examples: Examples, behind: Tensor) -> Tensor:
        if not behind.is_cuda:
            return self._backwards(examples, behind)
        if self._recorded is None:
            self._recorded = _Recorded(self._backwards, examples, behind)
        return self._recorded.replay(examples, behind)

    def _backwards(self, examples: Examples, behind: Tensor) -> Tensor:
        loss = loss_of(examples, said(self._quick, examples), behind)
        self._copies.differentiate(loss.total)
        return loss.told()

    def _spread(self) -> None:
        """Copy the weights, and move the running mean towards them."""
        decay = min(self._mean_decay, (1.0 + self.steps) / (10.0 + self.steps))
        with torch.no_grad():
            self._copies.values.copy_(self._weights.values)
            self._followers.values.lerp_(self._weights.values, 1.0 - decay)


class _Recorded:
    """A step's computation, recorded once; replaying it costs Python next to nothing."""

    def __init__(self, compute: Backwards, examples: Examples, behind: Tensor) -> None:
        self._examples, self._behind = examples.copied(), behind.clone()
        beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(_WARM_UP):
                compute(self._examples, self._behind)
        torch.cuda.current_stream().wait_stream(beside)
        self._graph = torch.cuda.CUDAGraph()
        # The maker's thread goes on with its own work meanwhile.
        with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
            self._parts = compute(self._examples, self._behind)

    def replay(self, examples: Examples, behind: Tensor) -> Tensor:
        self._examples.take(examples)
        self._behind.copy_(behind)
        self._graph.replay()
        return self._parts.clone()


def said(network: KeyNetwork, examples: Examples) -> Tensor:
    """What a network says of examples, float32, computed in its own kind of number."""
    kind = next(network.parameters()).dtype
    shown = examples.planes, examples.afar[..., ::2, ::2]
    answer: Tensor = network(*(each.to(kind, memory_format=torch.channels_last) for each in shown))
    # Plane by plane, as what it is compared with: mixed orders make every operation slower.
    return answer.float().contiguous()


def _quick(network: KeyNetwork) -> KeyNetwork:
    """On a GPU a copy in bfloat16, elsewhere the network itself."""
    device = next(network.parameters()).device
    if device.type != "cuda":
        return network
    return laid_out(deepcopy(network).to(torch.bfloat16), device)


def _bound(gradient: Tensor) -> None:
    """Shorten a gradient that is too long, and drop one that is not finite."""
    length = gradient.norm()
    gradient.mul_((_LONGEST / length.clamp_min(_LONGEST)).nan_to_num(0.0))
    gradient.nan_to_num_(0.0, 0.0, 0.0)
