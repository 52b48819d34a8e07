"""One order in the words of each engine: the files of a folder, by name, and how to hand it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from corridorkey_core.farm.absolute import Assets
from corridorkey_core.farm.formats.deadline import deadline
from corridorkey_core.farm.formats.opencue import opencue
from corridorkey_core.farm.formats.openjd import openjd
from corridorkey_core.farm.formats.slurm import slurm
from corridorkey_core.farm.formats.tractor import tractor
from corridorkey_core.farm.order import Order

Render = Callable[[Order, Sequence[Assets]], dict[str, str]]


@dataclass(frozen=True)
class Format:
    """How an order is written for one engine, and the command that hands a folder of it in."""

    render: Render
    submit: str


FORMATS: Mapping[str, Format] = {
    "openjd": Format(openjd, "deadline bundle submit {folder}"),
    "opencue": Format(
        opencue, "python -c \"import opencue.api as a; a.launchSpecAndWait(open('{file}').read())\""
    ),
    "deadline": Format(deadline, "deadlinecommand {files}"),
    "tractor": Format(tractor, "tractor-spool {file}"),
    "slurm": Format(slurm, "sbatch {file}"),
}
