"""Attention among all tokens, on the chip that its kernel is written for.

Everywhere else torch attends. As in `strips.py`, the kernel computes a small case before it is
trusted, which is compared with plain arithmetic.
"""

from __future__ import annotations

import functools

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.device import using
from corridorkey_core.keyers.corridorkey.hiera import pooled
from corridorkey_core.triton_kernels import cannot_run

KEYS = 128  # that are looked at together
MOST_CHANNELS = 64  # of a head
_HOPPER = (9, 0)
_NEAR = 0.02  # of values of about 1, in bfloat16


def attended(split: Tensor, heads: int, *, pools: bool) -> Tensor:
    """What each token makes of all the others, [n or n / 4, heads × C].

    `split` [n, 3 × heads × C] are queries, keys and values; `pools` takes the largest of every
    four neighbouring queries.
    """
    query, key, value = split.unflatten(-1, (3, heads, -1)).unbind(1)
    if pools:
        query = pooled(query.transpose(0, 1)).transpose(0, 1).contiguous()
    if _fits(key) and _runs_on(split.device, split.dtype):
        mixed = attended_at_once(query, key, value)
    else:
        mixed = _by_torch(query, key, value)
    return mixed.flatten(1)


def attended_at_once(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention of queries [m, heads, C] to keys and values [n, heads, C]; n a multiple of 128."""
    from corridorkey_core.keyers.corridorkey.fused.attention_kernels import attend

    return attend(query, key, value)


def _by_torch(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key, value = (part.transpose(0, 1)[None] for part in (query, key, value))
    return F.scaled_dot_product_attention(query, key, value)[0].transpose(0, 1)


def _fits(key: Tensor) -> bool:
    return key.is_cuda and key.shape[0] % KEYS == 0 and key.shape[2] <= MOST_CHANNELS


@functools.cache
def _runs_on(device: torch.device, kind: torch.dtype) -> bool:
    """Whether the kernel runs on a device, and computes what it should: tried once."""
    if torch.cuda.get_device_capability(device) != _HOPPER:
        return False
    try:
        with using(device), torch.device(device):
            return _is_right(kind)
    except cannot_run():
        return False


def _is_right(kind: torch.dtype) -> bool:
    # Numbers that differ from place to place, and queries that fill no whole tile.
    numbers = (torch.arange(5 * KEYS * 3 * 2 * 56) * 37 % 101 / 25 - 2).to(kind)
    query, key, value = numbers.view(-1, 3, 2, 56).unbind(1)
    query = query[:200].contiguous()
    found = attended_at_once(query, key, value).float()
    scores = torch.einsum("mhc,nhc->hmn", query.float(), key.float()) / 56**0.5
    expected = torch.einsum("hmn,nhc->mhc", scores.softmax(-1), value.float())
    return torch.allclose(found, expected, rtol=_NEAR, atol=_NEAR)
