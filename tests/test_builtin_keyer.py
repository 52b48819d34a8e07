"""The builtin keyer: chroma where that is sure, a network's corrections where it is not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.builtin import SCENES, Difference, differences, followed
from benchmarks.planes import planes
from corridorkey_core.area import Area
from corridorkey_core.errors import KeyingError, WeightsError
from corridorkey_core.infer import infer
from corridorkey_core.keyers.builtin.ask import Ask
from corridorkey_core.keyers.builtin.correction import corrected_alpha, corrected_foreground
from corridorkey_core.keyers.builtin.faint import without_faint_islands
from corridorkey_core.keyers.builtin.features import CHANNELS, GATE, doubt, encoded
from corridorkey_core.keyers.builtin.keyer import BuiltinKeyer
from corridorkey_core.keyers.builtin.load import load_builtin_keyer, plain_form
from corridorkey_core.keyers.builtin.shown import Shown, ShownPlanes
from corridorkey_core.keyers.builtin.tiles import tile_pixels
from corridorkey_core.keyers.builtin.weights import (
    FIRST,
    NEARER,
    Shipped,
    trained_network,
    trained_networks,
)
from corridorkey_core.keyers.chroma.evidence import evidence
from corridorkey_core.keyers.load import load_keyer
from corridorkey_core.preprocess import as_green
from corridorkey_core.resample import maximum_filter
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from tests.chroma_scene import GREEN, core, far_screen, key, marked_disk, scene

CPU = torch.device("cpu")
FEW = 2e-5  # of all pixels: those where devices may differ by more than a thousandth


def nothing(seen: Tensor) -> Tensor:
    """A network that has nothing to correct."""
    return seen.new_zeros(1, 4, *seen.shape[-2:])


def much(seen: Tensor) -> Tensor:
    """A network that is wrong everywhere, by as much as it can."""
    return torch.full((1, 4, *seen.shape[-2:]), -3.0)


def answering(ask: Callable[[Tensor], Tensor]) -> Ask:
    """What sees all planes at once."""
    return lambda shown, _pixels, _afar: ask(shown.planes(Area.whole(*shown.size)))


@pytest.fixture(scope="module")
def shipped() -> BuiltinKeyer:
    return load_builtin_keyer(Settings(), CPU)


def shot(subject: str, difficulty: str = "hard") -> tuple[Tensor, Tensor, Tensor]:
    """Plate, hint and true matte."""
    made = scene(subject, difficulty)
    return planes(made.plate), planes(made.hint), planes(made.alpha)


def enlarged(picture: Tensor, times: int) -> Tensor:
    return F.interpolate(picture[None], scale_factor=float(times), mode="bilinear")[0]


def asked(ask: Callable[[Tensor], Tensor], plate: Tensor, hint: Tensor) -> tuple[Tensor, Tensor]:
    with torch.inference_mode():
        keyed = BuiltinKeyer(answering(ask), "").key(plate, hint, GREEN)
    return keyed.alpha, keyed.foreground


def test_without_corrections_it_is_chroma() -> None:
    plate, hint, _ = shot("white fur")
    alpha, foreground = asked(nothing, plate, hint)
    expected = key(plate, hint)
    assert float((alpha - expected.alpha).abs().max()) <= 0.011
    off = (foreground - expected.foreground).abs() * alpha
    assert float(off.max()) < 0.06
    assert float(off.mean()) < 1e-3


def test_no_network_can_touch_what_is_sure() -> None:
    plate, hint, true = shot("motion blur")
    alpha, foreground = asked(much, plate, hint)
    expected = key(plate, hint)
    with torch.inference_mode():
        sure = doubt(evidence(plate, hint, None)) == 0.0
    assert float(sure.float().mean()) > 0.3
    assert torch.equal(alpha[sure], expected.alpha[sure])
    assert torch.equal(foreground[:, sure[0]], expected.foreground[:, sure[0]])
    assert bool((sure & (true > 0.0)).any())
    assert float(alpha.min()) >= 0.0
    assert float(foreground.min()) >= 0.0


@pytest.mark.parametrize("scale", [2, 6])
def test_no_network_brings_a_marker_back(scale: int) -> None:
    plate, hint, mark = marked_disk(scale)
    alpha, _foreground = asked(lambda seen: -much(seen), plate, hint)
    assert float(alpha[mark > 0].max()) == 0.0
    assert float(alpha[core(hint)].min()) == 1.0


def test_corrections_end_at_exactly_empty_and_exactly_solid() -> None:
    alpha = torch.tensor([[[0.004, 0.5, 0.996]]])
    free = torch.ones_like(alpha)
    unmoved = corrected_alpha(alpha, free, free, torch.zeros_like(alpha))
    assert unmoved.flatten().tolist() == [0, 0.5, 1]
    assert corrected_alpha(alpha, free, free, alpha + 9.0).tolist() == [[[1.0, 1.0, 1.0]]]


def test_corrections_are_taken_at_their_word() -> None:
    alpha = torch.full((1, 1, 3), 0.5)
    free = torch.ones_like(alpha)
    said = torch.tensor([[[0.002, 0.06, 0.3]]])
    assert torch.allclose(corrected_alpha(alpha, free, free, said), alpha + 1.02 * said)


def test_a_matte_goes_no_higher_than_it_may_nor_lower_for_that() -> None:
    alpha = torch.tensor([[[0.0, 0.1, 0.6]]])
    free, ceiling = torch.ones_like(alpha), torch.full_like(alpha, 0.3)
    raised = corrected_alpha(alpha, free, ceiling, free).flatten().tolist()
    assert raised == pytest.approx([0.3, 0.3, 0.6], abs=1e-6)
    assert corrected_alpha(alpha, free, ceiling, -free).flatten().tolist() == [0.0, 0.0, 0.0]


def bare_beyond(hint: Tensor, true: Tensor) -> Tensor:
    """Bare screen that is not near a hint."""
    return (true <= 0.0) & (maximum_filter(hint, 12) <= 0.0)


def test_beyond_the_hint_no_network_makes_a_subject_of_bare_screen() -> None:
    plate, hint, true = shot("brown hair")
    alpha, _foreground = asked(lambda seen: -much(seen), plate, hint)
    screen = encoded(evidence(plate, hint, None).behind)
    like = bare_beyond(hint, true) & ((encoded(plate) - screen).abs().amax(dim=0) < 0.02)
    raised = alpha - key(plate, hint).alpha
    assert int((raised[like] > 0.05).sum()) > 100
    assert float(raised[like].max()) < 0.31


def test_grain_is_not_seen_in_what_a_network_says_is_faint() -> None:
    plate, hint, true = shot("brown hair")
    chroma = key(plate, hint).alpha
    alpha, _foreground = asked(lambda seen: torch.full_like(much(seen), 0.2), plate, hint)
    with torch.inference_mode():
        free = doubt(evidence(plate, hint, None)) >= 1.0
    bare = free & bare_beyond(hint, true) & (chroma <= 0.0)
    assert int(bare.sum()) > 300
    raised = alpha[bare]
    assert float(raised.max() - raised.min()) < 1e-3


def test_light_above_what_the_network_sees_is_kept() -> None:
    bright = torch.tensor([40.0, 9.0, 0.5]).view(3, 1, 1)
    same = corrected_foreground(bright, torch.ones(1, 1, 1), torch.zeros(3, 1, 1))
    assert torch.allclose(same, bright, rtol=1e-5)
    darker = corrected_foreground(bright, torch.ones(1, 1, 1), torch.full((3, 1, 1), -0.2))
    assert bool((darker < bright).all())
    assert float(darker[0]) > 30.0


def in_tiles(pixels: int) -> BuiltinKeyer:
    """The shipped network, asked about so many pixels at a time."""
    ask = plain_form(trained_networks(CPU))
    return BuiltinKeyer(lambda shown, _most, afar: ask(shown, pixels, afar), "")


def test_tiles_give_the_picture_that_the_whole_gives(shipped: BuiltinKeyer) -> None:
    plate, hint, _ = shot("white fur")
    plate, hint = (torch.cat([each, each.flip(-2)], dim=-2) for each in (plate, hint))
    with torch.inference_mode():
        found = shipped.key(plate, hint, GREEN)
        whole, thin = (in_tiles(pixels).key(plate, hint, GREEN) for pixels in (10**6, 10**4))
    for each in (found, thin):
        assert torch.allclose(each.alpha, whole.alpha, atol=1e-4)
        assert torch.allclose(each.foreground, whole.foreground, atol=1e-4)


def test_of_a_small_subject_only_its_surroundings_are_looked_at() -> None:
    plate, hint, _ = shot("white fur", "easy")
    height, width = plate.shape[-2:]
    marked = torch.zeros(1, height, 1600)
    wide = plate[:, :, :1].mean(dim=1, keepdim=True).expand(3, height, 1600).clone()
    wide[..., 1000 : 1000 + width] = plate
    marked[..., 1000 : 1000 + width] = hint
    looked_at = list[tuple[int, int]]()
    network = plain_form(trained_networks(CPU))

    def ask(shown: Shown, pixels: int, afar: Tensor | None) -> Tensor:
        looked_at.append(shown.size)
        return network(shown, pixels, afar)

    with torch.inference_mode():
        found = BuiltinKeyer(ask, "").key(wide, marked, GREEN)
        whole = followed(network, wide, marked, 10**7)
    assert [size[1] for size in looked_at] == [800, 960]
    assert torch.allclose(found.alpha, without_faint_islands(whole), atol=1e-5)
    assert float((found.alpha - evidence(wide, marked, None).alpha).abs().max()) > 0.1


def test_of_a_bare_screen_nothing_is_asked() -> None:
    plate = torch.tensor([0.05, 0.4, 0.08]).view(3, 1, 1).expand(3, 64, 96).clone()
    hint = torch.zeros(1, 64, 96)

    def ask(_shown: Shown, _pixels: int, _afar: Tensor | None) -> Tensor:
        raise AssertionError("asked")

    with torch.inference_mode():
        assert torch.equal(BuiltinKeyer(ask, "").key(plate, hint, GREEN).alpha, hint)


def test_it_works_on_ever_less_at_a_time_where_memory_is_short() -> None:
    asked_for = list[int]()

    def ask(shown: Shown, pixels: int, _afar: Tensor | None) -> Tensor:
        asked_for.append(pixels)
        return torch.zeros(1, 4, *shown.size)

    plate, hint, _ = shot("white fur")
    keyer, said = BuiltinKeyer(ask, ""), list[str]()
    keys = [keyer.key(plate, hint, GREEN)]
    while words := keyer.economise():
        said.append(words)
        keys.append(keyer.key(plate, hint, GREEN))
    assert [each.split(" times")[0] for each in said] == [
        f"the network now works on {parts}" for parts in (2, 4, 8)
    ]
    assert asked_for == [tile_pixels(CPU) // parts for parts in (1, 2, 4, 8)]
    assert all(torch.equal(each.alpha, keys[0].alpha) for each in keys)


def test_what_training_shows_the_network_is_what_the_keyer_shows_it() -> None:
    from training.examples import seen
    from training.scenes import Scenes

    plate, hint, true = shot("lace and veil")
    shown: list[Tensor] = []

    def spy(features: Tensor) -> Tensor:
        shown.append(features.clone())
        return nothing(features)

    asked(spy, plate, hint)
    scenes = Scenes(plate[None], hint[None], true[None], plate[None])
    with torch.no_grad():
        trained_on = seen(scenes).planes
    height, width = plate.shape[-2:]
    assert torch.allclose(shown[0][..., :height, :width], trained_on, atol=1e-3)


def test_a_blue_screen_is_keyed_as_a_green_one(shipped: BuiltinKeyer) -> None:
    plate, hint, _ = shot("smoke")
    with torch.inference_mode():
        green = infer(shipped, plate, hint, Screen("green"))
        blue = infer(shipped, as_green(plate, "blue"), hint, Screen("blue"))
    assert torch.equal(green.alpha, blue.alpha)
    assert torch.equal(green.foreground, as_green(blue.foreground, "blue"))


def test_nan_is_told() -> None:
    plate, hint, _ = shot("smoke")
    with pytest.raises(KeyingError, match="NaN"):
        asked(lambda seen: nothing(seen) * torch.nan, plate, hint)


def test_nan_is_told_of_what_was_seen_from_afar() -> None:
    plate, hint = (enlarged(each, 3) for each in shot("smoke")[:2])

    def ask(shown: Shown, _pixels: int, afar: Tensor | None) -> Tensor:
        if afar is None:
            return torch.full((1, 4, *shown.size), torch.nan)
        return F.interpolate(afar, scale_factor=2.0)

    with torch.inference_mode(), pytest.raises(KeyingError, match="NaN"):
        BuiltinKeyer(ask, "").key(plate, hint, GREEN)


def test_a_closed_keyer_keys_no_more() -> None:
    keyer = BuiltinKeyer(answering(nothing), "")
    keyer.close()
    plate, hint, _ = shot("smoke")
    with pytest.raises(RuntimeError, match="closed"):
        keyer.key(plate, hint, GREEN)


@pytest.mark.parametrize(
    ("subject", "share"), [("brown hair", 0.9), ("red hair", 0.8), ("lace and veil", 1.0)]
)
def test_the_shipped_weights_are_better_than_chroma(
    subject: str, share: float, shipped: BuiltinKeyer
) -> None:
    plate, hint, true = shot(subject)
    with torch.inference_mode():
        ours = shipped.key(plate, hint, GREEN).alpha
    chroma = key(plate, hint).alpha
    assert float(((ours - true) ** 2).mean()) < share * float(((chroma - true) ** 2).mean())


@pytest.mark.parametrize("subject", ["brown hair", "smoke"])
def test_screen_is_empty_and_subject_solid(subject: str, shipped: BuiltinKeyer) -> None:
    plate, hint, true = shot(subject, "easy")
    with torch.inference_mode():
        alpha = shipped.key(plate, hint, GREEN).alpha
    assert float((alpha[far_screen(true)] > 0.01).float().mean()) < 1e-3
    assert float((alpha[core(true)] < 0.99).float().mean()) < 1e-3


def test_it_is_loaded_by_its_name_and_known_by_its_weights() -> None:
    keyer = load_keyer(Settings(keyer="builtin"), CPU, pytest.fail)
    assert keyer.name == "builtin"
    assert keyer.identity == f"builtin 12, sha256 {FIRST.sha256} and {NEARER.sha256}, fp32"


@pytest.mark.parametrize("shipped", [FIRST, NEARER])
def test_weights_that_were_changed_are_refused(tmp_path: Path, shipped: Shipped) -> None:
    copy = Shipped(tmp_path / shipped.file.name, shipped.sha256)
    shutil.copy(shipped.file, copy.file)
    trained_network(CPU, copy)
    content = bytearray(copy.file.read_bytes())
    content[-1] ^= 1
    copy.file.write_bytes(content)
    with pytest.raises(WeightsError, match="is not the file this version came with"):
        trained_network(CPU, copy)


def test_missing_weights_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="Install Corridor Key again"):
        trained_network(CPU, Shipped(tmp_path / "none.safetensors", FIRST.sha256))


def test_a_first_look_is_asked_of_one_network_and_nearer_ones_of_the_other() -> None:
    networks = trained_networks(CPU)
    planes = torch.rand(1, CHANNELS, 64, 48, generator=torch.Generator().manual_seed(2))
    told = torch.zeros(1, 4, 32, 24)
    ask = plain_form(networks)
    with torch.inference_mode():
        for afar, network in ((None, networks.first), (told, networks.nearer)):
            found = ask(ShownPlanes(planes), 10**6, afar)
            assert torch.allclose(found, network(planes, afar), atol=1e-4)


def test_the_gate_is_what_the_network_is_shown_last_but_one() -> None:
    assert GATE.stop == CHANNELS - 1
    assert float(encoded(torch.tensor(1.0))) == pytest.approx(1.0)


@pytest.mark.gpu
@pytest.mark.parametrize("subject", SCENES)
def test_a_gpu_answers_as_the_cpu_does_fused_and_plain_whole_and_in_tiles(subject: str) -> None:
    with torch.inference_mode():
        found = dict(differences(torch.device("cuda"), subject))
    assert all(off.most < 1e-3 for off in found.values())
    assert "cuda, fused, tiles" in found


@pytest.mark.gpu
@pytest.mark.parametrize("times", [1, 4])
def test_a_gpu_keys_as_the_cpu_does(times: int) -> None:
    plate, hint = (enlarged(each, times) for each in shot("white fur")[:2])
    with torch.inference_mode():
        expected = load_builtin_keyer(Settings(), CPU).key(plate, hint, GREEN)
        for precision in ("fp32", "fp16"):
            keyer = load_builtin_keyer(Settings(precision=precision), torch.device("cuda"))
            found = keyer.key(plate.cuda(), hint.cuda(), GREEN)
            assert Difference.of(found.alpha, expected.alpha).above < FEW
            off = (found.foreground.cpu() - expected.foreground).abs() * expected.alpha
            assert float(off.max()) < 1e-2
