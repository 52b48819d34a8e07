"""Which device keys."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from corridorkey_core.errors import DeviceError


def choose_device(wanted: str) -> torch.device:
    """The device named by the `device` setting; `auto` takes CUDA, then MPS, then the CPU.

    Raises `DeviceError` where the device named is not there.
    """
    if wanted == "auto":
        return torch.device(_best())
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise DeviceError(
            f"device is {wanted!r}; expected auto, cpu, cuda, cuda:N or mps."
        ) from error
    if device.type == "cuda":
        return _cuda(device)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("device is mps, but this machine has none; use auto or cpu.")
    if device.type not in ("cpu", "mps"):
        raise DeviceError(f"device is {wanted!r}; expected auto, cpu, cuda, cuda:N or mps.")
    return device


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _cuda(device: torch.device) -> torch.device:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    index = device.index or 0
    if index >= count:
        build = torch.version.cuda or "no CUDA"
        raise DeviceError(
            f"device is {device}, but torch {torch.__version__} (built with {build}) sees {count} "
            "CUDA devices. `corridorkey doctor` says why; `device: cpu` keys without one."
        )
    return torch.device("cuda", index)


@functools.cache
def copy_streams(device: torch.device) -> tuple[torch.cuda.Stream, torch.cuda.Stream]:
    """A CUDA device's streams for copies to it and from it.

    One pair for as long as the process lives, since torch keeps freed memory for each stream.
    """
    to_device, from_device = (torch.cuda.Stream(device) for _ in range(2))  # type: ignore[no-untyped-call]
    return to_device, from_device


def copied_to(device: torch.device, values: Tensor) -> Tensor:
    """`values` of host memory on the device.

    To a CUDA device page-locked memory travels while what was asked of the device before goes on;
    it may be let go at once.
    """
    if device.type != "cuda":
        return values.to(device)
    stream, current = copy_streams(device)[0], torch.cuda.current_stream(device)
    with torch.cuda.stream(stream):
        there = values.to(device, non_blocking=True)
    current.wait_stream(stream)
    there.record_stream(current)
    return there


def free_cached_memory(device: torch.device) -> None:
    """Give memory that torch keeps for reuse back to the device: it ran out, or models change."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
