"""Loading the CorridorKey keyer: which one, in what arithmetic, and the command end to end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
import torch
from torch import Tensor

from corridorkey_core.cli import main
from corridorkey_core.errors import WeightsError
from corridorkey_core.keyers.builtin.keyer import BuiltinKeyer
from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.keyers.corridorkey.load import arithmetic_of, load_corridor_keyer
from corridorkey_core.keyers.load import load_keyer
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from tests.parity.checkpoint_files import recipe_file

CPU = torch.device("cpu")
GREEN = Screen("green", None)
SAMPLE = Path(__file__).resolve().parent.parent / "examples" / "sample"


@pytest.mark.parametrize(
    ("precision", "device", "arithmetic"),
    [
        ("auto", "cuda", torch.float16),
        ("auto", "cpu", torch.float32),
        ("auto", "mps", torch.float32),
        ("fp32", "cuda", torch.float32),
        ("bf16", "cuda", torch.bfloat16),
        ("fp16", "mps", torch.float16),
        ("fp16", "cpu", torch.float32),
    ],
)
def test_the_arithmetic_is_the_settings_but_float32_on_a_cpu(
    precision: str, device: str, arithmetic: torch.dtype
) -> None:
    assert arithmetic_of(precision, torch.device(device)) == arithmetic


@pytest.fixture
def no_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CORRIDORKEY_CHECKPOINT", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("no_checkpoint")
def test_auto_without_a_checkpoint_is_builtin_and_says_why() -> None:
    said: list[str] = []
    assert isinstance(load_keyer(Settings(), CPU, said.append), BuiltinKeyer)
    assert len(said) == 1
    assert "no CorridorKey checkpoint was found" in said[0]
    assert "weights fetch" in said[0]


@pytest.mark.usefixtures("no_checkpoint")
def test_auto_with_a_checkpoint_is_corridorkey() -> None:
    said: list[str] = []
    settings = Settings(checkpoint=str(recipe_file()), model_size=256)
    assert load_keyer(settings, CPU, said.append).name == "corridorkey"
    assert said == [f"Keyer: corridorkey, with {recipe_file()}."]


@pytest.mark.usefixtures("no_checkpoint")
def test_corridorkey_without_a_checkpoint_says_where_was_looked_and_what_to_do() -> None:
    with pytest.raises(WeightsError) as caught:
        load_keyer(Settings(keyer="corridorkey"), CPU, pytest.fail)
    for words in ("`checkpoint` is empty", "$CORRIDORKEY_CHECKPOINT", "weights add FILE"):
        assert words in str(caught.value)


@pytest.mark.usefixtures("no_checkpoint")
@pytest.mark.parametrize(("name", "kind"), [("chroma", ChromaKeyer), ("builtin", BuiltinKeyer)])
def test_our_own_keyers_look_for_no_checkpoint(name: str, kind: type) -> None:
    settings = Settings(keyer=name, checkpoint="/nowhere/a.pth")
    assert isinstance(load_keyer(settings, CPU, pytest.fail), kind)


def key_sample(tmp_path: Path, *more: str) -> int:
    arguments = ["key", sample("plate"), "--hint", sample("hint"), "-o", str(tmp_path / "keyed")]
    return main([*arguments, "--frames", "1003-1004", *more])


def sample(folder: str, frame: str = "####") -> str:
    return str(SAMPLE / folder / f"sample.{frame}.exr")


def read(path: str, channels: int) -> Tensor:
    """[channels, H, W] of a file, as its own numbers."""
    pixels = np.asarray(oiio.ImageBuf(path).get_pixels(oiio.FLOAT), np.float32)
    return torch.from_numpy(pixels).permute(2, 0, 1)[:channels].contiguous()


def test_the_command_keys_the_sample_end_to_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = ["--no-restore-source", "--despill", "off", "--despeckle-area", "0"]
    options = ["--keyer", "corridorkey", "--model-size", "256", "--checkpoint", str(recipe_file())]
    assert key_sample(tmp_path, *options, *raw) == 0
    assert "2 frames keyed" in capsys.readouterr().out
    loaded = load_corridor_keyer(recipe_file(), Settings(model_size=256), CPU, pytest.fail)
    expected = loaded.key(read(sample("plate", "1003"), 3), read(sample("hint", "1003"), 1), GREEN)
    matte = read(str(tmp_path / "keyed" / "matte" / "sample.1003.exr"), 1)
    foreground = read(str(tmp_path / "keyed" / "fg" / "sample.1003.exr"), 3)
    assert (matte - expected.alpha).abs().max() < 1e-3
    assert (foreground - expected.foreground).abs().max() < 1e-3
    assert matte.std() > 0.02
    assert key_sample(tmp_path, *options, *raw) == 0
    assert "2 skipped as finished and current" in capsys.readouterr().out


def test_the_command_refuses_a_checkpoint_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert key_sample(tmp_path, "--checkpoint", str(tmp_path / "none.pth")) == 2
    said = capsys.readouterr().err
    assert "none.pth, named by the setting `checkpoint`, is not there" in said
    assert not (tmp_path / "keyed" / "matte").exists()
