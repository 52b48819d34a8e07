"""A client for Corridor Key's engine, from docs/protocol.md alone: standard library, any host.

    python protocol_client.py ENGINE_PYTHON PLATE HINT OUTPUT

ENGINE_PYTHON is `.venv/bin/python` after `python3 build.py setup`.
"""

import json
import subprocess
import sys


def key(engine_python, job):
    """Key a job; prints what the engine tells, and returns the exit status."""
    engine = subprocess.Popen(
        [engine_python, "-I", "-X", "utf8", "-m", "corridorkey_plugin.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    def say(**message):
        engine.stdin.write(json.dumps(message).encode() + b"\n")
        engine.stdin.flush()

    say(type="hello", protocol=1, host="example")
    say(type="key", id="shot", job=job)
    for line in engine.stdout:
        told = json.loads(line)
        if told["type"] == "frame_finished":
            print("frame", told["frame"], "is in", told["paths"][0])
        elif told["type"] in ("frame_failed", "notice", "error"):
            print(told.get("reason") or told["message"])
        if told["type"] in ("done", "error"):
            engine.stdin.close()  # ends the engine
            engine.wait()
            return 0 if told["type"] == "done" and not told["failed"] else 1
    return engine.wait() or 1


if __name__ == "__main__":
    python, plate, hint, output = sys.argv[1:]
    sys.exit(key(python, {"plate": plate, "hint": hint, "output": output}))
