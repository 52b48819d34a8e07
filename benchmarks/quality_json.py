"""What was measured, as JSON and back: so that keyers can be measured apart and shown together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from benchmarks.held_out.shot import Order
from benchmarks.key_scores import FlickerScore, KeyScore
from benchmarks.quality_case import Moving, Still

Told = Mapping[str, Any]


def as_json(stills: Sequence[Still], moving: Sequence[Moving]) -> dict[str, object]:
    """Every figure of every case."""
    return {
        "stills": [
            {**asdict(s.order), "keyer": s.keyer, "seconds": s.seconds, **asdict(s.score)}
            for s in stills
        ],
        "moving": [{**asdict(m.order), "keyer": m.keyer, **asdict(m.score)} for m in moving],
    }


def from_json(told: Mapping[str, Sequence[Told]]) -> tuple[list[Still], list[Moving]]:
    """What `as_json` told; raises KeyError where a figure is missing."""
    stills = [
        Still(_order(each), each["keyer"], KeyScore(**_named(KeyScore, each)), each["seconds"])
        for each in told["stills"]
    ]
    moving = [
        Moving(_order(each), each["keyer"], FlickerScore(**_named(FlickerScore, each)))
        for each in told["moving"]
    ]
    return stills, moving


def _order(told: Told) -> Order:
    return Order(**_named(Order, told))


def _named(kind: type[Any], told: Told) -> dict[str, Any]:
    return {field.name: told[field.name] for field in fields(kind)}
