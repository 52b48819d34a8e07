"""A decoded movie frame as pixels: exact, in float, nothing clipped."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridorkey_core.frames import Pixels
from corridorkey_core.luminance import luminance

UNTAGGED = 2
HD_HEIGHT = 720
# Weights of red and blue in luma, by the code of the matrix: Rec. ITU-T H.273, table 4.
LUMA_WEIGHTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
FULL_RANGE = 2
LIMITED_RANGE = 1
# FFmpeg's bicubic, full chroma in and out, accurate rounding: the same on every processor.
BICUBIC_EXACT = 0x4 | 0x2000 | 0x4000 | 0x40000 | 0x80000


def rgb(frame: Any) -> Pixels:
    """R, G, B [H, W, 3] in the movie's own transfer curve.

    From Y'CbCr float32, 0 black and 1 white, overshoots kept; from RGB uint16. Raises `ValueError`
    for a matrix that is not known.
    """
    if frame.format.is_rgb:
        return _packed(frame, "rgb48le", 3)
    if len(frame.format.components) < 3:
        return np.repeat(_packed(frame, "gray16le", 1), 3, axis=2)
    red_weight, blue_weight = _luma_weights(frame)
    luma, blue, red = _planes(frame)
    green_weight = 1.0 - red_weight - blue_weight
    result = np.empty((*luma.shape, 3), np.float32)
    np.add(luma, red * np.float32(2 * (1 - red_weight)), out=result[..., 0])
    np.add(luma, blue * np.float32(2 * (1 - blue_weight)), out=result[..., 2])
    red *= np.float32(2 * (1 - red_weight) * red_weight / green_weight)
    blue *= np.float32(2 * (1 - blue_weight) * blue_weight / green_weight)
    np.subtract(luma, red + blue, out=result[..., 1])
    return result


def channel(frame: Any, name: str) -> Pixels:
    """One channel [H, W] of R, G, B, A or luminance."""
    if name == "A":
        return _alpha(frame)
    if name == "luminance":
        has_luma = not frame.format.is_rgb and len(frame.format.components) >= 3
        return _planes(frame)[0] if has_luma else luminance(rgb(frame))
    return np.ascontiguousarray(rgb(frame)[..., "RGB".index(name)])


def channel_names(pixel_format: Any) -> tuple[str, ...]:
    """The channels of frames in a pixel format."""
    has_alpha = any(component.is_alpha for component in pixel_format.components)
    return ("R", "G", "B", "A") if has_alpha else ("R", "G", "B")


def _luma_weights(frame: Any) -> tuple[float, float]:
    code = frame.colorspace
    if code == UNTAGGED:
        # Untagged HD is BT.709; FFmpeg alone would take BT.601 and shift every colour.
        code = 1 if frame.height >= HD_HEIGHT else 5
    if code not in LUMA_WEIGHTS:
        raise ValueError(f"its colour matrix (code {code}) is not supported")
    return LUMA_WEIGHTS[code]


def _planes(frame: Any) -> tuple[Pixels, Pixels, Pixels]:
    """Y' in 0..1, Cb and Cr in -0.5..0.5, float32 at full size."""
    is_full = _is_full_range(frame)
    planes = _reformatted(frame, "yuv444p16le").planes
    luma, blue, red = (_plane(plane, frame).astype(np.float32) for plane in planes)
    # swscale widens limited range and all chroma by a shift, full-range luma by repeating bits.
    bits = frame.format.components[0].bits
    shift = 1 << (16 - bits)
    luma_span, chroma_span = (65535.0, shift * ((1 << bits) - 1.0)) if is_full else (56064, 57344)
    if not is_full:
        luma -= 4096
    luma *= np.float32(1 / luma_span)
    for chroma in (blue, red):
        chroma -= 32768
        chroma *= np.float32(1 / chroma_span)
    return luma, blue, red


def _alpha(frame: Any) -> Pixels:
    if frame.format.is_rgb:
        return np.ascontiguousarray(_packed(frame, "rgba64le", 4)[..., 3])
    return np.array(_plane(_reformatted(frame, "yuva444p16le").planes[3], frame))


def _packed(frame: Any, pixel_format: str, channels: int) -> Pixels:
    plane = _reformatted(frame, pixel_format).planes[0]
    values = np.frombuffer(plane, "<u2").reshape(frame.height, -1)[:, : frame.width * channels]
    return values.reshape(frame.height, frame.width, channels).astype(np.uint16)


def _plane(plane: Any, frame: Any) -> Pixels:
    return np.frombuffer(plane, "<u2").reshape(frame.height, -1)[:, : frame.width]


def _is_full_range(frame: Any) -> bool:
    return bool(frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj"))


def _reformatted(frame: Any, pixel_format: str) -> Any:
    """The frame at 16 bits and full chroma size; matrix and range stay as they are."""
    span = FULL_RANGE if _is_full_range(frame) or frame.format.is_rgb else LIMITED_RANGE
    if len(frame.format.components) < 3:
        span = FULL_RANGE
    return frame.reformat(
        format=pixel_format,
        src_color_range=span,
        dst_color_range=span,
        interpolation=BICUBIC_EXACT,
    )
