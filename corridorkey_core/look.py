"""What is the same for every frame of a shot, settled before the first is keyed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from corridorkey_core.colour import ColourSpace, load_config, resolve
from corridorkey_core.errors import ReadError
from corridorkey_core.footage import Footage
from corridorkey_core.keyers.chroma import survey
from corridorkey_core.preprocess import linear_plate
from corridorkey_core.screen import Screen
from corridorkey_core.sequence import surveyed
from corridorkey_core.settings import Settings

FILE_TYPES = {"half": "float16", "float": "float32", "8": "uint8", "10": "uint16", "16": "uint16"}
OWN_DEPTH = {"exr": "half", "tiff": "16", "png": "16", "dpx": "10"}


@dataclass(frozen=True)
class Look:
    """Settings, screen, and colour in and out.

    `screen` is None where each frame is to settle its own; `file_type` is the numpy name of the
    type that matte, fg and processed are stored in.
    """

    settings: Settings
    screen: Screen | None
    plate_space: ColourSpace
    output_space: ColourSpace
    file_type: str


def settle_look(footage: Footage, settings: Settings) -> Look:
    """Settle a shot's look from its settings and some of its frames.

    The frames are spread over the whole shot on disk, not over those asked for, so that any part
    of a shot is keyed as the whole is. Raises `ColourError` and, where no frame can be read,
    `ReadError`.
    """
    if settings.ocio_config:
        load_config(settings.ocio_config)  # also where no space of it is used, a wrong one is told
    spaces, plates = _surveyed(footage, settings)
    plate_space = resolve(spaces[0], settings.ocio_config)
    file_type = FILE_TYPES[
        OWN_DEPTH[settings.format] if settings.bit_depth == "auto" else settings.bit_depth
    ]
    screen = None
    if settings.screen_sampling == "shot":
        screen = survey(plates, settings.screen)
    return Look(
        settings, screen, plate_space, _output_space(settings, plate_space, file_type), file_type
    )


def _surveyed(footage: Footage, settings: Settings) -> tuple[list[str], list[Tensor]]:
    def looked_at(number: int) -> tuple[str, Tensor] | ReadError:
        try:
            plate = footage.read_plate(number)
        except ReadError as error:
            return error
        space = resolve(plate.space, settings.ocio_config)
        return plate.space, linear_plate(plate, space, torch.device("cpu"))[0]

    numbers = surveyed(footage.numbers)
    with ThreadPoolExecutor(len(numbers), "corridorkey-look") as pool:
        looks = list(pool.map(looked_at, numbers))
    seen = [look for look in looks if not isinstance(look, ReadError)]
    if not seen:
        raise next(look for look in looks if isinstance(look, ReadError))
    return [space for space, _ in seen], [plate for _, plate in seen]


def _output_space(settings: Settings, plate: ColourSpace, file_type: str) -> ColourSpace:
    """The space of the results: as asked, else the plate's own wherever the file suits it."""
    if settings.output_space != "auto":
        return resolve(settings.output_space, settings.ocio_config)
    is_float = file_type.startswith("float")
    if plate.name == "srgb" and is_float:
        return resolve("linear")
    if plate.is_linear and not is_float:
        return resolve("srgb")
    return plate
