"""`deadline bundle submit`, AWS Deadline Cloud's own command, given a bundle as it is.

The service is a server of this test's, which keeps what it is sent; that is then checked by Open
Job Description's command. The real service, and files carried to it, are not tried.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from corridorkey_core.cli import main
from corridorkey_core.job_file import jobs_text
from tests.farm.openjd_run import openjd
from tests.small_shot import job_of, make_shot

pytestmark = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("deadline", "openjd"))),
    reason="the package deadline is not here: pip install -e .[farm]",
)
FARM, QUEUE, JOB = (f"{kind}-{'0' * 32}" for kind in ("farm", "queue", "job"))
MADE = {"createdAt": "2026-01-01T00:00:00Z", "createdBy": "artist"}


class Service(BaseHTTPRequestHandler):
    """Answers as the service does, as far as one submission asks."""

    created: list[dict[str, Any]]

    def do_GET(self) -> None:
        """Tell of the queue, its environments and the job."""
        if self.path.endswith("/environments"):
            self._answer({"environments": []})
        elif "/jobs/" in self.path:
            facts = {"jobId": JOB, "name": "a job", "priority": 50, "lifecycleStatusMessage": ""}
            self._answer({**facts, **MADE, "lifecycleStatus": "CREATE_COMPLETE"})
        else:
            facts = {"queueId": QUEUE, "farmId": FARM, "displayName": "a queue", "status": "IDLE"}
            self._answer({**facts, **MADE, "defaultBudgetAction": "NONE"})

    def do_POST(self) -> None:
        """Take a job."""
        self.created.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self._answer({"jobId": JOB})

    def log_message(self, *_words: object) -> None:
        """Say nothing."""

    def _answer(self, facts: dict[str, Any]) -> None:
        body = json.dumps(facts).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def service() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The service's address, and the jobs that it was given."""
    jobs: list[dict[str, Any]] = []

    class Serving(Service):
        created = jobs

    with ThreadingHTTPServer(("127.0.0.1", 0), Serving) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", jobs
        finally:
            server.shutdown()
            thread.join()


def submit(bundle: Path, address: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Hand a bundle in, with settings and credentials of this test's own."""
    aws = {
        "AWS_ENDPOINT_URL_DEADLINE": address,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-west-2",
        "HOME": str(home),
        "DEADLINE_CONFIG_FILE_PATH": str(home / "config"),
        "DEADLINE_CLOUD_TELEMETRY_OPT_OUT": "true",
    }
    words = ["bundle", "submit", str(bundle), "--yes", "--farm-id", FARM, "--queue-id", QUEUE]
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "deadline", *words],
        env=os.environ | aws,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_bundle_is_submitted_as_it_is(tmp_path: Path) -> None:
    shot = make_shot(tmp_path / "show")
    (tmp_path / "job.yaml").write_text(jobs_text([job_of(shot, "1001-1006x2")]))
    bundle = tmp_path / "bundle"
    words = ("farm", "export", str(tmp_path / "job.yaml"), "-o", str(bundle), "--chunk", "2")
    assert main(words) == 0
    with service() as (address, created):
        done = submit(bundle, address, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (job,) = created
    assert job["parameters"]["JobFile"] == {"path": str(bundle / "job.yaml")}
    assert job["templateType"] == "YAML"
    (tmp_path / "sent.yaml").write_text(job["template"])
    summary = openjd("summary", str(tmp_path / "sent.yaml"))
    assert "Total tasks: 3" in summary.stdout
