"""The CorridorKey keyer: what it sees, what it gives, NaN, short memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
import pytest
import torch
from torch import Tensor

from corridorkey_core.colour import resolve, srgb_to_linear
from corridorkey_core.errors import KeyingError
from corridorkey_core.frames import Frame, Header, Hint, Pixels, Plate, Window
from corridorkey_core.infer import infer
from corridorkey_core.key_frame import FrameKeyer
from corridorkey_core.keyers.corridorkey.keyer import TILES, CorridorKeyer
from corridorkey_core.keyers.corridorkey.load import load_corridor_keyer
from corridorkey_core.keyers.corridorkey.network import Network, Refine, build_network
from corridorkey_core.keyers.corridorkey.picture import network_input, prediction
from corridorkey_core.keyers.corridorkey.tiled_refiner import TiledRefiner
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.look import Look
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from tests.parity.checkpoint_files import recipe_file
from tests.parity.recipe import recipe_state

CPU = torch.device("cpu")
GREEN = Screen("green", None)
SIZE = 64  # of the network in most tests: any multiple of 32 will do
WHOLE = 1_000_000  # stands for no tiles


@lru_cache(maxsize=4)
def network(arithmetic: torch.dtype = torch.float32) -> Network:
    return build_network(recipe_state(SIZE), SIZE, CPU, arithmetic)


def keyer(
    build: Callable[[torch.dtype], Network] = network,
    arithmetic: torch.dtype = torch.float32,
    strength: float = 1.0,
    say: Callable[[str], None] = pytest.fail,
) -> CorridorKeyer:
    return CorridorKeyer(build, arithmetic, SIZE, strength, "sha256 0", say)


def plate(height: int = 54, width: int = 96) -> Tensor:
    """A ramp before green, with a light of 8 and a negative in it."""
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    picture = torch.stack([0.1 + 0.3 * x, 0.5 - 0.2 * y, 0.1 + 0.2 * x * y])
    picture[:, 10:14, 20:24] = 8.0
    picture[0, 30:34, 40:44] = -0.5
    return picture


def hint(height: int = 54, width: int = 96) -> Tensor:
    mask = torch.zeros(1, height, width)
    mask[:, height // 4 :, width // 4 : width // 2] = 1.0
    return mask


def test_it_is_a_keyer() -> None:
    it: Keyer = keyer()
    assert it.name == "corridorkey"


@pytest.mark.parametrize("size", [(54, 96), (64, 64), (211, 97), (1, 1)])
def test_a_prediction_is_of_the_plates_size_and_in_range(size: tuple[int, int]) -> None:
    found = keyer().key(plate(*size), hint(*size), GREEN)
    assert (found.alpha.shape, found.foreground.shape) == ((1, *size), (3, *size))
    for picture in (found.alpha, found.foreground):
        assert picture.dtype == torch.float32
        assert float(picture.min()) >= 0.0
        assert float(picture.max()) <= 1.0


def test_inputs_are_not_changed_and_frames_do_not_meet() -> None:
    it, a, b = keyer(), plate(), plate().flip(2)
    kept = a.clone()
    first = it.key(a, hint(), GREEN)
    it.key(b, hint().flip(2), GREEN)
    again = it.key(a, hint(), GREEN)
    assert torch.equal(a, kept)
    assert torch.equal(first.alpha, again.alpha)
    assert torch.equal(first.foreground, again.foreground)


def test_the_network_sees_srgb_normalised_as_imagenet_is() -> None:
    light = torch.tensor([0.0, 0.18, 5.0])[:, None, None].expand(3, 40, 70)
    seen = network_input(light, torch.full((1, 40, 70), 0.25), 32)
    srgb = [0.0, 0.46135613, 1.0]
    normal = zip(srgb, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), strict=True)
    expected = torch.tensor([*((value - mean) / spread for value, mean, spread in normal), 0.25])
    assert (seen - expected[None, :, None, None]).abs().max() < 1e-5
    assert seen.shape == (1, 4, 32, 32)


def test_a_plate_is_shrunk_without_aliasing_and_in_linear_light() -> None:
    stripes = torch.zeros(3, 256, 256)
    stripes[:, :, ::2] = 1.0
    seen = network_input(stripes, torch.zeros(1, 256, 256), 64)[0, 0, 16:-16, 16:-16]
    grey = seen * 0.229 + 0.485
    assert (srgb_to_linear(grey) - 0.5).abs().max() < 0.02


def test_logits_become_linear_light_without_overshoot() -> None:
    logits = torch.full((1, 4, 32, 32), -12.0)
    logits[:, :, :, 16:] = 12.0
    logits[:, 1] = 0.0
    found = prediction(logits, (90, 90))
    assert float(found.alpha[0, :, 0].max()) < 1e-4
    assert float(found.alpha[0, :, -1].min()) > 0.9999
    assert found.alpha.min() >= 0.0
    assert found.alpha.max() <= 1.0
    assert (found.foreground[0] - float(srgb_to_linear(torch.tensor(0.5)))).abs().max() < 1e-5


def test_a_blue_screen_is_keyed_as_a_green_one() -> None:
    red, green, blue = plate()
    swapped = torch.stack([red, blue, green])
    of_green = infer(keyer(), plate(), hint(), GREEN)
    of_blue = infer(keyer(), swapped, hint(), Screen("blue", None))
    assert torch.equal(of_green.alpha, of_blue.alpha)
    assert torch.equal(of_green.foreground[1], of_blue.foreground[2])


def test_strength_is_the_settings() -> None:
    plain, strong = (keyer(strength=s).key(plate(), hint(), GREEN) for s in (0.0, 2.0))
    assert (plain.alpha - strong.alpha).abs().max() > 0.05


class Faulty:
    """A network that gives NaN in half precision, as one checkpoint of the family does."""

    def __init__(self, *broken: torch.dtype) -> None:
        self.broken = broken
        self.built: list[torch.dtype] = []

    def build(self, arithmetic: torch.dtype) -> Network:
        self.built.append(arithmetic)
        made = build_network(recipe_state(SIZE), SIZE, CPU, arithmetic)
        if arithmetic in self.broken:
            made.encoder.pos_embed.fill_(float("nan"))
        return made


def test_a_frame_of_nan_is_keyed_again_in_fp32_and_said_once() -> None:
    said: list[str] = []
    faulty = Faulty(torch.bfloat16)
    it = keyer(faulty.build, torch.bfloat16, say=said.append)
    truth = keyer().key(plate(), hint(), GREEN)
    for _ in range(2):
        found = it.key(plate(), hint(), GREEN)
        assert (found.alpha - truth.alpha).abs().max() < 1e-6
    assert len(said) == 1
    assert "NaN in bf16" in said[0]
    assert faulty.built == [torch.bfloat16, torch.float32]


@pytest.mark.parametrize("arithmetic", [torch.float32, torch.bfloat16])
def test_nan_in_fp32_too_fails_the_frame(arithmetic: torch.dtype) -> None:
    it = keyer(Faulty(torch.bfloat16, torch.float32).build, arithmetic, say=lambda _words: None)
    with pytest.raises(KeyingError, match="checkpoint may be damaged"):
        it.key(plate(), hint(), GREEN)


def test_a_closed_keyer_keys_no_more() -> None:
    it = keyer()
    it.close()
    with pytest.raises(RuntimeError, match="closed"):
        it.key(plate(), hint(), GREEN)


def test_economising_keeps_the_picture_and_ends() -> None:
    it = keyer()
    before = it.key(plate(), hint(), GREEN)
    for rows in TILES:
        assert f"tiles of {rows} rows" in str(it.economise())
        after = it.key(plate(), hint(), GREEN)
        assert (after.alpha - before.alpha).abs().max() < 1e-4
        assert (after.foreground - before.foreground).abs().max() < 1e-4
    assert it.economise() is None


class Cramped:
    """Runs out of memory, as a device does, wherever the refiner is given more than `rows` rows."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.tried: list[int] = []

    def choose(self, it: CorridorKeyer, network: Network) -> Refine:
        rows = it._rows or WHOLE
        self.tried.append(rows)
        if rows > self.rows:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return TiledRefiner(network.refiner, rows)


