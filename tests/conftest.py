"""What holds for every test: threads that sleep while they wait, and no clocks in properties."""

from __future__ import annotations

import os

from hypothesis import settings

# Before torch is first imported: on a busy machine OpenMP's spinning threads take most of the time.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

settings.register_profile("no clocks", deadline=None)
settings.load_profile("no clocks")
