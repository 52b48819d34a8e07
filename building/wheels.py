"""A folder of wheels for machines without a network."""

from __future__ import annotations

import tempfile
from pathlib import Path

from building.console import Console
from building.environment import ROOT, Environment
from building.errors import SetupError
from building.machine import look_at_machine
from building.pip import Pip, PipFailed
from building.set_up import CONSTRAINTS, pinned_torch, say_choice
from building.torch_build import Source, choose, sources

BUILDERS = ("pip", "setuptools>=77")  # what installing the project itself takes


def collect_wheels(folder: Path, torch: str, console: Console) -> None:
    """Fill a folder with everything `setup --wheels` and `test --wheels` need.

    The wheels are for this system and this Python. Raises `SetupError`.
    """
    machine = look_at_machine()
    choice = choose(torch, machine)
    say_choice(choice, console)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"The folder cannot be made: {error}.") from error
    with tempfile.TemporaryDirectory(prefix="corridorkey-wheels-") as temporary:
        environment = Environment(Path(temporary))
        with console.step("a temporary environment") as on_line:
            environment.prepare(on_line)
        pip = Pip(environment.python, folder / "wheels.log")
        _collect_torch(pip, folder, sources(choice, machine, pinned_torch(), None), console)
        _collect_rest(pip, folder, console)
    console.say(f"{len(list(folder.glob('*.whl')))} wheels in {folder}")
    console.say(f"there: python3 build.py setup --wheels {folder} --torch {choice.name}")


def _collect_torch(pip: Pip, folder: Path, ways: tuple[Source, ...], console: Console) -> None:
    for source in ways:
        try:
            with console.step(f"{source.requirement} (the largest part)") as on_line:
                pip.wheel(
                    ("--wheel-dir", str(folder), *source.options, source.requirement), on_line
                )
            return
        except PipFailed as error:
            if source is ways[-1] or error.is_full_disk:
                raise
            console.say(f"  not to be had there; trying {ways[-1].requirement}")


def _collect_rest(pip: Pip, folder: Path, console: Console) -> None:
    torch = max(folder.glob("torch-*.whl"), key=lambda wheel: wheel.stat().st_mtime)
    with console.step("the engine and what it needs") as on_line:
        wanted = (*BUILDERS, str(torch), f"{ROOT}[dev,video]")
        options = ("--wheel-dir", str(folder), "--constraint", str(CONSTRAINTS))
        pip.wheel((*options, *wanted), on_line)
