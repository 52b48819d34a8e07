"""What a job would read and write, settled before anything is read, keyed or written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from corridorkey_core.errors import SequenceError, SettingsError
from corridorkey_core.job import Job
from corridorkey_core.outputs import OutputPlan, plan_outputs
from corridorkey_core.sequence import Sequence, find_sequence, format_frames, parse_frames


@dataclass(frozen=True)
class Plan:
    """A job with its sequences found on disk, its frames listed and its outputs named."""

    job: Job
    name: str
    plate: Sequence
    hint: Sequence | None
    numbers: tuple[int, ...]
    outputs: OutputPlan

    def lines(self) -> tuple[str, ...]:
        """The plan in words, a line each."""
        first = self.numbers[0]
        hint = self.hint.path(first) if self.hint else "made from the plate"
        lines = [
            f"shot    {self.name}",
            f"frames  {format_frames(self.numbers)} ({len(self.numbers)})",
            f"plate   {self.plate.path(first)}",
            f"hint    {hint}",
        ]
        return (*lines, *(f"write   {path}" for path in self.files(first)), *self._gaps())

    def files(self, number: int) -> tuple[Path, ...]:
        """The files one frame is written to, each once."""
        return tuple(dict.fromkeys(self.outputs.paths(number).values()))

    def _gaps(self) -> tuple[str, ...]:
        gaps = []
        for kind, sequence in (("plate", self.plate), ("hint", self.hint)):
            if sequence is None or sequence.is_still:
                continue
            missing = sorted(set(self.numbers) - set(sequence.frames))
            if missing:
                gaps.append(f"missing {kind} frames {format_frames(missing)}")
        return tuple(gaps)


def plan_job(job: Job) -> Plan:
    """Find the job's files and settle its frames and outputs.

    Raises `SequenceError` where the plate or the hint names no files or the range no frames, and
    `SettingsError` for an output template that does not fit or would replace the inputs.
    """
    plate = find_sequence(job.plate)
    hint = find_sequence(job.hint) if job.hint else None
    numbers = parse_frames(job.frames) if job.frames else plate.frames
    if not set(numbers) & set(plate.frames):
        raise SequenceError(
            f"The plate {job.plate} has frames {format_frames(plate.frames)}; "
            f"none of {format_frames(numbers)} is there."
        )
    if hint and not hint.is_still and not set(numbers) & set(hint.frames):
        raise SequenceError(
            f"The hint {job.hint} has frames {format_frames(hint.frames)}; none of "
            f"{format_frames(numbers)} is there. Plate and hint are paired by frame number."
        )
    name = job.name or plate.name
    outputs = plan_outputs(job.output, name, job.settings, plate.padding)
    plan = Plan(job, name, plate, hint, numbers, outputs)
    _check_inputs_stay(plan)
    return plan


def check_distinct(plans: Iterable[Plan]) -> None:
    """Raise `SettingsError` where two shots would be written to the same files."""
    owners: dict[str, Plan] = {}
    true_path = _true_paths()
    for plan in plans:
        for number in plan.numbers:
            for path in plan.files(number):
                owner = owners.setdefault(true_path(path), plan)
                if owner is not plan:
                    raise SettingsError(
                        f"{path} would be written by two shots, {owner.job.plate} and "
                        f"{plan.job.plate}. Give one of them another `name` or `output`."
                    )


def _check_inputs_stay(plan: Plan) -> None:
    inputs = [sequence for sequence in (plan.plate, plan.hint) if sequence]
    true_path = _true_paths()
    for number in plan.numbers:
        read = {true_path(Path(sequence.path(number))) for sequence in inputs}
        for path in plan.files(number):
            if true_path(path) in read:
                raise SettingsError(
                    f"{path} is read and would be written too. Choose another output folder."
                )


def _true_paths() -> Callable[[Path], str]:
    """What tells where a file lies behind links; each folder is looked at once."""
    folders: dict[Path, str] = {}

    def true_path(path: Path) -> str:
        if path.parent not in folders:
            folders[path.parent] = os.path.realpath(path.parent)
        return os.path.normcase(os.path.join(folders[path.parent], path.name))  # noqa: PTH118

    return true_path
