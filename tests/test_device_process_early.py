"""How many processes a command starts before it knows which devices there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corridorkey_core.device_process import early
from corridorkey_core.device_process.early import FEWEST_FRAMES, started_early
from corridorkey_core.device_process.started import Started
from corridorkey_core.errors import DeviceError
from corridorkey_core.plan import Plan, plan_job
from tests.fake_shot import leaving_nothing
from tests.keyed_apart import children, linux
from tests.small_shot import job_of, make_shot

pytestmark = linux
MANY = FEWEST_FRAMES


class Counted:
    """Stands in for a process."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.ended = False

    def let_go(self) -> None:
        self.ended = True

    def end(self) -> None:
        assert self.ended


def plans(folder: Path, frames: int = MANY, **settings: Any) -> list[Plan]:
    shot = make_shot(folder, range(1, frames + 1))
    return [plan_job(job_of(shot, **settings))]


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[Counted]:
    """The processes that were started."""
    made: list[Counted] = []

    def start(device: str) -> Counted:
        made.append(Counted(device))
        return made[-1]

    monkeypatch.setattr(early, "Started", start)
    return made


@pytest.fixture
def gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with two GPUs."""
    folder = tmp_path / "dev"
    folder.mkdir()
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"):
        (folder / name).touch()
    monkeypatch.setattr(early, "DEVICES", folder)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return folder


@pytest.mark.parametrize(
    ("settings", "frames", "expected"),
    [
        ({"device": "auto"}, MANY, ["auto"]),
        ({"device": "auto"}, MANY - 1, []),
        ({"device": "cuda:1"}, MANY, ["cuda:1"]),
        ({"device": "cpu"}, MANY, []),
        ({"device": "mps"}, MANY, []),
        ({"devices": "cuda:1"}, MANY, ["cuda:1"]),
        ({"devices": "cuda:0"}, MANY - 1, []),
        ({"devices": "all"}, 2, ["cuda:0", "cuda:1"]),
        ({"devices": "all"}, 1, []),
        ({"devices": "cuda:1, cuda:0"}, 5, ["cuda:1", "cuda:0"]),
        ({"devices": "cuda:0,cuda:1,cuda:2"}, 2, ["cuda:0", "cuda:1"]),
        ({"devices": "cpu:0,cpu:1"}, 5, ["cpu:0", "cpu:1"]),
    ],
)
@pytest.mark.usefixtures("gpus")
def test_every_device_that_will_have_a_process_gets_one(
    tmp_path: Path,
    started: list[Counted],
    settings: dict[str, Any],
    frames: int,
    expected: list[str],
) -> None:
    with started_early(plans(tmp_path / "shot", frames, **settings)) as processes:
        assert [process.device for process in started] == expected
        assert len(processes) == len(expected)
    assert all(process.ended for process in started)


@pytest.mark.parametrize(("visible", "expected"), [("", 0), ("-1", 0), ("1", 1), ("0,1,2", 2)])
@pytest.mark.usefixtures("gpus")
def test_gpus_that_are_hidden_have_none(
    tmp_path: Path,
    started: list[Counted],
    monkeypatch: pytest.MonkeyPatch,
    visible: str,
    expected: int,
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with started_early(plans(tmp_path / "shot", devices="all")):
        assert len(started) == expected


def test_a_machine_without_a_gpu_starts_none(
    tmp_path: Path, started: list[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early, "DEVICES", tmp_path)
    wanted = plans(tmp_path / "shot", device="auto") + plans(tmp_path / "shot", devices="all")
    with started_early(wanted):
        assert not started


def test_where_memory_cannot_be_shared_none_is_started(
    tmp_path: Path, started: list[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early, "AVAILABLE", False)
    monkeypatch.setattr(early, "DEVICES", tmp_path / "windows has none")
    with started_early(plans(tmp_path / "shot", devices="all")):
        assert not started


def test_one_that_cannot_be_started_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    before = set(children())
    with leaving_nothing(), pytest.raises(DeviceError, match="cannot be started"):
        Started()
    assert set(children()) <= before
