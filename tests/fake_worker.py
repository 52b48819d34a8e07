"""A child that speaks, or fails to speak, as it is told: `python fake_worker.py STEP ...`.

welcome        read one line, and answer that the engine is ready; `old` of another protocol
say:TEXT       write TEXT to standard output as it is; \\n is a line's end
log:TEXT       write a line to standard error
done           answer every key with done; goes on until the input ends
deaf           read nothing more, and ignore being terminated
child          start a child of its own, and say its number in the log
exit:CODE      end
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def log(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def welcome(protocol: int) -> None:
    asked = json.loads(sys.stdin.readline())
    assert asked["type"] == "hello"
    if protocol == asked["protocol"]:
        say(json.dumps({"type": "hello", "protocol": protocol, "engine": "0", "new": 1}) + "\n")
    else:
        say(
            json.dumps({"type": "error", "code": "version", "message": "Update the engine."}) + "\n"
        )


def done() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if request["type"] == "key":
            say(json.dumps({"type": "done", "id": request["id"]}) + "\n")
        elif request["type"] == "status":
            say(json.dumps({"type": "status"}) + "\n")
        elif request["type"] == "shutdown":
            return


def deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    log("deaf")
    threading.Event().wait()


def child() -> None:
    code = "import threading; threading.Event().wait()"
    log(f"child {subprocess.Popen([sys.executable, '-c', code]).pid}")


STEPS: dict[str, Any] = {
    "welcome": lambda _text: welcome(1),
    "old": lambda _text: welcome(0),
    "say": lambda text: say(text.replace("\\n", "\n")),
    "log": log,
    "done": lambda _text: done(),
    "deaf": lambda _text: deaf(),
    "child": lambda _text: child(),
    "exit": lambda text: os._exit(int(text)),
}

if __name__ == "__main__":
    for step in sys.argv[1:]:
        name, _, text = step.partition(":")
        STEPS[name](text)
