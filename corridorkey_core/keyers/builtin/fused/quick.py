"""The network's fused form where there is one, and the plain one where there is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from corridorkey_core.fused_or_plain import FusedOrPlain
from corridorkey_core.keyers.builtin.ask import Ask, by_look
from corridorkey_core.keyers.builtin.fused.halves import are_halves
from corridorkey_core.keyers.builtin.network import KeyNetwork, Networks
from corridorkey_core.keyers.builtin.stages import in_stages
from corridorkey_core.launchers import make_one_at_a_time
from corridorkey_core.triton_kernels import ready_on


def quick_ask(networks: Networks, plain: Ask, say: Callable[[str], None]) -> Ask:
    """What networks that `can_be_fused` say of features; by its first frame it is decided how.

    `plain` is the same unfused, in single precision. `say` is told once where only that is
    possible, though the device could do the other.
    """

    def give_up(why: str) -> None:
        say(
            f"The builtin network's fused steps cannot be used here ({why}); it keys without them: "
            "the same picture, more slowly."
        )

    return FusedOrPlain(partial(fused_form, networks), plain, give_up)


def fused_form(networks: Networks) -> Ask:
    """The networks fused, in stages; raises `ImportError` without triton."""
    make_one_at_a_time()
    from corridorkey_core.keyers.builtin.fused.network import FusedNetwork

    return by_look(*(partial(in_stages, FusedNetwork(each)) for each in networks))


def can_be_fused(networks: Networks) -> bool:
    """Whether networks' device and weights, half floats, are what the fused steps are for."""
    return ready_on(networks.first.device) and all(map(has_halves, networks))


def has_halves(network: KeyNetwork) -> bool:
    """Whether all weights but biases are half floats exactly, of whatever type they are."""
    weights = (each for each in network.parameters() if each.dim() == 4)
    return all(map(are_halves, weights))
