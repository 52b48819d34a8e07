"""Photographs among the materials: read, cut, toned, and of no matter where there are none."""

from __future__ import annotations

import ast
from functools import partial
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from corridorkey_core.errors import ReadError
from tests.picture_files import cut_short, noise, write
from tests.silent_network import silent
from training.dice import Dice
from training.examples import make_examples
from training.held_out import SEED, held_out
from training.lessons import LESSONS
from training.looks import Asks
from training.maker import making
from training.photographs import FREE, SIDE, cut_out, photographs, scikit_image_folder, toned
from training.pieces import make_pieces
from training.scenes import Scenes, make_scenes
from training.screens import screen
from training.subjects import subject
from training.surfaces import photographed_material, surface

CPU = torch.device("cpu")
FIRST, SILENT = LESSONS["first"], Asks(silent, silent)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two of the pictures, one of them grey and broad; one that is not asked for; a text."""
    made = tmp_path_factory.mktemp("data")
    write(made / "astronaut.png", noise("uint8", 40, 40))
    write(made / "brick.png", noise("uint8", 30, 60, 1))
    write(made / "logo.png", noise("uint8", 40, 40, 4))
    (made / "README.txt").write_text("pictures")
    return made


@pytest.fixture(scope="module")
def pictures(folder: Path) -> Tensor:
    found = photographs(folder, CPU)
    assert found is not None
    return found


def flat(*colours: tuple[float, float, float]) -> Tensor:
    return torch.tensor(colours).view(-1, 1, 3, 1, 1).expand(-1, 2, 3, 32, 32)


def test_free_pictures_are_read_and_no_others(pictures: Tensor) -> None:
    assert pictures.shape == (2, 2, 3, SIDE, SIDE)
    assert pictures.dtype == torch.float32
    assert 0.0 <= float(pictures.min()) < 0.2
    assert 0.8 < float(pictures.max()) <= 1.0


def test_a_grey_picture_has_three_equal_channels(pictures: Tensor) -> None:
    coloured, grey = pictures[:, 0]
    assert torch.equal(grey[0], grey[1])
    assert torch.equal(grey[0], grey[2])
    assert not torch.equal(coloured[0], coloured[1])


def test_every_picture_is_there_as_it_is_and_softened(pictures: Tensor) -> None:
    sharp, soft = (pictures[:, at].diff(dim=-1).abs().mean() for at in range(2))
    assert soft < 0.99 * sharp
    assert torch.allclose(pictures[:, 0].mean(), pictures[:, 1].mean(), atol=1e-3)


def test_a_broad_picture_is_cut_in_its_middle_and_keeps_its_shape(tmp_path: Path) -> None:
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = 255
    write(tmp_path / "coffee.png", pixels)
    found = photographs(tmp_path, CPU)
    assert found is not None
    assert found.mean() > 0.97


@pytest.mark.parametrize("place", ["nowhere", "empty", ""])
def test_where_there_are_no_pictures_there_is_none(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    assert photographs(tmp_path / place if place else None, CPU) is None


def test_a_broken_picture_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    short = cut_short(folder / "astronaut.png", 0.5)
    short.rename(tmp_path / "astronaut.png")
    with pytest.raises(ReadError, match=r"astronaut\.png.*damaged.*expected.*Install") as raised:
        photographs(tmp_path, CPU)
    assert raised.value.path == str(tmp_path / "astronaut.png")


def test_cuts_are_in_range_seeded_and_differ(pictures: Tensor) -> None:
    first, again = (cut_out(Dice(4, 6, CPU), pictures, 48) for _ in range(2))
    assert first.shape == (6, 3, 48, 48)
    assert 0.0 <= float(first.min()) < float(first.max()) <= 1.0
    assert torch.equal(first, again)
    assert not torch.allclose(first[0], first[1], atol=0.05)
    assert not torch.allclose(first, cut_out(Dice(5, 6, CPU), pictures, 48), atol=0.05)


def test_cuts_show_all_pictures_and_half_of_them_with_green_for_blue() -> None:
    cuts = cut_out(Dice(1, 200, CPU), flat((0.6, 0.4, 0.1), (0.5, 0.5, 0.5)), 8)
    _, green, blue = cuts.mean(dim=(-2, -1)).unbind(dim=1)
    assert 25 < int((green > blue + 0.05).sum()) < 75
    assert 25 < int((blue > green + 0.05).sum()) < 75
    assert 70 < int(((green - blue).abs() < 1e-4).sum()) < 130


def test_what_is_toned_has_the_colour_of_its_material(pictures: Tensor) -> None:
    base = torch.tensor([0.4, 0.25, 0.1]).view(1, 3, 1, 1)
    shown = toned(cut_out(Dice(1, 8, CPU), pictures, 64), base)
    assert torch.allclose(shown.mean(dim=(-2, -1), keepdim=True), base.expand(8, -1, -1, -1))
    assert float(shown.std()) > 0.03


def test_what_is_black_all_over_is_toned_evenly() -> None:
    base = torch.tensor([0.4, 0.25, 0.1]).view(1, 3, 1, 1)
    assert torch.allclose(toned(torch.zeros(1, 3, 8, 8), base), base.expand(-1, -1, 8, 8))


def test_a_photograph_of_something_green_is_seldom_green_as_a_material() -> None:
    red = torch.tensor([0.5, 0.1, 0.1]).view(1, 3, 1, 1)
    drawn = [
        photographed_material(Dice(seed, 128, CPU), 8, red, flat((0.2, 0.8, 0.3)))
        for seed in range(4)
    ]
    shown = torch.cat(drawn).mean(dim=(-2, -1))
    greener = shown[:, 1] - torch.maximum(shown[:, 0], shown[:, 2]) > 0.15
    assert 0.0 < float(greener.float().mean()) < 0.08
    own = (shown[:, 1] > 1.2 * shown[:, 2]) | (shown[:, 2] > 1.2 * shown[:, 1])
    assert 0.2 < float(own.float().mean()) < 0.6


def test_some_materials_are_photographs() -> None:
    speckled = (
        torch.rand(1, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0)) < 0.5
    ) * 1.0
    base = torch.full((200, 3, 1, 1), 0.4)
    counts = []
    for pictures in (None, speckled.expand(1, 2, 3, -1, -1)):
        shown = surface(Dice(1, 200, CPU), 32, base, pictures)
        assert 0.0 < float(shown.min()) < float(shown.max()) < 1.0
        rough = shown.diff(dim=-1).abs().mean(dim=(1, 2, 3)) / shown.mean(dim=(1, 2, 3))
        counts.append(int((rough > 0.4).sum()))
    assert 30 < counts[1] - counts[0] < 90


def same(one: Scenes, other: Scenes) -> bool:
    return all(torch.equal(vars(one)[name], vars(other)[name]) for name in vars(one))


@pytest.mark.parametrize("seed", [1, 2])
def test_scenes_without_photographs_are_what_they_were(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.surfaces.photographed_material", pytest.fail)
    assert same(make_scenes(seed, 2, 64, CPU), make_scenes(seed, 2, 64, CPU, None))


def test_scenes_with_photographs_are_seeded_others_and_in_range(pictures: Tensor) -> None:
    first, again = (make_scenes(3, 2, 64, CPU, pictures) for _ in range(2))
    assert same(first, again)
    assert not same(first, make_scenes(3, 2, 64, CPU))
    for part in vars(first).values():
        assert bool(torch.isfinite(part).all())
    assert 0.0 <= float(first.foreground.min()) <= float(first.foreground.max()) <= 1.0


def test_subjects_and_studios_show_them(pictures: Tensor) -> None:
    alpha, rough = torch.zeros(24, 1, 32, 32), torch.ones(24, 1, 1, 1)
    studios = [screen(Dice(1, 24, CPU), alpha, rough, each).picture for each in (None, pictures)]
    assert not torch.equal(*studios)
    assert not torch.equal(*(subject(Dice(1, 2, CPU), 64, each) for each in (None, pictures)))


def test_the_maker_makes_examples_of_them(pictures: Tensor) -> None:
    make = partial(make_pieces, count=1, size=64, device=CPU, lesson=FIRST, asks=SILENT)
    with making(partial(make, pictures=pictures), 5, CPU) as maker:
        made = maker.take()
    assert torch.equal(made.planes, make(5, pictures=pictures).planes)
    assert not torch.equal(made.planes, make(5).planes)


def test_what_is_held_out_has_none_of_them() -> None:
    found = held_out(1, 64, CPU, FIRST, SILENT)[0].planes
    assert torch.equal(found, make_examples(SEED, 1, 64, CPU).planes)


def test_scikit_image_is_found_and_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "skimage" / "__init__.py"
    package.parent.mkdir()
    package.write_text("raise RuntimeError('it is imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert scikit_image_folder() == package.parent / "data"


@pytest.mark.parametrize("found", [None, ModuleSpec("skimage", None)])
def test_where_scikit_image_is_not_or_is_but_a_folder_there_is_no_folder(
    found: ModuleSpec | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: found)
    assert scikit_image_folder() is None


def installed() -> Path:
    found = scikit_image_folder()
    if found is None:
        pytest.skip("scikit-image is not installed: pip install 'corridorkey[training]'")
    return found


def test_scikit_image_has_all_of_them() -> None:
    found = photographs(installed(), CPU)
    assert found is not None
    assert found.shape == (len(FREE), 2, 3, SIDE, SIDE)
    assert bool((found.flatten(1).std(dim=1) > 0.03).all())


def test_scikit_image_calls_all_of_them_free() -> None:
    """Of every picture the words of the function that gives it."""
    tree = ast.parse((installed() / "_fetchers.py").read_text(encoding="utf-8"))
    words = {
        file: ast.get_docstring(function) or ""
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
        for file in FREE
        if f"'data/{file}'" in ast.unparse(function)
    }
    assert set(words) == set(FREE)
    for file, said in words.items():
        assert any(word in said for word in ("CC0", "public domain")), file
