"""Command line of training.

python -m training run OUT --seconds 530 [--resume FILE]     train, and leave a checkpoint
python -m training export CHECKPOINT                         put its weights into the package
python -m training sheet PICTURE --seed 1                    look at what training is made on
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from training.export import export
from training.loop import Plan, Run
from training.sheet import sheet

_TURN = 0.0002  # seconds


def main() -> None:
    """Do what the command line says."""
    options = vars(_parser().parse_args())
    command = options.pop("command")
    if command == "export":
        print(export(options["checkpoint"]))
    elif command == "sheet":
        sheet(options["picture"], options["seed"], options["size"])
    else:
        # Whoever comes back from the device should not wait for the other thread's turn to end.
        sys.setswitchinterval(_TURN)
        device = torch.device(options.pop("device"))
        Run(Plan(device=device, **options)).train()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="train, and leave a checkpoint and a log")
    run.add_argument("out", type=Path)
    run.add_argument("--seconds", type=float, default=530.0, help="in all, start included")
    run.add_argument("--resume", type=Path, help="a checkpoint, or weights of the package")
    run.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    run.add_argument("--compiled", action="store_true", help="compile the network first")
    for name in ("rate", "mean_decay"):
        run.add_argument(_option(name), type=float, default=getattr(Plan, name))
    for name in ("seed", "size", "scenes", "pool", "first", "crop", "batch", "held_out", "warm_up"):
        run.add_argument(_option(name), type=int, default=getattr(Plan, name))
    commands.add_parser("export", help="weights for the package").add_argument(
        "checkpoint", type=Path
    )
    look = commands.add_parser("sheet", help="a picture of six scenes")
    look.add_argument("picture", type=Path)
    look.add_argument("--seed", type=int, default=1)
    look.add_argument("--size", type=int, default=256)
    return parser


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


if __name__ == "__main__":
    main()
