"""From nothing, or from something half-made, to an environment that is known to work."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from building.console import Console
from building.environment import READY, ROOT, STOPPED, TORN, Environment
from building.errors import SetupError
from building.lock import only_setup
from building.machine import Machine, look_at_machine
from building.pip import Pip, PipFailed
from building.torch_build import Choice, Source, choose, sources
from building.verify import import_all, installed_build, require_gpu

CONSTRAINTS = ROOT / "constraints.txt"
OLDEST_PIP = "pip>=22"  # the first that installs a pyproject editable on every Python we take


@dataclass(frozen=True)
class Wish:
    """What a person asked for: where, which build of torch, from which folder, which extras."""

    venv: Path
    torch: str = "auto"
    wheels: Path | None = None
    extras: frozenset[str] = frozenset({"video"})


@dataclass(frozen=True)
class _Order:
    """One setup: the environment, what it is to hold, and the machine that it is made on."""

    environment: Environment
    extras: frozenset[str]
    wheels: Path | None
    choice: Choice
    machine: Machine


def set_up(wish: Wish, console: Console) -> Environment:
    """Make the environment, or find that it is as it should be. Raises `SetupError`."""
    wheels = require_wheels(wish.wheels)
    machine = look_at_machine()
    choice = choose(wish.torch, machine)
    environment = Environment(wish.venv)
    order = _Order(environment, wish.extras, wheels, choice, machine)
    if not _is_met(order):
        with only_setup(environment.path, console):
            _mend(order, console)
    console.say(f"environment: {environment.path} is ready")
    return environment


def _mend(order: _Order, console: Console) -> None:
    if _is_met(order):  # another setup did it while this one waited
        return
    say_choice(order.choice, console)
    with console.step(f"environment {order.environment.path}") as on_line:
        done = order.environment.prepare(on_line)
    console.say(f"  {done}")
    _fill(order, console)


def say_choice(choice: Choice, console: Console) -> None:
    """Say which build of torch it will be and why, with any hint standing out."""
    console.say(f"torch build: {choice.name} ({choice.why})")
    if choice.hint:
        console.say("\n".join(f"  ! {line}" for line in choice.hint.splitlines()))


def require_wheels(wheels: Path | None) -> Path | None:
    """The wheel folder in full. Raises `SetupError` where it is missing or has no wheels."""
    if wheels is None:
        return None
    if not wheels.is_dir():
        raise SetupError(f"--wheels: there is no folder {wheels}; `build.py wheels DIR` makes one.")
    if not any(wheels.glob("*.whl")):
        raise SetupError(f"--wheels: {wheels} holds no wheels; `build.py wheels DIR` fetches them.")
    return wheels.resolve()


def _is_met(order: _Order) -> bool:
    if not order.environment.is_ready_for(order.extras):
        return False
    found = installed_build(order.environment.python)
    return found is not None and order.choice.suits(found.cuda)


def _fill(order: _Order, console: Console) -> None:
    environment, choice = order.environment, order.choice
    extras = order.extras | environment.extras()
    pip = Pip(environment.python, environment.path / "setup.log")
    ways = sources(choice, order.machine, pinned_torch(), order.wheels)
    environment.mark(TORN, extras)
    try:
        install_torch(pip, ways, choice, console)
        with console.step("the engine and what it needs") as on_line:
            pip.install(_project(extras, order.wheels), on_line)
        with console.step("verifying") as on_line:
            found = import_all(environment.python)
        console.say(f"verified: {found}, keys on {found.seen or 'the processor'}")
        require_gpu(found, order.machine, choice)
    except SetupError:
        with suppress(OSError):  # on a full disk it stays torn, and is made anew next time
            environment.mark(STOPPED, extras)
        raise
    environment.mark(READY, extras)


def install_torch(pip: Pip, ways: tuple[Source, ...], choice: Choice, console: Console) -> None:
    """Install torch from the first source that gives the build; one that is there is kept.

    Raises `PipFailed` where the last source fails.
    """
    found = installed_build(pip.python)
    if found and choice.suits(found.cuda) and found.version.split("+")[0] == pinned_torch():
        return
    for source in ways:
        if source.word and source is not ways[0]:
            console.say(f"  {source.word}")
        # In its place at once: torch==2.13.0 is met by a 2.13.0+cpu that is there, and stays.
        how = ("--force-reinstall", "--no-deps") if found else (OLDEST_PIP,)
        try:
            with console.step(f"{source.requirement} (the largest part)") as on_line:
                pip.install((*source.options, *how, source.requirement), on_line)
        except PipFailed as error:
            if source is ways[-1] or error.is_full_disk:
                raise
            continue
        found = installed_build(pip.python)
        if found and choice.suits(found.cuda):
            return


def _project(extras: frozenset[str], wheels: Path | None) -> list[str]:
    named = f"[{','.join(sorted(extras))}]" if extras else ""
    offline = ["--no-index", "--find-links", str(wheels)] if wheels else []
    return [*offline, "--constraint", str(CONSTRAINTS), "--editable", f"{ROOT}{named}"]


def pinned_torch() -> str:
    """The version of torch that this project is tested with."""
    found = re.search(r"^torch==([0-9.]+)", CONSTRAINTS.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise SetupError(f"{CONSTRAINTS} pins no version of torch.")
    return found[1]
