"""The order as a batch script of SLURM: an array with one task for each chunk."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from corridorkey_core.farm.absolute import Assets
from corridorkey_core.farm.formats.chunk_command import chunk_command, part
from corridorkey_core.farm.order import Order

SCRIPT = "slurm.sh"
WARNED_SECONDS = 120
"""How long before its time limit a chunk is told to finish its frames."""


def slurm(order: Order, _assets: Sequence[Assets]) -> dict[str, str]:
    """The script; a site adds its account and partition on `sbatch`'s command line."""
    commands = [
        chunk_command(order, shot, part(frames)) for shot in order.shots for frames in shot.chunks
    ]
    lines = ["#!/bin/bash", *(f"#SBATCH {option}" for option in _options(order, len(commands)))]
    lines += ["", 'case "$SLURM_ARRAY_TASK_ID" in']
    # The process takes the shell's place, so that the warning reaches it.
    lines += [f"{index}) exec {shlex.join(words)} ;;" for index, words in enumerate(commands)]
    lines += ["esac", 'echo "there is no chunk ${SLURM_ARRAY_TASK_ID:-: not an array task}" >&2']
    return {SCRIPT: "\n".join([*lines, "exit 2", ""])}


def _options(order: Order, chunks: int) -> Iterator[str]:
    needs = order.needs
    minutes = -(-(needs.timeout_seconds + WARNED_SECONDS) // 60)
    yield f"--job-name={re.sub(r'[^A-Za-z0-9_.-]', '_', f'corridorkey-{order.name}')}"
    yield f"--array=0-{chunks - 1}"
    yield f"--time={minutes}"
    yield f"--signal=B:TERM@{WARNED_SECONDS}"
    yield "--requeue"
    if needs.gpus:
        yield f"--gres=gpu:{needs.gpus}"
    if needs.memory:
        yield f"--mem={needs.memory}M"
    if needs.cores:
        yield f"--cpus-per-task={needs.cores}"
