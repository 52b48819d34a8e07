"""A Nuke for each test that asks for one, with and without an interface."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.nuke.stand_in.desk import Desk, open_nuke


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
