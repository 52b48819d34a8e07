"""A computation in kernels of our own where these can run, and the plain one where they cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

from torch import Tensor

from corridorkey_core.memory_ladder import ran_out_of_memory
from corridorkey_core.triton_kernels import cannot_run, first_line

Given = ParamSpec("Given")


def _nothing() -> None:
    """Where there is nothing to be told."""


class FusedOrPlain(Generic[Given]):
    """Decided by the first call.

    `fuse` makes the fused form; it is None where that is out of the question. Where it cannot, or
    what it made cannot answer, `give_up` is told why, in a line, and `plain` answers from then on.
    `begin` is called once the fused form has answered. Running out of memory is no reason to do
    without, and is raised.
    """

    def __init__(
        self,
        fuse: Callable[[], Callable[Given, Tensor]] | None,
        plain: Callable[Given, Tensor],
        give_up: Callable[[str], None],
        begin: Callable[[], None] = _nothing,
    ) -> None:
        self._fuse, self._plain = fuse, plain
        self._give_up, self._begin = give_up, begin
        self._fused: Callable[Given, Tensor] | None = None

    def __call__(self, *given: Given.args, **named: Given.kwargs) -> Tensor:
        """What either form answers."""
        if self._fused is not None:
            return self._fused(*given, **named)
        if self._fuse is None:
            return self._plain(*given, **named)
        try:
            fused = self._fuse()
            answer = fused(*given, **named)
        except cannot_run() as error:
            if ran_out_of_memory(error):
                raise
            self._fuse = None
            self._give_up(first_line(error))
            return self._plain(*given, **named)
        self._fused = fused
        self._begin()
        return answer
