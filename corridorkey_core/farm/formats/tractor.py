"""The order as a job script of Pixar's Tractor, in the language that Alfred had, which is Tcl."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corridorkey_core.farm.absolute import Assets
from corridorkey_core.farm.formats.chunk_command import chunk_command, part
from corridorkey_core.farm.order import Order, Shot

SCRIPT = "tractor.alf"
_SPECIAL = re.compile(r"([\\{}\[\]$\";\s])")


def tractor(order: Order, _assets: Sequence[Assets]) -> dict[str, str]:
    """The script: a task for every shot, below it one for every chunk."""
    shots = "".join(_shot(order, shot) for shot in order.shots)
    return {SCRIPT: f"Job -title {_word(f'Corridor Key {order.name}')} -subtasks {{\n{shots}}}\n"}


def _shot(order: Order, shot: Shot) -> str:
    chunks = "".join(_chunk(order, shot, part(frames)) for frames in shot.chunks)
    return f"  Task {_word(shot.name)} -subtasks {{\n{chunks}  }}\n"


def _chunk(order: Order, shot: Shot, its: str) -> str:
    command = " ".join(map(_word, chunk_command(order, shot, its)))
    wants = " -service {GPU}" if order.needs.gpus else ""
    cores = order.needs.cores
    slots = f" -atleast {cores} -atmost {cores}" if cores else ""
    # The launch expression is split into words once more, so it is one word made of words.
    return (
        f"    Task {_word(f'{shot.name} {its}')} -cmds {{\n"
        f"      RemoteCmd {{{command}}}{wants}{slots} "
        f"-maxrunsecs {order.needs.timeout_seconds}\n    }}\n"
    )


def _word(text: str) -> str:
    """A word that Tcl reads as this text."""
    if not _SPECIAL.search(text):
        return text
    return _SPECIAL.sub(r"\\\1", text) if re.search(r"[\\{}]", text) else f"{{{text}}}"
