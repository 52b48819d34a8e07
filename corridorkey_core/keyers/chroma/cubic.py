"""A smooth surface through what is seen of one: how light falls on a screen."""

from __future__ import annotations

import torch
from torch import Tensor


def cubic(values: Tensor, weights: Tensor) -> Tensor:
    """Weighted ridge fit of a cubic in x and y to `values`, drawn at every pixel, [3, ..., H, W].

    `values` are about 1: where `weights` [1, ..., H, W] say little they are taken for that.
    """
    basis = _basis(values.shape[-2], values.shape[-1], values.device)
    lines = basis.movedim(0, 1)
    weighted = lines * weights[0][..., None, :]
    system = _summed(weighted @ lines.mT)
    ridge = torch.eye(len(basis), dtype=torch.float64) * (1e-3 * system[..., :1, :1] + 1e-6)
    solved = torch.linalg.solve(system + ridge, _summed(weighted @ (values - 1.0).movedim(0, -1)))
    drawn: Tensor = solved.to(values.dtype).to(values.device).mT @ basis.flatten(1)
    return 1.0 + drawn.movedim(-2, 0).reshape(values.shape)


def _summed(lines: Tensor) -> Tensor:
    """What lines [..., H, A, B] sum to, on the CPU in double precision, which not every device has.

    Summed in single precision, a curve is off by a thousandth where no screen is seen for long.
    """
    return lines.cpu().double().sum(dim=-3)


def _basis(height: int, width: int, device: torch.device) -> Tensor:
    """Products of Legendre polynomials up to the third degree together, [10, H, W]."""
    down, across = _legendre(height, device), _legendre(width, device)
    products = [
        down[i][:, None] * across[j][None] for i in range(len(down)) for j in range(len(across) - i)
    ]
    return torch.stack(products)


def _legendre(count: int, device: torch.device) -> list[Tensor]:
    x = torch.linspace(-1.0, 1.0, count, device=device)
    return [torch.ones_like(x), x, 1.5 * x * x - 0.5, (2.5 * x * x - 1.5) * x]
