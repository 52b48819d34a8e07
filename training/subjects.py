"""What stands before the screen: a premultiplied layer [N, 4, H, W], linear, and so its matte."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.colour.srgb import srgb_to_linear
from training.bodies import body, edge, gauze, haze, holes
from training.coats import coat
from training.dice import Dice
from training.frame_scale import frame_scale, times_as_wide
from training.layers import covered, over
from training.noise import smooth
from training.strands import Growth, combed, grown, growth, locked
from training.surfaces import colour, formed, greyed, hair_colour, surface
from training.threads import threads

_STEEP = 60.0  # how suddenly what is sharp becomes blurred
_COATS = 0.4  # the share of bodies that hair or fur covers
_BORDER = 32  # pixels of a usual layer, repeated around it while it is blurred


def subject(dice: Dice, size: int, pictures: Tensor | None = None) -> Tensor:
    """A body, clothed, haired, veiled, and seen through a lens; `pictures` as in `surface`."""
    distance = body(dice, size)
    skin = colour(dice, 0.17)
    layer = covered(formed(dice, distance, skin, pictures), edge(dice, distance))
    layer = _clothed(dice, layer, size, pictures)
    layer = _haired(dice, layer, distance, skin)
    layer = _either_first(dice, threads(dice, size) * dice.chance(0.45), layer)
    return through_lens(dice, _veiled(dice, layer, size, pictures))


def _veiled(dice: Dice, layer: Tensor, size: int, pictures: Tensor | None) -> Tensor:
    """Gauze or smoke before some, as often of no colour as of any."""
    shape = body(dice, size)
    ends = torch.where(dice.chance(0.5) > 0, edge(dice, shape), haze(dice, shape))
    veil = gauze(dice, size) * ends * dice.chance(0.28)
    tone = _some_greyed(dice, colour(dice, 0.05), 0.5)
    return over(covered(surface(dice, size, tone, pictures), veil), layer)


def _clothed(dice: Dice, layer: Tensor, size: int, pictures: Tensor | None) -> Tensor:
    """A second body of another material before it, some of it lace; holes through all of some."""
    shape = body(dice, size)
    cloth = edge(dice, shape) * dice.chance(0.6)
    lace = torch.where(dice.chance(0.4) > 0, holes(dice, size), torch.ones_like(cloth))
    material = formed(dice, shape, _some_greyed(dice, colour(dice, 0.2), 0.25), pictures)
    layer = over(covered(material, cloth * lace), layer)
    pierced = torch.where(dice.chance(0.08) > 0, holes(dice, size), torch.ones_like(cloth))
    return layer * pierced


def _some_greyed(dice: Dice, tone: Tensor, share: float) -> Tensor:
    return torch.where(dice.chance(share) > 0, greyed(tone), tone)


def _haired(dice: Dice, layer: Tensor, distance: Tensor, skin: Tensor) -> Tensor:
    """Hair or fur of its own colour or the body's: half of it a coat that strands grow out of."""
    size = distance.shape[-1]
    tone = _tone(dice, skin)
    heading, light = combed(dice, distance), locked(dice, size)
    mass = coat(dice, distance, heading, tone)
    worn = dice.chance(_COATS)
    layer = over(mass.layer * worn, layer)
    edges = torch.lerp(distance, mass.distance, worn)
    light = torch.lerp(light, mass.light, worn)
    for likely, shade in ((0.75, 1.0), (0.45, dice.uniform(0.2, 1.0))):
        alike = torch.maximum(worn, dice.chance(0.3)) > 0
        own = torch.where(alike, tone * shade, _tone(dice, skin))
        strands = grown(dice, edges, heading, light, own, growth(dice, size))
        layer = _either_first(dice, strands * dice.chance(likely), layer)
    return over(_wires(dice, distance), layer)


