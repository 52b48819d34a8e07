"""A real HTTP server on this machine that serves one file, well or badly."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """What is served and how; `ranges` notes the Range header of every request, in order."""

    content: bytes
    name: str = "recipe.safetensors"
    etag: str = '"one"'
    takes_ranges: bool = True
    breaks_at: int | None = None  # bytes of the file after which the connection ends
    hides_length: bool = False
    linked_sha256: str = ""  # sent with a redirect, as Hugging Face does
    lies_about_start: bool = False
    ranges: list[str | None] = field(default_factory=list)
    address: str = ""

    @property
    def url(self) -> str:
        """The file's address."""
        return f"{self.address}/{self.name}"


@contextmanager
def serving(served: Served) -> Iterator[Served]:
    """Serve until the block ends; `served.address` is then the base address."""
    handler = type("Handler", (_Handler,), {"served": served})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    served.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    served: Served

    def do_GET(self) -> None:
        served = self.served
        if served.linked_sha256 and not self.path.startswith("/cdn/"):
            return self._redirect()
        if self.path.removeprefix("/cdn") != f"/{served.name}":
            return self.send_error(404)
        served.ranges.append(self.headers.get("Range"))
        start = self._start()
        if start is None:
            return self.send_error(416)
        return self._send(start)

    def _redirect(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"/cdn{self.path}")
        self.send_header("X-Linked-Etag", f'"{self.served.linked_sha256}"')
        self.end_headers()

    def _start(self) -> int | None:
        """The first byte to send; None where it lies behind the end."""
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        condition = self.headers.get("If-Range")
        if not (wanted and self.served.takes_ranges) or condition not in (None, self.served.etag):
            return 0
        return int(wanted[1]) if int(wanted[1]) < len(self.served.content) else None

    def _send(self, start: int) -> None:
        content = self.served.content
        self.send_response(206 if start else 200)
        if start:
            told = start - 1 if self.served.lies_about_start else start
            self.send_header("Content-Range", f"bytes {told}-{len(content) - 1}/{len(content)}")
        if self.served.etag:
            self.send_header("ETag", self.served.etag)
        if not self.served.hides_length:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        with suppress(ConnectionError):  # the one who asked is gone
            self.wfile.write(content[start : self.served.breaks_at])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test's output is its own."""
