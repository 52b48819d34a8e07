"""GreenFormer as it keys: folded heads, and a refiner that can be exchanged for a tiled one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from corridorkey_core.keyers.corridorkey.decoder import enlarged
from corridorkey_core.keyers.corridorkey.fold import FoldedDecoder
from corridorkey_core.keyers.corridorkey.greenformer import GreenFormer
from corridorkey_core.keyers.corridorkey.hiera import Hiera
from corridorkey_core.keyers.corridorkey.refiner import Refiner

Refine = Callable[[Tensor], Tensor]


class Network(nn.Module):
    """Logits of alpha and foreground; computes what the `GreenFormer` it is made of computes."""

    def __init__(self, trained: GreenFormer) -> None:
        super().__init__()
        encoder = trained.encoder["model"]
        if not isinstance(encoder, Hiera):
            raise TypeError("GreenFormer's encoder is a Hiera.")
        self.encoder = encoder
        self.alpha = FoldedDecoder(trained.alpha_decoder)
        self.foreground = FoldedDecoder(trained.fg_decoder)
        self.refiner: Refiner = trained.refiner

    def forward(self, inputs: Tensor, strength: float, refine: Refine) -> Tensor:
        """Logits [1, 4, S, S] in float32: alpha, then sRGB-encoded foreground.

        `inputs` [1, 4, S, S] of the network's own type: ImageNet-normalised sRGB and the hint in
        0..1. `strength` scales the correction that `refine` (the refiner, or one that equals it)
        gives; 1 is as trained.
        """
        with exact_convolutions():
            coarse = self._coarse(inputs)
            seen = torch.cat([inputs[:, :3], coarse.sigmoid().to(inputs.dtype)], 1)
            return coarse.add_(refine(seen), alpha=strength)

    def _coarse(self, inputs: Tensor) -> Tensor:
        features = self.encoder(inputs)
        logits = torch.cat([self.alpha(features), self.foreground(features)], 1)
        return enlarged(logits.float(), inputs.shape[-2:])


def build_network(
    state: Mapping[str, Tensor], size: int, device: torch.device, arithmetic: torch.dtype
) -> Network:
    """A network of a checkpoint's tensors, ready on a device; may share memory with `state`."""
    with torch.device("meta"):
        trained = GreenFormer(size)
    trained.load_state_dict(state, strict=True, assign=True)
    return Network(trained.eval()).to(device, arithmetic).requires_grad_(False)


@contextmanager
def exact_convolutions() -> Iterator[None]:
    """Convolutions in float32 as such: cuDNN rounds them to TF32 (ten bits) where it may."""
    cudnn = torch.backends.cudnn
    with cudnn.flags(
        enabled=cudnn.enabled,
        benchmark=cudnn.benchmark,
        deterministic=cudnn.deterministic,
        allow_tf32=False,
    ):
        yield
