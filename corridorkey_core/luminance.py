"""One channel out of three."""

from __future__ import annotations

import numpy as np

from corridorkey_core.frames import Pixels

REC709 = np.array([0.2126, 0.7152, 0.0722], np.float32)


def luminance(pixels: Pixels) -> Pixels:
    """Rec.709 weights on R, G, B [H, W, 3] as stored, to float32 [H, W]; integers to 0..1."""
    scale = 1.0 / np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1.0
    return np.asarray(pixels.astype(np.float32) @ (REC709 * np.float32(scale)))
