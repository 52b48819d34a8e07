"""What holds for every test: threads that sleep while they wait, no clocks in properties, and GPU
tests that are skipped where there is none, unless `FAIL_WITHOUT_GPU` is set.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from corridorkey_core.before_torch import let_threads_sleep

# On a busy machine they would take most of the time by spinning.
let_threads_sleep()

settings.register_profile("no clocks", deadline=None)
settings.load_profile("no clocks")


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Assert that the test leaves neither a thread nor an open file behind."""
    from tests.fake_shot import leaving_nothing

    with leaving_nothing():
        yield


@pytest.fixture(scope="session")
def movie_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The path of a movie of 30 frames, encoded once."""
    from tests.movie_files import CODECS, write_movie

    folder = tmp_path_factory.mktemp("movies")

    @cache
    def path(name: str) -> str:
        codec, pixel_format, options = CODECS[name]
        return str(write_movie(folder / name, codec, pixel_format, options=options))

    return path


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that the engine runs in."""
    from tests.engine_python import make_engine_environment

    return make_engine_environment(tmp_path_factory.mktemp("engine") / "env")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked `gpu` where there is no CUDA device."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked or _has_cuda() or os.environ.get("FAIL_WITHOUT_GPU"):
        return
    for item in marked:
        item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


def _has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()
