"""A picture of a few keyed frames: plate, hint, and the passes as they are on disk.

The passes are read back from their files, so what is seen is what was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from corridorkey_core.colour import linear_to_srgb
from corridorkey_core.errors import ReadError
from corridorkey_core.footage import Footage, open_footage
from corridorkey_core.frames import Frame, Header
from corridorkey_core.infer import hint_seen
from corridorkey_core.keyers.chroma import survey
from corridorkey_core.look import Look, settle_look
from corridorkey_core.plan import Plan
from corridorkey_core.preprocess import fitted_hint, linear_plate, upload
from corridorkey_core.read import read_hint, read_plate
from corridorkey_core.sequence import spread
from corridorkey_core.write import Tile, write_sheet

MOST_FRAMES = 4
CPU = torch.device("cpu")


def write_contact_sheet(plan: Plan, numbers: Sequence[int], path: Path) -> Path:
    """Write a PNG with a row for each of a few frames, spread over `numbers`; returns its path.

    `numbers` are frames whose files are on disk. A pass that was not asked for has no tile.
    Raises `ReadError` where no frame can be read back, and `WriteError`.
    """
    with open_footage(plan.plate, plan.hint, plan.job.settings) as footage, torch.inference_mode():
        look = settle_look(footage, plan.job.settings)
        rows, problems = [], []
        for number in spread(tuple(numbers), MOST_FRAMES):
            try:
                rows.append(tuple(_Row(plan, look, footage, number).tiles()))
            except ReadError as error:
                problems.append(error)
    if not rows:
        raise problems[0]
    return write_sheet(rows, path)


@dataclass(frozen=True)
class _Row:
    """One frame's tiles, each read or made when it is its turn."""

    plan: Plan
    look: Look
    footage: Footage
    number: int

    def tiles(self) -> Iterator[Tile]:
        frame = self.footage.read(self.number)
        plate, _ = linear_plate(frame.plate, self.look.plate_space, CPU)
        yield self._tile("plate", linear_to_srgb(plate), frame.plate.header)
        yield self._hint(frame, plate)
        for name in ("matte", "fg", "comp"):
            if name in self.plan.job.settings.passes:
                yield self._pass(name)

    def _hint(self, frame: Frame, plate: Tensor) -> Tile:
        if frame.hint:
            picture = fitted_hint(frame.hint, plate.shape[-2:], CPU)
            return self._tile("hint", picture, frame.plate.header)
        screen = self.look.screen or survey([plate], self.look.settings.screen)
        return self._tile("hint, automatic", hint_seen(plate, None, screen), frame.plate.header)

    def _pass(self, name: str) -> Tile:
        path = str(self.plan.outputs.paths(self.number)[name])
        layered = self.plan.outputs.is_layer(name)
        if name == "matte":
            hint = read_hint(path, self.number, "matte.A" if layered else "auto")
            return self._tile(name, upload(hint.pixels, CPU)[None], hint.header)
        stored = read_plate(path, self.number, name if layered else "", lambda *_: "")
        colour = upload(stored.pixels, CPU).permute(2, 0, 1)
        if name == "fg":
            colour = linear_to_srgb(self.look.output_space.to_linear(colour.contiguous()))
        return self._tile(name, colour, stored.header)

    def _tile(self, name: str, picture: Tensor, header: Header) -> Tile:
        return Tile(f"{name} {self.number}", picture.clamp(0.0, 1.0), header.pixel_aspect)
