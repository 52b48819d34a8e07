"""Smooth random fields with a power-law spectrum, made in the Fourier domain."""

from __future__ import annotations

import numpy as np

from benchmarks.held_out.layer import Array, Rng, Size, single


def field(size: Size, rng: Rng, slope: float, longest: float = 1.0) -> Array:
    """A field [H, W] of mean 0 and deviation 1, amplitude falling as frequency to the -`slope`.

    `longest` is the longest wave, as a share of the long edge.
    """
    edge = max(size)
    down = np.fft.fftfreq(size[0])[:, None] * edge
    across = np.fft.rfftfreq(size[1])[None] * edge
    frequency = np.hypot(down, across)
    amplitude = np.where(frequency * longest >= 1.0, np.maximum(frequency, 1e-3) ** -slope, 0.0)
    phase = np.exp(2j * np.pi * rng.random(amplitude.shape))
    drawn = np.fft.irfft2(amplitude * phase, size)
    drawn -= drawn.mean()
    return single(drawn / max(float(drawn.std()), 1e-9))


def spread(picture: Array, kernel: Array) -> Array:
    """`picture` [H, W] convolved with a small `kernel`, edges repeated."""
    reach = max(kernel.shape) // 2
    padded = np.pad(picture, reach, mode="edge")
    shape = (padded.shape[0] + kernel.shape[0], padded.shape[1] + kernel.shape[1])
    spectrum = np.fft.rfft2(padded, shape) * np.fft.rfft2(kernel, shape)
    whole = np.fft.irfft2(spectrum, shape)
    top, left = (reach + edge // 2 for edge in kernel.shape)
    return single(whole[top : top + picture.shape[0], left : left + picture.shape[1]])


def bell(sigma: float) -> Array:
    """A Gaussian kernel of sum 1."""
    reach = max(1, int(3.0 * sigma + 0.5))
    along = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel = np.outer(along, along)
    return single(kernel / kernel.sum())


def coin(radius: float) -> Array:
    """A flat disk of `radius` pixels, 1 inside."""
    reach = int(radius + 1)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return single(np.hypot(rows, columns) <= radius)
