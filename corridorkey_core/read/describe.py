"""What is in a picture or a movie, for a person."""

from __future__ import annotations

from corridorkey_core.folder import MOVIES
from corridorkey_core.frames import Window
from corridorkey_core.read.picture import Part, PictureFile, open_picture


def describe(path: str) -> dict[str, str]:
    """Facts of a picture file or a movie, each as text.

    Raises `ReadError`, and for a movie `MissingExtraError`.
    """
    if path.lower().endswith(MOVIES):
        from corridorkey_core.movie import describe_movie

        return describe_movie(path)
    facts = {"file": path}
    with open_picture(path, None) as picture:
        for part in picture.parts:
            mark = f"{part.name or f'part {part.index}'}: " if len(picture.parts) > 1 else ""
            facts |= {f"{mark}{name}": value for name, value in _facts(picture, part).items()}
    return facts


def _facts(picture: PictureFile, part: Part) -> dict[str, str]:
    header = picture.header(part)
    return {
        "channels": ", ".join(part.channels),
        "type": ", ".join(dict.fromkeys(part.types)) + (f", {part.not_flat}" * bool(part.not_flat)),
        "data window": _window(header.data),
        "display window": _window(header.display),
        "pixel aspect": f"{header.pixel_aspect:g}",
        "colour tag": picture.tag(part) or "none",
        **{item.name: str(item) for item in header.attributes},
    }


def _window(window: Window) -> str:
    return f"{window.width} x {window.height} at {window.x}, {window.y}"
