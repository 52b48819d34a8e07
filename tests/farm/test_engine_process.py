"""The engine's process: it outlives who starts it, and nothing that ends it harms a task."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corridorkey_core.errors import EngineError
from corridorkey_core.farm.engine.address import (
    FILE,
    LOG,
    VARIABLE,
    Address,
    felt,
    leave_address,
    read_address,
)
from corridorkey_core.farm.engine.ask import EngineGone, close_engine
from corridorkey_core.farm.engine.start import last_words, start_engine
from corridorkey_core.version import VERSION
from tests.farm.beside_shot import run
from tests.farm.served_engine import PATIENCE, SECRET, keyed
from tests.small_shot import ROOT, content

ENDS = """
import os, sys
from multiprocessing.connection import Listener
from pathlib import Path
from corridorkey_core.errors import DeviceError
from corridorkey_core.farm.engine.address import FILE, Address, felt, leave_address
from corridorkey_core.farm.engine.serve import Server
from corridorkey_core.version import VERSION

def run(*_asked):
    raise {error}

with Listener(("127.0.0.1", 0), authkey=b"secret") as listener:
    address = Address(listener.address[1], "secret", VERSION, felt(os.environ))
    leave_address(Path(sys.argv[1], FILE), address)
    print("ready", flush=True)
    Server(listener, run, lambda: None).serve(60)
"""


@pytest.mark.parametrize("error", ["DeviceError('cuda:0 failed')", "RuntimeError('a bug')"])
def test_what_ends_the_engine_leaves_the_task_to_itself(tmp_path: Path, error: str) -> None:
    words = [sys.executable, "-c", ENDS.format(error=error), str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, cwd=ROOT) as engine:
        assert engine.stdout
        assert engine.stderr
        assert engine.stdout.readline() == "ready\n"
        with pytest.raises(EngineGone):
            keyed(tmp_path, print)
        assert error.split("'")[1] in engine.stderr.read()
    assert engine.returncode == 1


def test_the_process_outlives_its_starter_and_ends_when_asked(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from corridorkey_core.farm.engine.start import start_engine\n"
        "start_engine(Path(sys.argv[1]), 60)\n"
    )
    starter = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, check=True, timeout=60
    )
    assert (starter.stdout, starter.stderr) == (b"", b""), "and holds no pipe of its starter's"
    assert read_address(tmp_path / FILE)
    assert close_engine(tmp_path, PATIENCE)
    assert not (tmp_path / FILE).exists()


def test_a_task_that_has_an_engine_loads_nothing_heavy() -> None:
    script = "import sys, corridorkey_core.cli.farm_session; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert not {"torch", "numpy", "OpenImageIO"} & set(said.stdout.split())


@pytest.mark.parametrize("left", [False, True])
def test_a_task_whose_sessions_engine_has_ended_starts_another(
    shot: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], left: bool
) -> None:
    session = shot / "session"
    session.mkdir()
    if left:  # as one does that is killed
        leave_address(session / FILE, Address(9, SECRET, VERSION, felt(os.environ)))
    monkeypatch.setenv(VARIABLE, str(session))
    try:
        for numbers in ("1001", "1002"):
            assert run("farm", "task", "job.yaml", "--frames", numbers) == 0
    finally:
        assert run("farm", "close", str(session)) == 0
    said = capsys.readouterr().out
    assert said.count("the session's engine has ended; starting another") == 1
    assert "no warm engine" not in said
    assert len(content(shot / "out")) == 2 * 4


def test_an_engine_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(EngineError, match="cannot be started"):
        start_engine(tmp_path, 1)
    with pytest.raises(EngineError, match="cannot be started"):
        start_engine(tmp_path / "missing", 1)
    monkeypatch.undo()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "json.py").write_text("raise RuntimeError('a broken library')")
    with pytest.raises(EngineError, match="a broken library"):
        start_engine(tmp_path, 1)
    assert "a broken library" in last_words(tmp_path)
    assert (tmp_path / LOG).exists()
