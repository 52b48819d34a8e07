"""Reading pictures through OpenImageIO: native depth, channels by name, both windows, metadata."""

from corridorkey_core.read.describe import describe
from corridorkey_core.read.hint import HintPicture, read_hint
from corridorkey_core.read.picture import (
    PictureFile,
    codec_threads,
    open_picture,
    set_codec_threads,
)
from corridorkey_core.read.plate import plate_bytes, read_plate

__all__ = [
    "HintPicture",
    "PictureFile",
    "codec_threads",
    "describe",
    "open_picture",
    "plate_bytes",
    "read_hint",
    "read_plate",
    "set_codec_threads",
]
