"""What a finished environment can import, and whether its torch sees the GPU that is there."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from building.child import Ask, ask
from building.errors import SetupError
from building.machine import Machine
from building.torch_build import ON_CPU, Choice

# torch/version.py is plain assignments; importing torch for them would take seconds.
BUILD = """
import importlib.util, json, os, runpy
spec = importlib.util.find_spec("torch")
facts = {"version": "", "cuda": None}
if spec and spec.submodule_search_locations:
    file = os.path.join(spec.submodule_search_locations[0], "version.py")
    if os.path.isfile(file):
        names = runpy.run_path(file)
        facts = {"version": names["__version__"], "cuda": names["cuda"]}
print(json.dumps(facts))
"""

IMPORTS = """
import json, warnings
warnings.simplefilter("ignore")
import corridorkey_core, fileseq, numpy, OpenImageIO, platformdirs, torch, yaml
from corridorkey_core.settings import Settings
Settings()
facts = {"version": torch.__version__, "cuda": torch.version.cuda, "seen": "", "error": ""}
try:
    torch.zeros(1, device="cuda").add(1).cpu()
    facts["seen"] = torch.cuda.get_device_name()
except (RuntimeError, AssertionError) as error:
    facts["error"] = (str(error).strip().splitlines() or [""])[0]
print(json.dumps(facts))
"""


@dataclass(frozen=True)
class Torch:
    """An installed torch: version, CUDA it was built for, the GPU it computed on, or why not."""

    version: str
    cuda: str | None
    seen: str = ""
    error: str = ""

    def __str__(self) -> str:
        built = f"for CUDA {self.cuda}" if self.cuda else "without CUDA"
        return f"torch {self.version}, built {built}"


def installed_build(python: str, question: Ask = ask) -> Torch | None:
    """The torch in an environment, without importing it; None where there is none."""
    said = question([python, "-c", BUILD])
    facts = _facts(said.output) if not said.status else {}
    return Torch(**facts) if facts.get("version") else None


def import_all(python: str, question: Ask = ask) -> Torch:
    """Import the engine and all it needs, and compute on the GPU if torch can.

    Raises `SetupError` where something cannot be imported.
    """
    said = question([python, "-c", IMPORTS])
    if said.status:
        raise SetupError(
            f"The environment is installed, but importing it fails:\n{said.tail}\n"
            "Delete the environment's folder and run this again."
        )
    return Torch(**_facts(said.output))


def _facts(output: str) -> dict[str, str]:
    facts: dict[str, str] = json.loads(output.strip().splitlines()[-1])
    return facts


def require_gpu(found: Torch, machine: Machine, choice: Choice) -> None:
    """Raise `SetupError` where the machine has a GPU that torch cannot use and was to use."""
    if choice.name == "cpu" or not machine.gpu or found.seen:
        return
    lines = [
        "torch cannot use this machine's GPU.",
        f"  found     {found}",
        f"  GPU       {machine.gpu}",
    ]
    if found.error:
        lines.append(f"  it says   {found.error}")
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None:
        lines.append(f"  note      CUDA_VISIBLE_DEVICES is {hidden!r}, which hides GPUs; unset it")
    lines += [
        f"  to mend   {_mend(found)}",
        f"  or        {ON_CPU}  (keys on the processor, slowly)",
    ]
    raise SetupError("\n".join(lines))


def _mend(found: Torch) -> str:
    if not found.cuda:
        return "python3 build.py setup --torch auto"
    return (
        "update the NVIDIA driver, or try the build for older ones:\n"
        "            python3 build.py setup --torch cu126"
    )
