"""The order for Thinkbox Deadline: two files of `key=value` a shot, for its CommandLine plugin."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from corridorkey_core.errors import SettingsError
from corridorkey_core.farm.absolute import Assets
from corridorkey_core.farm.formats.chunk_command import chunk_command
from corridorkey_core.farm.order import Order, Shot
from corridorkey_core.sequence import format_frames

CHUNK = "<STARTFRAME>-<ENDFRAME>"
QUOTE = "<QUOTE>"


def deadline(order: Order, assets: Sequence[Assets]) -> dict[str, str]:
    """The files of every shot, job before plugin, as `deadlinecommand` takes them in pairs.

    Raises `SettingsError` for frames below 0, which Deadline's frame lists cannot name.
    """
    files = {}
    for index, (shot, its) in enumerate(zip(order.shots, assets, strict=True), 1):
        if shot.frames[0] < 0:
            raise SettingsError(
                f"{shot.name} has frame {shot.frames[0]}; Deadline's frame lists begin at 0."
            )
        mark = f"{index}_" if len(order.shots) > 1 else ""
        name = mark + re.sub(r"[^\w.-]", "_", shot.name)
        files[f"{name}_job.txt"] = _lines(_job(order, shot, its))
        files[f"{name}_plugin.txt"] = _lines(_plugin(order, shot))
    return files


def _job(order: Order, shot: Shot, assets: Assets) -> Mapping[str, str]:
    name = order.name if order.name == shot.name else f"{order.name} {shot.name}"
    return {
        "Plugin": "CommandLine",
        "Name": f"Corridor Key {name}",
        "UserName": order.user,
        "Frames": format_frames(shot.frames),
        "ChunkSize": str(shot.frames_per_chunk),
        "TaskTimeoutMinutes": str(-(-order.needs.timeout_seconds // 60)),
        "OutputDirectory0": assets.output,
    }


def _plugin(order: Order, shot: Shot) -> Mapping[str, str]:
    command, *words = chunk_command(order, shot, CHUNK)
    quoted = [f"{QUOTE}{word}{QUOTE}" if " " in word else word for word in words]
    return {"Executable": command, "Arguments": " ".join(quoted)}


def _lines(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())
