"""What the device compresses is what zlib gives back, and where it cannot, the writers compress."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from corridorkey_core.deflate.lines import Chunks
from corridorkey_core.deflate.packer import Packer, packed_passes
from corridorkey_core.frames import Header, Window
from corridorkey_core.read import open_picture
from corridorkey_core.settings import PASSES, Settings
from corridorkey_core.stored import Streams
from tests.deflated_by_zlib import chunks_of, plain
from tests.interpreted_kernels import interpreted, needs_triton
from tests.small_shot import content, job_of, key, make_shot

INTERPRETED = """
from tests.test_deflate import SUBJECTS, check
from corridorkey_core.deflate.streams import STEPS, deflated
import torch
for name, make in SUBJECTS.items():
    print(name, check(make(37, 41), lambda chunks: deflated(chunks)))
for step in STEPS:
    step(torch.device("cpu"))
"""


def grain(height: int, width: int) -> np.ndarray:
    """A plate of grain in half float."""
    noise = np.random.default_rng(height).standard_normal((height, width, 3))
    return (0.3 + 0.02 * noise).astype(np.float16)


def keyed(height: int, width: int) -> np.ndarray:
    """The same, black in the most part."""
    pixels = grain(height, width)
    pixels[:, width // 3 :] = 0
    return pixels


def black(height: int, width: int) -> np.ndarray:
    """An empty matte."""
    return np.zeros((height, width, 1), np.float16)


def anything(height: int, width: int) -> np.ndarray:
    """Bits that no code makes shorter."""
    bits = np.random.default_rng(1).integers(0, 1 << 16, (height, width, 4), np.uint16)
    return bits.view(np.float16)


def rare(height: int, width: int) -> np.ndarray:
    """Symbols as unlike in number as their codes would be long without a limit."""
    ladder = np.repeat(np.arange(24), np.maximum(1, 1 << np.arange(24) >> 8))
    ladder = np.resize(np.random.default_rng(2).permutation(ladder), (height, width, 3))
    return ladder.astype(np.uint8)


def preview(height: int, width: int) -> np.ndarray:
    """A preview, grain before a board."""
    return (keyed(height, width).astype(np.float32) * 255).astype(np.uint8)


def noise(height: int, width: int) -> np.ndarray:
    """A preview that no code makes shorter."""
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8)


SUBJECTS = {each.__name__: each for each in (grain, keyed, black, anything, rare, preview, noise)}


def check(pixels: np.ndarray, deflate: Callable[[Chunks], Streams], device: str = "cpu") -> int:
    """Inflate all chunks and compare; gives the bytes of all streams."""
    chunks = chunks_of(pixels)
    streams: Streams = deflate(_on(chunks, device))
    rows = streams.content.cpu().numpy()
    for index, data in enumerate(plain(chunks)):
        size, checksum = streams.facts[index].tolist()
        assert checksum == zlib.adler32(data)
        if not size:
            assert chunks.raw is not None
            raw = chunks.raw[index, : len(data)].numpy()
            assert rows[index, : len(data)].tobytes() == raw.tobytes()
            continue
        end = b"" if chunks.raw is not None else b"\0\0\xff\xff\1\0\0\xff\xff"
        inflate = zlib.decompressobj(-15)
        assert inflate.decompress(rows[index, :size].tobytes() + end) == data
        assert inflate.eof
        assert not inflate.unused_data
    return int(streams.facts[:, 0].sum())


def _on(chunks: Chunks, device: str) -> Chunks:
    raw = None if chunks.raw is None else chunks.raw.to(device)
    data, counts = chunks.data.to(device), chunks.counts.to(device)
    return Chunks(data, counts, raw, chunks.height, chunks.line_bytes)


@needs_triton
@pytest.mark.slow
def test_interpreted_kernels_give_streams_that_zlib_inflates() -> None:
    printed = interpreted(INTERPRETED)
    sizes = dict(line.split() for line in printed.splitlines())
    assert set(sizes) == set(SUBJECTS)
    assert sizes["anything"] == "0"  # stored as it was
    assert int(sizes["keyed"]) < int(sizes["grain"])


@pytest.mark.gpu
@needs_triton
@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("size", [(1, 1), (37, 41), (540, 960), (33, 4096)])
def test_a_gpu_gives_streams_that_zlib_inflates(name: str, size: tuple[int, int]) -> None:
    from corridorkey_core.deflate.streams import deflated

    pixels = SUBJECTS[name](*size)
    found = check(pixels, deflated, "cuda")
    if size == (540, 960) and name in ("grain", "keyed", "preview"):
        chunks = chunks_of(pixels)
        usual = sum(len(zlib.compress(data, 4)) for data in plain(chunks))
        assert found < 1.03 * usual


@pytest.mark.gpu
@needs_triton
def test_files_of_a_gpu_hold_what_those_of_the_plain_path_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = make_shot(tmp_path, range(1001, 1004))
    report, _ = key(job_of(shot, device="cuda"))
    assert len(report.finished) == 3
    quickly = _numbers(shot / "out")
    packed: frozenset[str] = frozenset()
    monkeypatch.setattr("corridorkey_core.deflate.packer.packed_passes", lambda *_of: packed)
    key(job_of(shot, device="cuda", overwrite=True))
    plainly = _numbers(shot / "out")
    assert quickly.keys() == plainly.keys()
    for name, pixels in plainly.items():
        assert np.array_equal(pixels, quickly[name]), name


def _numbers(folder: Path) -> dict[str, np.ndarray]:
    found = {}
    for name in content(folder):
        with open_picture(str(folder / name), None) as picture:
            found[name] = picture.pixels(picture.parts[0], picture.parts[0].channels)
    return found


@pytest.fixture
def packer_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> tuple[Packer, list[str]]:
    """A packer that believes in a GPU, and what it says."""
    monkeypatch.setattr("corridorkey_core.deflate.packer.ready_on", lambda _device: True)
    monkeypatch.setattr(Packer, "_steps", lambda _self: ())
    said: list[str] = []
    packer = Packer(Settings(), "float16", torch.device("cpu"), said.append)
    packer.close()
    return packer, said


HEADER = Header(Window(0, 0, 8, 8), Window(0, 0, 8, 8))
ON_A_GPU: Any = SimpleNamespace(is_cuda=True)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("ptxas went missing\nand more"),
        OSError("ptxas went missing"),
        torch.OutOfMemoryError("CUDA out of memory; ptxas went missing"),
    ],
)
def test_a_device_that_cannot_after_all_leaves_it_to_the_writers(
    packer_on_a_gpu: tuple[Packer, list[str]], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    packer, said = packer_on_a_gpu

    def broken(*_args: object) -> Streams:
        raise error

    monkeypatch.setattr("corridorkey_core.deflate.packer._streams", broken)
    for _frame in range(2):
        assert packer(HEADER, {"matte": ON_A_GPU}) == {}
    assert len(said) == 1
    assert "ptxas went missing" in said[0]
    assert "and more" not in said[0]


def test_a_device_that_failed_is_no_reason_to_go_on_without(
    packer_on_a_gpu: tuple[Packer, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    packer, said = packer_on_a_gpu

    def broken(*_args: object) -> Streams:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr("corridorkey_core.deflate.packer._streams", broken)
    with pytest.raises(RuntimeError, match="illegal memory access"):
        packer(HEADER, {"matte": ON_A_GPU})
    assert said == []


def test_a_preview_that_is_cut_to_what_is_displayed_is_left_to_its_writer(
    packer_on_a_gpu: tuple[Packer, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    packer, _said = packer_on_a_gpu
    monkeypatch.setattr("corridorkey_core.deflate.packer._streams", lambda name, _image: name)
    images = {"comp": ON_A_GPU, "matte": ON_A_GPU}
    assert set(packer(HEADER, images)) == {"comp", "matte"}
    overscan = Header(Window(-1, 0, 10, 8), Window(0, 0, 8, 8))
    assert set(packer(overscan, images)) == {"matte"}


def test_a_cpu_leaves_all_compressing_to_the_writers() -> None:
    packer = Packer(Settings(), "float16", torch.device("cpu"), pytest.fail)
    assert packer(HEADER, {"matte": torch.zeros(1, 8, 8, dtype=torch.float16)}) == {}
    packer.close()


def test_only_passes_of_a_form_that_is_written_so_are_compressed() -> None:
    assert packed_passes(Settings(passes=PASSES), "float16") == set(PASSES)
    assert packed_passes(Settings(passes=("fg",)), "float16") == {"fg"}
    for other in (
        Settings(compression="piz"),
        Settings(compression="zips"),
        Settings(format="tiff"),
        Settings(layout="layered"),
    ):
        assert packed_passes(other, "float16") <= {"comp"}
    assert packed_passes(Settings(passes=PASSES), "float32") == {"comp"}
