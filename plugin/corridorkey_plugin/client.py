"""The engine's process, from a host: started, spoken to, watched, and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from corridorkey_core.errors import EngineError
from corridorkey_plugin.launch import INSTALL
from corridorkey_plugin.log_file import open_log, tail
from corridorkey_plugin.protocol import (
    LONGEST_REQUEST,
    PROTOCOL,
    AskStatus,
    Hello,
    ProtocolError,
    Refused,
    Reply,
    Request,
    Shutdown,
    Status,
    Welcome,
    decode_reply,
    encode,
    other_protocol,
)
from corridorkey_plugin.watch import Clock, Patience, Watch

LONGEST_REPLY = 32 << 20
LATE = 5.0  # seconds between the end of the pipe and that of the process


@dataclass(frozen=True)
class Ended:
    """How the process ended: `code` as the system tells it, why it was given up, its last words."""

    code: int
    given_up: str
    last_lines: str
    log: Path

    @property
    def was_killed(self) -> bool:
        """Whether somebody ended it, so that another one may do better."""
        return self.code < 0 or bool(self.given_up)

    def __str__(self) -> str:
        how = f"was ended, as {self.given_up}" if self.given_up else _how(self.code)
        lines = [f"The engine's process {how}."]
        if self.last_lines:
            lines += ["Its last lines:", *(f"  {line}" for line in self.last_lines.splitlines())]
        lines += [f"Its log is {self.log}."]
        if "No module named" in self.last_lines:
            lines += [f"This Python has no engine, or an older one. {INSTALL}"]
        return "\n".join(lines)


class EndedEarly(EngineError):
    """The engine's process ended before it was ready."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(str(ended))
        self.ended = ended


