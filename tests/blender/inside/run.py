"""Run within a Blender: `run.py PYTEST_FOLDER ARGUMENTS...` runs pytest there; its exit status."""

from __future__ import annotations

import os
import sys


def main(arguments: list[str]) -> int:
    """Run pytest, found in the first argument's folder."""
    sys.path.insert(0, arguments[0])
    import pytest

    return int(pytest.main(arguments[1:]))


if __name__ == "__main__":
    words = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    status = main(words)
    import bpy

    if bpy.app.version < (4, 3) and not bpy.app.binary_path:
        # This wheel ends with a segmentation fault wherever a property ever had an update function.
        sys.stdout.flush()
        os._exit(status)
    sys.exit(status)
