"""From a keyer's answer to the passes that are written: restore, clean, despill, store."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from corridorkey_core.composite import preview, tile_of
from corridorkey_core.despeckle import despeckle
from corridorkey_core.despill import despill
from corridorkey_core.device_streams import beside
from corridorkey_core.frames import Pixels
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.matte import clip, gamma, shrink_grow, soften
from corridorkey_core.pixelwise import halves, previewed
from corridorkey_core.restore import restore
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from corridorkey_core.stored import (
    Download,
    Pack,
    Send,
    download,
    multiplied,
    nothing_packed,
    stored,
    to_own_memory,
)


@dataclass(frozen=True)
class Keyed:
    """A finished key: `matte` [1, H, W] in 0..1, straight `foreground` [3, H, W] linear Rec.709."""

    matte: Tensor
    foreground: Tensor


def postprocess(prediction: Prediction, plate: Tensor, screen: Screen, settings: Settings) -> Keyed:
    """Finish a keyer's answer as the settings say; nothing that is given is changed.

    `plate` [3, H, W] and the prediction's foreground are linear Rec.709 in their true channel
    order, whatever the screen.
    """
    # Finding specks waits for the device again and again, which has the colours to do meanwhile.
    with beside(plate.device) as joined:
        foreground = finished_foreground(prediction, plate, screen, settings)
    return Keyed(finished_matte(prediction.alpha, settings), joined(foreground))


def finished_foreground(
    prediction: Prediction, plate: Tensor, screen: Screen, settings: Settings
) -> Tensor:
    """The keyer's foreground [3, H, W], in the plate's range and without spill, as asked for."""
    foreground = prediction.foreground
    if settings.restore_source:
        foreground = restore(foreground, prediction.alpha, plate, screen)
    return despill(foreground, screen, settings.despill, settings.despill_strength)


def finished_matte(alpha: Tensor, settings: Settings) -> Tensor:
    """The matte tools on `alpha` [1, H, W], specks first, while faint links still hold."""
    matte = despeckle(alpha, settings.despeckle_area)
    matte = clip(matte, settings.clip_black, settings.clip_white)
    matte = gamma(matte, settings.matte_gamma)
    matte = shrink_grow(matte, settings.shrink_grow)
    return soften(matte, settings.soften)


def passes(
    keyed: Keyed,
    from_linear: Callable[[Tensor], Tensor],
    file_type: str,
    wanted: Collection[str],
) -> dict[str, Pixels]:
    """What `passes_on_their_way` brings, once it is there."""
    sent = passes_on_their_way(keyed, from_linear, file_type, wanted, nothing_packed)
    sent.wait()
    return sent.pixels


def passes_on_their_way(
    keyed: Keyed,
    from_linear: Callable[[Tensor], Tensor],
    file_type: str,
    wanted: Collection[str],
    pack: Pack,
    send: Send = to_own_memory,
) -> Download:
    """The wanted passes in host memory as they are stored; see `KeyedFrame`.

    `from_linear` leads to the space of fg and processed; `file_type` is the numpy name of their
    type; `pack` compresses what it can, and `send` brings it. Colours of processed are those of fg
    as stored times the matte as stored, rounded once.
    """
    made = {
        name: image
        for name, image in _stored_passes(keyed, from_linear, file_type, wanted).items()
        if name in wanted
    }
    if "comp" in wanted:
        made["comp"] = _stored_preview(keyed)
    return download(made, pack, send)


def _stored_passes(
    keyed: Keyed,
    from_linear: Callable[[Tensor], Tensor],
    file_type: str,
    wanted: Collection[str],
) -> dict[str, Tensor]:
    """The wanted ones of matte, fg and processed, and perhaps others of them."""
    if "fg" not in wanted and "processed" not in wanted:
        return {"matte": stored(keyed.matte, file_type)}
    colour = from_linear(keyed.foreground)
    at_once = halves(colour, keyed.matte) if file_type == "float16" else None
    if at_once is not None:
        return dict(zip(("fg", "matte", "processed"), at_once, strict=True))
    made = {"fg": stored(colour, file_type), "matte": stored(keyed.matte, file_type)}
    if "processed" in wanted:
        made["processed"] = torch.cat([multiplied(made["fg"], made["matte"]), made["matte"]])
    return made


def _stored_preview(keyed: Keyed) -> Tensor:
    tile = tile_of(*keyed.matte.shape[-2:])
    at_once = previewed(keyed.foreground, keyed.matte, tile)
    if at_once is not None:
        return at_once
    return stored(preview(keyed.foreground, keyed.matte), "uint8")
