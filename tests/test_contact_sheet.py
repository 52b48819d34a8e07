"""The contact sheet shows what is on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridorkey_core.contact_sheet import write_contact_sheet
from corridorkey_core.errors import ReadError, WriteError
from corridorkey_core.plan import plan_job
from corridorkey_core.read import read_plate
from corridorkey_core.write.sheet import CAPTION, GAP, TILE_WIDTH
from tests.picture_files import write
from tests.small_shot import HEIGHT, WIDTH, job_of, key, make_shot

TILE_HEIGHT = TILE_WIDTH * HEIGHT // WIDTH


def sheet(folder: Path, numbers: range, **settings: Any) -> np.ndarray:
    job = job_of(folder, **settings)
    key(job)
    path = write_contact_sheet(plan_job(job), tuple(numbers), folder / "sheet.png")
    return np.asarray(read_plate(str(path), 0, "", lambda *_: "").pixels)


def tile(picture: np.ndarray, row: int, column: int) -> np.ndarray:
    top = row * (TILE_HEIGHT + CAPTION + GAP) + CAPTION
    left = GAP + column * (TILE_WIDTH + GAP)
    return np.asarray(picture[top : top + TILE_HEIGHT, left : left + TILE_WIDTH])


def middle(picture: np.ndarray) -> np.ndarray:
    square = picture[TILE_HEIGHT // 2 - 4 :, TILE_WIDTH // 2 - 4 :][:8, :8]
    return np.asarray(square.reshape(-1, 3).mean(0))


@pytest.mark.parametrize("layout", ["separate", "layered"])
def test_a_row_a_frame_and_a_column_a_picture(tmp_path: Path, layout: str) -> None:
    numbers = range(1001, 1008)
    picture = sheet(make_shot(tmp_path, numbers), numbers, layout=layout)
    assert picture.shape == (
        4 * (TILE_HEIGHT + CAPTION + GAP), GAP + 5 * (TILE_WIDTH + GAP), 3
    )  # fmt: skip
    for row in range(4):
        plate, hint, matte, fg, comp = (tile(picture, row, column) for column in range(5))
        assert plate[2, 2, 1] > plate[2, 2, 0] + 40
        assert (hint[2, 2] == 0).all()
        assert (matte[2, 2] == 0).all()
        assert middle(hint).min() > 250
        assert middle(matte).min() > 250
        assert abs(middle(fg) - middle(plate)).max() < 6
        assert abs(middle(comp) - middle(plate)).max() < 6
        assert comp[2, 2].max() < 120
    captions = picture[:CAPTION, :TILE_WIDTH]
    assert captions.max() > 180


def test_only_the_passes_asked_for_are_shown_and_a_hint_that_was_made_is(tmp_path: Path) -> None:
    picture = sheet(make_shot(tmp_path, range(1001, 1002)), range(1001, 1002), passes=("matte",))
    assert picture.shape[1] == GAP + 3 * (TILE_WIDTH + GAP)
    made = sheet(tmp_path, range(1001, 1002), hint=False, passes=("matte",))
    assert middle(tile(made, 0, 1)).min() > 250
    assert tile(made, 0, 1)[2, 2].max() == 0


def test_a_tall_picture_keeps_its_shape(tmp_path: Path) -> None:
    write(tmp_path / "plate/shot.1001.exr", np.full((500, 3, 3), (0.1, 0.4, 0.1), np.float16))
    picture = sheet(tmp_path, range(1001, 1002), hint=False)
    assert picture.shape[0] == 960 + CAPTION + GAP


def test_a_frame_that_disappeared_is_left_out(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    job = job_of(shot)
    key(job)
    (shot / "out/matte/shot.1001.exr").unlink()
    plan = plan_job(job)
    write_contact_sheet(plan, (1001, 1002), shot / "sheet.png")
    with pytest.raises(ReadError, match="no such file"):
        write_contact_sheet(plan, (1001,), shot / "none.png")
    assert not (shot / "none.png").exists()
    with pytest.raises(WriteError, match=r"\.png"):
        write_contact_sheet(plan, (1002,), shot / "sheet.exr")
