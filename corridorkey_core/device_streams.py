"""Work that a CUDA device does beside other work; elsewhere, one thing after another."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from corridorkey_core.device import copy_streams


@contextmanager
def arriving(device: torch.device) -> Iterator[Callable[[Tensor], Tensor]]:
    """Within the block, work on what is copied to the device, beside what was asked of it before.

    Waiting for a result in it does not wait for that. After the block, what the yielded function
    was given may be used as any other tensor.
    """
    if device.type != "cuda":
        yield _as_it_is
        return
    with _aside(device, copy_streams(device)[0]) as joined:
        yield joined


@contextmanager
def beside(device: torch.device) -> Iterator[Callable[[Tensor], Tensor]]:
    """Within the block, ask for work that the device may do beside what is asked of it after that.

    All that it works on is there already, and is kept until the yielded function has been given
    the result, which gives it back to be used as any other tensor.
    """
    if device.type != "cuda":
        yield _as_it_is
        return
    stream = _stream_beside(device)
    stream.wait_stream(torch.cuda.current_stream(device))
    with _aside(device, stream) as joined:
        yield joined


@contextmanager
def _aside(device: torch.device, stream: torch.cuda.Stream) -> Iterator[Callable[[Tensor], Tensor]]:
    current = torch.cuda.current_stream(device)

    def joined(result: Tensor) -> Tensor:
        current.wait_stream(stream)
        result.record_stream(current)
        return result

    with torch.cuda.stream(stream):
        yield joined


def _as_it_is(result: Tensor) -> Tensor:
    return result


@functools.cache
def _stream_beside(device: torch.device) -> torch.cuda.Stream:
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
