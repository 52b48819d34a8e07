"""`nuke -t key_shot.py SCRIPT.nk [--node=NAME] [--frames=1001-1100] [--views=left,right] [--save]`.

Keys nodes of a script; `--stage` prepares a farm instead. See `corridorkey_nuke.batch`.
"""

import sys

from corridorkey_nuke.batch import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