def _tone(dice: Dice, skin: Tensor) -> Tensor:
    """The linear colour of hair [N, 3, 1, 1], or, of some, of what it grows on."""
    own = dice.chance(0.8) > 0
    return srgb_to_linear(torch.where(own, hair_colour(dice).clamp(0.01, 0.98), skin))


def _wires(dice: Dice, distance: Tensor) -> Tensor:
    size = distance.shape[-1]
    how = Growth(dice.whole(1, 4), size * 1.2, dice.between(0.4, 3.0), 0.1, 0.3)
    tone = srgb_to_linear(colour(dice, 0.03))
    drawn = grown(dice, distance, combed(dice, distance), locked(dice, size), tone, how)
    return drawn * dice.chance(0.08)


def _either_first(dice: Dice, strands: Tensor, layer: Tensor) -> Tensor:
    return torch.where(dice.chance(0.75) > 0, over(strands, layer), over(layer, strands))


def through_lens(dice: Dice, layer: Tensor) -> Tensor:
    """Blur of focus or motion, on premultiplied light, in parts of some pictures; and softness."""
    size = layer.shape[-1]
    border = round(_BORDER * frame_scale(size))
    padded = F.pad(layer, (border,) * 4, mode="replicate")
    spectrum = torch.fft.rfft2(padded)
    edge_length = padded.shape[-1]
    soft = _lens(dice, edge_length, times_as_wide(dice, size))
    blur = _blur(dice, edge_length, times_as_wide(dice, size))
    sharp, spread = (_seen_through(spectrum, each, border) for each in (soft, soft * blur))
    # Steep: half sharp and half blurred, a solid thread would look like glass.
    share = torch.sigmoid(_STEEP * (smooth(dice, size, 2) + dice.uniform(-1.0, 1.0)))
    blurred = torch.lerp(sharp, spread, share)
    return torch.where(dice.chance(0.5) > 0, blurred, sharp).clamp(0.0, 1.0)


def _seen_through(spectrum: Tensor, transfer: Tensor, border: int) -> Tensor:
    size = spectrum.shape[-2]
    picture: Tensor = torch.fft.irfft2(spectrum * transfer, s=(size, size))
    return picture[..., border:-border, border:-border]


def _lens(dice: Dice, size: int, larger: Tensor) -> Tensor:
    """The transfer function of a lens's softness, a Gaussian of up to 0.8 × `larger` pixels."""
    down = torch.fft.fftfreq(size, device=dice.device)[:, None]
    across = torch.fft.rfftfreq(size, device=dice.device)[None]
    sigma = dice.uniform(0.0, 0.8) * dice.chance(0.6) * larger
    transfer: Tensor = torch.exp(-2.0 * (3.1416 * sigma) ** 2 * (down * down + across * across))
    return transfer


def _blur(dice: Dice, size: int, larger: Tensor) -> Tensor:
    """The transfer function of a lens out of focus, or of motion along a line.

    `larger` [N, 1, 1, 1] times as far as in a usual frame.
    """
    offset = torch.arange(size, device=dice.device) - size // 2
    rows, columns = offset[:, None], offset[None]
    radius = 0.6 * (10.0 ** dice.uniform(0.0, 1.0)) * larger
    disk = (radius + 0.5 - (rows * rows + columns * columns).float().sqrt()).clamp(0.0, 1.0)
    angle, half = dice.uniform(0.0, 3.1416), 1.0 + 28.0 * dice.uniform(0.0, 1.0) ** 1.4 * larger
    along = columns * angle.cos() + rows * angle.sin()
    across = rows * angle.cos() - columns * angle.sin()
    line = (half + 0.5 - along.abs()).clamp(0.0, 1.0) * (1.0 - across.abs()).clamp_min(0.0)
    kernel = torch.where(dice.chance(0.5) > 0, disk, line)
    kernel = kernel / kernel.sum(dim=(-2, -1), keepdim=True)
    transfer: Tensor = torch.fft.rfft2(torch.fft.ifftshift(kernel, dim=(-2, -1)))
    return transfer
