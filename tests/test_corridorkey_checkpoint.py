"""Checkpoints of every form are loaded; files of every other kind are refused in words."""

from __future__ import annotations

import io
import json
import math
import os
import pickle
import zipfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core.errors import WeightsError
from corridorkey_core.keyers.corridorkey.checkpoint import POSITIONS, read_checkpoint
from corridorkey_core.keyers.corridorkey.checkpoint_file import read_tensors
from corridorkey_core.keyers.corridorkey.network import build_network
from tests.parity.checkpoint_files import recipe_file, write_checkpoint, write_safetensors
from tests.parity.recipe import REFERENCE, recipe_input, recipe_state


@lru_cache(maxsize=1)
def state() -> dict[str, Tensor]:
    return recipe_state(64)


def few() -> dict[str, Tensor]:
    names = (
        "alpha_decoder.bn.bias",
        "refiner.final.weight",
        "alpha_decoder.bn.num_batches_tracked",
    )
    return {name: state()[name] for name in names}


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_gives_back_what_was_saved(tmp_path: Path, suffix: str) -> None:
    assert same(read_tensors(write_checkpoint(tmp_path / f"a{suffix}", few())), few())


def test_the_kind_of_a_file_is_told_by_its_content(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "a.pth", few())
    assert same(read_tensors(path.rename(tmp_path / "a.safetensors")), few())


def test_wrappers_and_prefixes_are_taken_off(tmp_path: Path) -> None:
    compiled = {f"_orig_mod.{name}": tensor for name, tensor in few().items()}
    torch.save({"state_dict": compiled, "epoch": 7}, tmp_path / "a.pth")
    assert same(read_tensors(tmp_path / "a.pth"), few())


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_files_are_read(tmp_path: Path, kind: torch.dtype) -> None:
    tensors = {"a": torch.randn(3, 5).to(kind), "b": torch.zeros(0, 2, dtype=kind)}
    write_safetensors(tmp_path / "a", tensors)
    assert same(read_tensors(tmp_path / "a"), tensors)


def test_a_checkpoint_at_its_own_size_is_the_reference() -> None:
    checkpoint = read_checkpoint(recipe_file())
    assert checkpoint.size == 256
    assert all(
        tensor.dtype == torch.float32 or name.endswith("tracked")
        for name, tensor in checkpoint.tensors.items()
    )
    network = build_network(checkpoint.state(256), 256, torch.device("cpu"), torch.float32)
    alpha = network(recipe_input(256), 1.0, network.refiner).sigmoid()[0, 0]
    error = np.abs(alpha.numpy() - np.load(REFERENCE)["alpha"])
    assert error.max() < 0.02  # the file is in half precision


def test_positions_are_resized_bicubically(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "a.safetensors", state())
    checkpoint = read_checkpoint(path)
    assert torch.equal(checkpoint.state(64)[POSITIONS], state()[POSITIONS])
    saved = state()[POSITIONS].transpose(1, 2).reshape(1, 112, 16, 16)
    for size in (32, 96):
        found = checkpoint.state(size)[POSITIONS]
        edge = size // 4
        expected = bicubic(saved, edge).flatten(2).transpose(1, 2)
        assert (found - expected).abs().max() < 1e-5
    assert checkpoint.state(96).keys() == state().keys()


def bicubic(grid: Tensor, edge: int) -> Tensor:
    """Cubic convolution (Keys, a = -0.75), not antialiased, written out as a matrix."""
    size = grid.shape[-1]
    matrix = torch.zeros(edge, size)
    for row in range(edge):
        centre = (row + 0.5) * size / edge - 0.5
        for tap in range(math.floor(centre) - 1, math.floor(centre) + 3):
            matrix[row, min(max(tap, 0), size - 1)] += cubic(abs(centre - tap))
    return matrix @ grid @ matrix.T


def cubic(distance: float, a: float = -0.75) -> float:
    if distance <= 1:
        return (a + 2) * distance**3 - (a + 3) * distance**2 + 1
    return a * (distance**3 - 5 * distance**2 + 8 * distance - 4) if distance < 2 else 0.0


