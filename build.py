"""Corridor Key from two commands: `python3 build.py demo` and `python3 build.py test`.

The work is in `building/`. This file parses on any Python, so that an old one gets a sentence and
not a syntax error.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - an old Python is what this line is for
    sys.exit(
        "build.py needs Python 3.10 or newer; this is %d.%d at %s.\n"  # noqa: UP031
        "Run it with a newer one, for instance: python3.12 build.py demo"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

from building.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
