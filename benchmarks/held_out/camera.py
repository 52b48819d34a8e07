"""From light to what a file holds: a mosaic sensor's grain, then a real codec.

Grain is drawn on a Bayer mosaic and interpolated as a camera's colours are, so it is coarser in red
and blue and the same in neighbours; the picture itself is taken as from a sensor finer than it.
Files are those of libx264 and ProRes, through PyAV.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from benchmarks.held_out.field import spread
from benchmarks.held_out.layer import AnyArray, Array, Rng, single

_GAINS = (1.9, 1.0, 1.55)  # of white balance: how much weaker red and blue are on the sensor
_GREEN_AT = np.array([[0, 1], [1, 0]], bool)


@dataclass(frozen=True)
class Stock:
    """What a plate is shot on.

    `electrons` at white and `read` noise in electrons; `codec` is none (10 bit, 4:4:4), prores
    (10 bit, 4:2:2) or h264 (8 bit, 4:2:0); `rate` its x264 CRF.
    """

    electrons: float
    read: float
    codec: str
    rate: int = 0


def shot_on(scenes: list[Array], stock: Stock, rng: Rng) -> list[Array]:
    """Frames [H, W, 3] of linear light as they come back from a file, linear; edges even."""
    noisy = [_exposed(scene, stock, rng) for scene in scenes]
    codes = [encoded(np.clip(each, 0.0, 1.0)) for each in noisy]
    if stock.codec == "none":
        return [decoded(np.round(code * 1023.0) / 1023.0) for code in codes]
    return [decoded(code) for code in through_codec(codes, stock.codec, stock.rate)]


def _exposed(scene: Array, stock: Stock, rng: Rng) -> Array:
    grain = []
    for channel in range(3):
        clear = np.maximum(scene[..., channel], 0.0) / _GAINS[channel]
        variance = clear / stock.electrons + (stock.read / stock.electrons) ** 2
        drawn = rng.standard_normal(clear.shape) * np.sqrt(variance) * _GAINS[channel]
        grain.append(_demosaiced(drawn, channel))
    return single(scene + np.stack(grain, axis=2))


def _demosaiced(plane: AnyArray, channel: int) -> Array:
    """Bilinear interpolation of the sites that a Bayer mosaic has of one channel."""
    height, width = plane.shape
    sites = np.tile(_GREEN_AT, (height // 2 + 1, width // 2 + 1))[:height, :width]
    if channel != 1:
        sites = np.zeros_like(sites)
        sites[channel // 2 :: 2, channel // 2 :: 2] = True
    tent = single(np.outer([0.5, 1.0, 0.5], [0.5, 1.0, 0.5]))
    weight = spread(single(sites), tent)
    return single(spread(single(plane * sites), tent) / np.maximum(weight, 1e-3))


def through_codec(codes: list[Array], codec: str, rate: int) -> list[Array]:
    """sRGB pictures [H, W, 3] in 0..1 written as a movie in memory and read back."""
    kept = io.BytesIO()
    height, width = codes[0].shape[:2]
    with av.open(kept, "w", format="mov") as movie:
        stream = movie.add_stream("libx264" if codec == "h264" else "prores_ks", rate=24)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p" if codec == "h264" else "yuv422p10le"
        stream.thread_count = 1
        if codec == "h264":
            stream.options = {"crf": str(rate), "preset": "medium"}
        for code in codes:
            movie.mux(stream.encode(_frame(code, stream.pix_fmt)))
        movie.mux(stream.encode())
    kept.seek(0)
    with av.open(kept) as movie:
        return [_picture(frame) for frame in movie.decode(video=0)]


def _frame(code: Array, pixel_format: str) -> av.VideoFrame:
    whole = np.ascontiguousarray(np.round(code * 65535.0), np.uint16)
    frame = av.VideoFrame.from_ndarray(whole, format="rgb48le")
    return frame.reformat(
        format=pixel_format,
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
    )


def _picture(frame: av.VideoFrame) -> Array:
    whole = frame.reformat(
        format="rgb48le",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
    ).to_ndarray()
    return single(whole / 65535.0)


def encoded(light: AnyArray) -> Array:
    """sRGB, IEC 61966-2-1, of linear light at least 0."""
    bent = 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055
    return single(np.where(light <= 0.0031308, 12.92 * light, bent))


def decoded(code: AnyArray) -> Array:
    """The inverse of `encoded`."""
    bent = ((np.maximum(code, 0.0) + 0.055) / 1.055) ** 2.4
    return single(np.where(code <= 0.04045, code / 12.92, bent))
