"""The word that setup leaves for hosts: a small file of the user's, which names the engine."""

from __future__ import annotations

from building.child import ask
from building.console import Console
from building.environment import ROOT, Environment

VARIABLE = "CORRIDORKEY_PYTHON"


def leave_word(environment: Environment, console: Console) -> None:
    """Have the finished environment say where it is; without that, hosts must be told by hand."""
    said = ask([environment.python, "-I", "-m", "corridorkey_plugin.pointer", str(ROOT)])
    if said.status == 0:
        console.say(f"hosts find the engine by {said.output.strip()}")
        return
    reason = said.tail.splitlines()[-1] if said.tail else f"exit status {said.status}"
    console.say(
        f"  ! hosts will not find the engine by themselves: {reason}\n"
        f"  ! name it in their preferences, or set {VARIABLE}={environment.python}"
    )
