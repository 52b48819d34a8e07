"""`python -m corridorkey_core` is the command `corridorkey`."""

import sys

from corridorkey_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
