"""The order as an Open Job Description bundle, which AWS Deadline Cloud takes as it is.

`template.yaml` follows the specification 2023-09 with its extension TASK_CHUNKING. Frames are
chunked NONCONTIGUOUS, since CONTIGUOUS makes a chunk of every frame of 1-100x2. Paths stay in the
job file, and every task maps them by the session's own rules, so that they need be no parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from corridorkey_core.errors import SettingsError
from corridorkey_core.farm.absolute import Assets
from corridorkey_core.farm.openjd_range import openjd_range
from corridorkey_core.farm.order import JOB_FILE, Order, Shot
from corridorkey_core.job_file import document_text

TEMPLATE, ASSETS = "template.yaml", "asset_references.yaml"
LONGEST_NAME, LONGEST_STEP, LONGEST_TEXT = 128, 64, 1024
NOTIFY_SECONDS = 120
ENTER_SECONDS, EXIT_SECONDS = 600, 180
SESSION, RULES = "{{Session.WorkingDirectory}}", "{{Session.PathMappingRulesFile}}"


def openjd(order: Order, assets: Sequence[Assets]) -> dict[str, str]:
    """The bundle's files and their text, the job file aside.

    Raises `SettingsError` for a name that Open Job Description would take for a variable.
    """
    for text in (order.name, order.command, *(shot.name for shot in order.shots)):
        _check_literal(text)
    return {
        TEMPLATE: document_text(template(order)),
        ASSETS: document_text(asset_references(assets)),
    }


def template(order: Order) -> dict[str, Any]:
    """The job template, as plain values."""
    several = len(order.shots) > 1
    marks = [str(index) if several else "" for index in range(1, len(order.shots) + 1)]
    shots = list(zip(order.shots, marks, strict=True))
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": f"Corridor Key {order.name}"[:LONGEST_NAME],
        "parameterDefinitions": [
            *_common_parameters(order),
            *(parameter for shot, mark in shots for parameter in _shot_parameters(shot, mark)),
        ],
        "jobEnvironments": [_warm_engine()],
        "steps": [_step(order, shot, mark) for shot, mark in shots],
    }


def asset_references(assets: Sequence[Assets]) -> dict[str, Any]:
    """What the job reads and writes, for a farm that brings files to its workers."""
    return {
        "assetReferences": {
            "inputs": {
                "filenames": _each_once(path for each in assets for path in each.files),
                "directories": _each_once(path for each in assets for path in each.folders),
            },
            "outputs": {"directories": _each_once(each.output for each in assets)},
            "referencedPaths": [],
        }
    }


def _common_parameters(order: Order) -> Iterator[Mapping[str, Any]]:
    yield {
        "name": "JobFile",
        "type": "PATH",
        "objectType": "FILE",
        "dataFlow": "IN",
        "default": JOB_FILE,
        "description": "The shots, with all their settings.",
    }
    yield {
        "name": "Command",
        "type": "STRING",
        "default": order.command,
        "description": "How a worker starts Corridor Key.",
    }
    yield {
        "name": "TargetSeconds",
        "type": "INT",
        "default": 0,
        "minValue": 0,
        "description": "Let the farm make chunks of about this length; 0 keeps FramesPerTask.",
    }


def _shot_parameters(shot: Shot, mark: str) -> Iterator[Mapping[str, Any]]:
    if len(openjd_range(shot.frames)) <= LONGEST_TEXT:
        yield {
            "name": f"Frames{mark}",
            "type": "STRING",
            "default": openjd_range(shot.frames),
            "description": f"Frames of {shot.name}, a step written as 1-100:2."[:LONGEST_TEXT],
        }
    yield {
        "name": f"FramesPerTask{mark}",
        "type": "INT",
        "default": shot.frames_per_chunk,
        "minValue": 1,
    }


def _warm_engine() -> dict[str, Any]:
    return {
        "name": "CorridorKey",
        "description": "Keeps one engine for all tasks of a session, so that weights load once.",
        "script": {
            "actions": {
                "onEnter": _action(["farm", "open", SESSION], ENTER_SECONDS),
                "onExit": _action(["farm", "close", SESSION], EXIT_SECONDS),
            }
        },
    }


def _step(order: Order, shot: Shot, mark: str) -> dict[str, Any]:
    text = openjd_range(shot.frames)
    frames = f"{{{{Param.Frames{mark}}}}}" if len(text) <= LONGEST_TEXT else text
    words = ["farm", "task", "{{Param.JobFile}}", f"--shot={shot.name}"]
    words += ["--frames={{Task.Param.Frame}}", f"--path-mapping={RULES}"]
    step = {
        "name": _step_name(shot.name, mark),
        "parameterSpace": {"taskParameterDefinitions": [_chunked(frames, mark)]},
        "script": {
            "actions": {
                "onRun": {
                    **_action(words, order.needs.timeout_seconds),
                    "cancelation": {
                        "mode": "NOTIFY_THEN_TERMINATE",
                        "notifyPeriodInSeconds": NOTIFY_SECONDS,
                    },
                }
            }
        },
    }
    amounts = _amounts(order)
    return {**step, "hostRequirements": {"amounts": amounts}} if amounts else step


def _chunked(frames: str, mark: str) -> dict[str, Any]:
    return {
        "name": "Frame",
        "type": "CHUNK[INT]",
        "range": frames,
        "chunks": {
            "defaultTaskCount": f"{{{{Param.FramesPerTask{mark}}}}}",
            "targetRuntimeSeconds": "{{Param.TargetSeconds}}",
            "rangeConstraint": "NONCONTIGUOUS",
        },
    }


def _amounts(order: Order) -> list[dict[str, Any]]:
    needs = order.needs
    wanted = {
        "amount.worker.gpu": needs.gpus,
        "amount.worker.gpu.memory": needs.gpu_memory,
        "amount.worker.memory": needs.memory,
        "amount.worker.vcpu": needs.cores,
    }
    return [{"name": name, "min": least} for name, least in wanted.items() if least]


def _action(words: Sequence[str], seconds: int) -> dict[str, Any]:
    return {"command": "{{Param.Command}}", "args": list(words), "timeout": seconds}


def _step_name(name: str, mark: str) -> str:
    """A step's name: the shot's, short, and with a mark of its own where there are several."""
    plain = re.sub(r"[^\w .-]", "_", name)
    return f"{mark} {plain}"[:LONGEST_STEP].strip() if mark else plain[:LONGEST_STEP]


def _each_once(paths: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(paths))


def _check_literal(text: str) -> None:
    if "{{" in text:
        raise SettingsError(
            f"{text!r} has {{{{, which Open Job Description takes for a variable's beginning. Give "
            "the shot another `name`."
        )
