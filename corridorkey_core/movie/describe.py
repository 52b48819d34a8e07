"""What is in a movie, for a person."""

from __future__ import annotations

from corridorkey_core.movie.reader import Movie


def describe_movie(path: str) -> dict[str, str]:
    """Facts of a movie, each as text; raises `ReadError` and `MissingExtraError`."""
    movie = Movie(path)
    header = movie.header(1)
    movie.close()
    return {
        "file": path,
        "codec": movie.codec,
        "channels": ", ".join(movie.channels),
        "size": f"{header.data.width} x {header.data.height}",
        "frames": f"1-{movie.count}",
        "pixel aspect": f"{header.pixel_aspect:g}",
        **{item.name: str(item) for item in header.attributes},
    }
