"""Writing keyed frames through OpenImageIO: each file whole or absent, and the same every time."""

from corridorkey_core.write.keyed import write_keyed
from corridorkey_core.write.sheet import Tile, write_sheet

__all__ = ["Tile", "write_keyed", "write_sheet"]