def refusal(path: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        read_checkpoint(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_missing_unknown_and_misshapen_tensors_are_named_and_counted(tmp_path: Path) -> None:
    wrong = dict(state())
    for name in [name for name in wrong if name.startswith("fg_decoder.linear")]:
        del wrong[name]
    wrong["head.weight"] = torch.zeros(2)
    wrong["refiner.final.bias"] = torch.zeros(5)
    said = refusal(write_checkpoint(tmp_path / "a.pth", wrong))
    assert "9 missing (fg_decoder.linear_c1.proj.bias, " in said
    assert "1 unknown (head.weight)" in said
    assert "1 of another shape (refiner.final.bias [5] for [4])" in said


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    broken = {**state(), "refiner.final.bias": torch.tensor([0.0, math.nan, 0.0, 0.0])}
    assert "NaN or Inf in refiner.final.bias" in refusal(
        write_checkpoint(tmp_path / "a.safetensors", broken)
    )


@pytest.mark.parametrize("shape", [(1, 250, 112), (1, 9, 112), (256, 112), (1, 0, 112)])
def test_positions_of_no_size_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    said = refusal(write_checkpoint(tmp_path / "a.pth", {POSITIONS: torch.zeros(shape)}))
    assert POSITIONS in said


class Attack:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


def test_a_pickle_that_would_run_a_program_is_not_opened(tmp_path: Path) -> None:
    target = tmp_path / "attacked"
    torch.save({"a": Attack(target)}, tmp_path / "a.pth")
    assert "mkdir, which could run a program" in refusal(tmp_path / "a.pth")
    (tmp_path / "b.pth").write_bytes(pickle.dumps(Attack(target)))
    assert "bare pickle, which could run a program" in refusal(tmp_path / "b.pth")
    assert not target.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS pointer"),
        (b"hello, this is no checkpoint", "neither a .pth nor a .safetensors"),
        (b"\x08" + bytes(7) + b"{1234567", "header is not JSON"),
        (b"\x02" + bytes(7) + b"[]", "neither"),
        (b"\x10\x10" + bytes(6) + b'{"a": 1}', "truncated: its header is 4112 bytes"),
        (b"PK\x03\x04 and then nothing", "truncated"),
    ],
)
def test_foreign_files_are_told_apart(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    assert words in refusal(tmp_path / "a.pth")


def test_a_missing_file_a_folder_and_a_zip_of_something_else_are_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.pth")
    assert "directory" in refusal(tmp_path)
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "no checkpoint of torch" in refusal(tmp_path / "a.pth")


@pytest.mark.parametrize("content", [[torch.zeros(2)], 7, {"a": "text", "b": 2}])
def test_other_contents_are_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "a.pth")
    assert "no " in refusal(tmp_path / "a.pth")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_every_truncated_file_is_refused(tmp_path: Path, suffix: str) -> None:
    path = write_checkpoint(tmp_path / f"a{suffix}", few())
    whole = path.read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:length])
        refusal(path)


def entry(**changes: object) -> bytes:
    fields = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changes}
    header = json.dumps({"a": fields}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(8)


@pytest.mark.parametrize(
    "changes",
    [
        {"dtype": "F13"},
        {"shape": [3]},
        {"shape": [-2]},
        {"shape": [True, 2]},
        {"shape": 2},
        {"shape": [1 << 70]},
        {"data_offsets": [0, 4]},
        {"data_offsets": [8, 0]},
        {"data_offsets": [4, 12]},
        {"data_offsets": [0]},
        {"data_offsets": None},
    ],
)
def test_no_lie_in_a_header_is_believed(tmp_path: Path, changes: dict[str, object]) -> None:
    (tmp_path / "a").write_bytes(entry())
    assert list(read_tensors(tmp_path / "a")) == ["a"]
    (tmp_path / "a").write_bytes(entry(**changes))
    with pytest.raises(WeightsError, match=r"damaged|truncated"):
        read_tensors(tmp_path / "a")


def damaged_pth(position: float, value: int) -> bytes:
    stream = io.BytesIO()
    torch.save(few(), stream)
    content = bytearray(stream.getvalue())
    content[int(position * (len(content) - 1))] = value
    return bytes(content)


@settings(max_examples=60, deadline=None)
@example(position=0.0159449669763736, value=0)  # a pickle of another protocol
@given(position=st.floats(0, 1), value=st.integers(0, 255))
def test_a_damaged_byte_never_shows_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, position: float, value: int
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "a.pth"
    path.write_bytes(damaged_pth(position, value))
    with suppress(WeightsError):
        read_tensors(path)
