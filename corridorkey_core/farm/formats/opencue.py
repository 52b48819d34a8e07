"""The order as a job specification of OpenCue, which `opencue.api.launchSpec` takes.

Elements and their order are those of `cjsl-1.12.dtd`, the first that has several GPUs.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from xml.etree import ElementTree

from corridorkey_core.errors import SettingsError
from corridorkey_core.farm.absolute import Assets
from corridorkey_core.farm.formats.chunk_command import chunk_command
from corridorkey_core.farm.order import Order, Shot
from corridorkey_core.sequence import format_frames

SPECIFICATION = "opencue.xml"
HEAD = (
    '<?xml version="1.0"?>\n'
    '<!DOCTYPE spec PUBLIC "SPI Cue  Specification Language" '
    '"http://localhost:8080/spcue/dtd/cjsl-1.12.dtd">\n'
)
FIRST = "#IFRAME#"
ROOT = "root"
SHORTEST_NAME = 3
LEAST_MEMORY = "1g"  # Cuebot wants some where it is given GPUs


def opencue(order: Order, _assets: Sequence[Assets]) -> dict[str, str]:
    """The specification: a job whose layers are the shots.

    Raises `SettingsError` for root, whose jobs Cuebot refuses.
    """
    if order.user == ROOT:
        raise SettingsError("Cuebot takes no job of root; name another user with --user.")
    spec = ElementTree.Element("spec")
    _add(spec, "show", order.show)
    _add(spec, "shot", _token(order.name))
    _add(spec, "user", order.user)
    job = ElementTree.SubElement(spec, "job", name=_token(order.name))
    _add(job, "paused", "False")
    layers = ElementTree.SubElement(job, "layers")
    for index, shot in enumerate(order.shots, 1):
        _add_layer(layers, order, shot, f"_{index}" if len(order.shots) > 1 else "")
    ElementTree.SubElement(spec, "depends")
    ElementTree.indent(spec)
    return {SPECIFICATION: HEAD + ElementTree.tostring(spec, encoding="unicode") + "\n"}


def _add_layer(layers: ElementTree.Element, order: Order, shot: Shot, mark: str) -> None:
    needs = order.needs
    layer = ElementTree.SubElement(layers, "layer", name=_token(shot.name) + mark, type="Render")
    # Some of Cuebot's versions reckon #FRAME_END# as if no frame of the range were left out.
    *words, part = chunk_command(order, shot, f"{FIRST}+{shot.frames_per_chunk}")
    _add(layer, "cmd", f"{shlex.join(words)} {part}")
    _add(layer, "range", format_frames(shot.frames))
    _add(layer, "chunk", str(shot.frames_per_chunk))
    if needs.cores:
        _add(layer, "cores", f"{needs.cores:.1f}")
    _add(layer, "threadable", "True")
    if needs.memory:
        _add(layer, "memory", f"{needs.memory}m")
    if needs.gpus:
        _add(layer, "gpus", str(needs.gpus))
        _add(layer, "gpu_memory", f"{needs.gpu_memory}m" if needs.gpu_memory else LEAST_MEMORY)
    services = ElementTree.SubElement(layer, "services")
    _add(services, "service", "default")


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = text


def _token(name: str) -> str:
    """A name of letters, digits, `_` and `.`, of at least three characters."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "_", name).strip("_")
    return plain if len(plain) >= SHORTEST_NAME else f"shot_{plain}"
