"""The network against the reference, its folded and tiled forms against itself."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from corridorkey_core.keyers.corridorkey.bias import bias_of
from corridorkey_core.keyers.corridorkey.decoder import Decoder
from corridorkey_core.keyers.corridorkey.fold import FoldedDecoder
from corridorkey_core.keyers.corridorkey.greenformer import GreenFormer
from corridorkey_core.keyers.corridorkey.group_norm import measured_norm
from corridorkey_core.keyers.corridorkey.hiera import CHANNELS, Attention, pooled
from corridorkey_core.keyers.corridorkey.mask_units import raster_order, unit_order
from corridorkey_core.keyers.corridorkey.network import Network, build_network
from corridorkey_core.keyers.corridorkey.refiner import Refiner
from corridorkey_core.keyers.corridorkey.tiled_refiner import TiledRefiner
from tests.parity.recipe import REFERENCE, recipe_input, recipe_state, tensors

TOLERANCE = 1e-4  # the largest error that parity allows
CPU = torch.device("cpu")


@lru_cache(maxsize=1)
def trained() -> GreenFormer:
    network = GreenFormer(256).eval()
    network.load_state_dict(recipe_state(256), strict=True)
    return network.requires_grad_(False)


def largest(a: Tensor, b: Tensor) -> float:
    return float((a - b).detach().abs().max())


@pytest.mark.parametrize("size", [256, 2048])
def test_the_network_has_the_published_tensors(size: int) -> None:
    with torch.device("meta"):
        state = GreenFormer(size).state_dict()
    found = {
        name: (tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
        for name, tensor in state.items()
    }
    assert found == tensors(size)


def test_the_trained_network_equals_the_reference() -> None:
    reference = np.load(REFERENCE)
    inputs = recipe_input(256)
    features = trained().encoder["model"](inputs)
    for scale, feature in enumerate(features):
        mean = torch.from_numpy(reference[f"feature_mean_{scale}"])
        assert largest(feature.mean((0, 2, 3)), mean) < TOLERANCE
    alpha, foreground = trained()(inputs)
    assert largest(alpha[0, 0], torch.from_numpy(reference["alpha"])) < TOLERANCE
    assert largest(foreground[0], torch.from_numpy(reference["fg"])) < TOLERANCE


def test_the_keying_network_equals_the_reference() -> None:
    reference = np.load(REFERENCE)
    network = build_network(recipe_state(256), 256, CPU, torch.float32)
    alpha, *foreground = network(recipe_input(256), 1.0, network.refiner).sigmoid()[0]
    assert largest(alpha, torch.from_numpy(reference["alpha"])) < TOLERANCE
    assert largest(torch.stack(foreground), torch.from_numpy(reference["fg"])) < TOLERANCE


def test_other_weights_give_another_picture() -> None:
    """The recipe's salt changes every tensor, so parity cannot hold by accident."""
    a, b = recipe_state(32, ""), recipe_state(32, "other")
    same = [name for name in a if a[name].dtype.is_floating_point and torch.equal(a[name], b[name])]
    assert same == []


@pytest.mark.parametrize("size", [32, 96, 224])
def test_every_size_that_is_a_multiple_of_32_has_its_pictures(size: int) -> None:
    with torch.device("meta"):
        network = GreenFormer(size)
        features = network.encoder["model"](torch.empty(1, 4, size, size))
    shapes = [tuple(feature.shape[1:]) for feature in features]
    assert shapes == [
        (c, size >> k, size >> k) for c, k in zip(CHANNELS, (2, 3, 4, 5), strict=True)
    ]


@given(rows=st.integers(1, 5), columns=st.integers(1, 5), levels=st.integers(0, 3))
def test_raster_and_unit_order_undo_each_other(rows: int, columns: int, levels: int) -> None:
    rows, columns = rows << levels, columns << levels
    there = unit_order(rows, columns, levels)
    back = raster_order(rows, columns, levels)
    assert torch.equal(there[back], torch.arange(rows * columns))


