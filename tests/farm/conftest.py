"""What the tests of several files start beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.small_shot import ROOT, make_shot


@pytest.fixture
def shot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shot and its job file, with relative paths, which the command is started beside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for children, started beside the shot
    make_shot(tmp_path)
    settings = "settings: {device: cpu, keyer: chroma}"
    (tmp_path / "job.yaml").write_text(
        f"plate: plate/shot.####.exr\nhint: hint/shot.####.exr\noutput: out\n{settings}\n"
    )
    return tmp_path
