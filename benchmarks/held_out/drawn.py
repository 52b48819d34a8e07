"""Subjects drawn at three times their size and averaged down: exact coverage, no strands.

A veil woven of threads, a knotted net, smoke, a flag in colours beside the screen's with holes cut
in it, and arms swung while the shutter is open. Colours are as hard before green as they can be.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.held_out.field import bell, coin, field, spread
from benchmarks.held_out.layer import AnyArray, Array, Layer, Rng, Size, single

_OVER = 3  # samples a pixel, each way
Colour = tuple[float, float, float]


class _Canvas:
    """A layer at `over` times the size, painted from the back to the front."""

    def __init__(self, size: Size, rng: Rng, over: int = _OVER) -> None:
        self._over = over
        self.size = (size[0] * over, size[1] * over)
        self.rng = rng
        rows, columns = np.mgrid[: self.size[0], : self.size[1]]
        self.y, self.x = ((axis + 0.5) / self.size[0] for axis in (rows, columns))
        self._alpha = np.zeros((*self.size, 1), np.float32)
        self._colour = np.zeros((*self.size, 3), np.float32)
        self._response = np.zeros((*self.size, 3), np.float32)

    def wave(self, slope: float, longest: float) -> Array:
        return field(self.size, self.rng, slope, longest)

    def paint(self, cover: AnyArray, colour: AnyArray | Colour, back: float = 0.06) -> None:
        """Lay something over all: `cover` [H, W], straight `colour` [3] or [H, W, 3].

        `back` is how much of the light from behind it throws towards the lens.
        """
        front = single(np.clip(cover, 0.0, 1.0)[..., None])
        straight = np.broadcast_to(single(np.asarray(colour)), self._colour.shape)
        self._alpha = front + self._alpha * (1.0 - front)
        self._colour = straight * front + self._colour * (1.0 - front)
        self._response = straight * back * front + self._response * (1.0 - front)

    def layer(self) -> Layer:
        """The average of every pixel's samples."""
        alpha = _down(self._alpha, self._over)
        seen = np.maximum(alpha, 1e-4)
        edge = 0.25 * (1.0 - np.clip(spread(single(alpha[..., 0]), bell(6.0)), 0, 1))[..., None]
        colour = _down(self._colour, self._over) / seen
        response = _down(self._response, self._over) / seen + edge * colour
        return Layer(single(alpha[..., 0]), single(colour), single(response))


