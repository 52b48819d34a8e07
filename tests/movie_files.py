"""Small movies for tests that read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

from corridorkey_core.frames import Pixels
from corridorkey_core.movie import Movie

WIDTH, HEIGHT, FRAMES = 96, 64, 30
X265 = "log-level=none:keyint=10:open-gop=1:bframes=4:pools=1"
CODECS = {
    "prores422.mov": ("prores_ks", "yuv422p10le", {}),
    "prores4444.mov": ("prores_ks", "yuva444p10le", {"profile": "4444"}),
    "h264.mp4": ("libx264", "yuv420p", {"g": "10", "bf": "3"}),
    "h264_10.mp4": ("libx264", "yuv420p10le", {"g": "10"}),
    "h264_open.mkv": ("libx264", "yuv420p", {"bf": "3", "x264-params": "keyint=10:open-gop=1"}),
    "h264_open.ts": ("libx264", "yuv420p", {"bf": "3", "x264-params": "keyint=10:open-gop=1"}),
    "h264_refresh.mp4": ("libx264", "yuv420p", {"x264-params": "keyint=10:intra-refresh=1"}),
    "h265_10.mp4": ("libx265", "yuv420p10le", {"x265-params": X265}),
    "h265_10.mkv": ("libx265", "yuv420p10le", {"x265-params": X265}),
    "mjpeg.avi": ("mjpeg", "yuvj422p", {"qmin": "1", "qmax": "2"}),
    "ffv1.mkv": ("ffv1", "gbrp16le", {}),
}
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 9: (0.2627, 0.0593)}


def picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """A smooth picture [H, W, 3] in 0..1, another for every frame."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    shift = number / 40
    waves = [np.sin(5 * x + 9 * shift), np.sin(4 * y - 7 * shift), np.cos(3 * (x + y) + 5 * shift)]
    return np.stack(waves, -1) * 0.4 + 0.5


def yuv_frame(
    rgb: Pixels, *, bits: int = 10, matrix: int = 1, is_full: bool = False, tag: int | None = None
) -> Any:
    """A 4:4:4 frame by the definition of Rec. ITU-T H.273, tagged with `matrix` or with `tag`."""
    red, green, blue = np.moveaxis(rgb, -1, 0)
    red_weight, blue_weight = WEIGHTS[matrix]
    luma = red_weight * red + (1 - red_weight - blue_weight) * green + blue_weight * blue
    differences = [(blue - luma) / 2 / (1 - blue_weight), (red - luma) / 2 / (1 - red_weight)]
    top, scale = (1 << bits) - 1, 1 << (bits - 8)
    if is_full:
        planes = [luma * top, *(each * top + (1 << (bits - 1)) for each in differences)]
    else:
        planes = [
            (16 + 219 * luma) * scale,
            *((128 + 224 * each) * scale for each in differences),
        ]
    frame = av.VideoFrame(rgb.shape[1], rgb.shape[0], f"yuv444p{bits}le" if bits > 8 else "yuv444p")
    for plane, values in zip(frame.planes, planes, strict=True):
        fill(plane, values.round().clip(0, top), "<u2" if bits > 8 else "u1")
    frame.colorspace = matrix if tag is None else tag
    frame.color_range = 2 if is_full else 1
    return frame


def fill(plane: Any, values: Pixels, dtype: str) -> None:
    whole = np.zeros((values.shape[0], plane.line_size // np.dtype(dtype).itemsize), dtype)
    whole[:, : values.shape[1]] = values
    plane.update(whole.tobytes())


def encoded(number: int, pixel_format: str) -> Any:
    """`picture` in a pixel format: BT.601 for JPEG's own, else BT.709."""
    matrix = "ITU601" if pixel_format.startswith("yuvj") else "ITU709"
    codes = (picture(number) * 65535).round().astype(np.uint16)
    frame = av.VideoFrame.from_ndarray(codes, format="rgb48le")
    return frame.reformat(format=pixel_format, dst_colorspace=matrix)


def write_movie(
    path: Path,
    codec: str,
    pixel_format: str,
    frames: Iterable[Any] | None = None,
    *,
    options: dict[str, str] | None = None,
    rate: int = 24,
    metadata: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    set_up: Callable[[Any], None] = lambda _context: None,
) -> Path:
    """Encode frames, or 30 of `picture`."""
    pictures: Sequence[Any] = (
        [encoded(number, pixel_format) for number in range(1, FRAMES + 1)]
        if frames is None
        else list(frames)
    )
    with av.open(str(path), "w", options=container_options or {}) as container:
        container.metadata.update(metadata or {})
        stream: Any = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height = pictures[0].width, pictures[0].height
        stream.pix_fmt = pixel_format
        stream.codec_context.colorspace = pictures[0].colorspace
        stream.codec_context.color_range = pictures[0].color_range
        set_up(stream.codec_context)
        for number, frame in enumerate(pictures):
            frame.pts = number
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def read_all(path: str, numbers: range | list[int]) -> list[Pixels]:
    """Frames of a movie in the order asked for, by one decoder."""
    movie = Movie(path)
    try:
        return [movie.read(number) for number in numbers]
    finally:
        movie.close()
