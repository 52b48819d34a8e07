"""Training at small scale: pictures that are seeded and in range, and a network that learns."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from corridorkey_core.errors import WeightsError
from corridorkey_core.keyers.builtin import weights
from corridorkey_core.keyers.builtin.features import ALPHA, CHANNELS, COLOUR, GATE
from corridorkey_core.keyers.builtin.network import KeyNetwork
from corridorkey_core.keyers.builtin.weights import FIRST, NEARER, Shipped
from training.answers import answer
from training.checkpoint import grown, load, save
from training.examples import PLANES, Examples, make_examples
from training.export import averaged, export
from training.held_out import SEED, figures
from training.loop import CHECKPOINT, LOG, SEEDS_OF_A_RUN, Plan, train
from training.losses import Loss, backgrounds, loss_of
from training.maker import making
from training.photographs import FREE
from training.pool import STRIDE, Pool
from training.scenes import Scenes, make_scenes
from training.step import Learner, said

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    with torch.no_grad():
        return make_scenes(11, 3, 128, CPU)


@pytest.fixture(scope="module")
def examples() -> Examples:
    return make_examples(12, 3, 128, CPU)


def test_scenes_are_in_range(scenes: Scenes) -> None:
    assert scenes.plate.shape == scenes.foreground.shape == (3, 3, 128, 128)
    assert scenes.alpha.shape == scenes.hint.shape == (3, 1, 128, 128)
    for picture in (scenes.hint, scenes.alpha, scenes.foreground):
        assert 0.0 <= float(picture.min()) <= float(picture.max()) <= 1.0
    assert bool(torch.isfinite(scenes.plate).all())
    assert 0.0 <= float(scenes.plate.min()) <= float(scenes.plate.max()) < 2.0


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_scenes_show_subject_screen_and_what_lies_between(seed: int) -> None:
    alpha = make_scenes(seed, 3, 128, CPU).alpha
    for part in (alpha <= 0.0, alpha >= 1.0, (alpha > 0.05) & (alpha < 0.95)):
        assert float(part.float().mean()) > 0.01


def test_a_seed_gives_the_same_scenes_and_another_gives_others(scenes: Scenes) -> None:
    with torch.no_grad():
        again, other = make_scenes(11, 3, 128, CPU), make_scenes(12, 3, 128, CPU)
    assert torch.equal(again.plate, scenes.plate)
    assert torch.equal(again.hint, scenes.hint)
    assert not torch.allclose(other.plate, scenes.plate, atol=0.05)


def test_seeds_of_runs_never_reach_those_held_out() -> None:
    assert 100 * SEEDS_OF_A_RUN < SEED


def test_a_plate_is_its_foreground_over_its_screen_where_it_is_solid(scenes: Scenes) -> None:
    """But for spill, noise and codec, all of which are small in the mean."""
    solid = scenes.alpha.expand_as(scenes.plate) >= 1.0
    off = (scenes.plate - scenes.foreground)[solid]
    assert float(off.abs().mean()) < 0.08


def test_an_untrained_network_answers_what_chroma_does(examples: Examples) -> None:
    assert examples.planes.shape == (3, CHANNELS, 128, 128)
    alpha, code = answer(examples, torch.zeros(3, 4, 128, 128))
    assert float((alpha - examples.planes[:, ALPHA]).abs().max()) <= 0.011
    off = (code - examples.planes[:, COLOUR]).abs() * alpha
    assert float(off.mean()) < 2e-3


def test_one_batch_is_learnt_by_heart() -> None:
    torch.manual_seed(0)
    examples, network = make_examples(14, 2, 64, CPU), KeyNetwork()
    learner = Learner(network, KeyNetwork(), 0.9)
    dice = torch.Generator().manual_seed(0)
    losses = [float(learner.step(examples, backgrounds(2, dice), 2e-3)[0]) for _ in range(90)]
    assert min(losses[-5:]) < 0.7 * losses[0]
    found = figures([examples], partial(said, network))
    assert found.mse < 0.6 * found.chroma_mse


def loss(examples: Examples, said: Tensor | None = None) -> Loss:
    """Of a network that says nothing, if not something else, before grey."""
    nothing = torch.zeros(len(examples), 4, *examples.alpha.shape[-2:])
    return loss_of(examples, nothing if said is None else said, torch.full((3, 3, 1, 1), 0.5))


def known(examples: Examples) -> Examples:
    """The same where chroma has it all right, and a network may do what it will."""
    planes = examples.planes.clone()
    planes[:, ALPHA], planes[:, GATE] = examples.alpha, 1.0
    solid = torch.ones_like(examples.alpha)
    return replace(examples, planes=planes, prior=examples.code, say=solid)


def test_the_true_matte_has_next_to_no_loss(examples: Examples) -> None:
    found = loss(known(examples))
    assert float(found.alpha + found.shape + found.flat) < 0.03


def test_a_loss_has_all_its_parts_and_tells_them(examples: Examples) -> None:
    told = loss(examples).told()
    assert told.shape == (7,)
    assert bool((told > 0.0).sum() >= 6)


def test_what_is_solid_or_empty_counts_until_it_is_exactly_so(examples: Examples) -> None:
    right = known(examples)
    little, more = (torch.zeros(3, 4, 128, 128) for _ in range(2))
    little[:, 0], more[:, 0] = -0.02, -0.04
    flats = [float(loss(right, said).flat) for said in (torch.zeros_like(little), little, more)]
    assert flats[0] < flats[1] < flats[2] < 2.0 * flats[1]


def test_a_crop_that_is_worse_than_chroma_has_it_costs_more(examples: Examples) -> None:
    said = torch.zeros(3, 4, 128, 128)
    said[:, 0] = -0.4
    assert float(loss(known(examples)).excess) < 0.5
    assert float(loss(known(examples), said).excess) > 5.0


def test_backgrounds_are_black_white_and_others() -> None:
    drawn = backgrounds(60, torch.Generator().manual_seed(0))
    assert drawn.shape == (60, 3, 1, 1)
    black, white = (drawn == 0.0).all(dim=1), (drawn == 1.0).all(dim=1)
    others = drawn[~(black | white).flatten()]
    assert min(int(black.sum()), int(white.sum()), len(others)) > 10
    assert float(others.std(dim=1).mean()) > 0.1


def test_crops_come_from_where_there_is_doubt_and_keep_their_parts_together() -> None:
    pool = Pool(4, 192, 64, CPU)
    planes = torch.zeros(2, CHANNELS, 192, 192)
    planes[1, GATE, 64:128, 128:192] = 1.0
    planes[:, :1] = torch.arange(192.0).view(1, 1, 1, 192).expand(2, 1, 192, 192)
    colours = planes[:, :1].expand(-1, 3, -1, -1)
    parts = (planes, planes[:, :1] + 1000.0, colours + 2000.0, colours + 3000.0)
    pool.add(Examples(*parts, planes[:, :1] + 4000.0, planes[:, :4] + 5000.0))
    crops = pool.crops(40, torch.Generator().manual_seed(0))
    assert crops.planes.shape == (40, CHANNELS, 64, 64)
    assert torch.equal(crops.planes[:, :1] + 1000.0, crops.alpha)
    assert torch.equal(crops.planes[:, :1] + 2000.0, crops.code[:, :1])
    assert torch.equal(crops.planes[:, :1] + 3000.0, crops.prior[:, 2:])
    assert torch.equal(crops.planes[:, :1] + 4000.0, crops.say)
    assert torch.equal(crops.planes[:, :1] + 5000.0, crops.afar[:, :1])
    doubted = crops.planes[:, GATE].mean(dim=(1, 2, 3)) == 1.0
    assert int(doubted.sum()) > 15
    starts = crops.planes[:, 0].amin(dim=(1, 2))
    assert bool((starts % STRIDE == 0).all())


def test_the_oldest_make_room_in_the_pool() -> None:
    pool = Pool(3, 64, 64, CPU)
    for value in range(5):
        pool.add(Examples.of(torch.full((1, PLANES, 64, 64), float(value))))
    seen = pool.crops(60, torch.Generator().manual_seed(0)).alpha.flatten(1)[:, 0]
    assert sorted(set(seen.tolist())) == [2.0, 3.0, 4.0]


def test_the_maker_gives_seed_after_seed() -> None:
    make = partial(make_examples, count=1, size=64, device=CPU)
    with making(make, 5, CPU) as maker:
        first, second = maker.take(), maker.take()
    assert torch.equal(first.planes, make(5).planes)
    assert torch.equal(second.planes, make(6).planes)


def test_what_breaks_the_maker_is_raised_where_its_batch_is_taken() -> None:
    def broken(seed: int) -> Examples:
        raise RuntimeError(f"no scenes of seed {seed}")

    with making(broken, 5, CPU) as maker, pytest.raises(RuntimeError, match="seed 5"):
        maker.take()


def test_a_checkpoint_brings_both_networks_back(tmp_path: Path) -> None:
    network, mean = KeyNetwork(), KeyNetwork()
    path = tmp_path / "a.safetensors"
    save(path, network, mean, {"steps": "3"})
    found = load(path)
    for name, value in network.state_dict().items():
        assert torch.allclose(found.weights[name], value, atol=1e-3)
    for name, value in mean.state_dict().items():
        assert torch.allclose(found.mean[name], value, atol=1e-3)
    assert path.stat().st_size < 15_000_000
    assert [each.name for each in tmp_path.iterdir()] == ["a.safetensors"]


def test_exported_weights_take_the_place_of_one_file_and_of_its_checksum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, before = tmp_path / "weights.py", Path(weights.__file__).read_text()
    source.write_text(before)
    monkeypatch.setattr(weights, "__file__", str(source))
    digest = export(Shipped(tmp_path / NEARER.file.name, NEARER.sha256), [FIRST.file])
    assert digest == FIRST.sha256
    assert (tmp_path / NEARER.file.name).read_bytes() == FIRST.file.read_bytes()
    assert source.read_text() == before.replace(NEARER.sha256, digest)


def test_weights_of_several_runs_are_averaged() -> None:
    runs = [{"bias": torch.tensor([1.0, 2.0])}, {"bias": torch.tensor([3.0, 0.0])}]
    assert averaged(runs)["bias"].tolist() == [2.0, 1.0]
    assert averaged(runs[:1])["bias"].tolist() == [1.0, 2.0]


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save(path, KeyNetwork(), KeyNetwork(), {})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="truncated"):
        load(path)


def test_a_larger_network_goes_on_from_a_smaller_one(examples: Examples) -> None:
    small = KeyNetwork()
    for parameter in small.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    weights = small.state_dict()
    silenced = {n: v for n, v in weights.items() if not n.startswith(("encode.3.4", "decode.0.1"))}
    for name in weights.keys() - silenced.keys():
        if ".second." in name:
            weights[name].zero_()
    large = KeyNetwork()
    grown(large, silenced)
    with torch.no_grad():
        assert torch.allclose(large(examples.planes), small(examples.planes), atol=1e-5)


def test_what_is_said_from_afar_is_added_to_a_network_that_did_not_know_it(
    examples: Examples,
) -> None:
    weights = KeyNetwork().state_dict()
    torch.nn.init.normal_(weights["answer.weight"])
    del weights["afar.weight"]
    network = KeyNetwork()
    grown(network, weights)
    told = replace(examples, afar=torch.rand(3, 4, 128, 128))
    with torch.no_grad():
        assert torch.equal(said(network, told), said(network, examples))
        torch.nn.init.normal_(network.afar.weight)
        assert not torch.allclose(said(network, told), said(network, examples), atol=0.01)


def test_weights_of_another_network_are_refused() -> None:
    weights = KeyNetwork().state_dict()
    del weights["stem.weight"]
    with pytest.raises(WeightsError, match=r"stem\.weight.*--resume"):
        grown(KeyNetwork(), weights)


def plan(out: Path, lesson: str, seconds: float, devices: int, resume: Path | None = None) -> Plan:
    return Plan(
        out,
        lesson,
        seconds,
        ("cpu",) * devices,
        resume,
        size=64,
        scenes=2,
        pool=4,
        first=2,
        crop=64,
        batch=2,
        held_out=2,
    )


@pytest.mark.parametrize(("devices", "lesson"), [(1, "first"), (1, "nearer"), (2, "first")])
def test_a_run_leaves_what_another_goes_on_from(tmp_path: Path, devices: int, lesson: str) -> None:
    train(plan(tmp_path / "first", lesson, 4.0, devices))
    lines = [json.loads(line) for line in (tmp_path / "first" / LOG).read_text().splitlines()]
    assert lines[-1]["event"] == "held out"
    (filled,) = (line for line in lines if line["event"] == "pool is filled")
    assert 0 <= filled["photographs"] <= len(FREE)
    kept = tmp_path / "first" / CHECKPOINT
    # No time for a step: what it ends with is what it began with.
    train(plan(tmp_path / "second", lesson, 0.0, devices, kept))
    before, after = load(kept), load(tmp_path / "second" / CHECKPOINT)
    assert all(torch.equal(after.mean[name], before.mean[name]) for name in before.mean)
