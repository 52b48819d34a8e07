"""Named tensors from a file a person has: .pth or .safetensors, told apart by what is in it.

A .pth is a pickle and could run any program when opened. Only tensors and plain containers are let
through (`weights_only`), and only from the zip form that torch has written since 1.6.
"""

from __future__ import annotations

import pickle
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from corridorkey_core.errors import WeightsError
from corridorkey_core.keyers.corridorkey.safetensors_file import (
    looks_like_safetensors,
    read_safetensors,
)

_COMPILED = "_orig_mod."  # what torch.compile puts before names
_MOST_OF_A_REASON = 200


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The file's tensors by name, on the CPU, free of wrappers and prefixes.

    Raises `WeightsError` where the file is missing, truncated, foreign or unsafe.
    """
    try:
        with path.open("rb") as file:
            start = file.read(64)
        if start.startswith(b"PK\x03\x04"):
            return _named_tensors(_read_pth(path), path)
        if looks_like_safetensors(start):
            return _named_tensors(read_safetensors(path), path)
    except OSError as error:
        raise WeightsError(
            f"The checkpoint {path} cannot be read: {error.strerror or error}."
        ) from error
    raise WeightsError(f"{path} is no checkpoint: {_foreign(start)}.")


def _read_pth(path: Path) -> Any:
    if not zipfile.is_zipfile(path):
        raise WeightsError(
            f"{path} is truncated: it starts as a .pth file, but its end is missing "
            f"({path.stat().st_size} bytes). Copy or fetch it again."
        )
    try:
        # torch trusts a path's extension, and warns of a pickle it may not understand: it either
        # does, or says so by an error.
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Detected pickle protocol", UserWarning)
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(_unsafe(path, str(error))) from error
    except (RuntimeError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{path} is damaged or no checkpoint of torch: {_first_line(error)}. "
            "Copy or fetch it again."
        ) from error


def _unsafe(path: Path, reason: str) -> str:
    named = re.search(r"GLOBAL (\S+)", reason)
    what = f"it asks for {named[1]}" if named else "it holds more than tensors"
    return (
        f"{path} was not opened: {what}, which could run a program. A checkpoint holds tensors "
        "only; take it from where it was published, or use the .safetensors file."
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:_MOST_OF_A_REASON]


def _foreign(start: bytes) -> str:
    text = start.lstrip().lower()
    if not start:
        return "it is empty"
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "it is a web page, saved in place of the file; fetch the file itself"
    if text.startswith(b"version https://git-lfs"):
        return "it is a Git LFS pointer; run `git lfs pull`, or fetch the file itself"
    if start.startswith(b"\x80"):
        return "it is a bare pickle, which could run a program; save it again as .safetensors"
    return "it is neither a .pth nor a .safetensors file"


def _named_tensors(content: Any, path: Path) -> dict[str, Tensor]:
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        raise WeightsError(
            f"{path} is no checkpoint: it holds a {type(content).__name__}, expected tensors by "
            "name."
        )
    others = [str(name) for name, value in content.items() if not isinstance(value, Tensor)]
    if others:
        raise WeightsError(
            f"{path} is no CorridorKey checkpoint: {len(others)} of its entries are no tensors "
            f"({', '.join(others[:3])})."
        )
    return {str(name).replace(_COMPILED, ""): value for name, value in content.items()}
