"""A finished key at a smaller size, for a look at it."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.frames import Header, Window
from corridorkey_core.postprocess import Keyed

_FAINT = 1e-4  # of matte, below which the colour alone is averaged


def reduced(keyed: Keyed, longest_edge: int) -> Keyed:
    """The key with its longer edge at most `longest_edge`, antialiased; 0 leaves it as it is.

    Colour is averaged by how much of it the matte shows, so that edges have no fringe.
    """
    height, width = keyed.matte.shape[-2:]
    size = _size(height, longest_edge, width), _size(width, longest_edge, height)
    if size == (height, width):
        return keyed
    matte = _averaged(keyed.matte, size)
    shown = _averaged(keyed.foreground * keyed.matte, size) / matte.clamp_min(_FAINT)
    plain = _averaged(keyed.foreground, size)
    return Keyed(matte.clamp(0.0, 1.0), torch.where(matte > _FAINT, shown, plain))


def reduced_header(header: Header, longest_edge: int) -> Header:
    """The header of a picture that was reduced so; its windows shrink with it."""
    width, height = header.data.width, header.data.height
    size = Window(0, 0, _size(width, longest_edge, height), _size(height, longest_edge, width))
    if (size.width, size.height) == (width, height):
        return header
    scale = max(size.width, size.height) / max(width, height)
    data = replace(_scaled(header.data, scale), width=size.width, height=size.height)
    return replace(header, data=data, display=_scaled(header.display, scale))


def _size(edge: int, longest_edge: int, other: int) -> int:
    if not 0 < longest_edge < max(edge, other):
        return edge
    return max(1, round(edge * longest_edge / max(edge, other)))


def _scaled(window: Window, scale: float) -> Window:
    return Window(
        round(window.x * scale),
        round(window.y * scale),
        max(1, round(window.width * scale)),
        max(1, round(window.height * scale)),
    )


def _averaged(image: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(image[None], size, mode="bilinear", antialias=True)[0]
