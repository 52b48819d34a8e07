"""GreenFormer: the whole network as it was trained, with the published checkpoint's names.

Loads the checkpoint strictly, and is what every faster form of it is checked against.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from corridorkey_core.keyers.corridorkey.decoder import Decoder, enlarged
from corridorkey_core.keyers.corridorkey.hiera import Hiera
from corridorkey_core.keyers.corridorkey.refiner import Refiner


class GreenFormer(nn.Module):
    """Alpha and foreground from a picture and its hint, at `size` × `size` pixels.

    `size` is a multiple of 32.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.encoder = nn.ModuleDict({"model": Hiera(size)})
        self.alpha_decoder = Decoder(1)
        self.fg_decoder = Decoder(3)
        self.refiner = Refiner()

    def forward(self, inputs: Tensor, strength: float = 1.0) -> tuple[Tensor, Tensor]:
        """Alpha [B, 1, S, S] and straight sRGB-encoded foreground [B, 3, S, S], both in 0..1.

        `inputs` [B, 4, S, S]: ImageNet-normalised sRGB and the hint in 0..1. `strength` scales
        the refiner's correction; 1 is as trained.
        """
        features = self.encoder["model"](inputs)
        logits = torch.cat([self.alpha_decoder(features), self.fg_decoder(features)], 1)
        coarse = enlarged(logits, inputs.shape[-2:])
        correction = self.refiner(torch.cat([inputs[:, :3], coarse.sigmoid()], 1))
        alpha, foreground = (coarse + strength * correction).sigmoid().split((1, 3), 1)
        return alpha, foreground
