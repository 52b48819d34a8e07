"""Command line of training.

python -m training run OUT first|nearer [--seconds 530] [--resume FILE]    leave a checkpoint
python -m training export first|nearer CHECKPOINT [CHECKPOINT]    put their mean into the package
python -m training sheet PICTURE --seed 1                         see what training is made on
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from training.export import export
from training.lessons import LESSONS
from training.loop import Plan, train
from training.sheet import sheet


def main() -> None:
    """Do what the command line says."""
    options = vars(_parser().parse_args())
    command = options.pop("command")
    if command == "export":
        print(export(LESSONS[options["lesson"]].ships, options["checkpoints"]))
    elif command == "sheet":
        sheet(options["picture"], options["seed"], options["size"])
    else:
        devices = tuple(options.pop("devices").split(","))
        train(Plan(devices=devices, **options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="train, and leave a checkpoint and a log")
    run.add_argument("out", type=Path)
    run.add_argument("lesson", choices=tuple(LESSONS), help="whose weights: the looks they take")
    run.add_argument("--seconds", type=float, default=530.0, help="in all, start included")
    run.add_argument("--resume", type=Path, help="a checkpoint, or weights of the package")
    run.add_argument("--devices", default=_all_devices(), help="with commas; a process for each")
    for name in ("rate", "last_rate", "mean_decay"):
        run.add_argument(_option(name), type=float, default=getattr(Plan, name))
    for name in ("seed", "size", "scenes", "pool", "first", "crop", "batch", "held_out", "warm_up"):
        run.add_argument(_option(name), type=int, default=getattr(Plan, name))
    ship = commands.add_parser("export", help="weights for the package")
    ship.add_argument("lesson", choices=tuple(LESSONS), help="whose weights")
    ship.add_argument("checkpoints", type=Path, nargs="+")
    look = commands.add_parser("sheet", help="a picture of six scenes")
    look.add_argument("picture", type=Path)
    look.add_argument("--seed", type=int, default=1)
    look.add_argument("--size", type=int, default=256)
    return parser


def _all_devices() -> str:
    count = torch.cuda.device_count()
    return ",".join(f"cuda:{index}" for index in range(count)) or "cpu"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


if __name__ == "__main__":
    main()
