"""Movies that are cut short, or none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from corridorkey_core.errors import ReadError
from corridorkey_core.movie import Movie
from tests.movie_files import CODECS, FRAMES, read_all, write_movie
from tests.picture_files import cut_short


def with_its_table_first(tmp_path: Path, name: str) -> Path:
    codec, pixel_format, options = CODECS[name]
    flags = {"movflags": "faststart"}
    path = tmp_path / name
    return write_movie(path, codec, pixel_format, options=options, container_options=flags)


def test_a_movie_of_whole_pictures_cut_short_gives_those_there(tmp_path: Path) -> None:
    whole = with_its_table_first(tmp_path, "prores422.mov")
    straight = read_all(str(whole), range(1, FRAMES + 1))
    movie = Movie(str(cut_short(whole, 0.6)))
    np.testing.assert_array_equal(movie.read(3), straight[2])
    with pytest.raises(
        ReadError, match=r"damaged|cut short|ends before|cannot be decoded"
    ) as caught:
        movie.read(FRAMES)
    assert caught.value.frame == FRAMES
    np.testing.assert_array_equal(movie.read(2), straight[1])
    movie.close()


def test_a_movie_of_dependent_pictures_cut_short_is_refused(tmp_path: Path) -> None:
    short = cut_short(with_its_table_first(tmp_path, "h264.mp4"), 0.6)
    with pytest.raises(ReadError, match=rf"cut short; \d+ of its {FRAMES} frames"):
        Movie(str(short))


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.7])
def test_a_movie_without_its_index_is_refused(
    movie_of: Callable[[str], str], keep: float, tmp_path: Path
) -> None:
    copy = tmp_path / "a.mov"
    copy.write_bytes(Path(movie_of("prores422.mov")).read_bytes())
    with pytest.raises(ReadError, match="cannot be read") as caught:
        Movie(str(cut_short(copy, keep)))
    assert str(caught.value.path).endswith("shorta.mov")


def test_what_is_no_movie_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mov").write_text("hello")
    for name in ("a.mov", "none.mov"):
        with pytest.raises(ReadError, match="cannot be read"):
            Movie(str(tmp_path / name))
    with av.open(str(tmp_path / "sound.mov"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.int16), "s16", "stereo")
        sound.sample_rate = 48000
        container.mux(stream.encode(sound))
    with pytest.raises(ReadError, match="only sound"):
        Movie(str(tmp_path / "sound.mov"))


def test_avi_of_reordered_frames_is_refused(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "a.avi", "libx264", "yuv420p", options={"bf": "2"})
    with pytest.raises(ReadError, match=r"AVI cannot number.*\.mov"):
        Movie(str(path))
