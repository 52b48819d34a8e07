"""Processes that measure one case each, on one core each."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import torch


def one_thread_each(jobs: int) -> ProcessPoolExecutor:
    """So many processes, none of which shares torch's state with this one."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, context, initializer=_one_thread)


def _one_thread() -> None:
    torch.set_num_threads(1)
