"""A Nuke for each test that asks for one, with and without an interface, and an engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from corridorkey_plugin.session import Session

from tests.nuke.stand_in.desk import Desk, open_nuke
from tests.plugin_session import open_session


@pytest.fixture(scope="module")
def shared(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One engine for all tests of a file that leave it running."""
    with open_session(python, tmp_path_factory.mktemp("logs")) as (_host, session):
        yield session


@pytest.fixture
def nuke_gui() -> Iterator[Desk]:
    """Nuke with an interface and an empty script."""
    with open_nuke(gui=True) as desk:
        yield desk


@pytest.fixture
def nuke_terminal() -> Iterator[Desk]:
    """`nuke -t` with an empty script."""
    with open_nuke(gui=False) as desk:
        yield desk
