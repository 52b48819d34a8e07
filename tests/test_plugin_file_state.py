"""What a file is now is told without reading it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from corridorkey_plugin.file_state import state_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plate.1001.exr"
    path.write_bytes(b"plate")
    os.utime(path, ns=(0, 1_000_000_000_000))
    return path


def test_it_stays_while_nothing_changes(file: Path) -> None:
    assert state_of(file) == state_of(file) == "5 1000000000000"


def test_it_changes_with_the_size(file: Path) -> None:
    file.write_bytes(b"another")
    os.utime(file, ns=(0, 1_000_000_000_000))
    assert state_of(file) == "7 1000000000000"


def test_it_changes_with_the_time(file: Path) -> None:
    os.utime(file, ns=(0, 1_000_000_000_100))
    assert state_of(file) == "5 1000000000100"


def test_a_file_that_is_not_there_is_missing(file: Path) -> None:
    file.unlink()
    assert state_of(file) == "missing"
    assert state_of(file / "below") == "missing"
