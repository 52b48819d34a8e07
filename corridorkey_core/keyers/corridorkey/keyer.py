"""The CorridorKey keyer: the network on one device, in one precision, in the memory there is."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from corridorkey_core.errors import KeyingError
from corridorkey_core.keyers.corridorkey.fast import Forward, quick_forward
from corridorkey_core.keyers.corridorkey.network import Network, Refine
from corridorkey_core.keyers.corridorkey.picture import network_input, prediction
from corridorkey_core.keyers.corridorkey.tiled_refiner import TiledRefiner
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.screen import Screen

Build = Callable[[torch.dtype], Network]
TILES = (512, 128)  # rows that the refiner works on at once, where memory ran out
NAMES = {torch.float32: "fp32", torch.float16: "fp16", torch.bfloat16: "bf16"}


class CorridorKeyer:
    """Keys with the published network.

    `build` makes the network, ready on the device, in a given arithmetic; `weights` names its
    checkpoint's content; `say` is told what a person should know once. A frame that gives NaN in
    half precision is keyed again in float32, that frame only: what is before it does not matter.
    """

    name = "corridorkey"

    def __init__(
        self,
        build: Build,
        arithmetic: torch.dtype,
        size: int,
        strength: float,
        weights: str,
        say: Callable[[str], None],
    ) -> None:
        self._build = build
        self._arithmetic = arithmetic
        self._size = size
        self._strength = strength
        self._say = say
        self._said_nan = False
        self._tiles = list(TILES)
        self._rows: int | None = None
        self._networks = {arithmetic: build(arithmetic)}
        self._forwards: dict[torch.dtype, Forward] = {}
        self.identity = f"corridorkey 2, {weights}, {size} px, {NAMES[arithmetic]}"

    def key(self, plate: Tensor, hint: Tensor, screen: Screen) -> Prediction:
        """Key one frame; see `Keyer.key`. The screen's colour is not used: the network sees it."""
        del screen
        logits = self._finite_logits(network_input(plate, hint, self._size))
        return prediction(logits, (plate.shape[-2], plate.shape[-1]))

    def economise(self) -> str | None:
        """Work in horizontal tiles, then in smaller ones; the picture stays the same."""
        if not self._tiles:
            return None
        self._rows = self._tiles.pop(0)
        self._networks = {self._arithmetic: self._networks[self._arithmetic]}
        self._forwards.clear()
        return f"the refiner now works in exact tiles of {self._rows} rows, more slowly"

    def close(self) -> None:
        """Give back the device's memory; a closed keyer keys no more."""
        self._networks.clear()
        self._forwards.clear()
        self._build = _closed

    def _finite_logits(self, inputs: Tensor) -> Tensor:
        logits = self._logits(self._arithmetic, inputs)
        if _finite(logits):
            return logits
        if self._arithmetic == torch.float32:
            raise KeyingError("The network gave NaN; its checkpoint may be damaged.")
        self._say_nan()
        logits = self._logits(torch.float32, inputs)
        if not _finite(logits):
            raise KeyingError("The network gave NaN, in fp32 too; its checkpoint may be damaged.")
        return logits

    def _logits(self, arithmetic: torch.dtype, inputs: Tensor) -> Tensor:
        if arithmetic not in self._networks:
            self._networks[arithmetic] = self._build(arithmetic)
        if arithmetic not in self._forwards:
            self._forwards[arithmetic] = self._forward(self._networks[arithmetic])
        return self._forwards[arithmetic](inputs.to(arithmetic), self._strength)

    def _forward(self, network: Network) -> Forward:
        refine = self._refine(network)

        def plain(inputs: Tensor, strength: float) -> Tensor:
            logits: Tensor = network(inputs, strength, refine)
            return logits

        return quick_forward(network, plain, self._say) if self._rows is None else plain

    def _refine(self, network: Network) -> Refine:
        if self._rows is None:
            return network.refiner
        return TiledRefiner(network.refiner, self._rows)

    def _say_nan(self) -> None:
        if not self._said_nan:
            self._said_nan = True
            self._say(
                f"The network gave NaN in {NAMES[self._arithmetic]}; such frames are keyed again "
                "in fp32. `precision: fp32` saves the attempt."
            )


def _finite(logits: Tensor) -> bool:
    return bool(torch.isfinite(logits.sum()))


def _closed(_arithmetic: torch.dtype) -> Network:
    raise RuntimeError("The keyer is closed.")
