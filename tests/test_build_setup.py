"""build.py as a person runs it: real processes, real pip, a real environment, tiny wheels."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from building.environment import ROOT, STATE_FILE
from tests.wheel_folder import write_dependencies, write_torch

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="the fake nvidia-smi is a shell script"),
]
PARTS = (
    "build.py",
    "building",
    "corridorkey_core",
    "plugin",
    "pyproject.toml",
    "constraints.txt",
    "README.md",
)
PIN = "2.13.0"
FAILING_SMI = "echo 'NVIDIA-SMI has failed'; exit 9"
ADA_SMI = "echo 'NVIDIA GeForce RTX 4090, 580.95.05, 8.9'"


class Newcomer:
    """A copy of the repository, a wheel folder, and a machine that shows what a test says."""

    def __init__(self, folder: Path) -> None:
        self.root, self.wheels, self.bin = (
            folder / "repository",
            folder / "wheels",
            folder / "bin",
        )
        self.log = self.root / ".venv" / "setup.log"
        self.word = folder / "config" / "corridorkey" / "engine.json"
        for part in (self.root, self.wheels, self.bin):
            part.mkdir()
        for name in PARTS:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.root / name)
            elif (ROOT / name).exists():
                shutil.copy(ROOT / name, self.root / name)
        write_dependencies(self.wheels)
        write_torch(self.wheels, f"{PIN}+cpu", None)
        self.shows(FAILING_SMI)

    def shows(self, script: str) -> None:
        """Give the machine an nvidia-smi."""
        tool = self.bin / "nvidia-smi"
        tool.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        tool.chmod(0o755)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Run build.py from the wheel folder, with no package index and no pip settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        return subprocess.Popen(
            [sys.executable, str(self.root / "build.py"), *arguments, "--wheels", str(self.wheels)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **kept,
                "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
                "PIP_CONFIG_FILE": os.devnull,
                "HOME": str(self.root.parent),
                "XDG_CONFIG_HOME": str(self.root.parent / "config"),
            },
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit status and everything said."""
        child = self.start(*arguments)
        said, _ = child.communicate()
        return child.returncode, said


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """A newcomer who has run setup once."""
    newcomer = Newcomer(tmp_path_factory.mktemp("newcomer"))
    status, said = newcomer.run("setup")
    assert status == 0, said
    assert "exit status 9" in said  # nvidia-smi is there and fails: said, and a CPU build
    assert "torch build: cpu" in said
    assert "keys on the processor" in said
    return newcomer


@pytest.fixture
def newcomer(prepared: Newcomer) -> Iterator[Newcomer]:
    """The same, whatever a test does to the machine or the wheel folder."""
    kept = {wheel.name: wheel.read_bytes() for wheel in prepared.wheels.iterdir()}
    yield prepared
    prepared.shows(FAILING_SMI)
    for wheel in prepared.wheels.iterdir():
        wheel.unlink()
    for name, content in kept.items():
        (prepared.wheels / name).write_bytes(content)


def test_the_command_and_the_package_are_installed_from_the_repository(newcomer: Newcomer) -> None:
    folder = newcomer.root / ".venv" / "bin"
    assert os.access(folder / "corridorkey", os.X_OK)
    where = "import corridorkey_core; print(corridorkey_core.__file__)"
    said = subprocess.run(
        [str(folder / "python"), "-c", where], capture_output=True, text=True, check=True, cwd="/"
    )
    assert Path(said.stdout.strip()).parent == newcomer.root / "corridorkey_core"


def test_hosts_are_told_where_the_engine_is(newcomer: Newcomer) -> None:
    python = str(newcomer.root / ".venv" / "bin" / "python")
    told = {"python": python, "repository": str(newcomer.root)}
    assert json.loads(newcomer.word.read_text(encoding="utf-8")) == told
    newcomer.word.unlink()
    newcomer.word.mkdir()
    try:
        status, said = newcomer.run("setup")
    finally:
        newcomer.word.rmdir()
    assert status == 0, said
    assert f"set CORRIDORKEY_PYTHON={python}" in said


def test_a_second_setup_does_nothing(newcomer: Newcomer) -> None:
    before = newcomer.log.read_bytes()
    status, said = newcomer.run("setup")
    assert status == 0
    assert "is ready" in said
    assert newcomer.log.read_bytes() == before


def test_changed_constraints_install_again(newcomer: Newcomer) -> None:
    constraints = newcomer.root / "constraints.txt"
    constraints.write_text(f"torch=={PIN}\nav==18.1.0\n", encoding="utf-8")
    before = len(newcomer.log.read_bytes())
    assert newcomer.run("setup")[0] == 0
    assert len(newcomer.log.read_bytes()) > before


def test_a_gpu_that_appears_is_told_until_a_build_for_it_is_there(newcomer: Newcomer) -> None:
    newcomer.shows(ADA_SMI)
    status, said = newcomer.run("setup")
    assert status == 1
    assert "torch cannot use this machine's GPU" in said
    assert f"torch {PIN}+cpu, built without CUDA" in said
    assert "RTX 4090, driver 580.95.05" in said
    assert "python3 build.py setup --torch" in said

    assert newcomer.run("setup", "--torch", "cpu")[0] == 0

    write_torch(newcomer.wheels, f"{PIN}+cu130", "13.0")
    status, said = newcomer.run("setup")  # repairs the CPU build that is there
    assert status == 0, said
    assert f"torch {PIN}+cu130, built for CUDA 13.0, keys on FAKE GPU" in said


def test_a_missing_wheel_is_told_and_mended(newcomer: Newcomer) -> None:
    (wheel,) = newcomer.wheels.glob("fileseq-*.whl")
    content = wheel.read_bytes()
    wheel.unlink()
    status, said = newcomer.run("setup", "--venv", str(newcomer.root / ".venv-other"))
    assert status == 1
    assert "No matching distribution found for fileseq" in said
    wheel.write_bytes(content)
    status, said = newcomer.run("setup", "--venv", str(newcomer.root / ".venv-other"))
    assert status == 0, said
    assert "there already" in said  # what was installed before the failure is kept


def test_a_setup_killed_in_the_middle_is_made_anew_by_the_next(newcomer: Newcomer) -> None:
    venv = newcomer.root / ".venv-killed"
    child = newcomer.start("setup", "--venv", str(venv))
    assert child.stdout is not None
    for line in child.stdout:
        if "torch==" in line:  # the environment is there and pip is at work in it
            break
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert '"torn"' in (venv / STATE_FILE).read_text(encoding="utf-8")
    status, said = newcomer.run("setup", "--venv", str(venv))
    assert status == 0, said
    assert "made anew" in said
