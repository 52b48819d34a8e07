"""What is fused where it can be: decided once, told once."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from corridorkey_core.fused_or_plain import FusedOrPlain
from tests.told_forms import Told


def failing(error: Exception) -> Callable[[], Told]:
    def fuse() -> Told:
        raise error

    return fuse


def answers(ask: FusedOrPlain[[Tensor]]) -> list[float]:
    return [float(ask(torch.zeros(1))) for _ in range(3)]


def test_what_was_fused_once_is_used_from_then_on() -> None:
    fused, plain, said, begun, made = Told(1.0), Told(2.0), list[str](), list[int](), list[int]()

    def fuse() -> Told:
        made.append(1)
        return fused

    ask = FusedOrPlain(fuse, plain, said.append, lambda: begun.append(fused.runs))
    assert answers(ask) == [1.0, 1.0, 1.0]
    assert (fused.runs, plain.runs, said, made, begun) == (3, 0, [], [1], [1])


ERRORS = (
    ModuleNotFoundError("No module named 'triton'"),
    RuntimeError("Failed to find C compiler. Please specify via CC environment variable."),
    subprocess.CalledProcessError(1, "gcc"),
    OSError("no space for the cache"),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_where_fusing_fails_the_plain_form_answers_and_it_is_said_once(error: Exception) -> None:
    said = list[str]()
    assert answers(FusedOrPlain(failing(error), Told(2.0), said.append)) == [2.0, 2.0, 2.0]
    assert said == [str(error)]


def test_a_fused_form_that_cannot_answer_is_given_up() -> None:
    class Broken(Told):
        def __call__(self, *_given: object) -> Tensor:
            self.runs += 1
            raise RuntimeError("ptxas went missing\nand more")

    broken, said, begun = Broken(1.0), list[str](), list[int]()
    ask = FusedOrPlain(lambda: broken, Told(2.0), said.append, lambda: begun.append(1))
    assert answers(ask) == [2.0, 2.0, 2.0]
    assert (broken.runs, said, begun) == (1, ["ptxas went missing"], [])


def test_memory_that_runs_out_is_no_reason_to_do_without() -> None:
    plain, said = Told(2.0), list[str]()
    ask = FusedOrPlain(failing(torch.OutOfMemoryError("full")), plain, said.append)
    with pytest.raises(torch.OutOfMemoryError):
        ask(torch.zeros(1))
    assert (plain.runs, said) == (0, [])


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        FusedOrPlain(failing(ZeroDivisionError()), Told(2.0), list[str]().append)(torch.zeros(1))


def test_where_nothing_can_be_fused_the_plain_form_answers_and_nothing_is_said() -> None:
    said = list[str]()
    assert answers(FusedOrPlain(None, Told(2.0), said.append)) == [2.0, 2.0, 2.0]
    assert said == []
