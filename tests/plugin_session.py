"""A session of the fake host with the real engine, for tests of whole stories."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corridorkey_plugin.host import Request, Source
from corridorkey_plugin.session import EngineOptions, Session

from corridorkey_core.settings import Settings
from tests.fake_host import FakeHost

FRAMES = tuple(range(1001, 1007))


def request_of(
    folder: Path,
    frames: tuple[int, ...] = FRAMES,
    plate: Source = "",
    hint: Source = "",
    clip: tuple[int, ...] = (),
    cache: str = "",
    **settings: Any,
) -> Request:
    """The shot of `small_shot.make_shot` in `folder`, into `folder`/cache, keyed on the CPU."""
    return Request(
        name="comp1",
        frames=frames,
        plate=plate or str(folder / "plate/shot.####.exr"),
        hint=hint or str(folder / "hint/shot.####.exr"),
        clip=clip,
        cache=cache or str(folder / "cache"),
        settings=Settings(**{"device": "cpu", "keyer": "chroma", **settings}),
    )


@contextmanager
def open_session(
    python: Path, logs: Path, host: FakeHost | None = None, **options: Any
) -> Iterator[tuple[FakeHost, Session]]:
    """A host and its session; the engine is ended with them."""
    host = host or FakeHost()
    session = Session(host, EngineOptions(python=str(python), logs=logs, **options))
    try:
        yield host, session
    finally:
        session.close()
