"""One file over HTTP into a part file, going on where an earlier attempt broke off."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import IO, Any

from corridorkey_core.errors import WeightsError
from corridorkey_core.whole_file import write_whole

OnProgress = Callable[[int, "int | None"], None]
SILENCE_SECONDS = 60.0  # without a byte, after which a server counts as gone
_CHUNK = 1 << 20
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')
_AGAIN = "Run the same command again: it goes on from there."


@dataclass(frozen=True)
class Downloaded:
    """A finished part file; `sha256` is what the server says its content has, or None."""

    path: Path
    sha256: str | None


class _NotesChecksum(urllib.request.HTTPRedirectHandler):
    """Follows redirects, noting the checksum that Hugging Face sends with the first one."""

    def __init__(self) -> None:
        self.sha256: str | None = None

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        self.note(headers)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]

    def note(self, headers: Message) -> None:
        if match := _SHA256.fullmatch(headers.get("X-Linked-Etag", "")):
            self.sha256 = match[1]


def download(url: str, part: Path, on_progress: OnProgress) -> Downloaded:
    """Fetch `url` into `part`; what is there of the same file already is kept.

    Raises `WeightsError` where the server or the disk fails; `part` then stays for the next try.
    """
    notes = _NotesChecksum()
    opener = urllib.request.build_opener(notes)
    with _opened(opener, url, part) as response:
        notes.note(response.headers)
        start, total = _extent(response, part, url)
        _remember(part, url, response.headers)
        done = _copy(response, part, start, total, on_progress)
    if total is not None and done != total:
        raise WeightsError(f"{url} broke off at {done} of {total} bytes. {_AGAIN}")
    _forget(part)
    return Downloaded(part, notes.sha256)


def _opened(opener: urllib.request.OpenerDirector, url: str, part: Path) -> Any:
    try:
        return opener.open(_request(url, part), timeout=SILENCE_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and part.exists():
            # What is here is as long as the file, or longer: nothing tells it is the same.
            part.unlink()
            return _opened(opener, url, part)
        raise WeightsError(f"{url} answered {error.code} {error.reason}. {_elsewhere()}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise WeightsError(f"{url} cannot be reached: {reason}. {_elsewhere()}") from error


def _elsewhere() -> str:
    return (
        "Check the address (--from, $CORRIDORKEY_WEIGHTS_URL) and the network; without one, "
        "`corridorkey weights add FILE` takes a copy from disk."
    )


def _request(url: str, part: Path) -> urllib.request.Request:
    """Asks for what is missing, on the condition that the file has not changed since."""
    headers = {"User-Agent": "corridorkey"}
    here = part.stat().st_size if part.is_file() else 0
    validator = _remembered(part, url)
    if here and validator is not None:
        headers["Range"] = f"bytes={here}-"
        if validator:
            headers["If-Range"] = validator
    return urllib.request.Request(url, headers=headers)


def _extent(response: Any, part: Path, url: str) -> tuple[int, int | None]:
    """Where the answer starts in the file, and how long the whole file is, where that is told."""
    if getattr(response, "status", None) != http.client.PARTIAL_CONTENT:
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if length.isdigit() else None
    told = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if told is None or int(told[1]) != part.stat().st_size:
        part.unlink()
        raise WeightsError(f"{url} sent another part than it was asked for. Run the command again.")
    return int(told[1]), int(told[2])


def _copy(response: Any, part: Path, start: int, total: int | None, on_progress: OnProgress) -> int:
    done = start
    with _on_disk(part), part.open("r+b" if start else "wb") as file:
        file.seek(start)
        for chunk in _chunks(response, total):
            file.write(chunk)
            done += len(chunk)
            on_progress(done, total)
    return done


@contextmanager
def _on_disk(part: Path) -> Iterator[None]:
    """An `OSError` of the disk becomes a `WeightsError`."""
    try:
        yield
    except OSError as error:
        raise WeightsError(
            f"{part} cannot be written: {error.strerror or error}. Free some space or choose "
            f"another folder (--to). {_AGAIN}"
        ) from error


def _chunks(response: IO[bytes], total: int | None) -> Iterator[bytes]:
    """What the server sends until it ends or breaks off, which the caller tells by the length."""
    while True:
        try:
            chunk = response.read(_CHUNK)
        except http.client.IncompleteRead as error:
            chunk = error.partial
            if total is None:
                raise WeightsError(f"The server broke off. {_AGAIN}") from error
        except (OSError, http.client.HTTPException) as error:
            raise WeightsError(f"The connection broke off: {error}. {_AGAIN}") from error
        if not chunk:
            return
        yield chunk


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".from")


def _remember(part: Path, url: str, headers: Message) -> None:
    """Note what file the part is of, so that only the same is ever added to it."""
    strong = headers.get("ETag", "")
    validator = headers.get("Last-Modified", "") if not strong or strong[:2] == "W/" else strong
    with _on_disk(part):
        write_whole(_note(part), f"{url}\n{validator}".encode())


def _remembered(part: Path, url: str) -> str | None:
    """The validator of the file that the part is of; None where it is of another, or unknown."""
    try:
        noted, validator = _note(part).read_text(encoding="utf-8").split("\n", 1)
    except (OSError, ValueError):
        return None
    return validator if noted == url else None


def _forget(part: Path) -> None:
    _note(part).unlink(missing_ok=True)
