"""The network's fused form where there is one, and the plain one where there is not."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.network import KeyNetwork
from corridorkey_core.launchers import make_one_at_a_time
from corridorkey_core.memory_ladder import ran_out_of_memory
from corridorkey_core.triton_kernels import cannot_run, first_line, ready_on

Ask = Callable[[Tensor], Tensor]


class QuickAsk:
    """What a network says of features, fused where triton can; decided by the first frame.

    `plain` is the same unfused, in single precision. `say` is told once where only that is
    possible, though the device could do the other. Weights that are no half floats are not fused.
    """

    def __init__(self, network: KeyNetwork, plain: Ask, say: Callable[[str], None]) -> None:
        self._network = network
        self._plain = plain
        self._say = say
        self._fused: Ask | None = None
        self._may_fuse = can_be_fused(network)

    def __call__(self, planes: Tensor) -> Tensor:
        """Corrections [1, 4, H, W] of features [1, 16, H, W], both float32."""
        if self._fused is not None:
            return self._fused(planes)
        if self._may_fuse:
            return self._first(planes)
        return self._plain(planes)

    def _first(self, planes: Tensor) -> Tensor:
        try:
            fused = fused_form(self._network)
            said = fused(planes)
        except cannot_run() as error:
            if ran_out_of_memory(error):
                raise
            self._may_fuse = False
            self._say(
                f"The builtin network's fused steps cannot be used here ({first_line(error)}); it "
                "keys without them: the same picture, more slowly."
            )
            return self(planes)
        self._fused = fused
        return said


def fused_form(network: KeyNetwork) -> Ask:
    """The network fused; raises `ImportError` without triton."""
    make_one_at_a_time()
    from corridorkey_core.keyers.builtin.fused.network import FusedNetwork

    return FusedNetwork(network)


def can_be_fused(network: KeyNetwork) -> bool:
    """Whether a network's device and its weights are what the fused steps are for."""
    return ready_on(network.stem.weight.device) and has_halves(network)


def has_halves(network: KeyNetwork) -> bool:
    """Whether all weights but biases are half floats exactly, of whatever type they are."""
    weights = (each for each in network.parameters() if each.dim() == 4)
    return all(torch.equal(each.half().to(each.dtype), each) for each in weights)
