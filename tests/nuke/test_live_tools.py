"""The nodes inside, run from the gizmo's text, against the engine's own postprocess."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corridorkey_core.despill import despill
from corridorkey_core.frames import Pixels
from corridorkey_core.matte import clip, gamma, shrink_grow, soften
from corridorkey_core.screen import Screen
from tests.nuke.seat import NODE
from tests.nuke.stand_in.desk import Desk, open_nuke
from tests.picture_files import write

HEIGHT, WIDTH = 30, 40
HALF = 2.0**-11
FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
Layers = dict[str, Pixels]


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An answer as the engine stores it: soft and hard edges, a border, colours of all kinds."""
    random = np.random.default_rng(5)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    soft = np.clip(9 - np.hypot(rows - 12, columns - 18), 0, 1)
    matte = np.maximum(soft, (columns > 33) * 1.0)
    matte = np.maximum(matte, (rows == 25) * random.random((HEIGHT, WIDTH)))
    matte[2, 2] = 1.0
    colour = random.normal(0.4, 0.5, (HEIGHT, WIDTH, 3))
    pixels = np.concatenate([colour, matte[..., None]], axis=2).astype(np.float16)
    path = tmp_path_factory.mktemp("answer") / "layered/a.0001.exr"
    return write(path, pixels, ["fg.R", "fg.G", "fg.B", "matte.A"])


@pytest.fixture(scope="module")
def bench(answer: Path) -> Iterator[tuple[Desk, Any, Any]]:
    """Nuke with the gizmo alone, no code of ours, which shows the answer over a plate."""
    alone = answer.parent.parent / "gizmo"
    alone.mkdir()
    shutil.copy(NODE / "CorridorKey.gizmo", alone)
    with open_nuke(gui=True, plugin_path=(alone,)) as desk:
        plate = desk.nuke.nodes.Read(file=answer.as_posix(), first=1, last=1, raw=True)
        node = desk.nuke.createNode("CorridorKey")
        node.setInput(0, plate)
        node["key_file"].setValue(f"{answer.parent.as_posix()}/a.%04d.exr")
        yield desk, node, read_layers(answer)


def read_layers(path: Path) -> Layers:
    import OpenImageIO as oiio

    pixels = np.asarray(oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT))
    return {"fg": pixels[..., :3], "matte": pixels[..., 3:]}


def shown(desk: Desk, node: Any, **knobs: Any) -> Pixels:
    """RGBA that goes out, [H, W, 4]; knobs that are not named are at their defaults."""
    usual = {
        "output": "straight",
        "clip_black": 0.0,
        "clip_white": 1.0,
        "matte_gamma": 1.0,
        "shrink_grow": 0.0,
        "soften": 0.0,
        "despill": "off",
        "despill_strength": 1.0,
        "screen": "green",
    }
    for name, value in {**usual, **knobs}.items():
        node[name].setValue(value)
    picture = desk.picture(node, 1)
    assert picture.box.shape == (HEIGHT, WIDTH)
    names = ("red", "green", "blue", "alpha")
    return np.stack([picture.plane(f"rgba.{name}") for name in names], axis=-1)


def tensor(pixels: Pixels) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))


def array(picture: torch.Tensor) -> Pixels:
    return picture.permute(1, 2, 0).numpy()


def expected_matte(matte: Pixels, **values: float) -> Pixels:
    made = clip(tensor(matte), values.get("clip_black", 0.0), values.get("clip_white", 1.0))
    made = gamma(made, values.get("matte_gamma", 1.0))
    made = shrink_grow(made, values.get("shrink_grow", 0.0))
    return array(soften(made, values.get("soften", 0.0)))[..., 0]


def test_without_tools_the_answer_comes_out_as_it_is(bench: Any) -> None:
    desk, node, layers = bench
    made = shown(desk, node)
    assert np.array_equal(made[..., :3], layers["fg"])
    assert np.array_equal(made[..., 3:], layers["matte"])


@FEW
@given(black=st.floats(0, 0.9), width=st.floats(0.05, 1), g=st.floats(0.1, 10))
def test_levels_are_the_engines(bench: Any, black: float, width: float, g: float) -> None:
    desk, node, layers = bench
    values = {"clip_black": black, "clip_white": min(1.0, black + width), "matte_gamma": g}
    made = shown(desk, node, **values)[..., 3]
    assert np.abs(made - expected_matte(layers["matte"], **values)).max() < HALF


