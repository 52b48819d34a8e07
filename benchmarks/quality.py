"""How well keyers key held-out plates whose matte and foreground are known.

    python benchmarks/quality.py [OUT_FOLDER] [--keyers difference,closed-form,chroma,builtin]
        [--judged builtin] [--levels easy,usual,hard] [--only NAME] [--hints given|made] [--quick]
        [--jobs 2] [--beside quality.json,...]

Every shot of `benchmarks/held_out`, which no training sees, is keyed in every way with default
settings, and the folder gets quality.md (tables and ratios), quality.json (every figure) and, in
`sheets`, crops at full size. `--quick` takes five subjects, one sequence and no closed form.
`--hints made` lets the plates' own colours make the hints, as where none is given.
A keyer may also be `module:function`, where function(device) gives one. `--beside` takes what
earlier runs measured of other keyers into the tables.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.held_out.shot import LEVELS, MOVING, SUBJECTS, stills  # noqa: E402
from benchmarks.machine import machine_facts  # noqa: E402
from benchmarks.processes import one_thread_each  # noqa: E402
from benchmarks.quality_case import (  # noqa: E402
    Moving,
    Still,
    as_given,
    hinted_by_plate,
    moving_case,
    still_case,
)
from benchmarks.quality_json import as_json, from_json  # noqa: E402
from benchmarks.quality_tables import markdown  # noqa: E402
from benchmarks.rival_keyers import GET_PYMATTING  # noqa: E402
from corridorkey_core.keyers.builtin.weights import SHIPPED  # noqa: E402

Case = TypeVar("Case", Still, Moving)
HINTS = {"given": as_given, "made": hinted_by_plate}
QUICK = ("brown", "fur", "veil", "flag", "limbs")
EXPECTED = "expected a quality.json as this benchmark writes it: name one, or leave --beside out"


def main() -> None:
    """Run it."""
    options = arguments()
    keyers = tuple(options.keyers.split(",")) if options.keyers else usual_keyers(options.quick)
    judged = options.judged or ("builtin" if "builtin" in keyers else "chroma")
    earlier = options.beside
    known = {each.keyer for each in earlier[0]} | set(keyers)
    if judged not in known:
        raise SystemExit(f"--judged {judged} is none of the keyers {', '.join(sorted(known))}.")
    (options.out / "sheets").mkdir(parents=True, exist_ok=True)
    now = measured(options, keyers)
    still_results, moving_results = earlier[0] + now[0], earlier[1] + now[1]
    text = f"{machine_facts()}.\n\n{markdown(still_results, moving_results, judged)}"
    (options.out / "quality.md").write_text(text, encoding="utf-8")
    told = json.dumps(as_json(still_results, moving_results), indent=1)
    (options.out / "quality.json").write_text(told, encoding="utf-8")
    print(text)


def measured(
    options: argparse.Namespace, keyers: tuple[str, ...]
) -> tuple[list[Still], list[Moving]]:
    """All cases, in several processes of one thread each."""
    chosen = tuple(name for name in (QUICK if options.quick else SUBJECTS) if options.only in name)
    levels = tuple(options.levels.split(","))
    moving = [each for each in MOVING if each.subject in chosen and each.level in levels]
    hinted = HINTS[options.hints]
    with one_thread_each(options.jobs) as pool:
        ordered = [
            pool.submit(still_case, order, keyers, hinted, options.out / "sheets")
            for order in stills(levels, chosen)
        ]
        moved = [pool.submit(moving_case, order, keyers, hinted) for order in moving]
        return _all(ordered), _all(moved)


def _all(cases: list[Future[list[Case]]]) -> list[Case]:
    done = []
    for case in cases:
        done += case.result()
        print(f"{done[-1].order.name}: done", file=sys.stderr, flush=True)
    return done


def usual_keyers(quick: bool) -> tuple[str, ...]:
    """Those that can run here."""
    found = ["difference", "chroma"]
    if not quick and importlib.util.find_spec("pymatting"):
        found.insert(1, "closed-form")
    elif not quick:
        print(GET_PYMATTING, file=sys.stderr)
    if all(each.file.is_file() for each in SHIPPED):
        found.append("builtin")
    return tuple(found)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure keyers on held-out plates.")
    parser.add_argument("out", nargs="?", type=Path, default=Path("quality"))
    parser.add_argument("--keyers", default="", help="names, with commas")
    parser.add_argument("--judged", default="", help="the keyer that ratios are made of")
    parser.add_argument("--levels", default=",".join(LEVELS))
    parser.add_argument("--only", default="", help="subjects whose name holds this")
    parser.add_argument("--hints", choices=tuple(HINTS), default="given")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--beside", type=_earlier, default="", help="quality.json, with commas")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _earlier(names: str) -> tuple[list[Still], list[Moving]]:
    found = [_measured_in(Path(name)) for name in names.split(",") if name]
    return [s for each in found for s in each[0]], [m for each in found for m in each[1]]


def _measured_in(file: Path) -> tuple[list[Still], list[Moving]]:
    try:
        return from_json(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        found = str(error.strerror)
    except KeyError as error:
        found = f"it lacks {error}"
    except (ValueError, TypeError) as error:
        found = f"it is of another form ({error})"
    raise argparse.ArgumentTypeError(f"{file}: {found}; {EXPECTED}.")


if __name__ == "__main__":
    main()