def _down(picture: AnyArray, over: int) -> AnyArray:
    height, width, channels = picture.shape
    blocks = picture.reshape(height // over, over, width // over, over, channels)
    mean: AnyArray = blocks.mean(axis=(1, 3))
    return mean


def _cloth(canvas: _Canvas, colour: Colour, depth: float = 0.25) -> AnyArray:
    """A colour with soft folds and a fine weave, [H, W, 3]."""
    folds = np.exp(depth * canvas.wave(2.2, 0.5) + 0.05 * canvas.wave(0.3, 0.02))
    lit: AnyArray = np.clip(np.asarray(colour) * folds[..., None], 0.002, 1.0)
    return lit


def _capsule(canvas: _Canvas, start: Colour, end: Colour) -> AnyArray:
    """Distance inside a tapered limb from (y, x, radius) to (y, x, radius), in picture heights."""
    along = np.array(end[:2]) - np.array(start[:2])
    rows, columns = canvas.y - start[0], canvas.x - start[1]
    share = np.clip((rows * along[0] + columns * along[1]) / (along @ along), 0.0, 1.0)
    radius = start[2] + share * (end[2] - start[2])
    inside: AnyArray = radius - np.hypot(rows - share * along[0], columns - share * along[1])
    return inside


def _mannequin(canvas: _Canvas, colour: Colour) -> None:
    x = 0.5 * canvas.size[1] / canvas.size[0]
    parts = [((0.30, x, 0.13), (0.36, x, 0.12)), ((0.45, x, 0.07), (0.6, x, 0.09))]
    parts += [((1.05, x - 0.28, 0.33), (1.05, x + 0.28, 0.33))]
    inside = np.max([_capsule(canvas, *part) for part in parts], axis=0)
    canvas.paint(inside * canvas.size[0] + 0.5, _cloth(canvas, colour))


def veil(size: Size, rng: Rng) -> Layer:
    """Gauze over a figure: single threads, folded so that some of it lies double."""
    canvas = _Canvas(size, rng)
    _mannequin(canvas, (0.36, 0.22, 0.16))
    middle = 0.5 * size[1] / size[0]
    for turn, pitch, thickness, colour in (
        (0.2, 0.0105, 0.30, (0.62, 0.60, 0.58)),
        (-0.35, 0.0125, 0.26, (0.70, 0.66, 0.60)),
    ):
        bend = 0.03 * canvas.wave(2.4, 0.7)
        x = (canvas.x - middle) * np.cos(turn) + canvas.y * np.sin(turn) + bend
        y = canvas.y * np.cos(turn) - (canvas.x - middle) * np.sin(turn) + 0.5 * bend
        density = 1.0 + 0.35 * canvas.wave(2.0, 0.4)
        threads = np.minimum(
            np.abs((x / pitch) % 1.0 - 0.5), np.abs((y / pitch) % 1.0 - 0.5)
        ) < 0.5 * thickness * np.clip(density, 0.4, 2.0)
        wide = 0.30 + 0.22 * canvas.y + 0.02 * canvas.wave(2.5, 0.6)
        within = (np.abs(canvas.x - middle - 0.06 * turn) < wide) & (canvas.y > 0.10)
        canvas.paint(threads & within, _cloth(canvas, colour), 0.35)
    return canvas.layer()


def net(size: Size, rng: Rng) -> Layer:
    """A knotted net and two ropes before a figure; the meshes are holes, and the twine is thin."""
    canvas = _Canvas(size, rng)
    _mannequin(canvas, (0.10, 0.11, 0.15))
    sag = 0.02 * canvas.wave(2.6, 0.8)
    bent = canvas.y + sag + 0.05 * np.sin(2.2 * canvas.x)
    for way in (-1.0, 1.0):
        u = (canvas.x + way * bent) / 0.085
        off = np.abs(u % 1.0 - 0.5) * 0.085 / np.sqrt(2.0)
        twine = (0.0022 + 0.0011 * np.sin(40 * bent) ** 2 - off) * canvas.size[0] + 0.5
        canvas.paint(twine, _cloth(canvas, (0.42, 0.34, 0.20), 0.4), 0.15)
    for start, end in (((-0.05, 0.2), (1.05, 0.45)), ((-0.05, 1.35), (1.05, 1.0))):
        rope = _capsule(canvas, (*start, 0.009), (*end, 0.007))
        strand = 0.75 + 0.35 * np.sin(220 * canvas.y + 90 * canvas.x)
        canvas.paint(rope * canvas.size[0] + 0.5, np.array([0.3, 0.22, 0.13]) * strand[..., None])
    return canvas.layer()


def smoke(size: Size, rng: Rng) -> Layer:
    """Smoke of every density that rolls up past a figure."""
    canvas = _Canvas(size, rng)
    _mannequin(canvas, (0.28, 0.05, 0.05))
    middle = 0.62 * size[1] / size[0]
    bend = 0.10 * canvas.wave(2.3, 0.6)
    column = np.exp(-(((canvas.x - middle + bend) / (0.16 + 0.25 * (1 - canvas.y))) ** 2))
    billows = np.abs(canvas.wave(1.9, 0.35)) + 0.4 * np.abs(canvas.wave(1.4, 0.1))
    depth = 1.6 * column * np.clip(billows - 0.25, 0.0, None)
    grey = 0.32 + 0.10 * canvas.wave(2.0, 0.3)
    tone = np.clip(grey, 0.08, 0.7)[..., None] * np.array([1.0, 0.97, 0.93])
    canvas.paint(1.0 - np.exp(-depth), tone, 0.4)
    return canvas.layer()


def flag(size: Size, rng: Rng) -> Layer:
    """Teal, olive, mint and mustard in stripes, holes cut out of them, a fringe at the end."""
    canvas = _Canvas(size, rng)
    middle = 0.5 * size[1] / size[0]
    sway = 0.035 * np.sin(5.0 * canvas.x) + 0.015 * canvas.wave(2.5, 0.6)
    y, x = canvas.y + sway, canvas.x - middle
    stripes = ((0.04, 0.17, 0.19), (0.17, 0.19, 0.05), (0.36, 0.48, 0.40), (0.50, 0.36, 0.05))
    index = np.clip((y - 0.16) / 0.68 * 4.0, 0, 3.999).astype(int)
    shade = np.exp(0.35 * np.cos(5.0 * canvas.x + 1.0))[..., None]
    colour = _cloth(canvas, (1.0, 1.0, 1.0), 0.15) * np.array(stripes)[index] * shade
    ragged = 0.50 + 0.02 * np.sign(np.sin(260 * y)) + 0.012 * np.sin(97 * y)
    inside = (np.abs(y - 0.5) < 0.34) & (x > -0.60) & (x < ragged)
    rings = np.hypot(((x + 0.35) % 0.3) - 0.15, ((y - 0.16) % 0.17) - 0.085)
    holes = (rings < 0.028) & (x < 0.42)
    canvas.paint(inside & ~holes, np.clip(colour, 0.002, 1.0), 0.12)
    pole = _capsule(canvas, (0.05, middle - 0.61, 0.012), (1.1, middle - 0.61, 0.012))
    canvas.paint(pole * canvas.size[0] + 0.5, (0.45, 0.44, 0.42))
    return canvas.layer()


def limbs(size: Size, rng: Rng) -> Layer:
    """Arms and fingers swung about the shoulder while the shutter is open, seen at 24 moments."""
    moments = [_limbs_at(size, rng, angle) for angle in np.linspace(-0.10, 0.10, 24)]
    alpha = np.mean([each.alpha for each in moments], axis=0)
    seen = np.maximum(alpha, 1e-4)[..., None]
    colour, response = (
        np.mean([getattr(each, what) * each.alpha[..., None] for each in moments], axis=0) / seen
        for what in ("colour", "response")
    )
    return Layer(single(alpha), single(colour), single(response))


def _limbs_at(size: Size, rng: Rng, angle: float) -> Layer:
    canvas = _Canvas(size, rng, over=1)
    middle = 0.5 * size[1] / size[0]
    for side, sleeve, swung in ((-1.0, (0.50, 0.06, 0.07), 0.3), (1.0, (0.06, 0.09, 0.33), 1.0)):
        at = side * 0.9 + swung * angle
        shoulder, skin = (0.95, middle + 0.1 * side), (0.47, 0.27, 0.19)
        elbow, wrist = (_reached(shoulder, length, at) for length in (0.42, 0.76))
        for finger in np.linspace(-0.5, 0.5, 5):
            tip = _reached(wrist, 0.13, at + finger)
            limb = _capsule(canvas, (*wrist, 0.022), (*tip, 0.011))
            canvas.paint(limb * canvas.size[0] + 0.5, skin)
        for start, end, colour in (
            ((*elbow, 0.055), (*wrist, 0.034), skin),
            ((*shoulder, 0.12), (*elbow, 0.062), sleeve),
        ):
            limb = _capsule(canvas, start, end)
            shade = np.clip(0.45 + 7.0 * limb, 0.3, 1.0)[..., None]
            canvas.paint(limb * canvas.size[0] + 0.5, np.asarray(colour) * shade)
    return canvas.layer()


def _reached(start: tuple[float, float], length: float, angle: float) -> tuple[float, float]:
    return start[0] - length * float(np.cos(angle)), start[1] + length * float(np.sin(angle))


def softened(layer: Layer, radius: float) -> Layer:
    """The same out of focus, on premultiplied light."""
    kernel = coin(radius)
    kernel = single(kernel / kernel.sum())
    alpha = np.clip(spread(layer.alpha, kernel), 0.0, 1.0)
    seen = np.maximum(alpha, 1e-4)[..., None]
    colour, response = (
        np.stack([spread(each[..., c] * layer.alpha, kernel) for c in range(3)], 2) / seen
        for each in (layer.colour, layer.response)
    )
    return Layer(single(alpha), single(colour), single(response))


DRAWN: dict[str, Callable[[Size, Rng], Layer]] = {
    "veil": veil,
    "net": net,
    "smoke": smoke,
    "flag": flag,
    "limbs": limbs,
}
