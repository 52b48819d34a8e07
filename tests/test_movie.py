"""Movies: every frame by its number, the same pixels however it is reached."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from corridorkey_core.errors import MissingExtraError, ReadError
from corridorkey_core.frames import Pixels
from corridorkey_core.movie import Movie, count_frames, describe_movie
from corridorkey_core.movie.index import MovieIndex, Start, read_index
from corridorkey_core.movie.timecode import timecode
from corridorkey_core.read import describe
from corridorkey_core.sequence import find_sequence
from tests.movie_files import (
    CODECS,
    FRAMES,
    HEIGHT,
    WIDTH,
    fill,
    picture,
    read_all,
    write_movie,
    yuv_frame,
)
from tests.picture_files import values


@cache
def in_order(path: str) -> list[Pixels]:
    return read_all(path, range(1, FRAMES + 1))


def as_float(pixels: Pixels) -> Pixels:
    return pixels / 65535.0 if pixels.dtype == np.uint16 else pixels


@pytest.mark.parametrize("name", CODECS)
def test_every_frame_is_there_once_and_in_order(movie_of: Callable[[str], str], name: str) -> None:
    path = movie_of(name)
    frames = in_order(path)
    assert count_frames(path) == len(frames) == FRAMES
    assert find_sequence(path).frames == tuple(range(1, FRAMES + 1))
    for number, pixels in enumerate(frames, 1):
        assert pixels.shape == (HEIGHT, WIDTH, 3)
        near = [np.abs(as_float(pixels) - picture(other)).mean() for other in range(1, FRAMES + 1)]
        assert int(np.argmin(near)) + 1 == number
        assert near[number - 1] < 0.02


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("way", ["shuffled", "backwards", "strides", "swapped", "twice"])
def test_any_way_through_gives_the_pixels_of_the_straight_one(
    movie_of: Callable[[str], str], name: str, way: str
) -> None:
    numbers = list(range(1, FRAMES + 1))
    ways = {
        "shuffled": random.Random(3).sample(numbers, FRAMES),
        "backwards": numbers[::-1],
        "strides": numbers[4::7] + numbers[2::3],
        "swapped": [number + (1 if number % 2 else -1) for number in numbers],
        "twice": [number for number in numbers[5:15] for _ in (0, 1)],
    }
    path = movie_of(name)
    straight = in_order(path)
    for number, pixels in zip(ways[way], read_all(path, ways[way]), strict=True):
        np.testing.assert_array_equal(pixels, straight[number - 1], f"frame {number}")


@pytest.mark.parametrize("name", ["h265_10.mp4", "h264_open.ts", "prores422.mov"])
def test_a_range_alone_gives_the_pixels_of_the_whole(
    movie_of: Callable[[str], str], name: str
) -> None:
    path = movie_of(name)
    for number in (1, 9, 10, 11, 12, 21, FRAMES):
        np.testing.assert_array_equal(read_all(path, [number])[0], in_order(path)[number - 1])


@pytest.mark.parametrize("name", ["h264.mp4", "prores4444.mov"])
def test_many_threads_read_one_movie(movie_of: Callable[[str], str], name: str) -> None:
    path = movie_of(name)
    numbers = random.Random(5).sample(range(1, FRAMES + 1), FRAMES)
    movie = Movie(path)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(movie.read, numbers))
    movie.close()
    for number, pixels in zip(numbers, found, strict=True):
        np.testing.assert_array_equal(pixels, in_order(path)[number - 1])


def lossless(tmp_path: Path, **facts: object) -> Pixels:
    """A picture through a lossless 4:4:4 movie."""
    tall = facts.pop("height", HEIGHT)
    assert isinstance(tall, int)
    frame = yuv_frame(picture(1, WIDTH, tall), **facts)  # type: ignore[arg-type]
    path = write_movie(tmp_path / "a.mkv", "ffv1", frame.format.name, [frame])
    return read_all(str(path), [1])[0]


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("matrix", [1, 5, 9])
@pytest.mark.parametrize("is_full", [False, True])
def test_tagged_matrix_and_range_are_exact(
    tmp_path: Path, bits: int, matrix: int, is_full: bool
) -> None:
    pixels = lossless(tmp_path, bits=bits, matrix=matrix, is_full=is_full)
    assert pixels.dtype == np.float32
    step = 1 / ((1 << bits) - 1 if is_full else 219 << (bits - 8))
    assert np.abs(pixels - picture(1)).max() < 1.5 * step


@pytest.mark.parametrize(("height", "matrix"), [(720, 1), (576, 5)])
def test_untagged_movies_are_bt709_from_720_lines(tmp_path: Path, height: int, matrix: int) -> None:
    pixels = lossless(tmp_path, height=height, matrix=matrix, tag=2)
    assert np.abs(pixels - picture(1, WIDTH, height)).max() < 0.005


def test_an_unknown_matrix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"colour matrix \(code 8\) is not supported"):
        lossless(tmp_path, tag=8)


def test_overshoots_are_kept(tmp_path: Path) -> None:
    bright = np.full((HEIGHT, WIDTH, 3), 1.05)
    bright[:, : WIDTH // 2] = -0.03
    path = write_movie(tmp_path / "a.mkv", "ffv1", "yuv444p10le", [yuv_frame(bright)])
    (pixels,) = read_all(str(path), [1])
    np.testing.assert_allclose(pixels, bright, atol=0.001)


def test_ten_bits_are_not_cut_to_eight(tmp_path: Path) -> None:
    ramp = np.broadcast_to(np.linspace(0.4, 0.6, 180)[None, :, None], (64, 180, 3))
    path = write_movie(tmp_path / "a.mov", "prores_ks", "yuv444p10le", [yuv_frame(ramp)] * 2)
    (pixels,) = read_all(str(path), [1])
    assert len(np.unique(pixels[32, :, 1].round(4))) > 120  # 8 bits hold 45


def test_rgb_movies_are_exact(tmp_path: Path) -> None:
    codes = np.random.default_rng(1).integers(0, 65536, (HEIGHT, WIDTH, 3)).astype(np.uint16)
    frame = av.VideoFrame.from_ndarray(codes, format="rgb48le").reformat(format="gbrp16le")
    path = write_movie(tmp_path / "a.mkv", "ffv1", "gbrp16le", [frame])
    np.testing.assert_array_equal(read_all(str(path), [1])[0], codes)


def test_grey_movies_are_repeated(tmp_path: Path) -> None:
    frame = av.VideoFrame(WIDTH, HEIGHT, "gray16le")
    codes = np.random.default_rng(1).integers(0, 65536, (HEIGHT, WIDTH)).astype(np.uint16)
    fill(frame.planes[0], codes, "<u2")
    path = write_movie(tmp_path / "a.mkv", "ffv1", "gray16le", [frame])
    np.testing.assert_array_equal(read_all(str(path), [1])[0], np.dstack([codes] * 3))
    movie = Movie(str(path))
    np.testing.assert_allclose(movie.read_channel(1, "auto")[0], codes / 65535, atol=1e-6)
    movie.close()


def test_alpha_of_prores_4444_is_a_hint(tmp_path: Path) -> None:
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuva444p10le")
    for plane in frame.planes:
        fill(plane, np.full((HEIGHT, WIDTH), 512), "<u2")
    ramp = np.broadcast_to(np.linspace(0, 1023, WIDTH).round(), (HEIGHT, WIDTH))
    fill(frame.planes[3], ramp, "<u2")
    options = {"profile": "4444", "alpha_bits": "16"}
    path = write_movie(tmp_path / "a.mov", "prores_ks", "yuva444p10le", [frame], options=options)
    movie = Movie(str(path))
    pixels, channel = movie.read_channel(1, "auto")
    movie.close()
    assert channel == "A"
    assert pixels.dtype == np.uint16
    assert np.abs(pixels / 65535 - ramp / 1023).max() < 0.002
    assert (pixels.min(), pixels.max()) == (0, 65535)


@pytest.mark.parametrize(
    ("asked", "used"), [("auto", "luminance"), ("luminance", "luminance"), ("G", "G")]
)
def test_a_movie_hint_says_its_channel(
    movie_of: Callable[[str], str], asked: str, used: str
) -> None:
    movie = Movie(movie_of("prores422.mov"))
    pixels, channel = movie.read_channel(3, asked)
    with pytest.raises(ReadError, match="no channel 'A'; the movie has R, G, B"):
        movie.read_channel(3, "A")
    movie.close()
    weights = {"luminance": (0.2126, 0.7152, 0.0722), "G": (0, 1, 0)}[used]
    assert channel == used
    wanted = in_order(movie_of("prores422.mov"))[2] @ np.array(weights, np.float32)
    # An untagged movie of 64 lines is BT.601, whose luma is not Rec.709 luminance.
    assert np.abs(pixels - wanted).max() < (0.1 if used == "luminance" else 1e-6)


def test_header_of_a_movie(tmp_path: Path) -> None:
    def set_up(context: av.VideoCodecContext) -> None:
        context.sample_aspect_ratio = Fraction(2, 1)

    path = write_movie(
        tmp_path / "a.mov",
        "prores_ks",
        "yuv422p10le",
        rate=25,
        metadata={"timecode": "01:59:59:24"},
        set_up=set_up,
    )
    movie = Movie(str(path))
    first, second = movie.header(1), movie.header(2)
    movie.close()
    assert (first.data.width, first.data.height) == (WIDTH, HEIGHT)
    assert first.data == first.display
    assert first.pixel_aspect == 2.0
    assert values(first.attributes)["FramesPerSecond"] == (25, 1)
    assert values(first.attributes)["smpte:TimeCode"] == (0x01595924, 0)
    assert values(second.attributes)["smpte:TimeCode"] == (0x02000000, 0)


DROP = 1 << 6


@pytest.mark.parametrize(
    ("first", "later", "rate", "packed"),
    [
        ("00:00:00:00", 0, Fraction(24), 0),
        ("10:11:12:13", 0, Fraction(24), 0x10111213),
        ("00:00:59:23", 1, Fraction(24000, 1001), 0x00010000),
        ("23:59:59:24", 1, Fraction(25), 0),
        ("00:00:59;29", 1, Fraction(30000, 1001), 0x00010002 | DROP),
        ("00:09:59;29", 1, Fraction(30000, 1001), 0x00100000 | DROP),
        ("00:00:00;00", 17982, Fraction(30000, 1001), 0x00100000 | DROP),
        ("00:00:00;00", 1800, Fraction(30000, 1001), 0x00010002 | DROP),
        ("00:00:00;00", 107892, Fraction(30000, 1001), 0x01000000 | DROP),
        ("23:59:59;29", 1, Fraction(30000, 1001), DROP),
    ],
)
def test_time_codes_count_on(first: str, later: int, rate: Fraction, packed: int) -> None:
    assert timecode(first, later, rate) == (packed, 0)


@pytest.mark.parametrize(("first", "rate"), [("", Fraction(24)), ("01:00:00:00", Fraction(60))])
def test_no_time_code_is_made_up(first: str, rate: Fraction) -> None:
    assert timecode(first, 1, rate) is None


def test_frames_outside_are_refused(movie_of: Callable[[str], str]) -> None:
    movie = Movie(movie_of("h264.mp4"))
    for number in (0, -1, FRAMES + 1):
        with pytest.raises(ReadError, match=f"frames 1-{FRAMES}") as caught:
            movie.read(number)
        assert caught.value.frame == number
    movie.close()


def test_without_pyav_the_extra_is_named(
    movie_of: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = movie_of("h264.mp4")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match="`pip install av`"):
        find_sequence(path)


def test_a_leading_picture_needs_the_key_frame_before_its_own() -> None:
    keys = (Start(0, 0, 0), Start(3, 60, 30))
    index = MovieIndex((0, 20, 40, 60, 80), {0: 0, 20: 1, 60: 3, 40: 4, 80: 5}, keys)
    assert [index.start_of(frame).order for frame in range(5)] == [0, 0, 0, 3, 3]


@pytest.mark.parametrize("name", ["prores422.mov", "prores4444.mov", "mjpeg.avi"])
def test_the_table_says_what_the_packets_say(movie_of: Callable[[str], str], name: str) -> None:
    with av.open(movie_of(name)) as container:
        stream = container.streams.video[0]
        table = read_index(container, stream)
        packets = [packet.pts for packet in container.demux(stream) if packet.size]
    assert list(table.times) == packets


def test_a_movie_is_described(movie_of: Callable[[str], str]) -> None:
    facts = describe(movie_of("prores4444.mov"))
    assert facts == describe_movie(movie_of("prores4444.mov"))
    assert facts["channels"] == "R, G, B, A"
    assert facts["frames"] == f"1-{FRAMES}"
    assert "prores" in facts["codec"]