@given(rows=st.integers(1, 4), columns=st.integers(1, 4), levels=st.integers(1, 3))
def test_pooling_in_unit_order_is_pooling_of_the_picture(
    rows: int, columns: int, levels: int
) -> None:
    rows, columns = rows << levels, columns << levels
    picture = torch.rand(1, 3, rows, columns)
    tokens = picture.flatten(2).transpose(1, 2)[:, unit_order(rows, columns, levels)]
    raster = pooled(tokens)[:, raster_order(rows // 2, columns // 2, levels - 1)]
    expected = F.max_pool2d(picture, 2)
    assert torch.equal(raster.transpose(1, 2).reshape(expected.shape), expected)


def test_attention_within_units_does_not_see_other_units() -> None:
    attend = Attention(112, 112, 2, pools=False, within_units=True)
    tokens = torch.rand(1, 3, 16, 112)
    other = tokens.clone()
    other[:, 1] = torch.rand(16, 112)
    before, after = attend(tokens), attend(other)
    assert largest(before[:, [0, 2]], after[:, [0, 2]]) < 1e-6
    assert largest(before[:, 1], after[:, 1]) > 1e-3


def test_attention_beyond_units_sees_everything() -> None:
    attend = Attention(112, 112, 2, pools=False, within_units=False)
    tokens = torch.rand(1, 3, 4, 112)
    other = tokens.clone()
    other[:, 1] += 1.0
    assert largest(attend(tokens)[:, 0], attend(other)[:, 0]) > 1e-6


def test_a_folded_head_equals_the_trained_one() -> None:
    features = [torch.randn(1, c, 32 >> k, 24 >> k) for k, c in enumerate(CHANNELS)]
    for head in (trained().alpha_decoder, trained().fg_decoder):
        assert largest(FoldedDecoder(head)(features), head(features)) < TOLERANCE


def test_a_head_that_was_not_trained_folds_as_well() -> None:
    head = Decoder(2).eval()
    features = [torch.randn(1, c, 16 >> k, 16 >> k) for k, c in enumerate(CHANNELS)]
    with torch.no_grad():
        assert largest(FoldedDecoder(head)(features), head(features)) < TOLERANCE


def seen(height: int, width: int) -> Tensor:
    """A picture for the refiner whose statistics differ from band to band."""
    ramp = torch.linspace(-3.0, 3.0, height)[:, None].expand(height, width)
    generator = torch.Generator().manual_seed(height * 1000 + width)
    return torch.randn(1, 7, height, width, generator=generator) * 0.3 + ramp


@pytest.mark.parametrize("rows", [1, 5, 16, 31, 64, 1000])
def test_the_tiled_refiner_equals_the_whole_one_borders_included(rows: int) -> None:
    refiner = trained().refiner
    picture = seen(66, 40)
    whole, tiled = refiner(picture), TiledRefiner(refiner, rows)(picture)
    assert whole.std() > 0.1
    assert largest(whole, tiled) < TOLERANCE


@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 40), width=st.integers(1, 20), rows=st.integers(1, 41))
def test_any_size_can_be_tiled_by_any_height(height: int, width: int, rows: int) -> None:
    picture = seen(height, width)
    refiner = trained().refiner
    assert largest(refiner(picture), TiledRefiner(refiner, rows)(picture)) < 1e-3


def test_norms_measured_by_band_would_give_another_picture() -> None:
    """What the exact tiling is for: the error of the usual one, which this test would not allow."""
    refiner = trained().refiner
    picture = seen(128, 32)
    usual = torch.cat([refiner(band) for band in torch.split(picture, 64, dim=2)], dim=2)
    assert largest(usual, refiner(picture)) > 0.1


@pytest.mark.parametrize("shape", [(1, 64, 9, 7), (2, 64, 5, 3), (3, 16, 1, 2)])
def test_the_measured_norm_is_torchs(shape: tuple[int, ...]) -> None:
    norm = nn.GroupNorm(8, shape[1])
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    picture = torch.randn(shape) * 3 + 40  # far from zero, where sums of squares would cancel
    assert largest(measured_norm(picture, norm), norm(picture)) < TOLERANCE
    half = measured_norm(picture.bfloat16(), norm.bfloat16())
    assert half.dtype == torch.bfloat16


def test_tiling_neither_changes_its_input_nor_its_refiner() -> None:
    refiner = trained().refiner
    before = {name: tensor.clone() for name, tensor in refiner.state_dict().items()}
    picture = seen(40, 16)
    kept = picture.clone()
    tiled = TiledRefiner(refiner, 8)
    assert torch.equal(tiled(picture), tiled(picture))
    assert torch.equal(picture, kept)
    assert all(torch.equal(before[name], now) for name, now in refiner.state_dict().items())


def test_tiling_holds_in_half_precision() -> None:
    refiner = build(torch.bfloat16).refiner
    picture = seen(48, 32).bfloat16()
    with torch.inference_mode():
        error = largest(refiner(picture), TiledRefiner(refiner, 16)(picture))
    assert error < 0.5  # of corrections that reach 10: what rounding in bfloat16 amounts to


def build(arithmetic: torch.dtype) -> Network:
    return build_network(recipe_state(64), 64, CPU, arithmetic)


def test_strength_scales_the_correction_and_nothing_else() -> None:
    network = build(torch.float32)
    inputs = recipe_input(64)
    none, half, full = (network(inputs, strength, network.refiner) for strength in (0.0, 0.5, 1.0))
    assert largest(half, (none + full) / 2) < TOLERANCE
    assert largest(none, full) > 0.1


def test_bfloat16_is_the_same_picture_roughly() -> None:
    exact, rough = build(torch.float32), build(torch.bfloat16)
    inputs = recipe_input(64)
    truth = exact(inputs, 1.0, exact.refiner).sigmoid()
    found = rough(inputs.bfloat16(), 1.0, rough.refiner).sigmoid()
    assert found.dtype == torch.float32
    assert 10 * torch.log10(1 / F.mse_loss(found, truth)) > 35


def test_a_norm_without_statistics_cannot_be_folded() -> None:
    head = Decoder(1)
    head.bn = nn.BatchNorm2d(256, track_running_stats=False)
    with pytest.raises(TypeError, match="keeps no statistics"):
        FoldedDecoder(head)


def test_refining_is_the_same_in_either_memory_layout() -> None:
    refiner: Refiner = trained().refiner
    picture = seen(24, 24)
    other = picture.contiguous(memory_format=torch.channels_last)
    assert largest(refiner(picture), refiner(other)) < TOLERANCE


def test_a_layer_without_a_bias_is_refused_by_its_name() -> None:
    assert bias_of(nn.Conv2d(2, 3, 1)).shape == (3,)
    with pytest.raises(TypeError, match=r"Conv2d\(2, 3.*has no bias"):
        bias_of(nn.Conv2d(2, 3, 1, bias=False))
