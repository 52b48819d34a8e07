"""A run that is killed without warning, and the one that goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from corridorkey_core.manifest import Manifest, PictureKey
from corridorkey_core.settings import Settings
from tests import killed_run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9")
ROOT = Path(__file__).resolve().parent.parent


def killed(output: Path, stuck_frame: int, value: int) -> list[int]:
    """Run in a child until a file is half written, kill it, and say what it claims finished."""
    command = [sys.executable, "-m", "tests.killed_run", str(output), str(stuck_frame), str(value)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [line.strip() for line in iter(child.stdout.readline, "stuck\n") if line]
        child.send_signal(signal.SIGKILL)
        said += child.stdout.read().split("\n")
    assert child.returncode == -signal.SIGKILL
    return [int(line.split()[1]) for line in said if line.startswith("finished")]


def results(output: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(output)): path.read_bytes()
        for name in killed_run.FILES
        for path in (output / name).iterdir()
        if not path.name.startswith(".")
    }


def half_files(output: Path) -> list[Path]:
    return [path for path in output.rglob("*.tmp") if path.is_file()]


@pytest.fixture
def undisturbed(tmp_path: Path) -> dict[str, bytes]:
    output = tmp_path / "undisturbed"
    report, outdated = killed_run.resume(output, 0, value=7)
    assert report.finished == tuple(outdated) == killed_run.FRAMES
    return results(output)


def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    output = tmp_path / "keyed"
    claimed = killed(output, stuck_frame=12, value=7)
    assert len(half_files(output)) >= 1, "it was killed in the middle of a file"
    assert set(results(output).items()) <= set(undisturbed.items()), "every result is whole"
    report, outdated = killed_run.resume(output, 0, value=7)
    assert not set(claimed) & set(outdated), "what was finished is not keyed again"
    assert 12 in outdated
    assert set(outdated) >= set(range(17, 31))
    assert report.finished == tuple(outdated)
    assert results(output) == undisturbed


def test_a_run_killed_while_it_replaces_older_results_leaves_no_mixed_frame_behind(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    output = tmp_path / "keyed"
    killed_run.resume(output, 0, value=3)
    killed(output, stuck_frame=12, value=7)
    for value in (3, 7):
        key = PictureKey.of(Settings(soften=float(value)), "killed 1", None)
        manifest = Manifest(output, "shot", key, str)
        for number in killed_run.FRAMES:
            paths = killed_run.paths(output, number)
            if manifest.why_outdated(number, paths) is None:
                assert {path.read_bytes()[0] for path in paths.values()} == {value}
    report, outdated = killed_run.resume(output, 0, value=7)
    assert 12 in outdated
    assert not report.failed
    assert results(output) == undisturbed


def test_killed_twice(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    output = tmp_path / "keyed"
    killed(output, stuck_frame=5, value=7)
    killed(output, stuck_frame=21, value=7)
    killed_run.resume(output, 0, value=7)
    assert results(output) == undisturbed
