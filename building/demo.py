"""The shipped sample shot, keyed by the installed command."""

from __future__ import annotations

from building.child import hand_over
from building.console import Console
from building.environment import ROOT, Environment

SAMPLE = "examples/sample"
RESULTS = "demo"
SHEET = f"{RESULTS}/contact_sheet.png"


def demo_command(environment: Environment) -> list[str]:
    """The command line that keys the sample, run from the repository's root."""
    plate, hint = (f"{SAMPLE}/{part}/sample.####.exr" for part in ("plate", "hint"))
    key = [environment.script("corridorkey"), "key", plate, "--hint", hint]
    return [*key, "--output", RESULTS, "--contact-sheet", SHEET]


def key_sample(environment: Environment, console: Console) -> int:
    """Key the sample into `demo/` and say where to look; the key's own exit status."""
    command = demo_command(environment)
    console.say("\n$ " + " ".join(command))
    status = hand_over(command, str(ROOT))
    if status:
        console.say(f"\nThe key ended with exit status {status}; see what it said above.")
        return status
    console.say(f"\nresults:        {ROOT / RESULTS}")
    console.say(f"contact sheet:  {ROOT / SHEET}")
    console.say("what is set up: " + environment.script("corridorkey") + " doctor")
    return 0
