"""What is in a picture, for a person."""

from __future__ import annotations

from corridorkey_core.frames import Window
from corridorkey_core.read.picture import open_picture


def describe(path: str) -> dict[str, str]:
    """Facts of a picture file, each as text; raises `ReadError`."""
    facts = {"file": path}
    with open_picture(path, 0) as picture:
        for part in picture.parts:
            mark = f"{part.name or f'part {part.index}'}: " if len(picture.parts) > 1 else ""
            header = picture.header(part)
            facts |= {
                f"{mark}channels": ", ".join(part.channels),
                f"{mark}type": part.type_name,
                f"{mark}data window": _window(header.data),
                f"{mark}display window": _window(header.display),
                f"{mark}pixel aspect": f"{header.pixel_aspect:g}",
                f"{mark}colour tag": picture.tag(part) or "none",
            }
            facts |= {f"{mark}{item.name}": str(item.value) for item in header.attributes}
    return facts


def _window(window: Window) -> str:
    return f"{window.width} x {window.height} at {window.x}, {window.y}"
