"""Writing keyed frames through OpenImageIO: each file whole or absent, and the same every time."""

from corridorkey_core.write.keyed import write_keyed
from corridorkey_core.write.whole import sweep_temporaries

__all__ = ["sweep_temporaries", "write_keyed"]
