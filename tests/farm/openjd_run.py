"""`openjd`, Open Job Description's own command, run for real on the bundles of tests."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.small_shot import ROOT

needs_openjd = pytest.mark.skipif(
    os.name != "posix" or importlib.util.find_spec("openjd") is None,
    reason="openjd-cli is not installed here",
)


def corridorkey_word(folder: Path) -> str:
    """A command of one word that runs `corridorkey` of this tree, as a worker has it."""
    script = folder / "corridorkey-here"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m corridorkey_core "$@"\n')
    script.chmod(0o755)
    return str(script)


def environment() -> dict[str, str]:
    """This process's environment, with this tree's modules."""
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def openjd(*words: str) -> subprocess.CompletedProcess[str]:
    """Run `openjd` to its end; all it said is in `stdout`."""
    return subprocess.run(
        [sys.executable, "-m", "openjd", *words],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )


def begin_openjd(*words: str) -> subprocess.Popen[str]:
    """Begin `openjd`, to be listened to."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "openjd", *words],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def lines_until(run: subprocess.Popen[str], text: str) -> Iterator[str]:
    """What is said up to the line that holds `text`, that line included."""
    assert run.stdout is not None
    for line in run.stdout:
        yield line
        if text in line:
            return
