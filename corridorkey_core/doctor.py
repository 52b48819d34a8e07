"""What is installed, which device, which weights, and what to do about a gap."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import subprocess
import sys
from dataclasses import dataclass

import torch

from corridorkey_core.errors import WeightsError
from corridorkey_core.keyers.builtin.weights import SHIPPED, trained_networks
from corridorkey_core.version import VERSION
from corridorkey_core.weights.find import GET, find_checkpoint
from corridorkey_core.weights.places import ENVIRONMENT

REINSTALL = "python3 build.py setup --torch auto"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, what was found, and the remedy where something is amiss."""

    name: str
    found: str
    remedy: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at everything that keying depends on; nothing is changed or fetched."""
    before, after = (_engine, _packages, _torch_build), (_weights, _builtin, _ocio, _video)
    return (*(look() for look in before), *_devices(), *(look() for look in after))


def _engine() -> Finding:
    python = platform.python_version()
    return Finding("engine", f"Corridor Key {VERSION}, Python {python} at {sys.executable}")


def _packages() -> Finding:
    names = ("torch", "numpy", "OpenImageIO", "PyYAML", "fileseq")
    return Finding(
        "packages", ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    )


def _torch_build() -> Finding:
    found = f"torch {torch.__version__}, CUDA {torch.version.cuda or 'not built in'}"
    if torch.cuda.is_available() or not nvidia_gpus():
        return Finding("torch build", found)
    return Finding(
        "torch build",
        f"{found}, but this machine has {nvidia_gpus()} that it cannot use",
        f"install a CUDA build of torch: {REINSTALL}",
    )


def nvidia_gpus() -> str:
    """Names of the NVIDIA GPUs that the driver's own tool lists, or nothing."""
    try:
        said = subprocess.run(
            ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = [line.strip() for line in said.stdout.splitlines() if line.strip()]
    return "; ".join(lines) if said.returncode == 0 else ""


def _devices() -> tuple[Finding, ...]:
    """Every device by the name that `device` and `devices` take."""
    if torch.cuda.is_available():
        return tuple(map(_cuda, range(torch.cuda.device_count())))
    if torch.backends.mps.is_available():
        return (Finding("device", "mps"),)
    found = f"cpu, {torch.get_num_threads()} threads (no GPU: keys slowly)"
    return (Finding("device", found),)


def _cuda(index: int) -> Finding:
    facts = torch.cuda.get_device_properties(index)
    return Finding("device", f"cuda:{index} {facts.name}, {facts.total_memory >> 20} MiB")


def _weights() -> Finding:
    try:
        found = find_checkpoint("")
    except WeightsError as error:
        return Finding("weights", str(error), f"correct or unset ${ENVIRONMENT}")
    if found is None:
        return Finding("weights", f"no CorridorKey checkpoint, so auto is builtin; optional: {GET}")
    return Finding("weights", f"CorridorKey checkpoint at {found}")


def _builtin() -> Finding:
    try:
        trained_networks(torch.device("cpu"))
    except WeightsError as error:
        return Finding("builtin keyer", str(error), REINSTALL)
    sums = " and ".join(f"{each.sha256[:12]}..." for each in SHIPPED)
    return Finding("builtin keyer", f"its weights are whole, SHA-256 {sums}")


def _ocio() -> Finding:
    path = os.environ.get("OCIO", "")
    if not path:
        return Finding("OCIO", "$OCIO is not set; a built-in ACES config is used")
    if path.startswith("ocio://") or os.path.isfile(path):  # noqa: PTH113
        return Finding("OCIO", path)
    return Finding("OCIO", f"$OCIO is {path}, which is no file", "correct or unset $OCIO")


def _video() -> Finding:
    if importlib.util.find_spec("av") is None:
        return Finding(
            "movies", "not readable; optional: `pip install av` or `build.py setup` adds them"
        )
    return Finding("movies", f"read through PyAV {importlib.metadata.version('av')}")
