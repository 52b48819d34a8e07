"""Reading pictures through OpenImageIO: native depth, channels by name, both windows, metadata."""

from corridorkey_core.read.describe import describe
from corridorkey_core.read.picture import PictureFile, open_picture, set_codec_threads
from corridorkey_core.read.plate import read_hint, read_plate

__all__ = [
    "PictureFile",
    "describe",
    "open_picture",
    "read_hint",
    "read_plate",
    "set_codec_threads",
]
