"""The checks of the house: ruff, mypy and the tests of its rules."""

from __future__ import annotations

from building.child import hand_over
from building.console import Console
from building.environment import ROOT, Environment

CHECKS = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
    ("mypy --strict", ("mypy", "--strict")),
    ("rules of the repository", ("pytest", "-q", "tests/test_repository.py")),
)


def check(environment: Environment, console: Console) -> int:
    """Run every check, then say the verdict of each; 1 where any failed."""
    verdicts = []
    for name, command in CHECKS:
        console.say(f"\n{name}")
        status = hand_over([environment.python, "-m", *command], str(ROOT))
        verdicts.append((name, status))
    console.say("")
    for name, status in verdicts:
        console.say(f"{'passed' if status == 0 else 'FAILED'}  {name}")
    return 1 if any(status for _, status in verdicts) else 0
