# SPDX-License-Identifier: GPL-3.0-or-later
"""Several processes that train one model: who am I, and what do all of them together have?

Each process has its rows of one batch. The functions give what a single process with the
whole batch would have, and do nothing when there is only one.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch import distributed as dist
from torch.distributed.nn.functional import all_reduce

Rows = TypeVar("Rows", Tensor, NDArray[np.float64], NDArray[np.int64])


def count() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """The number of this process; the first, 0, writes the files."""
    return dist.get_rank() if count() > 1 else 0


def own_rows(whole: Rows, axis: int = 0) -> Rows:
    """This process's part of what is known of the whole batch."""
    size = whole.shape[axis] // count()
    index = [slice(None)] * whole.ndim
    index[axis] = slice(rank() * size, (rank() + 1) * size)
    return whole[tuple(index)]


def summed(x: Tensor) -> Tensor:
    """The sum over the processes; gradients flow to all of them."""
    if count() == 1:
        return x
    total: Tensor = all_reduce(x.clone())  # type: ignore[no-untyped-call]
    return total


def gathered(own: Tensor) -> Tensor:
    """(B, …) of this process → (processes · B, …), with gradients to all of them."""
    if count() == 1:
        return own
    before, after = rank(), count() - rank() - 1
    empty = torch.zeros_like(own)
    return summed(torch.cat([empty] * before + [own] + [empty] * after))


def shifted(own: Tensor) -> Tensor:
    """``roll(1)`` of the whole batch: each row's neighbour, be it in another process."""
    return own_rows(gathered(own.detach()).roll(1, dims=0))


def average_gradients(parameters: list[torch.nn.Parameter]) -> None:
    """Every gradient becomes its mean over the processes; a missing one counts as zero."""
    if count() == 1:
        return
    for p in parameters:
        p.grad = torch.zeros_like(p) if p.grad is None else p.grad
    flat = torch.cat([p.grad.flatten() for p in parameters if p.grad is not None])
    dist.all_reduce(flat)
    parts = (flat / count()).split([p.numel() for p in parameters])
    for p, part in zip(parameters, parts, strict=True):
        p.grad = part.view_as(p)