@pytest.mark.parametrize("distance", [-10, -4.5, -3, -1, -0.25, 0.5, 1, 2, 2.75, 5, 7, 9.5, 10])
def test_shrinking_and_growing_are_the_engines(bench: Any, distance: float) -> None:
    desk, node, layers = bench
    made = shown(desk, node, shrink_grow=distance)[..., 3]
    assert np.abs(made - expected_matte(layers["matte"], shrink_grow=distance)).max() < HALF


def test_more_than_the_live_nodes_reach_is_their_reach(bench: Any) -> None:
    desk, node, _ = bench
    at_most = shown(desk, node, shrink_grow=-10, soften=6)[..., 3]
    assert np.array_equal(shown(desk, node, shrink_grow=-25, soften=60)[..., 3], at_most)


@pytest.mark.parametrize("sigma", [0.05, 0.3, 1.0, 2.5, 4.0, 5.99])
def test_softening_is_the_engines(bench: Any, sigma: float) -> None:
    desk, node, layers = bench
    made = shown(desk, node, soften=sigma)[..., 3]
    assert np.abs(made - expected_matte(layers["matte"], soften=sigma)).max() < HALF


def test_the_tools_follow_each_other_as_the_engines_do(bench: Any) -> None:
    desk, node, layers = bench
    values = {
        "clip_black": 0.1,
        "clip_white": 0.8,
        "matte_gamma": 1.7,
        "shrink_grow": -1.5,
        "soften": 1.2,
    }
    made = shown(desk, node, **values)[..., 3]
    assert np.abs(made - expected_matte(layers["matte"], **values)).max() < HALF


@pytest.mark.parametrize("kind", ["green", "blue"])
@pytest.mark.parametrize("mode", ["off", "limit", "average", "double_average"])
@pytest.mark.parametrize("strength", [0.0, 0.35, 1.0])
def test_despill_is_the_engines(bench: Any, kind: str, mode: str, strength: float) -> None:
    desk, node, layers = bench
    made = shown(desk, node, screen=kind, despill=mode, despill_strength=strength)[..., :3]
    expected = array(despill(tensor(layers["fg"]), Screen(kind), mode, strength))
    assert np.abs(made - expected).max() < HALF


@pytest.mark.parametrize("kind", ["green", "blue"])
def test_screen_auto_is_what_the_engine_found(bench: Any, kind: str) -> None:
    desk, node, _ = bench
    named = shown(desk, node, screen=kind, despill="limit")
    node["screen_found"].setValue(("green", "blue").index(kind))
    assert np.array_equal(shown(desk, node, screen="auto", despill="limit"), named)


def test_outputs(bench: Any) -> None:
    desk, node, _ = bench
    straight = shown(desk, node, matte_gamma=2.0)
    alpha = straight[..., 3:]
    premultiplied = shown(desk, node, matte_gamma=2.0, output="premultiplied")
    assert np.allclose(premultiplied[..., :3], straight[..., :3] * alpha, atol=1e-6)
    assert np.array_equal(premultiplied[..., 3:], alpha)
    plate = shown(desk, node, matte_gamma=2.0, output="plate with matte")
    assert not plate[..., :3].any()  # this plate has layers, and no RGB
    assert np.array_equal(plate[..., 3:], alpha)
    matte = shown(desk, node, matte_gamma=2.0, output="matte")
    assert all(np.array_equal(matte[..., index], alpha[..., 0]) for index in range(4))
    layer = desk.picture(node, 1)
    assert np.array_equal(layer.plane("ck_fg.blue"), straight[..., 2])


def test_the_engines_processed_is_the_nodes_premultiplied(bench: Any) -> None:
    desk, node, layers = bench
    made = shown(desk, node, output="premultiplied", despill="limit")
    foreground = despill(tensor(layers["fg"]), Screen("green"), "limit", 1.0)
    expected = array(foreground.to(torch.float16).float() * tensor(layers["matte"]))
    scale = np.maximum(np.abs(expected), 1.0)
    assert (np.abs(made[..., :3] - expected) / scale).max() < 2 * HALF
    assert math.isfinite(float(made.sum()))
