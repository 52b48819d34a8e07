"""Processes that learn together: from other pictures each, to one network."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch
from torch.multiprocessing.spawn import ProcessRaisedException

from corridorkey_core.keyers.builtin.network import KeyNetwork
from training.examples import Examples, make_examples
from training.flat import FlatWeights
from training.group import Group, together
from training.losses import backgrounds
from training.step import Learner

CPU = torch.device("cpu")
STEPS = 3


def learnt(folder: Path, group: Group, _device: torch.device) -> None:
    """Learn from pictures of this process's own, and keep what came of it."""
    torch.manual_seed(0)
    learner = Learner(KeyNetwork(), KeyNetwork(), 0.5)
    examples = make_examples(20 + group.rank, 1, 64, CPU)
    dice = torch.Generator().manual_seed(group.rank)
    for _ in range(STEPS):
        learner.step(examples, backgrounds(1, dice), 1e-3, group)
    torch.save((learner.network.state_dict(), learner.mean.state_dict()), folder / str(group.rank))


def averaged(folder: Path, group: Group, _device: torch.device) -> None:
    """Average one vector, and take the first process's word for another."""
    mean = torch.tensor([1.0, 10.0]) * (group.rank + 1)
    said = torch.tensor(float(group.rank))
    group.average(mean)
    group.agree(said)
    torch.save((mean, said), folder / str(group.rank))


def failed(group: Group, _device: torch.device) -> None:
    """Break in the second process, while the first one waits for it."""
    if group.rank == 1:
        raise ValueError("the maker's pictures are broken")
    group.average(torch.zeros(1))


def test_processes_that_see_other_pictures_end_with_one_network(tmp_path: Path) -> None:
    together(partial(learnt, tmp_path), [CPU, CPU])
    first, second = (torch.load(tmp_path / name) for name in "01")
    for ours, theirs in zip(first, second, strict=True):
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    untrained = KeyNetwork().state_dict()
    assert not torch.equal(first[0]["answer.weight"], untrained["answer.weight"])


def test_means_are_of_all_and_what_is_agreed_is_the_firsts(tmp_path: Path) -> None:
    together(partial(averaged, tmp_path), [CPU, CPU])
    for name in "01":
        mean, said = torch.load(tmp_path / name)
        assert mean.tolist() == [1.5, 15.0]
        assert float(said) == 0.0


def test_what_breaks_one_process_ends_all_and_is_told() -> None:
    with pytest.raises(ProcessRaisedException, match="the maker's pictures are broken"):
        together(failed, [CPU, CPU])


def test_one_device_needs_no_other_process() -> None:
    seen: list[Group] = []
    together(lambda group, _device: seen.append(group), [CPU])
    assert [(group.rank, group.size, group.first) for group in seen] == [(0, 1, True)]
    values = torch.tensor([3.0])
    seen[0].average(values)
    seen[0].agree(values)
    assert values.tolist() == [3.0]


def test_the_weights_of_a_network_are_one_vector() -> None:
    torch.manual_seed(1)
    network, plain = KeyNetwork(), KeyNetwork()
    torch.nn.init.normal_(network.answer.weight, std=0.1)
    plain.load_state_dict(network.state_dict())
    flat = FlatWeights(network)
    shown = torch.randn(1, 16, 32, 32), torch.randn(1, 4, 16, 16)
    assert torch.allclose(network(*shown), plain(*shown), atol=1e-5)
    flat.differentiate(network(*shown).square().mean())
    with torch.no_grad():
        flat.values.sub_(0.1 * flat.gradient)
    weights = dict(plain.named_parameters())
    gradients = torch.autograd.grad(plain(*shown).square().mean(), list(weights.values()))
    for (name, weight), gradient in zip(weights.items(), gradients, strict=True):
        expected = weight - 0.1 * gradient
        assert torch.allclose(network.state_dict()[name], expected, atol=1e-5), name


def test_a_gradient_that_is_no_number_moves_nothing() -> None:
    learner = Learner(KeyNetwork(), KeyNetwork(), 0.5)
    examples = make_examples(20, 1, 64, CPU)
    broken = Examples.of(examples.stacked())
    broken.alpha[..., 0, 0] = torch.nan
    before = learner.network.stem.weight.clone()
    learner.step(broken, torch.zeros(1, 3, 1, 1), 1e-3)
    assert torch.allclose(learner.network.stem.weight, before, atol=1e-4)
    assert bool(torch.isfinite(learner.network.stem.weight).all())
