"""JPEG's loss, without its file: 4:2:0 chroma and quantised 8 × 8 cosine blocks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmarks.layers import Array, single

# ITU-T T.81, Annex K, tables K.1 and K.2.
_LUMA = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    float,
)
_CHROMA = np.full((8, 8), 99.0)
_CHROMA[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]

_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)


def jpeg(picture: npt.NDArray[np.floating], quality: int) -> Array:
    """What is left of sRGB values 0..255 [H, W, 3] after JPEG at `quality` (50..100)."""
    height, width = picture.shape[:2]
    padded = np.pad(picture, ((0, -height % 16), (0, -width % 16), (0, 0)), mode="edge")
    ycc = padded @ _TO_YCC.T
    luma = _quantised(ycc[..., 0] - 128.0, _scaled(_LUMA, quality)) + 128.0
    planes = [luma]
    for chroma in (ycc[..., 1], ycc[..., 2]):
        halved = chroma.reshape(luma.shape[0] // 2, 2, luma.shape[1] // 2, 2).mean(axis=(1, 3))
        planes.append(_doubled(_quantised(halved, _scaled(_CHROMA, quality))))
    rgb = np.stack(planes, axis=2) @ np.linalg.inv(_TO_YCC).T
    return single(np.clip(np.round(rgb), 0, 255)[:height, :width])


def _scaled(table: npt.NDArray[np.float64], quality: int) -> npt.NDArray[np.float64]:
    return np.clip(np.floor(table * (200 - 2 * quality) / 100 + 0.5), 1, 255)


def _quantised(
    plane: npt.NDArray[np.float64], table: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    plane = np.pad(plane, ((0, -plane.shape[0] % 8), (0, -plane.shape[1] % 8)), mode="edge")
    angle = (2 * np.arange(8)[None] + 1) * np.arange(8)[:, None] * np.pi / 16
    cosine = np.cos(angle) * 0.5
    cosine[0] *= np.sqrt(0.5)
    blocks = plane.reshape(plane.shape[0] // 8, 8, plane.shape[1] // 8, 8).swapaxes(1, 2)
    kept = np.round(cosine @ blocks @ cosine.T / table) * table
    decoded: npt.NDArray[np.float64] = (
        (cosine.T @ kept @ cosine).swapaxes(1, 2).reshape(plane.shape)
    )
    return decoded


def _doubled(plane: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Twice the size with triangle weights, as decoders do."""
    for axis in (0, 1):
        before = np.take(plane, np.r_[0, : plane.shape[axis] - 1], axis)
        after = np.take(plane, np.r_[1 : plane.shape[axis], plane.shape[axis] - 1], axis)
        pair = np.stack([0.75 * plane + 0.25 * before, 0.75 * plane + 0.25 * after], axis + 1)
        shape = list(plane.shape)
        shape[axis] *= 2
        plane = pair.reshape(shape)
    return plane
