"""What this machine shows: its system, and what the NVIDIA driver's own tool says of GPUs."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from building.child import Ask, Finished, ask

ELSEWHERE = (
    "/usr/lib/wsl/lib/nvidia-smi",
    "C:/Program Files/NVIDIA Corporation/NVSMI/nvidia-smi.exe",
)
PCI = Path("/sys/bus/pci/devices")
NVIDIA, DISPLAY = "0x10de", "0x03"
PATIENCE = 30


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA GPU: name, driver version, and compute capability where the driver tells it."""

    name: str
    driver: str
    capability: tuple[int, int] | None = None

    @property
    def driver_branch(self) -> int:
        """The driver's first number, 0 where it has none."""
        head = self.driver.split(".")[0]
        return int(head) if head.isdigit() else 0

    def __str__(self) -> str:
        sm = f", compute {self.capability[0]}.{self.capability[1]}" if self.capability else ""
        return f"{self.name}, driver {self.driver}{sm}"


@dataclass(frozen=True)
class Machine:
    """The facts a build of torch is chosen by.

    `trouble` says in a sentence why no GPU was listed although there are signs of one.
    """

    system: str
    processor: str
    gpus: tuple[Gpu, ...] = ()
    trouble: str = ""

    @property
    def gpu(self) -> Gpu | None:
        """The most capable GPU."""
        return max(self.gpus, key=lambda gpu: gpu.capability or (0, 0), default=None)


def look_at_machine(question: Ask | None = None) -> Machine:
    """Look at this machine; nothing is changed. `question` runs nvidia-smi."""
    tool = _nvidia_smi()
    system, processor = platform.system(), platform.machine()
    if not tool:
        return Machine(system, processor, trouble=_card_without_driver())
    gpus, trouble = _listed(tool, question or partial(ask, timeout=PATIENCE))
    return Machine(system, processor, gpus, trouble)


def _nvidia_smi() -> str:
    found = shutil.which("nvidia-smi")
    return found or next((place for place in ELSEWHERE if Path(place).is_file()), "")


def _listed(tool: str, question: Ask) -> tuple[tuple[Gpu, ...], str]:
    said = _query(tool, question, ("name", "driver_version", "compute_cap"))
    if said.status and "compute_cap" in said.output:  # drivers before 510 do not know the field
        said = _query(tool, question, ("name", "driver_version"))
    if said.status:
        return (), f"{tool} failed (exit status {said.status}): {_first_line(said.output)}"
    gpus = tuple(gpu for line in said.output.splitlines() if (gpu := _gpu(line)))
    return gpus, "" if gpus else f"{tool} lists no GPU: {_first_line(said.output)}"


def _query(tool: str, question: Ask, fields: Sequence[str]) -> Finished:
    return question([tool, f"--query-gpu={','.join(fields)}", "--format=csv,noheader"])


def _gpu(line: str) -> Gpu | None:
    """A GPU from a line such as `NVIDIA H100 80GB HBM3, 580.95.05, 9.0`; None for other lines."""
    words = [word.strip() for word in line.split(",")]
    if len(words) < 2 or not words[1][:1].isdigit():
        return None
    return Gpu(words[0], words[1], _capability(words[2]) if len(words) > 2 else None)


def _capability(text: str) -> tuple[int, int] | None:
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "it said nothing")


def _card_without_driver() -> str:
    """A word about an NVIDIA display card on Linux's PCI bus that no driver tool speaks for."""
    for device in sorted(PCI.glob("*")) if PCI.is_dir() else ():
        if _fact(device, "vendor") == NVIDIA and _fact(device, "class").startswith(DISPLAY):
            return f"an NVIDIA card is at PCI {device.name}, but nvidia-smi is not installed"
    return ""


def _fact(device: Path, name: str) -> str:
    try:
        return (device / name).read_text(encoding="ascii").strip()
    except OSError:
        return ""
