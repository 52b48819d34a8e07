"""`corridorkey weights`: fetch, add and list checkpoints."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TextIO

from corridorkey_core.cli.parser import Commands
from corridorkey_core.errors import WeightsError
from corridorkey_core.progress import CANCELLED
from corridorkey_core.weights.places import (
    ADDRESS,
    ADDRESS_ENVIRONMENT,
    ENVIRONMENT,
    PUBLISHED,
    checkpoints_in,
    weights_folder,
)

MIB = 1 << 20


def add_weights(commands: Commands) -> None:
    """Give the command line its `weights` command."""
    weights = commands.add_parser("weights", help="fetch, add or list CorridorKey checkpoints")
    actions = weights.add_subparsers(title="actions", required=True, metavar="ACTION")
    fetch = actions.add_parser("fetch", help="download the published checkpoint")
    fetch.add_argument(
        "--from",
        dest="address",
        metavar="URL",
        default=os.environ.get(ADDRESS_ENVIRONMENT, ADDRESS),
        help=f"base address (default: ${ADDRESS_ENVIRONMENT}, else {ADDRESS})",
    )
    fetch.add_argument("--file", default=PUBLISHED[0], help=f"default: {PUBLISHED[0]}")
    _add_common(fetch)
    fetch.set_defaults(command=_fetch)
    add = actions.add_parser("add", help="take a checkpoint from a file or a folder")
    add.add_argument("source", metavar="FILE", type=Path)
    _add_common(add)
    add.set_defaults(command=_add)
    listing = actions.add_parser("list", help="say which checkpoints are here and which is used")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(command=_list)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sha256", metavar="HEX", type=_sha256, help="refuse any other content")
    parser.add_argument(
        "--to", metavar="FOLDER", type=Path, default=weights_folder(), help="default: %(default)s"
    )


def _sha256(text: str) -> str:
    digits = text.strip().lower()
    if len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
        raise argparse.ArgumentTypeError(f"{text!r} is not 64 hexadecimal digits")
    return digits


def _fetch(options: argparse.Namespace) -> int:
    from corridorkey_core.weights.install import fetch
    from corridorkey_core.weights.licence import LICENCE

    if Path(options.file).name != options.file or not options.file:
        raise WeightsError(f"--file is {options.file!r}; expected the name of a file.")
    sys.stderr.write(LICENCE)
    shown = ProgressLine(options.file, sys.stderr)
    try:
        installed = fetch(options.address, options.file, options.to, options.sha256, shown)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; the same command goes on from here\n")
        return CANCELLED
    sys.stdout.write(_line(installed.path, installed.sha256, installed.size))
    return 0


def _add(options: argparse.Namespace) -> int:
    from corridorkey_core.weights.install import add
    from corridorkey_core.weights.licence import LICENCE

    sys.stderr.write(LICENCE)
    installed = add(options.source, options.to, options.sha256)
    sys.stdout.write(_line(installed.path, installed.sha256, installed.size))
    return 0


def _line(path: Path, sha256: str, size: int) -> str:
    return f"{path}\n  sha256 {sha256}, saved for {size} px\n"


def _list(options: argparse.Namespace) -> int:
    """Every checkpoint that could be used; the order is the one they are looked for in."""
    entries = [_facts(path, by) for path, by in _candidates()]
    if options.json:
        sys.stdout.write(json.dumps(entries, indent=2) + "\n")
        return 0
    if not entries:
        sys.stdout.write(f"no checkpoints; looked at ${ENVIRONMENT} and in {weights_folder()}\n")
    for position, entry in enumerate(entries):
        mark = "used" if position == 0 else "    "
        sys.stdout.write(f"{mark} {entry['path']}  {entry['state']}  ({entry['by']})\n")
    return 0


def _candidates() -> list[tuple[Path, str]]:
    named = os.environ.get(ENVIRONMENT)
    first = [(Path(named).expanduser(), f"${ENVIRONMENT}")] if named else []
    return first + [(path, "user's folder") for path in checkpoints_in(weights_folder())]


def _facts(path: Path, by: str) -> dict[str, str]:
    from corridorkey_core.keyers.corridorkey.checkpoint import read_checkpoint

    try:
        checkpoint = read_checkpoint(path)
        state = f"sha256 {checkpoint.sha256}, saved for {checkpoint.size} px"
    except WeightsError as error:
        state = f"not usable: {error}"
    return {"path": str(path), "by": by, "state": state}


class ProgressLine:
    """How far a download is: drawn over on a terminal, a line every tenth elsewhere."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self._name = name
        self._stream = stream
        self._said = -1

    def __call__(self, done: int, total: int | None) -> None:
        tenth = 10 * done // total if total else done // (100 * MIB)
        if self._stream.isatty():
            end = "\n" if done == total else ""
            self._stream.write(f"\r\x1b[K{self._words(done, total)}{end}")
        elif tenth != self._said:
            self._stream.write(self._words(done, total) + "\n")
        self._said = tenth
        self._stream.flush()

    def _words(self, done: int, total: int | None) -> str:
        if not total:
            return f"{self._name}  {done / MIB:.0f} MiB"
        return f"{self._name}  {done / MIB:.0f}/{total / MIB:.0f} MiB  {100 * done // total} %"