class Client:
    """One process of the engine. Any thread may use it.

    `on_message` and `on_end` are called on a thread of the client's own, `on_end` once, last.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        logs: Path,
        on_message: Callable[[Reply], None],
        on_end: Callable[[Ended], None],
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
        clock: Clock = time.monotonic,
    ) -> None:
        self._command = tuple(command)
        self._environment = dict(environment)
        self._logs = logs
        self._on_message = on_message
        self._on_end = on_end
        self._patience = patience
        self._watch = Watch(patience, clock)
        self._writing = threading.Lock()
        self._answered = threading.Event()
        self._over = threading.Event()
        self._welcome: Welcome | None = None
        self._refused = ""
        self._given_up = ""
        self._strange: deque[str] = deque(maxlen=3)
        self._ended: Ended | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log = Path()

    @property
    def process_id(self) -> int:
        """Its number, or 0 where none was started."""
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and not self._over.is_set()

    @property
    def ended(self) -> Ended | None:
        """How it ended, where it has."""
        return self._ended

    def start(self, hello: Hello) -> Welcome:
        """Start the process and wait until it is ready; raises `EngineError` saying what is amiss.

        An early end is noticed at once. Not to be called on a thread that must not wait.
        """
        self._log, log = open_log(self._logs)
        with log:
            self._process = self._spawn(log)
        threading.Thread(target=self._listen, name="corridorkey-engine", daemon=True).start()
        threading.Thread(target=self._guard, name="corridorkey-watch", daemon=True).start()
        self.send(hello)
        if not self._answered.wait(self._patience.start):
            self._give_up(f"it was not ready after {self._patience.start:.0f} seconds")
            self._over.wait(LATE + self._patience.terminate)
        return self._judged()

    def send(self, message: Request) -> None:
        """Say something; where the process is gone, `on_end` tells so.

        Raises `EngineError` for what is longer than a message may be.
        """
        process, line = self._process, encode(message)
        if len(line) > LONGEST_REQUEST:
            raise EngineError("The request names too many frames for one; key the shot in parts.")
        if process is None or process.stdin is None:
            return
        with self._writing, suppress(OSError, ValueError):
            process.stdin.write(line)
            process.stdin.flush()

    def stop(self) -> None:
        """End the process: ask, wait, terminate, wait, kill it and all that it started."""
        process = self._process
        if process is None:
            return
        self._hang_up(process)
        steps = ((self._patience.ask, process.terminate), (self._patience.terminate, self._kill))
        for seconds, step in steps:
            try:
                process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                step()
        process.wait()
        self._over.wait(LATE)

    def _hang_up(self, process: subprocess.Popen[bytes]) -> None:
        """Ask for an end; a process that reads no more may be holding who writes."""
        if not self._writing.acquire(timeout=self._patience.ask):
            return
        try:
            with suppress(OSError, ValueError):
                if process.stdin:
                    process.stdin.write(encode(Shutdown()))
                    process.stdin.close()
        finally:
            self._writing.release()

    def _spawn(self, log: BinaryIO) -> subprocess.Popen[bytes]:
        options: dict[str, Any] = {"start_new_session": True}
        if os.name == "nt":
            flags = ("CREATE_NO_WINDOW", "CREATE_NEW_PROCESS_GROUP")
            options = {"creationflags": sum(getattr(subprocess, name) for name in flags)}
        try:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                cwd=str(self._logs),
                **options,
            )
        except OSError as error:
            raise EngineError(
                f"The engine cannot be started: {self._command[0]}: {error.strerror}. {INSTALL}"
            ) from error

    def _listen(self) -> None:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        with process.stdout as lines:
            for line in iter(lambda: lines.readline(LONGEST_REPLY), b""):
                self._take(line)
        try:
            code = process.wait(LATE)
        except subprocess.TimeoutExpired:
            self._kill()
            code = process.wait()
        self._close_stdin(process)
        last = "\n".join([*self._strange, tail(self._log)]).strip()
        self._ended = Ended(code, self._given_up, last, self._log)
        self._over.set()
        self._answered.set()
        self._on_end(self._ended)

    def _take(self, line: bytes) -> None:
        try:
            message = decode_reply(line)
        except ProtocolError:
            # Something of the engine's Python wrote to the pipe; it may say why it ends.
            self._strange.append(line[:200].decode("utf-8", "replace").strip())
            return
        self._watch.heard(message.seconds if isinstance(message, Status) else None)
        if isinstance(message, Welcome):
            self._welcome = message
            self._answered.set()
        elif isinstance(message, Refused) and message.code == "version":
            self._refused = message.message
            self._answered.set()
        else:
            self._on_message(message)

    def _guard(self) -> None:
        """Ask a silent process how it is, and end one that does not say."""
        while not self._over.wait(self._watch.wait):
            if self._watch.must_ask():
                self.send(AskStatus())
            elif lost := self._watch.lost():
                self._give_up(lost)
                return

    def _judged(self) -> Welcome:
        welcome = self._welcome
        if welcome and welcome.protocol == PROTOCOL:
            return welcome
        if self._ended:
            raise EndedEarly(self._ended)
        refused = self._refused
        if welcome:
            refused = other_protocol(PROTOCOL, welcome.protocol)
        self.stop()
        raise EngineError(refused or f"The engine did not become ready. Its log is {self._log}.")

    def _give_up(self, reason: str) -> None:
        self._given_up = reason
        self._kill()

    def _kill(self) -> None:
        """Kill the process and all that it started; it leads a group of its own."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        if os.name == "nt":
            process.kill()
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def _close_stdin(self, process: subprocess.Popen[bytes]) -> None:
        # What could not be sent any more is still in the pipe's buffer.
        with self._writing, suppress(OSError):
            if process.stdin:
                process.stdin.close()


def _how(code: int) -> str:
    if code == 0:
        return "has ended"
    if code == -9:
        return "was killed (signal 9); the system does so where memory runs out"
    if code < 0:
        return f"ended early (signal {-code})"
    return f"ended early (exit code {code})"
