"""The network's quick form where there is one, and the plain one where there is not."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor

from corridorkey_core.fused_or_plain import FusedOrPlain
from corridorkey_core.keyers.corridorkey.network import Network
from corridorkey_core.launchers import make_one_at_a_time
from corridorkey_core.triton_kernels import Trial, ready_on, tried_on

Forward = Callable[[Tensor, float], Tensor]
"""Logits [1, 4, S, S] in float32 of inputs [1, 4, S, S] and the refiner's strength."""


def quick_forward(network: Network, plain: Forward, say: Callable[[str], None]) -> Forward:
    """A network's forward pass, fused where triton can; decided by the first frame.

    `plain` is the same pass unfused. `say` is told once where only that is possible, though the
    device could do the other.
    """

    def give_up(why: str) -> None:
        say(
            f"The network's fused steps cannot be used here ({why}); it keys without them: the "
            "same picture, in about three times the time."
        )

    def begin() -> None:
        weight = network.refiner.final.weight
        for words in less_quick_parts(weight.device, weight.dtype):
            say(words)

    fuse = partial(fused_form, network) if can_be_fused(network) else None
    return FusedOrPlain(fuse, plain, give_up, begin)


def less_quick_parts(device: torch.device, kind: torch.dtype) -> Iterator[str]:
    """What of the fused network has to do without its quickest form, a sentence each."""
    if not is_for_fusing(device, kind):
        return
    from corridorkey_core.keyers.corridorkey.fused.strips import trial

    if why := trial(device, kind).why:
        yield (
            f"The refiner's convolutions cannot go by strips here ({why}); they go by tiles: the "
            "same picture, a little more slowly."
        )
    if why := answer_trial(device).why:
        yield (
            f"The network's answer cannot be enlarged in one step here ({why}); torch does it: the "
            "same picture, a little more slowly."
        )


@contextmanager
def compiling_ahead(device: torch.device, arithmetic: torch.dtype) -> Iterator[None]:
    """Compile what is to be fused while the block runs; it ends when both are done.

    What fails does so again with the first frame, and is told there.
    """
    if not is_for_fusing(device, arithmetic):
        yield
        return
    with ThreadPoolExecutor(1, "corridorkey-ahead") as pool:
        pool.submit(_compile_ahead, device, arithmetic)
        yield


def _compile_ahead(device: torch.device, arithmetic: torch.dtype) -> None:
    from corridorkey_core.keyers.corridorkey.fused.ahead import compile_ahead

    compile_ahead(device, arithmetic)


def fused_form(network: Network) -> Forward:
    """The network with its memory-bound steps fused; raises `ImportError` without triton."""
    make_one_at_a_time()
    from corridorkey_core.keyers.corridorkey.fused.fast_network import FastNetwork

    return FastNetwork(network)


def can_be_fused(network: Network) -> bool:
    """Whether a network's type and device are what the fused steps are for; see below."""
    weight = network.refiner.final.weight
    return is_for_fusing(weight.device, weight.dtype)


def is_for_fusing(device: torch.device, arithmetic: torch.dtype) -> bool:
    """Whether a device and a type are what the fused steps are for, and triton is there."""
    return arithmetic != torch.float32 and ready_on(device)


def answered_at_once(logits: Tensor, size: tuple[int, int]) -> Tensor | None:
    """Alpha and linear foreground [4, H, W] of logits [1, 4, S, S]; None where torch has to do it.

    Done only where a picture is not made smaller, along neither edge.
    """
    if min(size) < logits.shape[-1] or not logits.is_cuda or not answer_trial(logits.device).passed:
        return None
    from corridorkey_core.keyers.corridorkey.fused.answer import answer

    return answer(logits, size)


@functools.cache
def answer_trial(device: torch.device) -> Trial:
    """Whether `answered_at_once` can use its kernels on a device, and why not: tried once."""
    return tried_on(device, _try_answer)


def _try_answer() -> None:
    from corridorkey_core.keyers.corridorkey.fused.answer import answer

    answer(torch.zeros(1, 4, 32, 32), (64, 64))
