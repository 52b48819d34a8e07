"""The client against children that misbehave: told at once, in words, and nothing is left."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from corridorkey_plugin import launch, log_file, places, protocol
from corridorkey_plugin.client import Client, Ended, EndedEarly
from corridorkey_plugin.launch import clean_environment, engine_command, find_engine_python
from corridorkey_plugin.watch import Patience, Watch

from corridorkey_core.errors import EngineError
from tests.plugin_desk import Clock

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
FAKE = Path(__file__).with_name("fake_worker.py")
HELLO = protocol.Hello(protocol.PROTOCOL, "test")
SHORT = Patience(start=20, silence=0.05, answer=0.2, step=100, ask=0.2, terminate=0.2)
WAIT = 30.0


class Line:
    """A client on a fake worker, and what it said."""

    def __init__(self, folder: Path, *steps: str, patience: Patience = Patience()) -> None:  # noqa: B008
        self.heard: queue.Queue[protocol.Reply] = queue.Queue()
        self.ends: queue.Queue[Ended] = queue.Queue()
        self.client = Client(
            (sys.executable, str(FAKE), *steps),
            clean_environment(),
            folder / "logs",
            self.heard.put,
            self.ends.put,
            patience,
        )

    def end(self) -> Ended:
        return self.ends.get(timeout=WAIT)


def test_a_child_that_is_well_is_spoken_to_and_ends_when_asked(tmp_path: Path) -> None:
    line = Line(tmp_path, "welcome", "done")
    assert line.client.start(HELLO).engine == "0"
    line.client.send(protocol.Key("a", {}))
    assert line.heard.get(timeout=WAIT) == protocol.Done("a")
    assert line.client.alive
    line.client.stop()
    line.client.stop()
    assert line.end().code == 0
    assert not line.client.alive
    line.client.send(protocol.Cancel("a"))


@pytest.mark.parametrize("code", [0, 1, 77])
def test_a_child_that_ends_before_it_is_ready_is_told_with_its_last_words(
    tmp_path: Path, code: int
) -> None:
    line = Line(tmp_path, "log:one", "log:ImportError: no libfoo.so", f"exit:{code}")
    with pytest.raises(EndedEarly) as told:
        line.client.start(HELLO)
    assert "ImportError: no libfoo.so" in str(told.value)
    assert str(tmp_path / "logs") in str(told.value)
    assert code == 0 or f"exit code {code}" in str(told.value)
    assert not told.value.ended.was_killed
    assert line.end() == told.value.ended


def test_what_a_child_prints_among_its_messages_does_no_harm(tmp_path: Path) -> None:
    steps = ("say:libfoo: warning\\n", "say:{}\\n", "welcome", "say:\\n\\nmore\\n", "done")
    line = Line(tmp_path, *steps)
    line.client.start(HELLO)
    line.client.send(protocol.Key("a", {}))
    assert line.heard.get(timeout=WAIT) == protocol.Done("a")
    line.client.stop()


def test_half_a_line_is_no_message_and_its_end_is_noticed(tmp_path: Path) -> None:
    rest = '{"type": "done", "id"'
    line = Line(tmp_path, "welcome", f"say:{rest}", "exit:3")
    line.client.start(HELLO)
    ended = line.end()
    assert (ended.code, line.heard.empty()) == (3, True)
    assert rest in str(ended)


def test_a_reply_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    script = (
        "import sys; sys.stdin.readline(); "
        'print(\'{"type": "hello", "protocol": 1, "engine": "\' + \'x\' * 10_000_000 + \'"}\')'
    )
    line = Line(tmp_path)
    line.client._command = (sys.executable, "-c", script)
    assert len(line.client.start(HELLO).engine) == 10_000_000
    line.client.stop()


def test_a_request_that_is_too_long_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    line = Line(tmp_path)
    with pytest.raises(EngineError, match="too many frames"):
        line.client.send(protocol.Key("a", {}, tuple(range(300_000))))


def test_another_protocol_is_told_and_the_child_is_ended(tmp_path: Path) -> None:
    line = Line(tmp_path, "old", "done")
    with pytest.raises(EngineError, match="Update the engine"):
        line.client.start(HELLO)
    line.end()


def test_an_engine_that_welcomes_in_another_protocol_is_refused(tmp_path: Path) -> None:
    old = 'say:{"type": "hello", "protocol": 0, "engine": "0"}\\n'
    line = Line(tmp_path, old, "done")
    with pytest.raises(EngineError, match="protocol 1 and the engine 0"):
        line.client.start(HELLO)
    line.end()


@posix
def test_a_child_that_is_never_ready_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    patience = Patience(start=1.0, silence=100, ask=0.1, terminate=0.1)
    line = Line(tmp_path, "child", "deaf", patience=patience)
    with pytest.raises(EndedEarly, match="not ready after 1 seconds") as told:
        line.client.start(HELLO)
    assert told.value.ended.was_killed
    grandchild = int(told.value.ended.last_lines.split("child ")[1].split()[0])
    assert is_soon_gone(grandchild)


@posix
def test_a_child_that_hangs_is_given_up(tmp_path: Path) -> None:
    line = Line(tmp_path, "welcome", "deaf", patience=SHORT)
    line.client.start(HELLO)
    ended = line.end()
    assert "has not answered" in ended.given_up
    assert ended.was_killed


@posix
def test_a_child_that_is_stopped_by_a_signal_is_given_up(tmp_path: Path) -> None:
    line = Line(tmp_path, "welcome", "done", patience=SHORT)
    line.client.start(HELLO)
    os.kill(line.client.process_id, 19)
    assert "has not answered" in line.end().given_up


@posix
def test_the_ladder_ends_a_child_that_will_not_hear(tmp_path: Path) -> None:
    patience = Patience(ask=0.1, terminate=0.1)
    line = Line(tmp_path, "welcome", "child", "deaf", patience=patience)
    line.client.start(HELLO)
    while "deaf" not in log_file.tail(line.client._log):
        assert line.client.alive
    line.client.stop()
    ended = line.end()
    assert ended.code == -9
    assert is_soon_gone(int(ended.last_lines.split("child ")[1].split()[0]))


def is_soon_gone(process: int) -> bool:
    """Whether a process is no more, or only waits to be buried, once its signal has come."""
    deadline = time.monotonic() + 10.0
    while not is_gone(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_gone(process: int) -> bool:
    done = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()[:1] in ("", "Z")


def test_a_silent_process_is_asked_and_then_given_up() -> None:
    clock = Clock()
    watch = Watch(Patience(silence=10, answer=30, step=100), clock)
    assert (watch.wait, watch.must_ask(), watch.lost()) == (10, False, "")
    clock.now += 10
    assert (watch.must_ask(), watch.must_ask(), watch.lost()) == (True, False, "")
    assert watch.wait == 30
    clock.now += 29
    watch.heard(step_seconds=3)
    assert (watch.wait, watch.lost()) == (10, "")
    clock.now += 10
    assert watch.must_ask()
    clock.now += 30
    assert "has not answered for 40 seconds" in watch.lost()


def test_a_process_that_is_stuck_on_one_frame_is_given_up() -> None:
    clock = Clock()
    watch = Watch(Patience(step=100), clock)
    watch.heard(step_seconds=100)
    assert not watch.lost()
    watch.heard(step_seconds=101)
    assert "busy with one frame for 101 seconds" in watch.lost()


def test_the_engines_python_is_the_settings_then_the_environments_then_setups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = python_in(tmp_path / "own/.venv")
    monkeypatch.setattr(launch, "HERE", tmp_path / "own/plugin/corridorkey_plugin")
    assert find_engine_python("", {}) == str(own)
    named = python_in(tmp_path / "named")
    assert find_engine_python("", {launch.ENVIRONMENT: str(named)}) == str(named)
    assert find_engine_python("", {launch.ENVIRONMENT: f" {tmp_path / 'named'} "}) == str(named)
    assert find_engine_python(str(own), {launch.ENVIRONMENT: "x"}) == str(own)


def python_in(environment: Path) -> Path:
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    python.parent.mkdir(parents=True)
    python.touch()
    return python


@pytest.mark.parametrize(
    ("setting", "environment", "said"),
    [
        ("/no/such/python", {}, "the setting names /no/such/python"),
        ("", {launch.ENVIRONMENT: "/nope"}, f"${launch.ENVIRONMENT} names /nope"),
        ("", {}, "Tried:"),
    ],
)
def test_a_python_that_is_not_there_is_told_with_what_was_tried(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    environment: Mapping[str, str],
    said: str,
) -> None:
    monkeypatch.setattr(launch, "HERE", tmp_path / "a/b")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with pytest.raises(EngineError) as told:
        find_engine_python(setting, environment)
    assert said in str(told.value)
    assert "build.py setup" in str(told.value)
    if not setting and not environment:
        assert str(tmp_path / ".venv") in str(told.value)


def test_a_folder_without_a_python_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="holds no Python"):
        find_engine_python(str(tmp_path), {})


def test_a_python_without_the_engine_is_told_with_the_next_step(tmp_path: Path) -> None:
    line = Line(tmp_path)
    command = engine_command(sys.executable)
    line.client._command = (*command[:-1], "corridorkey_plugin_that_is_not_there")
    with pytest.raises(EngineError, match="No module named") as told:
        line.client.start(HELLO)
    assert "build.py setup" in str(told.value)


def test_what_is_no_program_is_told(tmp_path: Path) -> None:
    (tmp_path / "python").write_text("no program")
    line = Line(tmp_path)
    line.client._command = (str(tmp_path / "python"),)
    with pytest.raises(EngineError, match="cannot be started"):
        line.client.start(HELLO)
    line.client.stop()


def test_the_engines_environment_has_nothing_of_the_hosts() -> None:
    host = {
        "PATH": "/bin",
        "HOME": "/home/a",
        "CORRIDORKEY_CHECKPOINT": "/w",
        "CUDA_VISIBLE_DEVICES": "1",
        "PYTHONPATH": "/host",
        "PYTHONHOME": "/host",
        "PythonPath": "/host",
        "VIRTUAL_ENV": "/host",
        "CONDA_PREFIX": "/host",
        "LD_LIBRARY_PATH": "/host",
        "LD_PRELOAD": "/host.so",
        "DYLD_INSERT_LIBRARIES": "/host.dylib",
        "OCIO": "/host/config.ocio",
        "QT_PLUGIN_PATH": "/host",
    }
    kept = {"PATH", "HOME", "CORRIDORKEY_CHECKPOINT", "CUDA_VISIBLE_DEVICES"}
    assert set(clean_environment(host)) == kept
    assert clean_environment(host, ocio="/show/config.ocio")["OCIO"] == "/show/config.ocio"


def test_logs_are_kept_for_a_while_and_do_not_meet(tmp_path: Path) -> None:
    paths = []
    for index in range(log_file.KEPT + 5):
        path, file = log_file.open_log(tmp_path)
        with file:
            file.write(f"line {index}\n".encode() * 3)
        os.utime(path, ns=(index * 10**9, index * 10**9))
        paths.append(path)
    assert len(set(paths)) == len(paths)
    assert len(list(tmp_path.iterdir())) == log_file.KEPT
    assert paths[-1].exists()
    assert not paths[0].exists()
    assert log_file.tail(paths[-1], 2) == f"line {index}\nline {index}"
    assert log_file.tail(tmp_path / "none") == ""


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    with pytest.raises(EngineError, match="cannot be written"):
        Line(tmp_path).client.start(HELLO)


@pytest.mark.parametrize(
    ("platform", "environment", "log", "cache"),
    [
        (
            "linux",
            {"XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c"},
            "/s/corridorkey/log",
            "/c/corr",
        ),
        ("linux", {}, ".local/state/corridorkey/log", ".cache/corridorkey"),
        ("darwin", {}, "Library/Logs/corridorkey", "Library/Caches/corridorkey"),
        ("win32", {"LOCALAPPDATA": "C:/L"}, "C:/L/corridorkey/Logs", "C:/L/corridorkey/Cache"),
    ],
)
def test_each_system_has_its_folders(
    platform: str, environment: Mapping[str, str], log: str, cache: str
) -> None:
    assert log in places.log_folder(environment, platform).as_posix()
    assert cache in places.cache_folder(environment, platform).as_posix()
