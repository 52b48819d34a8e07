"""A session of the fake host with the real engine, for tests of whole stories."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from corridorkey_plugin.host import Request, Source
from corridorkey_plugin.session import EngineOptions, Session

from corridorkey_core.plan import plan_job
from corridorkey_core.run import run
from corridorkey_core.settings import Settings
from tests.fake_host import FakeHost, FakeRenderer
from tests.small_shot import content, job_of

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


def results(shot: Path) -> dict[str, bytes]:
    """Every result below the cache by pass and file name, whatever the picture's hash."""
    found = {}
    for path in (shot / "cache").rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(shot).parts)
        if path.is_file() and not hidden and path.parent.name in ("matte", "fg", "processed"):
            found[f"{path.parent.name}/{path.name.split('.', 1)[1]}"] = path.read_bytes()
    return found


def undisturbed(shot: Path, **settings: object) -> dict[str, bytes]:
    """What a plain run makes of the shot's files, by pass and frame."""
    job = replace(job_of(shot, **settings), output=str(shot / "plain"))  # type: ignore[arg-type]
    run(plan_job(job))
    made = content(shot / "plain")
    shutil.rmtree(shot / "plain")
    named = {f"{Path(name).parent.name}/{name.split('.', 1)[1]}": made[name] for name in made}
    return {name: data for name, data in named.items() if not name.startswith("comp")}


def rendered(host: FakeHost, tmp_path: Path, frames: tuple[int, ...] = FRAMES) -> Request:
    plate, hint = FakeRenderer(host, "plate"), FakeRenderer(host, "hint")
    return request_of(tmp_path, frames, plate, hint, clip=FRAMES)


def renderer(request: Request) -> FakeRenderer:
    assert isinstance(request.plate, FakeRenderer)
    return request.plate
