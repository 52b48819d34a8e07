"""Which device keys, or which several; what is a device's own."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from corridorkey_core.errors import DeviceError
from corridorkey_core.settings import Settings

EXPECTED = "expected auto, cpu, cuda, cuda:N or mps"


def choose_devices(settings: Settings) -> tuple[torch.device, ...]:
    """The devices that are to key: those of `devices`, or where that is empty that of `device`.

    Raises `DeviceError` where one is not there, is named twice, or is of another kind than the
    first: pixels of a GPU and of a CPU differ, and a frame's may not depend on who keyed it.
    """
    if not settings.devices:
        return (choose_device(settings.device),)
    if settings.devices.strip() == "all":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        return tuple(torch.device("cuda", index) for index in range(count)) or (_best(),)
    devices = tuple(map(choose_device, _names(settings.devices)))
    if len({(device.type, device.index or 0) for device in devices}) < len(devices):
        raise DeviceError(f"devices is {settings.devices!r}; name each device once.")
    if len({device.type for device in devices}) > 1:
        raise DeviceError(
            f"devices is {settings.devices!r}; expected devices of one kind, since a GPU and a "
            "CPU do not give the same bytes."
        )
    return devices


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise DeviceError(
            f"devices is {text!r}; expected names with commas between, as cuda:0,cuda:1, or all."
        )
    return names


def choose_device(wanted: str) -> torch.device:
    """The device named by the `device` setting; `auto` takes CUDA, then MPS, then the CPU.

    Raises `DeviceError` where the device named is not there.
    """
    if wanted == "auto":
        return _best()
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise DeviceError(f"device is {wanted!r}; {EXPECTED}.") from error
    if device.type == "cuda":
        return _cuda(device)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("device is mps, but this machine has none; use auto or cpu.")
    if device.type not in ("cpu", "mps"):
        raise DeviceError(f"device is {wanted!r}; {EXPECTED}.")
    return device


def _best() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda", 0)
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


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


def using(device: torch.device) -> AbstractContextManager[object]:
    """Within the block, on its thread, kernels are started on `device`.

    torch finds the device by what it is given; triton starts on the thread's current one.
    """
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


@functools.cache
def model_of(device: torch.device) -> str:
    """What devices that give the same bytes have in common."""
    if device.type == "cuda":
        return f"cuda {torch.cuda.get_device_name(device)}"
    return device.type


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
