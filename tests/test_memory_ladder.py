"""Out of memory: every rung is tried in turn, said once reached, and the last error is raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from corridorkey_core.memory_ladder import climb


def failing() -> str:
    raise torch.OutOfMemoryError("full")


def test_the_first_rung_that_fits_wins_and_later_ones_are_never_reached() -> None:
    reached: list[str] = []

    def rungs() -> Iterator[tuple[str, Callable[[], str]]]:
        for name, attempt in (("", failing), ("tile", lambda: "tiled"), ("cpu", failing)):
            reached.append(name)
            yield name, attempt

    said: list[str] = []
    assert climb(rungs(), said.append) == "tiled"
    assert reached == ["", "tile"]
    assert said == ["tile"]


def test_the_error_is_raised_where_nothing_fits() -> None:
    with pytest.raises(torch.OutOfMemoryError, match="full"):
        climb([("", failing), ("tile", failing)], lambda _words: None)


def test_other_errors_are_not_climbed_over() -> None:
    def broken() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        climb([("", broken), ("tile", lambda: "tiled")], lambda _words: None)


@pytest.mark.parametrize(
    "words",
    [
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "CUDA error: out of memory\nCompile with `TORCH_USE_CUDA_DSA`",
    ],
)
def test_a_library_that_gets_no_memory_is_climbed_over(words: str) -> None:
    def without_memory() -> str:
        raise RuntimeError(words)

    assert climb([("", without_memory), ("tile", lambda: "tiled")], lambda _words: None) == "tiled"


def test_other_runtime_errors_are_not_climbed_over() -> None:
    def broken() -> str:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(RuntimeError, match="illegal"):
        climb([("", broken), ("tile", lambda: "tiled")], lambda _words: None)


def test_a_failed_attempt_leaves_nothing_alive() -> None:
    import weakref

    class Held:
        pass

    refs: list[weakref.ref[Held]] = []

    def holds() -> str:
        held = Held()
        refs.append(weakref.ref(held))
        raise torch.OutOfMemoryError("full")

    assert climb([("", holds), ("", lambda: "alive" if refs[0]() else "freed")], print) == "freed"
