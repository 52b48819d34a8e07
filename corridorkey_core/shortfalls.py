"""What a GPU has to do without, in words for a person."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from corridorkey_core import along_axis, pixelwise
from corridorkey_core.triton_kernels import hindrance


def shortfalls(device: torch.device) -> Iterator[str]:
    """What every frame goes through that cannot be fused on a device, though it is a GPU.

    A sentence for each reason. Kernels that were not tried yet are tried now; what only one keyer
    has is its own to tell.
    """
    if reason := hindrance(device):
        yield f"{device} does without fused steps ({reason}): the same picture, more slowly."
        return
    failed: dict[str, list[str]] = {}
    for steps, trial in (
        ("blurs and extremes", along_axis.trial(device)),
        ("restoring, preview and halves", pixelwise.trial(device)),
    ):
        if trial.why:
            failed.setdefault(trial.why, []).append(steps)
    for why, named in failed.items():
        yield (
            f"{', '.join(named).capitalize()} cannot be fused on {device} ({why}); torch does them "
            "step by step: the same picture, more slowly."
        )
