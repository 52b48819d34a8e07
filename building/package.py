"""A package for each host, as an artist installs it: one file, with all that it needs of ours."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from building.console import Console
from building.environment import ROOT
from building.package_blender import blender_extension
from building.package_nuke import nuke_plugin
from building.vendor import Files

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same sources make the same bytes
FILE_MODE = 0o644 << 16

PACKAGES: Mapping[str, Callable[[], tuple[str, Files]]] = {
    "blender": blender_extension,
    "nuke": nuke_plugin,
}
"""By host: what makes its package's file name and content."""


def package(output: Path, console: Console) -> tuple[Path, ...]:
    """Write every host's package into a folder and say where; raises `SetupError`."""
    output.mkdir(parents=True, exist_ok=True)
    written = []
    for host, make in PACKAGES.items():
        name, files = make()
        path = write_zip(output / name, files)
        console.say(f"{host}: {path} ({path.stat().st_size >> 10} KiB, {len(files)} files)")
        written.append(path)
    return tuple(written)


def write_zip(path: Path, files: Files) -> Path:
    """A zip file of `files`, whole or absent; the same content makes the same bytes."""
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, FILE_MODE
            archive.writestr(entry, files[name])
    part.replace(path)
    return path


def default_output() -> Path:
    """Where packages go unless another folder is named."""
    return ROOT / "dist"
