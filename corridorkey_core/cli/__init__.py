"""The command `corridorkey`: the engine from a terminal, a script or a farm.

Exit status: 0 all asked for is on disk; 1 some frames failed; 2 the request is wrong, or a shot
could not start; 130 cancelled. Anything else is a bug, with its traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from corridorkey_core.before_torch import prepare_process
from corridorkey_core.cli.commands import build_parser
from corridorkey_core.cli.display import in_words
from corridorkey_core.errors import Cancelled, CorridorKeyError
from corridorkey_core.progress import CANCELLED, REFUSED


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    prepare_process()
    arguments = _joined(list(sys.argv[1:] if argv is None else argv))
    options = build_parser().parse_args(arguments)
    try:
        status: int = options.command(options)
    except Cancelled:
        return CANCELLED
    except CorridorKeyError as error:
        sys.stderr.write(f"corridorkey: {in_words(error)}\n")
        return REFUSED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return status


def _joined(argv: list[str]) -> list[str]:
    """Join a value that starts with a minus to its option, as `--frames -5--2` needs."""
    joined: list[str] = []
    for word in argv:
        negative = len(word) > 1 and word[0] == "-" and word[1].isdigit()
        if negative and joined and joined[-1].startswith("--") and "=" not in joined[-1]:
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined
