"""The network's quick form where there is one, and the plain one where there is not."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch
from torch import Tensor

from corridorkey_core.keyers.corridorkey.network import Network
from corridorkey_core.launchers import make_one_at_a_time
from corridorkey_core.memory_ladder import ran_out_of_memory
from corridorkey_core.triton_kernels import cannot_run, first_line, may_run_on, ready_on, runs_on

Forward = Callable[[Tensor, float], Tensor]
"""Logits [1, 4, S, S] in float32 of inputs [1, 4, S, S] and the refiner's strength."""


class QuickForward:
    """A network's forward pass, fused where triton can; decided by the first frame.

    `plain` is the same pass unfused. `say` is told once where only that is possible, though the
    device could do the other.
    """

    def __init__(self, network: Network, plain: Forward, say: Callable[[str], None]) -> None:
        self._network = network
        self._plain = plain
        self._say = say
        self._fused: Forward | None = None
        self._may_fuse = can_be_fused(network)

    def __call__(self, inputs: Tensor, strength: float) -> Tensor:
        """Logits [1, 4, S, S] in float32; see `Network.forward`."""
        if self._fused is not None:
            return self._fused(inputs, strength)
        if self._may_fuse:
            return self._first(inputs, strength)
        return self._plain(inputs, strength)

    def _first(self, inputs: Tensor, strength: float) -> Tensor:
        try:
            fused = fused_form(self._network)
            logits = fused(inputs, strength)
        except cannot_run() as error:
            if ran_out_of_memory(error):
                raise
            self._may_fuse = False
            self._say(
                f"The network's fused steps cannot be used here ({first_line(error)}); it keys "
                "without them: the same picture, in about three times the time."
            )
            return self(inputs, strength)
        self._fused = fused
        return logits


@contextmanager
def compiling_ahead(device: torch.device, arithmetic: torch.dtype) -> Iterator[None]:
    """Compile what is to be fused while the block runs; it ends when both are done."""
    if not (is_for_fusing(device, arithmetic) and ready_on(device)):
        yield
        return
    from corridorkey_core.keyers.corridorkey.fused.ahead import compile_ahead

    with ThreadPoolExecutor(1, "corridorkey-ahead") as pool:
        pool.submit(compile_ahead, device, arithmetic)
        yield


def fused_form(network: Network) -> Forward:
    """The network with its memory-bound steps fused; raises `ImportError` without triton."""
    make_one_at_a_time()
    from corridorkey_core.keyers.corridorkey.fused.fast_network import FastNetwork

    return FastNetwork(network)


def can_be_fused(network: Network) -> bool:
    """Whether a network's type and device are what the fused steps are for."""
    weight = network.refiner.final.weight
    return is_for_fusing(weight.device, weight.dtype)


def is_for_fusing(device: torch.device, arithmetic: torch.dtype) -> bool:
    """Whether a device and a type are what the fused steps are for."""
    return arithmetic != torch.float32 and may_run_on(device)


def answered_at_once(logits: Tensor, size: tuple[int, int]) -> Tensor | None:
    """Alpha and linear foreground [4, H, W] of logits [1, 4, S, S]; None where torch has to do it.

    Done only where a picture is not made smaller, along neither edge.
    """
    if min(size) < logits.shape[-1] or not logits.is_cuda or not _answers_on(logits.device):
        return None
    from corridorkey_core.keyers.corridorkey.fused.answer import answer

    return answer(logits, size)


@functools.cache
def _answers_on(device: torch.device) -> bool:
    """Whether the kernels can be used on a device: tried once."""
    return runs_on(device, _try_answer)


def _try_answer() -> None:
    from corridorkey_core.keyers.corridorkey.fused.answer import answer

    answer(torch.zeros(1, 4, 32, 32), (64, 64))
