"""Throughput against workers, both logarithmic, as an SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 860, 520
LEFT, RIGHT, TOP, BOTTOM = 70, 720, 40, 460
LOWEST, HIGHEST = 1.0, 10_000.0
COLOURS = ("#b8442f", "#c58a1f", "#3f7f4f", "#2f6fb0")


@dataclass(frozen=True)
class Curve:
    """Frames a second for each number of workers."""

    name: str
    rates: tuple[float, ...]


def picture(curves: Sequence[Curve], workers: Sequence[int]) -> str:
    """The SVG's text."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="14" fill="#333">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *_grid(workers),
        _line([(count, curves[-1].rates[0] * count) for count in workers], "#999", 1),
        *(_curve(*each, workers) for each in zip(curves, COLOURS, strict=False)),
        f'<text x="{LEFT}" y="22">frames a second, by the bandwidth of the shared storage; '
        "grey: no worker waits for another</text>",
        f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">workers</text>',
    ]
    return "\n".join([*parts, "</svg>", ""])


def _grid(workers: Sequence[int]) -> Iterator[str]:
    rate = LOWEST
    while rate <= HIGHEST:
        y = _y(rate)
        yield f'<path d="M{LEFT} {y:.1f}H{RIGHT}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">{rate:g}</text>'
        rate *= 10
    for count in workers:
        x = _x(count)
        yield f'<path d="M{x:.1f} {TOP}V{BOTTOM}" stroke="#eee"/>'
        yield f'<text x="{x:.1f}" y="{BOTTOM + 20}" text-anchor="middle">{count}</text>'


def _curve(curve: Curve, colour: str, workers: Sequence[int]) -> str:
    line = _line(list(zip(workers, curve.rates, strict=True)), colour, 3)
    y = _y(curve.rates[-1]) + 5
    return f'{line}\n<text x="{RIGHT + 10}" y="{y:.1f}" fill="{colour}">{curve.name}</text>'


def _line(points: Sequence[tuple[int, float]], colour: str, width: int) -> str:
    shown = " ".join(f"{_x(count):.1f},{_y(rate):.1f}" for count, rate in points)
    return f'<polyline points="{shown}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _x(count: float) -> float:
    return LEFT + (RIGHT - LEFT) * math.log10(count) / 3


def _y(rate: float) -> float:
    decades = math.log10(HIGHEST / LOWEST)
    return BOTTOM - (BOTTOM - TOP) * math.log10(rate / LOWEST) / decades
