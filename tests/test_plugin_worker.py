"""The real worker in a real child, spoken to by hand: whatever comes in, and however it ends."""

from __future__ import annotations

import io
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from corridorkey_plugin import protocol
from corridorkey_plugin.launch import clean_environment
from corridorkey_plugin.protocol import LONGEST_REQUEST, decode_reply, encode
from corridorkey_plugin.worker.pipes import lines
from hypothesis import given
from hypothesis import strategies as st

from corridorkey_core.progress import FrameFinished
from tests.small_shot import content, job_of, key, make_shot, temporaries

ROOT = Path(__file__).resolve().parent.parent
HELLO = protocol.Hello(protocol.PROTOCOL, "test")
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
linux = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs process descriptors")


class Worker:
    """A worker's two pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def write(self, *data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(b"".join(data))
        self.process.stdin.flush()

    def ask(self, *requests: protocol.Request) -> None:
        self.write(*map(encode, requests))

    def hear(self) -> protocol.Reply:
        assert self.process.stdout
        return decode_reply(self.process.stdout.readline())

    def hear_until(self, kind: type) -> Any:
        while not isinstance(reply := self.hear(), kind):
            continue
        return reply

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()


@contextmanager
def worker(python: Path, *options: str) -> Iterator[Worker]:
    command = [str(python), "-I", "-X", "utf8", "-m", "corridorkey_plugin.worker", *options]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(),
    )
    with process:
        try:
            yield Worker(process)
        finally:
            process.kill()


def key_of(shot: Path, id: str = "a", frames: str = "", **settings: Any) -> protocol.Key:
    return protocol.Key(id, job_of(shot, frames, **settings).to_mapping())


@given(
    st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=8),
    st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")),
    st.integers(1, 20),
)
def test_lines_are_whole_bounded_and_a_rest_is_none(
    whole: list[bytes], rest: bytes, longest: int
) -> None:
    stream = io.BytesIO(b"".join(line + b"\n" for line in whole) + rest)
    heard = list(lines(stream, longest))
    assert heard == [line[: longest + 1] for line in whole]


PRINTS = """
import ctypes, os, subprocess, sys
from corridorkey_plugin.protocol import Done
from corridorkey_plugin.worker.pipes import take_pipes
requests, replies = take_pipes()
print("print"); sys.stdout.flush(); sys.__stdout__.write("own stdout\\n"); sys.__stdout__.flush()
os.write(1, b"descriptor\\n")
ctypes.CDLL(None).puts(b"C library"); ctypes.CDLL(None).fflush(None)
subprocess.run([sys.executable, "-c", "import sys; print('child'); print(repr(sys.stdin.read()))"])
replies.say(Done(requests.readline().decode().strip()))
"""


@posix
def test_what_python_c_and_children_print_does_not_reach_the_pipe() -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "plugin")])
    done = subprocess.run(
        [sys.executable, "-c", PRINTS],
        input=b"a request\nmore that no child may read\n",
        capture_output=True,
        env={**os.environ, "PYTHONPATH": path},
        check=True,
    )
    assert decode_reply(done.stdout) == protocol.Done("a request")
    said = done.stderr.decode()
    for words in ("print", "own stdout", "descriptor", "C library", "child", "''"):
        assert words in said


def test_nothing_heavy_is_imported_before_the_pipes_are_taken() -> None:
    script = (
        "import sys; import corridorkey_plugin.worker.__main__; "
        "print(sorted({'torch', 'numpy', 'OpenImageIO', 'yaml'} & set(sys.modules)))"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "plugin")])
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=True,
    )
    assert done.stdout == "[]\n"


def mutations(count: int) -> Iterator[bytes]:
    """Lines that are no request, made from ones that are."""
    chance = random.Random(11)
    sound = [
        encode(protocol.Hello(1)),
        encode(protocol.Key("j", {"plate": "p", "output": "o"}, (1, 2))),
        encode(protocol.Preview("j", {})),
    ]
    for _ in range(count):
        line = bytearray(chance.choice(sound)[:-1])
        cut = chance.randrange(1, len(line))
        line = line[:cut] if chance.random() < 0.5 else bytearray(chance.randbytes(cut))
        yield bytes(line).replace(b"\n", b"\0") + b"\n"


def test_malformed_lines_are_each_answered_and_the_worker_lives(
    python: Path, tmp_path: Path
) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    with worker(python) as child:
        child.ask(HELLO)
        assert isinstance(child.hear(), protocol.Welcome)
        wrong = [*mutations(200), b"\n", b"\xff\xfe\n", b"null\n", b'{"type": "dance"}\n']
        wrong += [b"x" * 10_000_000 + b"\n", b'{"a":' * 100_000 + b"\n"]
        wrong += [b" " * LONGEST_REQUEST + b"x\n"]
        for line in wrong:
            child.write(line)
            reply = child.hear()
            assert isinstance(reply, protocol.Refused), line[:100]
            assert reply.code in ("malformed", "too_long", "unknown_type")
        child.ask(key_of(shot))
        assert child.hear_until(protocol.Done).finished == (1001, 1002)
        child.write(b'{"type": "cancel", "id"')
        child.close()
        assert child.process.wait(60) == 0


def test_status_is_answered_before_the_engine_is_loaded(python: Path) -> None:
    with worker(python) as child:
        child.ask(protocol.AskStatus(), HELLO)
        assert isinstance(child.hear(), protocol.Status)
        welcome = child.hear()
        assert isinstance(welcome, protocol.Welcome)
        assert welcome.pid == child.process.pid
        assert "chroma" in welcome.keyers
        assert welcome.devices[-1] == "cpu"


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"template": "../../{pass}.{frame}.{ext}"}, ""),
        ({"template": "/tmp/corridorkey-escape/{pass}.{frame}.{ext}"}, ""),
        ({"template": "{pass}/../../../{name}.{frame}.{ext}"}, ""),
        ({}, ".."),
        ({}, "../../out"),
    ],
)
def test_no_job_writes_outside_its_own_folder(
    shared: Worker, tmp_path: Path, settings: dict[str, Any], name: str
) -> None:
    shot = make_shot(tmp_path / "deep/shot", range(1001, 1002))
    before = content(tmp_path)
    job = job_of(shot).to_mapping()
    job = {**job, "name": name or job["name"], "settings": {**job["settings"], **settings}}
    shared.ask(protocol.Key(f"escape {settings} {name}", job))
    assert isinstance(shared.hear(), protocol.Refused)
    assert content(tmp_path) == before
    assert not Path("/tmp/corridorkey-escape").exists()


@pytest.mark.parametrize("frames", ["1002-1004", "1002,1002"])
def test_an_answered_job_is_on_disk_as_a_plain_run_leaves_it(
    shared: Worker, tmp_path: Path, frames: str
) -> None:
    shot = make_shot(tmp_path)
    shared.ask(key_of(shot, f"plain {frames}", frames))
    done = shared.hear_until(protocol.Done)
    made = content(shot / "out")
    shutil.rmtree(shot / "out")
    report, _ = key(job_of(shot, frames))
    assert done.finished == report.finished
    assert content(shot / "out") == made


@pytest.fixture(scope="module")
def shared(python: Path) -> Iterator[Worker]:
    """One worker for tests that leave it as it was."""
    with worker(python) as child:
        child.ask(HELLO)
        child.hear()
        yield child


@pytest.mark.parametrize("after", [0, 1, 4])
def test_closing_its_input_in_the_middle_leaves_whole_files_and_no_process(
    python: Path, tmp_path: Path, after: int
) -> None:
    shot = make_shot(tmp_path, range(1001, 1031))
    key(job_of(shot))
    undisturbed = content(shot / "out")
    shutil.rmtree(shot / "out")
    with worker(python) as child:
        child.ask(HELLO, key_of(shot))
        finished = 0
        while not (isinstance(reply := child.hear(), protocol.Told) and finished >= after):
            finished += isinstance(reply, protocol.Told) and isinstance(reply.event, FrameFinished)
        child.close()
        assert child.process.wait(60) == 0
    left = content(shot / "out")
    assert all(undisturbed[name] == data for name, data in left.items())
    assert 4 * after <= len(left) < 120
    assert len(left) % 4 == 0, "a frame that has begun is finished"
    assert temporaries(shot) == []


def test_closing_its_input_while_it_loads_ends_it_at_once(python: Path) -> None:
    with worker(python) as child:
        child.ask(protocol.AskStatus())
        assert isinstance(child.hear(), protocol.Status)
        child.close()
        assert child.process.wait(60) == 0
        assert child.process.stdout
        assert child.process.stdout.read() == b""


@pytest.mark.parametrize("options", [("--end-after=0",), ("--free-after=0", "--end-after=0.01")])
def test_a_worker_that_nobody_asks_ends_by_itself(python: Path, options: tuple[str, ...]) -> None:
    with worker(python, *options) as child:
        assert child.process.wait(60) == 0


HOST = """
import sys, threading
from pathlib import Path
from corridorkey_plugin.client import Client
from corridorkey_plugin.launch import clean_environment, engine_command
from corridorkey_plugin.protocol import Hello, Key, PROTOCOL
import json
python, logs, job = sys.argv[1:]
def heard(message):
    print("heard", flush=True)
client = Client(engine_command(python), clean_environment(), Path(logs), heard, print)
welcome = client.start(Hello(PROTOCOL, "doomed"))
client.send(Key("a", json.loads(job)))
print(welcome.pid, flush=True)
threading.Event().wait()
"""


@linux
def test_a_worker_whose_host_is_killed_ends_and_leaves_whole_files(
    python: Path, tmp_path: Path
) -> None:
    shot = make_shot(tmp_path, range(1001, 1031))
    path = os.pathsep.join([str(ROOT), str(ROOT / "plugin")])
    job = json.dumps(job_of(shot).to_mapping())
    with subprocess.Popen(
        [sys.executable, "-c", HOST, str(python), str(tmp_path / "logs"), job],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
    ) as host:
        assert host.stdout
        said = [host.stdout.readline() for _ in range(6)]
        engine = os.pidfd_open(next(int(line) for line in said if line.strip().isdigit()))
        host.send_signal(signal.SIGKILL)
        gone, _, _ = select.select([engine], [], [], 60)
        os.close(engine)
    assert gone, "the engine lives on"
    assert temporaries(shot) == []
    left = content(shot / "out")
    assert 0 < len(left) < 120
    key(job_of(shot))
    whole = content(shot / "out")
    assert all(whole[name] == data for name, data in left.items())
