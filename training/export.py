"""A checkpoint's running mean, as the file that the package ships, and its checksum."""

from __future__ import annotations

import re
from pathlib import Path

from corridorkey_core.keyers.builtin import weights
from corridorkey_core.keyers.corridorkey.checkpoint import file_sha256
from training.checkpoint import load, write_halves

_FACTS = {"licence": "Apache-2.0", "made by": "training/, see docs/builtin.md"}


def export(checkpoint: Path) -> str:
    """Replace the package's weights and the checksum in `weights.py`; returns the checksum."""
    write_halves(weights.FILE, load(checkpoint).mean, _FACTS)
    digest = file_sha256(weights.FILE)
    source = Path(weights.__file__)
    text = re.sub(r'SHA256 = "[0-9a-f]*"', f'SHA256 = "{digest}"', source.read_text())
    source.write_text(text)
    return digest
