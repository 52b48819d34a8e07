"""The quality benchmark's tables, and the keyers it knows."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.held_out.shot import Order
from benchmarks.key_scores import FlickerScore, Frame, KeyScore
from benchmarks.quality import arguments
from benchmarks.quality_case import Moving, Still
from benchmarks.quality_json import as_json, from_json
from benchmarks.quality_sheet import write_crops
from benchmarks.quality_tables import flicker_table, markdown
from benchmarks.rival_keyers import keyer_named
from corridorkey_core.errors import CorridorKeyError
from corridorkey_core.screen import Screen
from tests.chroma_scene import SCREEN_COLOUR, disk_before, flat_screen

FIRST, SECOND = Order("fur", "easy", "green"), Order("veil", "hard", "blue")
PLAIN = KeyScore(4.0, 10.0, 4.0, 4.0, 40.0, 40.0, 40.0, 40.0, 40.0, 0.0, 0.0)


def results() -> list[Still]:
    """Ours halves the others' errors, but for one figure of the second case."""
    ours = KeyScore(2.0, 5.0, 2.0, 2.0, 20.0, 20.0, 20.0, 20.0, 20.0, 0.0, 3.0)
    return [
        Still(FIRST, "chroma", PLAIN, 1.0),
        Still(FIRST, "ours", ours, 1.0),
        Still(SECOND, "chroma", PLAIN, 1.0),
        Still(SECOND, "ours", replace(ours, mse=12.0), 1.0),
        Still(SECOND, "other", replace(PLAIN, mse=8.0), 1.0),
    ]


def test_ratios_are_to_the_best_other_and_to_the_worst_case_of_chroma() -> None:
    moving = [
        Moving(FIRST, "chroma", FlickerScore(4.0, 4.0)),
        Moving(FIRST, "ours", FlickerScore(1.0, 3.0)),
    ]
    text = markdown(results(), moving, "ours")
    assert "| mse | 8.50 | 1.06 (other) | 1.20 (veil, hard blue) |" in text
    assert "| sad | 2.00 | 0.50 (chroma) | 0.50 (fur, easy green) |" in text
    assert "| dtssd | 1.00 | 0.25 (chroma) | 0.25 (fur, easy green) |" in text
    assert "| solid, at most | 3.00 | - | fur, easy green |" in text
    assert "| veil, hard blue | 12.0, 10.0 |" in text


def test_each_set_has_a_table_of_means() -> None:
    text = markdown(results(), [], "ours")
    assert "### easy, green\n\nfur.\n" in text
    assert "### hard, blue\n\nveil.\n" in text
    assert "### moving" not in text


def test_an_error_of_next_to_nothing_is_no_ratio() -> None:
    nothing = replace(PLAIN, mse=0.001)
    stills = [Still(FIRST, "chroma", nothing, 1.0), Still(FIRST, "ours", nothing, 1.0)]
    stills[1] = replace(stills[1], score=replace(nothing, mse=0.01))
    assert "1.00 (fur, easy green)" in next(
        line for line in markdown(stills, [], "ours").splitlines() if line.startswith("| mse")
    )


def test_every_figure_is_in_the_json() -> None:
    told = json.loads(json.dumps(as_json(results(), [])))
    assert len(told["stills"]) == 5
    assert told["stills"][3]["mse"] == 12.0
    assert told["stills"][3]["subject"] == "veil"


def test_what_was_measured_apart_is_shown_together() -> None:
    moving = [Moving(SECOND, "chroma", FlickerScore(4.0, 4.0))]
    stills, again = from_json(json.loads(json.dumps(as_json(results(), moving))))
    assert (stills, again) == (results(), moving)
    others = [Moving(FIRST, "ours", FlickerScore(1.0, 1.0)), replace(moving[0], keyer="ours")]
    names = [line.split(" | ")[:2] for line in flicker_table(again + others)[4:-1]]
    assert names == [
        ["| veil, hard blue", "chroma"],
        ["| veil, hard blue", "ours"],
        ["| fur, easy green", "ours"],
    ]


def test_quality_json_of_earlier_runs_are_taken_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving = [Moving(SECOND, "chroma", FlickerScore(4.0, 4.0))]
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text(json.dumps(as_json(results(), [])), encoding="utf-8")
    two.write_text(json.dumps(as_json(results()[:1], moving)), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["quality.py", "--beside", f"{one},{two}"])
    assert arguments().beside == ([*results(), results()[0]], moving)
    monkeypatch.setattr(sys, "argv", ["quality.py"])
    assert arguments().beside == ([], [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, "No such file"),
        ("", "Expecting value"),
        ("[]", "of another form"),
        ('{"moving": []}', "lacks 'stills'"),
        ('{"stills": [{"subject": "fur"}], "moving": []}', "lacks 'level'"),
    ],
)
def test_what_is_no_quality_json_is_refused_before_anything_is_measured(
    text: str | None,
    found: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "earlier.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["quality.py", "--beside", str(file)])
    with pytest.raises(SystemExit) as refused:
        arguments()
    assert refused.value.code == 2
    told = capsys.readouterr().err
    assert f"--beside: {file}: " in told
    assert found in told
    assert "expected a quality.json" in told


def test_a_plain_difference_keyer_finds_a_grey_disk() -> None:
    made = disk_before(flat_screen(), (0.3, 0.3, 0.3), 30.0)
    plate, alpha = made[:3], made[3:]
    keyed = keyer_named("difference").key(plate, alpha, Screen("green", SCREEN_COLOUR))
    assert (keyed.alpha - alpha).abs().mean() < 0.01
    assert keyed.foreground[:, 60, 80].tolist() == pytest.approx([0.3] * 3)


def test_a_keyer_may_come_from_anywhere() -> None:
    assert keyer_named("chroma").name == "chroma"
    assert keyer_named("corridorkey_core.keyers.chroma:ChromaKeyer").name == "chroma"


def test_a_missing_pymatting_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(SystemExit, match="pip install"):
        keyer_named("closed-form")


def test_an_unknown_keyer_is_refused() -> None:
    with pytest.raises((CorridorKeyError, ValueError)):
        keyer_named("nonesuch")


def test_a_sheet_has_a_row_for_the_truth_and_each_keyer(tmp_path: Path) -> None:
    alpha = torch.zeros(1, 240, 500)
    alpha[..., 200:] = 0.5
    truth = Frame(alpha, torch.full((3, 240, 500), 0.2))
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    write_crops(small, torch.zeros(3, 240, 500), truth, {"one": truth})
    write_crops(large, torch.zeros(3, 240, 500), truth, {"one": truth, "two": truth})
    heights = [int.from_bytes(path.read_bytes()[20:24], "big") for path in (small, large)]
    assert heights[1] - heights[0] == pytest.approx(heights[0] / 2, abs=12)
