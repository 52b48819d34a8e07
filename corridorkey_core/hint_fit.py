"""Where a hint lies on its plate, by the windows of both."""

from __future__ import annotations

import math

import numpy as np

from corridorkey_core.frames import Header, Pixels, Window


def fitted(pixels: Pixels, hint: Header, plate: Header, how: str) -> Pixels:
    """A hint's pixels [H, W] on the plate's data window; 0 where the hint has none.

    A hint without windows of its own that has exactly the plate's pixels covers them. Else display
    windows of one size are laid over each other, and the hint's own data window says where its
    pixels are. Display windows of different sizes are scaled over each other if `how` is
    `resample`, antialiased and as float32 in 0..1; else raises `ValueError`.
    """
    is_plain = hint.data == hint.display
    if is_plain and _size(hint.data) == _size(plate.data):
        return pixels
    if _size(hint.display) == _size(plate.display):
        x = hint.data.x - hint.display.x + plate.display.x
        y = hint.data.y - hint.display.y + plate.display.y
        return _placed(pixels, Window(x, y, *_size(hint.data)), plate.data)
    if how != "resample":
        raise ValueError(
            f"The hint is {_shown(hint)}, the plate {_shown(plate)}; render the hint at the "
            "plate's size, or set hint_fit to resample."
        )
    return _resampled(pixels, hint, plate)


def _size(window: Window) -> tuple[int, int]:
    return window.width, window.height


def _shown(header: Header) -> str:
    text = f"{header.display.width} x {header.display.height}"
    if header.data == header.display:
        return text
    return f"{text} (pixels: {header.data.width} x {header.data.height})"


def _placed(pixels: Pixels, held: Window, wanted: Window) -> Pixels:
    """The part of `pixels`, which lie on `held`, that lies on `wanted`; 0 where nothing does."""
    if held == wanted:
        return pixels
    result = np.zeros((wanted.height, wanted.width), pixels.dtype)
    left, top = max(held.x, wanted.x), max(held.y, wanted.y)
    right = min(held.x + held.width, wanted.x + wanted.width)
    bottom = min(held.y + held.height, wanted.y + wanted.height)
    if left < right and top < bottom:
        result[top - wanted.y : bottom - wanted.y, left - wanted.x : right - wanted.x] = pixels[
            top - held.y : bottom - held.y, left - held.x : right - held.x
        ]
    return result


def _resampled(pixels: Pixels, hint: Header, plate: Header) -> Pixels:
    limit = float(np.iinfo(pixels.dtype).max) if pixels.dtype.kind == "u" else 1.0
    unit = np.nan_to_num(pixels.astype(np.float32), posinf=1.0, neginf=0.0) / np.float32(limit)
    scale_x = hint.display.width / plate.display.width
    scale_y = hint.display.height / plate.display.height
    columns = (np.arange(plate.data.width) + 0.5 + plate.data.x - plate.display.x) * scale_x
    rows = (np.arange(plate.data.height) + 0.5 + plate.data.y - plate.display.y) * scale_y
    tall = _sampled(unit, rows + hint.display.y - hint.data.y, scale_y)
    wide = _sampled(np.ascontiguousarray(tall.T), columns + hint.display.x - hint.data.x, scale_x)
    return np.ascontiguousarray(wide.T)


def _sampled(values: Pixels, places: Pixels, scale: float) -> Pixels:
    """Rows of `values` at `places` (a row's middle is at its index and a half), 0 outside.

    A triangle filter, as wide as `scale` where that is above 1, so that nothing aliases.
    """
    count = len(values)
    reach = max(scale, 1.0)
    first = np.floor(places - reach).astype(int)
    total = np.zeros((len(places), 1), np.float32)
    result = np.zeros((len(places), values.shape[1]), np.float32)
    for tap in range(math.ceil(2 * reach) + 1):
        index = first + tap
        weight = np.maximum(0.0, 1.0 - np.abs(index + 0.5 - places) / reach)
        weight = np.where((index >= 0) & (index < count), weight, 0.0).astype(np.float32)[:, None]
        result += weight * values[index.clip(0, count - 1)]
        total += weight
    inside = ((places >= 0) & (places <= count))[:, None]
    return np.where(inside, result / np.maximum(total, 1e-6), np.float32(0))
