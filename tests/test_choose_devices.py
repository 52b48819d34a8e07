"""Which devices key: what is named, what is not there, what makes no sense together."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from corridorkey_core.cli import main
from corridorkey_core.cli.display import progress_line
from corridorkey_core.device import choose_devices
from corridorkey_core.doctor import examine
from corridorkey_core.errors import DeviceError
from corridorkey_core.failed_device import has_failed
from corridorkey_core.progress import Progress
from corridorkey_core.settings import Settings
from tests.small_shot import make_shot


def chosen(devices: str, device: str = "cpu") -> list[str]:
    return [str(one) for one in choose_devices(Settings(device=device, devices=devices))]


@pytest.fixture
def three_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with three CUDA devices, as far as torch is asked about them."""

    class Facts:
        name, total_memory = "NVIDIA H200", 143771 << 20

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _index: Facts)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_without_devices_the_device_keys() -> None:
    assert chosen("", "cpu") == ["cpu"]


@pytest.mark.usefixtures("three_gpus")
def test_devices_are_named_with_commas_or_all() -> None:
    assert chosen("cuda:2,cuda:0") == ["cuda:2", "cuda:0"]
    assert chosen(" cuda:0 , cuda:1 ") == ["cuda:0", "cuda:1"]
    assert chosen("all") == ["cuda:0", "cuda:1", "cuda:2"]
    assert chosen("cuda:1", device="cpu") == ["cuda:1"]
    assert chosen("", "auto") == chosen("", "cuda") == ["cuda:0"]


@pytest.mark.usefixtures("no_gpu")
def test_all_of_a_machine_without_gpus_is_its_processor() -> None:
    assert chosen("all") == ["cpu"]


def test_a_processor_may_key_two_frames_at_a_time() -> None:
    assert chosen("cpu:0,cpu:1") == ["cpu:0", "cpu:1"]


@pytest.mark.parametrize("twice", ["cpu,cpu", "cpu,cpu:0", "cpu:1,cpu:1", "cuda,cuda:0"])
@pytest.mark.usefixtures("three_gpus")
def test_a_device_is_named_once(twice: str) -> None:
    with pytest.raises(DeviceError, match="each device once"):
        chosen(twice)


@pytest.mark.usefixtures("three_gpus")
@pytest.mark.parametrize(
    ("devices", "words"),
    [
        ("cuda:0,cpu", "of one kind"),
        ("cuda:0,", "commas between"),
        (",", "commas between"),
        ("cuda:0 cuda:1", "expected auto, cpu"),
        ("cuda:0,gpu7", "'gpu7'; expected auto"),
        ("cuda:0,cuda:3", "sees 3 CUDA devices"),
        ("cuda:0,all", "'all'; expected auto"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(devices: str, words: str) -> None:
    with pytest.raises(DeviceError, match=words):
        chosen(devices)


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize("devices", ["cuda:0,cuda:1", "cpu,cpu", "gpu0,gpu1"])
def test_a_wrong_device_is_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], devices: str
) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    for path in (shot / "plate").iterdir():
        path.write_bytes(b"no picture")
    plate, out = str(shot / "plate/shot.####.exr"), str(shot / "out")
    assert main(["key", plate, "-o", out, "--devices", devices]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("corridorkey: device")
    assert "cannot be read" not in said.err
    assert not (shot / "out").exists()


@pytest.mark.usefixtures("three_gpus")
def test_the_doctor_lists_every_device() -> None:
    found = [finding.found for finding in examine() if finding.name == "device"]
    assert found == [f"cuda:{index} NVIDIA H200, 143771 MiB" for index in range(3)]


def test_the_progress_line_names_who_keyed_the_last_frame_where_several_do() -> None:
    line = progress_line(Progress(7, 120, rate=18.2, bottleneck="key", frame=1007, device="cuda:1"))
    assert line == "  7/120 frames  18.20 frames/s  limited by key  1007 by cuda:1"


@pytest.mark.parametrize(
    ("words", "failed"),
    [
        ("CUDA error: an illegal memory access was encountered\nCUDA kernel errors might", True),
        ("CUDA error: unspecified launch failure", True),
        ("CUDA error: uncorrectable ECC error encountered", True),
        ("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", True),
        ("Triton Error [CUDA]: an illegal memory access was encountered", True),
        ("CUDA error: invalid configuration argument", False),
        ("The size of tensor a (3) must match the size of tensor b (4)", False),
    ],
)
def test_a_device_that_failed_is_told_from_a_bug(words: str, failed: bool) -> None:
    assert has_failed(RuntimeError(words)) == failed