def frame() -> Frame:
    window = Window(0, 0, 96, 54)
    pixels = plate().permute(1, 2, 0).numpy().copy()
    return Frame(
        Plate(1, "plate.exr", pixels, Header(window, window), "linear"),
        Hint(1, "hint.exr", hint()[0].numpy().copy(), "Y"),
    )


def keyed(said: list[str]) -> Mapping[str, Pixels]:
    space = resolve("linear", "")
    look = Look(Settings(passes=("matte",)), GREEN, space, space, "float32")
    with FrameKeyer(lambda _device: keyer(), CPU, look, lambda e: said.append(str(e))) as key:
        return key(frame()).passes


def test_the_ladder_tiles_where_memory_is_short_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = keyed([])
    cramped, said = Cramped(TILES[-1]), list[str]()
    monkeypatch.setattr(CorridorKeyer, "_refine", lambda it, net: cramped.choose(it, net))
    tiled = keyed(said)
    assert cramped.tried == [WHOLE, WHOLE, *TILES]
    assert np.abs(tiled["matte"] - plain["matte"]).max() < 1e-4
    for rows, line in zip(TILES, said[-len(TILES) :], strict=True):
        assert f"tiles of {rows} rows" in line


def test_a_frame_that_fits_nowhere_fails_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    cramped = Cramped(0)
    monkeypatch.setattr(CorridorKeyer, "_refine", lambda it, net: cramped.choose(it, net))
    with pytest.raises(KeyingError, match="Out of memory"):
        keyed([])


def test_what_changes_pixels_changes_the_identity() -> None:
    def identity(size: int = 256) -> str:
        settings = Settings(model_size=size)
        loaded = load_corridor_keyer(recipe_file(), settings, CPU, pytest.fail)
        return loaded.identity

    assert identity() == identity()
    assert identity() != identity(288)
    assert keyer(arithmetic=torch.bfloat16).identity != keyer().identity
    other = CorridorKeyer(network, torch.float32, SIZE, 1.0, "sha256 1", pytest.fail)
    assert other.identity != keyer().identity
