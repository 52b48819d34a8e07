"""The environment's states, pip's failures in words, and the command line of build.py."""

from __future__ import annotations

import importlib.util
import io
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from building import environment as environment_module
from building.check import CHECKS
from building.child import ask, child_environment, follow
from building.commands import build_parser, main, pytest_command
from building.console import Console
from building.demo import demo_command
from building.environment import READY, ROOT, STOPPED, TORN, Environment
from building.errors import SetupError
from building.lock import only_setup
from building.pip import Pip, PipFailed, remedy
from building.set_up import install_torch
from building.torch_build import Choice, Source

VIDEO = frozenset({"video"})


def ignore(_line: str) -> None:
    """Take no notice of a child's lines."""


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A folder that looks like a virtual environment."""
    made = Environment(tmp_path / "venv")
    Path(made.python).parent.mkdir(parents=True)
    (made.path / "pyvenv.cfg").write_text("", encoding="utf-8")
    Path(made.python).write_text("", encoding="utf-8")
    return made


def test_ready_is_ready_for_the_same_and_less(environment: Environment) -> None:
    environment.mark(READY, VIDEO)
    assert environment.is_ready_for(VIDEO)
    assert environment.is_ready_for(frozenset())
    assert not environment.is_ready_for(VIDEO | {"dev"})


@pytest.mark.parametrize("state", [TORN, STOPPED])
def test_what_did_not_end_well_is_not_ready(environment: Environment, state: str) -> None:
    environment.mark(state, VIDEO)
    assert not environment.is_ready_for(VIDEO)


@pytest.mark.parametrize("name", environment_module.INPUTS)
def test_a_change_of_what_it_was_made_from_is_seen(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    for file in environment_module.INPUTS:
        shutil.copy(ROOT / file, root / file)
    monkeypatch.setattr(environment_module, "ROOT", root)
    environment.mark(READY)
    assert environment.is_ready_for(frozenset())
    (root / name).write_text("# changed\n", encoding="utf-8")
    assert not environment.is_ready_for(frozenset())


def test_a_moved_repository_and_another_python_are_seen(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.mark(READY)
    facts = environment_module.made_from()
    for name in ("root", "python"):
        with monkeypatch.context() as patch:
            patch.setattr(environment_module, "made_from", lambda n=name: {**facts, n: "other"})
            assert not environment.is_ready_for(frozenset())
    assert environment.is_ready_for(frozenset())


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"state": "ready"}'])
def test_a_state_that_cannot_be_read_is_not_ready(environment: Environment, text: str) -> None:
    (environment.path / environment_module.STATE_FILE).write_text(text, encoding="utf-8")
    assert not environment.is_ready_for(frozenset())


def test_an_environment_that_is_gone_is_not_ready(environment: Environment) -> None:
    environment.mark(READY)
    Path(environment.python).unlink()
    assert not environment.is_ready_for(frozenset())


def test_somebodys_own_environment_is_never_cleared(environment: Environment) -> None:
    own = environment.path / "own.txt"
    own.write_text("kept", encoding="utf-8")
    assert "not made by build.py" in environment.prepare(ignore)
    environment.mark(TORN)
    environment.prepare(ignore)
    assert own.read_text(encoding="utf-8") == "kept"


def test_somebodys_other_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shot.exr").write_bytes(b"pixels")
    with pytest.raises(SetupError, match="holds other files"):
        Environment(tmp_path).prepare(ignore)
    assert [entry.name for entry in tmp_path.iterdir()] == ["shot.exr"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(SetupError, match="cannot be written") as caught:
        Environment(blocked / "venv").prepare(ignore)
    assert "--venv DIR" in str(caught.value)


def test_a_python_without_ensurepip_is_told_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "ensurepip" else object(),
    )
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    with pytest.raises(SetupError, match=rf"apt install python{version}-venv"):
        environment_module.require_venv()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("ERROR: [Errno 28] No space left on device", "disk is full"),
        ("ProxyError('Cannot connect to proxy.', OSError('403'))", "HTTPS_PROXY="),
        ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "--wheels"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'", "PIP_CERT="),
        ("ERROR: No matching distribution found for torch==2.13.0+cpu", "another Python"),
        (
            "OSError: [Errno 30] Read-only file system: 'corridorkey.egg-info'",
            "Copy the repository",
        ),
        ("ERROR: something never seen", "same command again"),
    ],
)
def test_what_pip_says_has_a_remedy(said: str, words: str) -> None:
    assert words in remedy(said)


def test_a_full_disk_is_not_tried_again_with_another_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def full(_pip: Pip, arguments: Sequence[str], _on_line: object) -> None:
        tried.append(arguments)
        raise PipFailed("ERROR: [Errno 28] No space left on device")

    monkeypatch.setattr(Pip, "install", full)
    ways = (Source("torch==1+cpu"), Source("torch==1"))
    pip = Pip(str(tmp_path / "no-python"), tmp_path / "log")
    with pytest.raises(PipFailed):
        install_torch(pip, ways, Choice("cpu", ""), Console(io.StringIO()))
    assert len(tried) == 1


def test_a_failure_is_told_where_its_log_cannot_be_kept(tmp_path: Path) -> None:
    pip = Pip(sys.executable, tmp_path / "no-such-folder" / "setup.log")
    with pytest.raises(PipFailed, match="exit status"):
        pip.install(("--no-index", "no-such-package-of-ours"), ignore)


def test_an_index_that_is_not_there_is_told_by_a_real_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    pip = Pip(sys.executable, tmp_path / "setup.log")
    nowhere = ("--index-url", "http://127.0.0.1:9/simple", "--retries", "1")
    with pytest.raises(PipFailed, match="exit status 1") as caught:
        pip.install((*nowhere, "no-such-package-of-ours"), ignore)
    assert "No matching distribution" in str(caught.value)
    assert "HTTPS_PROXY=" in str(caught.value)
    assert "no-such-package-of-ours" in (tmp_path / "setup.log").read_text(encoding="utf-8")


def test_children_do_not_inherit_a_pipelines_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/studio/nuke")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    kept = child_environment()
    assert "PYTHONPATH" not in kept
    assert "PIP_TARGET" not in kept
    assert kept["HTTPS_PROXY"] == "http://proxy:3128"


def test_a_child_that_hangs_or_is_not_there_has_failed() -> None:
    assert ask(["/no/such/program"]).status
    hung = ask([sys.executable, "-c", "import time; time.sleep(600)"], timeout=0.5)
    assert hung.status
    assert "no answer" in hung.output


def test_a_followed_child_is_heard_line_by_line_and_kept() -> None:
    heard: list[str] = []
    script = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    done = follow([sys.executable, "-c", script], heard.append)
    assert (done.status, done.output) == (3, "one\ntwo\n")
    assert heard[-1] == "two\n"


def test_a_followed_child_ends_with_an_interrupt() -> None:
    def interrupt(line: str) -> None:
        if line.strip().isdigit():
            pids.append(int(line))
            raise KeyboardInterrupt

    pids: list[int] = []
    script = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    with pytest.raises(KeyboardInterrupt):
        follow([sys.executable, "-c", script], interrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


@pytest.mark.skipif(os.name == "nt", reason="the lock is POSIX's")
def test_a_second_setup_waits_for_the_first(tmp_path: Path) -> None:
    said = io.StringIO()
    waiting, ended = threading.Event(), threading.Event()

    class Waits(Console):
        def say(self, text: str) -> None:
            super().say(text)
            waiting.set()

    def second() -> None:
        with only_setup(tmp_path, Waits(said)):
            ended.set()

    thread = threading.Thread(target=second)
    with only_setup(tmp_path, Console(said)):
        thread.start()
        assert waiting.wait(60)
        assert not ended.is_set()
    thread.join(60)
    assert ended.is_set()
    assert "another setup is at work" in said.getvalue()


def test_a_step_is_named_and_timed_and_says_when_it_fails() -> None:
    said = io.StringIO()
    with Console(said).step("torch"):
        pass
    with pytest.raises(SetupError), Console(said).step("engine"):
        raise SetupError("no")
    first, second, third, fourth = said.getvalue().splitlines()
    assert first == "torch ..."
    assert second.startswith("torch: done in ")
    assert third == "engine ..."
    assert fourth.startswith("engine: not done after ")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["setup", "--torch", "cuda"],
        ["setup", "--nonsense"],
        ["demo", "extra"],
        ["wheels"],
    ],
)
def test_a_wrong_command_line_ends_with_2_and_its_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: build.py" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_wheel_folder_without_wheels_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "empty").mkdir()
    venv = tmp_path / "venv"
    assert main(["setup", "--venv", str(venv), "--wheels", str(tmp_path / name)]) == 1
    assert "build.py wheels DIR" in capsys.readouterr().err
    assert not venv.exists()


def test_arguments_of_pytest_are_passed_on() -> None:
    options, rest = build_parser().parse_known_args(
        ["test", "--torch", "cpu", "-k", "despill", "-x", "tests/test_despill.py"]
    )
    assert options.torch == "cpu"
    assert pytest_command(Environment(ROOT), rest)[-len(rest) :] == rest
    assert rest == ["-k", "despill", "-x", "tests/test_despill.py"]


def test_the_demo_keys_files_that_are_shipped(tmp_path: Path) -> None:
    command = demo_command(Environment(tmp_path))
    for argument in command:
        if argument.startswith("examples/"):
            folder = (ROOT / argument).parent
            assert len(list(folder.glob("sample.*.exr"))) >= 12


def test_the_checks_are_the_ones_that_are_promised() -> None:
    assert [name for name, _ in CHECKS] == [
        "ruff check",
        "ruff format",
        "mypy --strict",
        "rules of the repository",
    ]


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 9)])
def test_an_old_python_is_told_in_a_sentence(version: tuple[int, int], tmp_path: Path) -> None:
    script = f"import sys; sys.version_info = {(*version, 0)}; import runpy; "
    script += f"runpy.run_path({str(ROOT / 'build.py')!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 1
    assert f"needs Python 3.10 or newer; this is {version[0]}.{version[1]}" in done.stderr
    assert "Traceback" not in done.stderr
