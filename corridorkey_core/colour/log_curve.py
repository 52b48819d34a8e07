"""Camera log curves on the device: a line in the shadows, an exponential above, then a matrix.

That is the published form of ARRI LogC3 and LogC4, Sony S-Log3, Panasonic V-Log, RED Log3G10,
ACEScct, DaVinci Intermediate and others. Which numbers a space has is read off OCIO's own
conversion; a space of another form is not fitted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from corridorkey_core.colour.convert import Transform, apply_matrix

Floats = npt.NDArray[np.float64]
Shape = tuple[float, float, float, float, float, float]

# Half a step of a half float. OCIO's own logarithms are good to 1e-5.
TOLERANCE = 2.0**-12
# Codes where every curve of this form is in its line, and those where it is in its exponential.
DARK = (-1.0, -0.5)
BRIGHT = (0.35, 1.1)
REFINEMENTS = 8
LARGEST_EXPONENT = 100.0


@dataclass(frozen=True)
class LogCurve:
    """light = slope code + intercept below `cut`, else scale 2^(rate code) + lift.

    `matrix` [3, 3] then takes the camera's light to linear Rec.709, `back` from there.
    """

    slope: float
    intercept: float
    scale: float
    rate: float
    lift: float
    cut: float
    matrix: Tensor
    back: Tensor

    def light_of(self, code: Tensor) -> Tensor:
        """The camera's light of a code; finite for any finite code."""
        exponent = (code * self.rate + math.log2(self.scale)).clamp_max(LARGEST_EXPONENT)
        line = code * self.slope + self.intercept
        return torch.where(code < self.cut, line, exponent.exp2() + self.lift)

    def code_of(self, light: Tensor) -> Tensor:
        """The inverse of `light_of`."""
        above = (light - self.lift).clamp_min(1e-30)
        curve = (above.log2() - math.log2(self.scale)) / self.rate
        line = (light - self.intercept) / self.slope
        return torch.where(light < self.cut * self.slope + self.intercept, line, curve)

    def to_linear(self, picture: Tensor) -> Tensor:
        """Codes [3, H, W] as linear Rec.709."""
        return apply_matrix(self.light_of(picture), self.matrix)

    def from_linear(self, picture: Tensor) -> Tensor:
        """The inverse of `to_linear`."""
        return self.code_of(apply_matrix(picture, self.back))


def fit_log_curve(to_linear: Transform, from_linear: Transform) -> LogCurve | None:
    """The curve that two conversions are, one the inverse of the other; None if they are none.

    Both take and give [3, H, W]. What is returned agrees with both to half a half float's step,
    negatives and values far above 1 included.
    """
    codes = np.linspace(-1.0, 1.2, 2201)
    light = to_linear(torch.from_numpy(codes).float().repeat(3, 1, 1))[1, 0].double().numpy()
    shape = _shape(codes, light)
    if shape is None:
        return None
    matrix = _matrix(to_linear)
    curve = LogCurve(*shape, matrix.float(), matrix.inverse().float())
    agrees = _agree(curve.to_linear, to_linear, _some_codes(), floor=0.01)
    return curve if agrees and _agree(curve.from_linear, from_linear, _some_light(), 0.1) else None


def _shape(codes: Floats, light: Floats) -> Shape | None:
    """slope, intercept, scale, rate, lift and cut of a curve through these points."""
    dark = np.interp(DARK, codes, light)
    slope = float(dark[1] - dark[0]) / (DARK[1] - DARK[0])
    intercept = float(dark[0]) - slope * DARK[0]
    bright = (codes >= BRIGHT[0]) & (codes <= BRIGHT[1])
    exponential = _exponential(codes[bright], light[bright])
    if exponential is None or not slope > 0:
        return None
    scale, rate, lift = exponential
    line, curve = slope * codes + intercept, scale * np.exp2(rate * codes) + lift
    # The cut that leaves the least error; then just where both parts meet.
    below, above = np.abs(line - light).cumsum(), np.abs(curve - light)[::-1].cumsum()[::-1]
    rough = float(codes[(below + above).argmin()])
    near = np.linspace(rough - 0.004, rough + 0.004, 8001)
    gap = np.abs(slope * near + intercept - scale * np.exp2(rate * near) - lift)
    return slope, intercept, scale, rate, lift, float(near[gap.argmin()])


def _exponential(codes: Floats, light: Floats) -> tuple[float, float, float] | None:
    """scale, rate and lift of scale 2^(rate code) + lift, by Gauss-Newton on relative errors."""
    low, middle, high = light[0], light[len(light) // 2], light[-1]
    if not 0 < middle - low < high - middle < np.inf:
        return None
    rate = float(np.log2((high - middle) / (middle - low)) / (codes[-1] - codes[0]) * 2)
    scale = float((high - low) / (np.exp2(rate * codes[-1]) - np.exp2(rate * codes[0])))
    found = np.array([scale, rate, low - scale * np.exp2(rate * codes[0])])
    for _ in range(REFINEMENTS):
        growth = np.exp2(found[1] * codes)
        slopes = np.stack([growth, found[0] * codes * math.log(2) * growth, np.ones_like(codes)], 1)
        error = light - found[0] * growth - found[2]
        found = found + np.linalg.lstsq(slopes / light[:, None], error / light, rcond=None)[0]
    return (float(found[0]), float(found[1]), float(found[2])) if found[0] > 0 < found[1] else None


def _matrix(to_linear: Transform) -> Tensor:
    """The matrix behind the curve, scaled so that green keeps the light of a grey."""
    codes = torch.full((3, 1, 5), 0.3)
    codes[:, 0, :3] += 0.5 * torch.eye(3)
    codes[:, 0, 4] = 0.8
    light = to_linear(codes)[:, 0].double()
    return (light[:, :3] - light[:, 3:4]) / (light[1, 4] - light[1, 3])


def _agree(ours: Transform, theirs: Transform, values: Tensor, floor: float) -> bool:
    expected = theirs(values)
    scale = expected.abs().amax(dim=0).clamp_min(floor)
    return bool(((ours(values) - expected).abs() <= TOLERANCE * scale).all())


def _some_codes() -> Tensor:
    noise = torch.Generator().manual_seed(1)
    return torch.rand((3, 64, 64), generator=noise) * 1.6 - 0.5


def _some_light() -> Tensor:
    noise = torch.Generator().manual_seed(2)
    size = torch.exp2(torch.rand((3, 64, 64), generator=noise) * 20 - 12)
    return torch.where(torch.rand((3, 64, 64), generator=noise) < 0.2, -size, size)
