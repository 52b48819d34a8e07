"""Which build of torch a machine gets, from what a real nvidia-smi process says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from building import machine as machine_module
from building.errors import SetupError
from building.machine import Gpu, Machine, look_at_machine
from building.torch_build import CUDA_BUILDS, INDEX, Choice, choose, sources
from building.verify import Torch, require_gpu

Install = Callable[[str], None]
PIN = "2.13.0"
ADA = Gpu("NVIDIA GeForce RTX 4090", "580.95.05", (8, 9))

posix = pytest.mark.skipif(os.name == "nt", reason="the fake nvidia-smi is a shell script")


@pytest.fixture
def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts an nvidia-smi with the given script first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")

    def install(script: str) -> None:
        tool = folder / "nvidia-smi"
        tool.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        tool.chmod(0o755)

    return install


def linux(*gpus: Gpu, trouble: str = "") -> Machine:
    return Machine("Linux", "x86_64", gpus, trouble)


@posix
def test_every_gpu_is_listed_and_the_most_capable_counts(nvidia_smi: Install) -> None:
    nvidia_smi(
        "echo 'NVIDIA TITAN V, 580.95.05, 7.0'; echo 'NVIDIA GeForce RTX 4090, 580.95.05, 8.9'"
    )
    found = look_at_machine()
    assert [gpu.capability for gpu in found.gpus] == [(7, 0), (8, 9)]
    assert found.gpu == ADA
    assert not found.trouble


@posix
def test_the_fields_that_are_asked_for_are_ones_the_tool_has(nvidia_smi: Install) -> None:
    nvidia_smi('echo "$1 $2" >&2; exit 1')
    trouble = look_at_machine().trouble
    assert "--query-gpu=name,driver_version" in trouble
    assert "--format=csv,noheader" in trouble


@posix
def test_a_driver_that_does_not_know_compute_cap_is_asked_without_it(nvidia_smi: Install) -> None:
    nvidia_smi(
        'case "$1" in *compute_cap*) echo \'Field "compute_cap" is not a valid field to query.\';'
        " exit 2;; esac; echo 'Tesla T4, 470.82.01'"
    )
    assert look_at_machine().gpus == (Gpu("Tesla T4", "470.82.01", None),)


@posix
def test_a_failing_tool_means_a_cpu_build_and_a_hint(nvidia_smi: Install) -> None:
    nvidia_smi(
        'echo "NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver.";'
        " exit 9"
    )
    choice = choose("auto", look_at_machine())
    assert choice.name == "cpu"
    assert "exit status 9" in choice.hint
    assert "couldn't communicate with the NVIDIA driver" in choice.hint
    assert "python3 build.py setup" in choice.hint


@posix
@pytest.mark.parametrize("said", ["No devices were found", ""])
def test_a_tool_that_lists_nothing_means_a_cpu_build_and_a_hint(
    nvidia_smi: Install, said: str
) -> None:
    nvidia_smi(f"echo '{said}'")
    choice = choose("auto", look_at_machine())
    assert choice.name == "cpu"
    assert "lists no GPU" in choice.hint


@posix
def test_a_tool_that_is_not_a_program_means_a_cpu_build_and_a_hint(nvidia_smi: Install) -> None:
    nvidia_smi("")
    Path(os.environ["PATH"].split(os.pathsep)[0], "nvidia-smi").write_bytes(b"\x7fELF nonsense")
    choice = choose("auto", look_at_machine())
    assert choice.name == "cpu"
    assert "nvidia-smi" in choice.hint


def test_no_tool_means_a_cpu_build_without_a_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(machine_module, "ELSEWHERE", ())
    monkeypatch.setattr(machine_module, "PCI", tmp_path)
    assert choose("auto", look_at_machine()) == Choice("cpu", "no NVIDIA GPU found")


def test_a_card_whose_driver_is_not_installed_is_seen_on_the_bus(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, vendor, kind in (
        ("0000:00:01.0", "0x8086", "0x030000"),
        ("0000:01:00.0", "0x10de", "0x030000"),
        ("0000:01:00.1", "0x10de", "0x040300"),
    ):
        device = tmp_path / "pci" / name
        device.mkdir(parents=True)
        (device / "vendor").write_text(f"{vendor}\n", encoding="ascii")
        (device / "class").write_text(f"{kind}\n", encoding="ascii")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(machine_module, "ELSEWHERE", ())
    monkeypatch.setattr(machine_module, "PCI", tmp_path / "pci")
    trouble = look_at_machine().trouble
    assert "0000:01:00.0" in trouble
    assert "0000:01:00.1" not in trouble


@pytest.mark.parametrize(
    ("name", "driver", "capability", "build"),
    [
        ("RTX 4090", "580.95.05", (8, 9), "cu130"),
        ("RTX 4090 on a driver of CUDA 12", "550.54.14", (8, 9), "cu126"),
        ("RTX 4090 on the oldest driver of CUDA 12", "525.60.13", (8, 9), "cu126"),
        ("H200", "610.47", (9, 0), "cu130"),
        ("RTX 5090", "590.10", (12, 0), "cu130"),
        ("TITAN V, which CUDA 13 dropped", "580.95.05", (7, 0), "cu126"),
        ("GTX 1080", "580.95.05", (6, 1), "cu126"),
        ("T4, the least that CUDA 13 takes", "580.65", (7, 5), "cu130"),
        ("a card that does not tell", "580.95.05", None, "cu130"),
    ],
)
def test_card_and_driver_choose_the_build(
    name: str, driver: str, capability: tuple[int, int] | None, build: str
) -> None:
    assert choose("auto", linux(Gpu(name, driver, capability))).name == build


@pytest.mark.parametrize(
    ("driver", "capability", "words"),
    [
        ("470.82.01", (8, 6), "driver 525 or newer"),
        ("570.86.15", (12, 0), "driver 580 or newer"),
        ("580.95.05", (3, 5), "no build for so old a card"),
        ("[N/A]", (8, 6), "driver 525 or newer"),
    ],
)
def test_a_card_that_no_build_can_use_is_refused_before_anything_is_fetched(
    driver: str, capability: tuple[int, int], words: str
) -> None:
    with pytest.raises(SetupError, match=words) as caught:
        choose("auto", linux(Gpu("NVIDIA card", driver, capability)))
    assert f"driver {driver}" in str(caught.value)
    assert "python3 build.py setup --torch cpu" in str(caught.value)


@pytest.mark.parametrize("wanted", ["cpu", "default", "cu126", "cu130", "rocm7.2"])
def test_a_build_that_is_named_is_taken_whatever_the_machine_shows(wanted: str) -> None:
    assert choose(wanted, linux(ADA)).name == wanted
    assert choose(wanted, linux()).name == wanted


@pytest.mark.parametrize("wanted", ["", "cuda", "cu13", "CPU", "cu1300", "../evil", "cu126 "])
def test_a_name_that_is_no_build_is_refused(wanted: str) -> None:
    with pytest.raises(SetupError, match="expected auto, cpu, default"):
        choose(wanted, linux())


def test_macos_takes_its_one_build() -> None:
    assert choose("auto", Machine("Darwin", "arm64")).name == "default"


def test_a_choice_knows_the_cuda_version_that_its_torch_reports() -> None:
    assert [Choice(build.name, "").cuda for build in CUDA_BUILDS] == ["13.0", "12.6"]
    assert Choice("cu130", "").suits("13.0")
    assert not Choice("cu130", "").suits(None)
    assert not Choice("cu130", "").suits("12.6")
    assert Choice("cpu", "").suits(None)
    assert Choice("cpu", "").suits("13.0")


def wanted_from(name: str, machine: Machine, wheels: Path | None = None) -> list[tuple[str, str]]:
    """Each source as its requirement and the place it is looked for."""
    found = sources(Choice(name, ""), machine, PIN, wheels)
    places = ("--extra-index-url", "--find-links")
    return [
        (
            source.requirement,
            next(
                (
                    source.options[source.options.index(p) + 1]
                    for p in places
                    if p in source.options
                ),
                "PyPI",
            ),
        )
        for source in found
    ]


def test_linux_without_a_gpu_tries_the_small_wheel_and_falls_back_to_pypi() -> None:
    assert wanted_from("cpu", linux()) == [
        (f"torch=={PIN}+cpu", f"{INDEX}/cpu"),
        (f"torch=={PIN}", "PyPI"),
    ]
    first, second = sources(Choice("cpu", ""), linux(), PIN, None)
    assert first.options[2:4] == ("--retries", "0")  # a network that refuses it is left at once
    assert "does not give it" in second.word


def test_linux_takes_pypis_cuda_build_where_it_is_the_right_one() -> None:
    assert wanted_from("cu130", linux(ADA)) == [
        (f"torch=={PIN}", "PyPI"),
        (f"torch=={PIN}+cu130", f"{INDEX}/cu130"),
    ]
    assert wanted_from("cu126", linux(ADA)) == [(f"torch=={PIN}+cu126", f"{INDEX}/cu126")]


def test_windows_never_takes_pypis_wheel_for_a_gpu() -> None:
    windows = Machine("Windows", "AMD64", (ADA,))
    assert wanted_from("cu130", windows) == [(f"torch=={PIN}+cu130", f"{INDEX}/cu130")]
    assert wanted_from("cpu", windows) == [(f"torch=={PIN}", "PyPI")]


def test_a_wheel_folder_is_the_only_place_looked_at(tmp_path: Path) -> None:
    for machine in (linux(ADA), Machine("Windows", "AMD64", (ADA,)), Machine("Darwin", "arm64")):
        for name in ("cpu", "cu130", "cu126", "default"):
            for source in sources(Choice(name, ""), machine, PIN, tmp_path):
                assert source.options == ("--no-index", "--find-links", str(tmp_path))


CPU_TORCH = Torch("2.13.0+cpu", None, error="Torch not compiled with CUDA enabled")
CUDA_TORCH = Torch("2.13.0+cu130", "13.0", error="CUDA driver version is insufficient")


def test_a_cpu_build_on_a_gpu_machine_is_loud_and_names_the_command() -> None:
    with pytest.raises(SetupError) as caught:
        require_gpu(CPU_TORCH, linux(ADA), Choice("default", ""))
    said = str(caught.value)
    for fact in ("2.13.0+cpu", "without CUDA", "RTX 4090", "580.95.05", "not compiled with CUDA"):
        assert fact in said
    assert "python3 build.py setup --torch auto" in said
    assert "python3 build.py setup --torch cpu" in said


def test_a_cuda_build_that_sees_no_gpu_is_loud_and_names_another_build() -> None:
    with pytest.raises(SetupError, match="--torch cu126") as caught:
        require_gpu(CUDA_TORCH, linux(ADA), Choice("cu130", ""))
    assert "CUDA driver version is insufficient" in str(caught.value)


def test_hidden_gpus_are_mentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(SetupError, match="CUDA_VISIBLE_DEVICES is ''"):
        require_gpu(CUDA_TORCH, linux(ADA), Choice("cu130", ""))


def test_what_is_asked_for_or_works_is_not_complained_of() -> None:
    require_gpu(CPU_TORCH, linux(ADA), Choice("cpu", "as asked for"))
    require_gpu(CPU_TORCH, linux(), Choice("default", ""))
    require_gpu(Torch("2.13.0", "13.0", seen=ADA.name), linux(ADA), Choice("cu130", ""))
