"""A convolution, its weights laid out as the kernel reads them."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from corridorkey_core.kernel_grid import programs
from corridorkey_core.keyers.builtin.fused.halves import are_halves
from corridorkey_core.keyers.builtin.fused.kernel import convolve
from corridorkey_core.keyers.builtin.fused.launches import Launch
from corridorkey_core.keyers.corridorkey.bias import bias_of


@dataclass(frozen=True)
class Convolution:
    """`taps` [rows × window, outputs of a pack] in half floats, and as many of `bias`, float32.

    It sees `edge` × `edge` pixels, `above` of them above and left of it, and goes by `stride`.
    `spread` makes its outputs' halves two rows of a picture of twice the size.
    """

    taps: Tensor
    bias: Tensor
    channels: int
    edge: int
    stride: int
    above: int
    launch: Launch
    spread: bool = False

    @classmethod
    def of(cls, layer: nn.Conv2d, launch: Launch) -> Convolution:
        """The same as a module's."""
        stride, above = int(layer.stride[0]), int(layer.padding[0])
        return cls.made(layer.weight, bias_of(layer), stride, above, launch)

    @classmethod
    def made(
        cls,
        weight: Tensor,
        bias: Tensor,
        stride: int,
        above: int,
        launch: Launch,
        spread: bool = False,
    ) -> Convolution:
        """Of weights [outputs, channels, edge, edge].

        Raises `ValueError` where one is no half float, or the launch does not divide the layer.
        """
        taps = packed(exact_halves(weight), stride, launch.pack)
        bias = bias.float().repeat(launch.pack)
        edge = weight.shape[-1]
        if len(taps) // edge % launch.chunk or len(bias) % (launch.out + launch.rest):
            raise ValueError(
                f"{launch} does not divide {len(taps) // edge} seen, {len(bias)} made."
            )
        return cls(taps, bias, weight.shape[1], edge, stride, above, launch, spread)

    def __call__(self, picture: Tensor, relu: bool = False, into: Tensor | None = None) -> Tensor:
        """The result [rows, columns, outputs] of a picture [height, width, channels], float32.

        `relu` is of the picture. The result is added to `into`, where that is given, in its place.
        """
        height, width, _ = picture.shape
        rows, columns = height // self.stride, width // self.stride // self.launch.pack
        if columns * self.launch.pack * self.stride != width:
            raise ValueError(f"A picture {width} wide is no whole number of packs.")
        result = self._room(picture, rows, columns) if into is None else into
        self._launch(picture, result, rows, columns, relu, into is not None)
        return result

    def _room(self, picture: Tensor, rows: int, columns: int) -> Tensor:
        pack = self.launch.pack
        return picture.new_empty((rows, columns * pack, self.bias.shape[0] // pack))

    def _launch(
        self, picture: Tensor, result: Tensor, rows: int, columns: int, relu: bool, add: bool
    ) -> None:
        how = self.launch
        # At every launch: `len` of a tensor is Python, and slow.
        blocks = self.bias.shape[0] // (how.out + how.rest)
        tiles = programs(rows, how.tall) * programs(columns, how.wide)
        convolve[(tiles * blocks,)](
            picture,
            self.taps,
            self.bias,
            result,
            picture.shape[0],
            picture.shape[1],
            rows,
            columns,
            self.channels,
            self.edge,
            self.stride,
            self.above,
            how.pack,
            self.taps.shape[0] // self.edge,
            how.chunk,
            how.out,
            how.rest,
            blocks,
            self.spread,
            relu,
            add,
            how.tall,
            how.wide,
            num_warps=how.warps,
            num_stages=how.stages,
        )


def exact_halves(weight: Tensor) -> Tensor:
    """Weights as half floats; raises `ValueError` where one is none."""
    if not are_halves(weight):
        raise ValueError("The fused network takes weights that are half floats, and no others.")
    return weight.half()


def packed(weight: Tensor, stride: int, pack: int) -> Tensor:
    """Weights [outputs, channels, edge, edge] as [edge × window, pack × outputs].

    The window is all that `pack` neighbours see in a row; what one does not see has weights of 0.
    """
    outputs, channels, edge, _ = weight.shape
    window = (pack - 1) * stride + edge
    taps = weight.new_zeros((edge, window, channels, pack, outputs))
    for pixel in range(pack):
        seen = slice(pixel * stride, pixel * stride + edge)
        taps[:, seen, :, pixel] = weight.permute(2, 3, 1, 0)
    return taps.reshape(edge * window * channels, pack * outputs)
