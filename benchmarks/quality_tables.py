"""What was measured, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields

from benchmarks.held_out.shot import LEVELS
from benchmarks.key_scores import FlickerScore, KeyScore, mean_of
from benchmarks.quality_case import Moving, Still

MEASURES = [field.name for field in fields(KeyScore)]
COUNTED = ("empty", "solid")  # figures that have no ratio: their goal is 1 in 10,000
FLICKER = [field.name for field in fields(FlickerScore)]
REFERENCE = "chroma"
LEAST = {"mse": 0.3, "sad": 0.05, "grad": 0.05, "conn": 0.05}  # errors below which none counts
_LEAST_ELSE = 1.0


def markdown(stills: Sequence[Still], moving: Sequence[Moving], judged: str) -> str:
    """Every table, the ratios of `judged` last."""
    return "\n".join(
        [
            *set_tables(stills),
            *flicker_table(moving),
            *ratio_table(stills, moving, judged),
            *case_table(stills, judged),
        ]
    )


def set_tables(stills: Sequence[Still]) -> list[str]:
    """Means over the subjects, a table for each level and screen."""
    lines = []
    for level in LEVELS:
        for kind in ("green", "blue"):
            chosen = [s for s in stills if (s.order.level, s.order.kind) == (level, kind)]
            if chosen:
                lines += [f"### {level}, {kind}", "", *_means(chosen), ""]
    return lines


def _means(chosen: Sequence[Still]) -> list[str]:
    lines = [_row(["keyer", *MEASURES, "seconds"]), _rule(len(MEASURES) + 2)]
    for keyer in dict.fromkeys(each.keyer for each in chosen):
        mine = [each for each in chosen if each.keyer == keyer]
        average = mean_of([each.score for each in mine])
        seconds = sum(each.seconds for each in mine) / len(mine)
        cells = [figure(getattr(average, measure)) for measure in MEASURES]
        lines.append(_row([keyer, *cells, figure(seconds)]))
    subjects = ", ".join(dict.fromkeys(each.order.subject for each in chosen))
    return [f"{subjects}.", "", *lines]


def flicker_table(moving: Sequence[Moving]) -> list[str]:
    """Every sequence."""
    if not moving:
        return []
    lines = ["### moving", "", _row(["sequence", "keyer", *FLICKER]), _rule(len(FLICKER) + 2)]
    for order in dict.fromkeys(each.order for each in moving):
        for each in (each for each in moving if each.order == order):
            cells = [figure(getattr(each.score, measure)) for measure in FLICKER]
            lines.append(_row([order.name, each.keyer, *cells]))
    return [*lines, ""]


def ratio_table(stills: Sequence[Still], moving: Sequence[Moving], judged: str) -> list[str]:
    """`judged` beside the best of the others, and its worst single case beside chroma."""
    lines = [f"### {judged} beside the others", ""]
    lines += [
        _row(
            [
                "measure",
                "mean of all",
                "as a share of the best other's",
                f"worst case, as a share of {REFERENCE}'s",
            ]
        ),
        _rule(4),
    ]
    for measure in MEASURES:
        if measure not in COUNTED:
            lines.append(_ratios(stills, measure, judged))
    for measure in FLICKER:
        if moving:
            lines.append(_ratios(moving, measure, judged))
    for measure in COUNTED:
        most = max((s for s in stills if s.keyer == judged), key=_figure_of(measure), default=None)
        if most:
            worst = figure(getattr(most.score, measure))
            lines.append(f"| {measure}, at most | {worst} | - | {most.order.name} |")
    return [*lines, ""]


Case = Still | Moving


def _figure_of(measure: str) -> Callable[[Case], float]:
    return lambda case: float(getattr(case.score, measure))


def _ratios(cases: Sequence[Case], measure: str, judged: str) -> str:
    """One line: mean over all cases, its share of the best other's, the worst case's of chroma's.

    Errors below `LEAST` count as that, so that a ratio of next to nothing says nothing.
    """
    of, least = _figure_of(measure), LEAST.get(measure, _LEAST_ELSE)
    means: dict[str, float] = {}
    for keyer in dict.fromkeys(each.keyer for each in cases):
        mine = [of(each) for each in cases if each.keyer == keyer]
        means[keyer] = sum(mine) / len(mine)
    others = {keyer: value for keyer, value in means.items() if keyer != judged}
    cells = [measure, figure(means[judged]), "-", "-"]
    if others:
        best = min(others, key=lambda keyer: others[keyer])
        cells[2] = f"{means[judged] / max(others[best], 1e-9):.2f} ({best})"
    if REFERENCE in others:
        theirs = {each.order: of(each) for each in cases if each.keyer == REFERENCE}
        shares = {
            each.order.name: max(of(each), least) / max(theirs[each.order], least)
            for each in cases
            if each.keyer == judged
        }
        worst = max(shares, key=lambda name: shares[name])
        cells[3] = f"{shares[worst]:.2f} ({worst})"
    return _row(cells)


def case_table(stills: Sequence[Still], judged: str) -> list[str]:
    """The judged keyer and chroma, case by case."""
    shown = ("mse", "grad", "colour", "black", "white", "saturated", *COUNTED)
    names = tuple(dict.fromkeys((judged, REFERENCE)))
    lines = [f"### {', '.join(names)}: case by case", ""]
    lines += [_row(["case", *shown]), _rule(len(shown) + 1)]
    for order in dict.fromkeys(each.order for each in stills):
        found = [s for name in names for s in stills if (s.order, s.keyer) == (order, name)]
        cells = [", ".join(figure(getattr(s.score, measure)) for s in found) for measure in shown]
        lines.append(_row([order.name, *cells]))
    return [*lines, ""]


def figure(value: float) -> str:
    """Three digits."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns
