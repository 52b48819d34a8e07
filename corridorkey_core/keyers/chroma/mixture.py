"""One pixel as a mixture: how much foreground, and of what colour, if we know what to expect.

A pixel is I = alpha F + (1 - alpha) S + noise. S, the screen, is known; F is expected to be near
the prior P, the solid foreground nearby, differing mostly in brightness (shading, highlights) and
a little in hue. For every alpha that makes I a Gaussian with covariance

    C(alpha) = alpha² (vb P Pᵀ + vh 1) + noise 1

so the likelihood of each alpha has a closed form, and alpha is its mean over a uniform prior. The
mean, and not the maximum, is what has the least squared error, and it changes smoothly.
After Chuang et al., A Bayesian Approach to Digital Matting, 2001, with a known background.

All colours are [3, N], linear, divided by the level of the screen; alphas are [1, N].
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

_STEPS = 11  # alphas tried, ends included
_BRIGHTNESS = 0.15  # vb: relative variance of the foreground's brightness
_HUE = 0.006  # vh: variance of its hue
_ENDS = 1.0  # log-likelihood given to exactly 0 and exactly 1, which most pixels are

# Colour is asked with more freedom than alpha: what alpha leaves unexplained is the colour's own.
_FREE_BRIGHTNESS, _FREE_HUE, _FREE_NOISE = 0.3, 0.11, 0.0011


def expected_alpha(image: Tensor, screen: Tensor, prior: Tensor, noise: Tensor) -> Tensor:
    """Mean alpha [1, N]; `noise` is the variance [1, N] the camera and the screen's cloth make."""
    offset, line = image - screen, prior - screen
    offset_sq, line_sq, prior_sq = _dot(offset, offset), _dot(line, line), _dot(prior, prior)
    cross, offset_prior, line_prior = _dot(offset, line), _dot(offset, prior), _dot(line, prior)
    alphas, squares, along, hue, ends = _tried(image.device)
    isotropic = hue + noise
    missed_sq = offset_sq - 2.0 * alphas * cross + squares * line_sq
    missed_prior = offset_prior - alphas * line_prior
    spread = isotropic + along * prior_sq
    distance = (missed_sq - along * missed_prior * missed_prior / spread) / isotropic
    volume = 2.0 * isotropic.log() + spread.log()
    likelihood = torch.softmax(-0.5 * (distance + volume - ends), dim=0)
    return (likelihood * alphas).sum(dim=0, keepdim=True)


def expected_colour(image: Tensor, screen: Tensor, prior: Tensor, alpha: Tensor) -> Tensor:
    """The likeliest straight foreground [3, N] where alpha is known; the prior where it is 0."""
    missed = image - screen - alpha * (prior - screen)
    isotropic = alpha * alpha * _FREE_HUE + _FREE_NOISE
    along = alpha * alpha * _FREE_BRIGHTNESS
    share = along * _dot(missed, prior) / (isotropic + along * _dot(prior, prior))
    whitened = (missed - prior * share) / isotropic
    shading = _FREE_BRIGHTNESS * prior * _dot(prior, whitened)
    return prior + alpha * (shading + _FREE_HUE * whitened)


@functools.cache
def _tried(device: torch.device) -> tuple[Tensor, ...]:
    """All alphas tried, [11, 1], their squares, what these make of brightness and hue, the ends."""
    alphas = [step / (_STEPS - 1) for step in range(_STEPS)]
    rows = [
        alphas,
        [alpha * alpha for alpha in alphas],
        [alpha * alpha * _BRIGHTNESS for alpha in alphas],
        [alpha * alpha * _HUE for alpha in alphas],
        [_ENDS if alpha in (0.0, 1.0) else 0.0 for alpha in alphas],
    ]
    with torch.inference_mode(False):
        return torch.tensor(rows, device=device)[..., None].unbind()


def _dot(left: Tensor, right: Tensor) -> Tensor:
    return (left * right).sum(dim=0, keepdim=True)
