"""The network's quick form where there is one, and the plain one where there is not."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch
from torch import Tensor

from corridorkey_core.keyers.corridorkey.network import Network
from corridorkey_core.memory_ladder import ran_out_of_memory

Forward = Callable[[Tensor, float], Tensor]
"""Logits [1, 4, S, S] in float32 of inputs [1, 4, S, S] and the refiner's strength."""

_OLDEST = (8, 0)  # compute capability: Ampere
# What triton raises where it, its compiler or the device cannot do it. Running out of memory is a
# RuntimeError too, and no reason to do without.
_CANNOT = (ImportError, RuntimeError, OSError, subprocess.CalledProcessError)


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
        except _CANNOT as error:
            if ran_out_of_memory(error):
                raise
            self._may_fuse = False
            self._say(
                f"The network's fused steps cannot be used here ({_first_line(error)}); it keys "
                "without them: the same picture, in about twice the time."
            )
            return self(inputs, strength)
        self._fused = fused
        return logits


@contextmanager
def compiling_ahead(device: torch.device, arithmetic: torch.dtype) -> Iterator[None]:
    """Compile what is to be fused while the block runs; it ends when both are done."""
    if not is_for_fusing(device, arithmetic) or importlib.util.find_spec("triton") is None:
        yield
        return
    from corridorkey_core.keyers.corridorkey.fused.ahead import compile_ahead

    with ThreadPoolExecutor(1, "corridorkey-ahead") as pool:
        pool.submit(compile_ahead, device, arithmetic)
        yield


def fused_form(network: Network) -> Forward:
    """The network with its memory-bound steps fused; raises `ImportError` without triton."""
    from corridorkey_core.keyers.corridorkey.fused.fast_network import FastNetwork

    return FastNetwork(network)


def can_be_fused(network: Network) -> bool:
    """Whether a network's type and device are what the fused steps are for."""
    weight = network.refiner.final.weight
    return is_for_fusing(weight.device, weight.dtype)


def is_for_fusing(device: torch.device, arithmetic: torch.dtype) -> bool:
    """Whether a device and a type are what the fused steps are for."""
    if arithmetic == torch.float32 or device.type != "cuda" or torch.version.hip:
        return False
    return torch.cuda.get_device_capability(device) >= _OLDEST


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
