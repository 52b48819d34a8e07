"""Which build of torch a machine calls for, and where to get it.

What torch 2.13 is built for, from PyTorch's release matrix (RELEASE.md): CUDA 13.0 for compute
capability 7.5 and up, CUDA 12.6 for 5.0 to 9.0. The drivers they need, from NVIDIA's table of minor
version compatibility: 580 for CUDA 13, 525 for CUDA 12. PyPI's wheel is the CUDA 13.0 build on
Linux and a CPU build on Windows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from building.errors import SetupError
from building.machine import Gpu, Machine

INDEX = "https://download.pytorch.org/whl"
ON_PYPI = "cu130"
ON_CPU = "python3 build.py setup --torch cpu"
_NAMED = re.compile(r"auto|cpu|default|cu[0-9]{3}|rocm[0-9]+\.[0-9]+")
_NEVER = (99, 99)


@dataclass(frozen=True)
class CudaBuild:
    """A CUDA build: least driver, and the compute capabilities that it has code for."""

    name: str
    driver: int
    least: tuple[int, int]
    most: tuple[int, int] = _NEVER

    def has_code_for(self, gpu: Gpu) -> bool:
        """Whether the build runs on a GPU; one that does not tell its capability is trusted."""
        return gpu.capability is None or self.least <= gpu.capability <= self.most


CUDA_BUILDS = (CudaBuild("cu130", 580, (7, 5)), CudaBuild("cu126", 525, (5, 0), (9, 9)))


@dataclass(frozen=True)
class Choice:
    """A build by its name, why it was chosen, and what a person should look into, if anything."""

    name: str
    why: str
    hint: str = ""

    @property
    def cuda(self) -> str:
        """The CUDA version that a torch of this build reports, such as 13.0; "" where none must."""
        return f"{self.name[2:-1]}.{self.name[-1]}" if self.name.startswith("cu") else ""

    def suits(self, cuda: str | None) -> bool:
        """Whether a torch that reports this CUDA version will do; any torch keys on a CPU."""
        return not self.cuda or self.cuda == cuda


@dataclass(frozen=True)
class Source:
    """One way to get a build: a requirement and pip's options; `word` says what is being tried."""

    requirement: str
    options: tuple[str, ...] = ()
    word: str = ""


def checked(wanted: str) -> str:
    """A build's name as asked for. Raises `SetupError` for one that cannot be."""
    if _NAMED.fullmatch(wanted):
        return wanted
    raise SetupError(
        f"{wanted!r} is no build; expected auto, cpu, default (PyPI's own wheel), or a build such "
        "as cu130 or cu126."
    )


def choose(wanted: str, machine: Machine) -> Choice:
    """The build asked for, or for `auto` the one this machine calls for.

    Raises `SetupError` where a GPU is there that no build can use as things are.
    """
    if checked(wanted) != "auto":
        return Choice(wanted, "as asked for")
    if machine.system == "Darwin":
        return Choice("default", "macOS has one build")
    if not machine.gpu:
        return _without_gpu(machine)
    fitting = [build for build in CUDA_BUILDS if build.has_code_for(machine.gpu)]
    for build in fitting:
        if machine.gpu.driver_branch >= build.driver:
            return Choice(build.name, str(machine.gpu))
    raise SetupError(_unusable(machine.gpu, fitting))


def _without_gpu(machine: Machine) -> Choice:
    if not machine.trouble:
        return Choice("cpu", "no NVIDIA GPU found")
    hint = (
        f"{machine.trouble}\n"
        "If this machine has an NVIDIA GPU, mend its driver until `nvidia-smi` lists it, then run\n"
        "`python3 build.py setup` again: it will put the right build in place."
    )
    return Choice("cpu", "no usable NVIDIA GPU found", hint)


def _unusable(gpu: Gpu, fitting: list[CudaBuild]) -> str:
    if not fitting:
        return (
            f"Found {gpu}; torch has no build for so old a card.\nTo key on the processor: {ON_CPU}"
        )
    least = min(build.driver for build in fitting)
    return (
        f"Found {gpu}; torch needs driver {least} or newer for this card.\n"
        "Update the NVIDIA driver and run this again.\n"
        f"To key on the processor meanwhile, slowly: {ON_CPU}"
    )


def sources(choice: Choice, machine: Machine, pin: str, wheels: Path | None) -> tuple[Source, ...]:
    """Ways to get a build, to be tried in order; `pin` is torch's version, `wheels` a folder."""
    plain, exact = f"torch=={pin}", f"torch=={pin}+{choice.name}"
    if wheels:
        offline = ("--no-index", "--find-links", str(wheels))
        named = (Source(exact, offline),) if choice.name != "default" else ()
        return (*named, Source(plain, offline))
    index = ("--extra-index-url", f"{INDEX}/{choice.name}")
    linux = machine.system == "Linux"
    if choice.name == "default" or (choice.name == "cpu" and not linux):
        return (Source(plain),)
    if choice.name == "cpu":
        quick = ("--retries", "0", "--timeout", "15")
        word = f"{INDEX}/cpu does not give it; taking PyPI's wheel, which may be a large one"
        return (Source(exact, (*index, *quick)), Source(plain, word=word))
    if choice.name == ON_PYPI and linux:
        word = f"PyPI gave another build; taking it from {INDEX}/{choice.name}"
        return (Source(plain), Source(exact, index, word))
    return (Source(exact, index),)
