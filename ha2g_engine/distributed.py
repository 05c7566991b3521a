# SPDX-License-Identifier: GPL-3.0-or-later
"""Several processes that train one model: which is this, and what all of them together have.

Each process has its rows of one batch, equally many. The functions give what a single process
with the whole batch would have, and do nothing when there is only one.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch import distributed as dist

Rows = TypeVar("Rows", Tensor, NDArray[Any])
Item = TypeVar("Item")
_alone: list[bool] = []


@contextmanager
def together() -> Iterator[None]:
    """Join the processes that ``torchrun`` started; see ``backend``."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or dist.is_initialized():
        yield
        return
    own = device()
    if own.type == "cuda":
        torch.cuda.set_device(own)  # what is sent as objects goes over the current GPU
    # Imported later, as an optimizer's first step does, it keeps the group as a default argument:
    # gloo's threads then outlive the group, and now and then abort the process at its end.
    importlib.import_module("torch.distributed.nn.functional")
    dist.init_process_group(backend())
    try:
        yield
    finally:
        dist.destroy_process_group()


def leads() -> bool:
    """Whether this process is the one that prints and writes files."""
    return os.environ.get("RANK", "0") == "0"


def device() -> torch.device:
    """The GPU of this process, or the CPU; processes share GPUs where there are fewer."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())


def backend() -> str:
    """NCCL where each process has a GPU of its own, which it needs; else gloo."""
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    own = torch.cuda.is_available() and here <= torch.cuda.device_count()
    return "nccl" if own else "gloo"


@contextmanager
def alone() -> Iterator[None]:
    """Inside, this process is the only one; the others must not wait for it."""
    _alone.append(True)
    try:
        yield
    finally:
        _alone.pop()


def count() -> int:
    """How many processes train together."""
    if _alone:
        return 1
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """The number of this process; the first, 0, writes the files."""
    return dist.get_rank() if count() > 1 else 0


def own_rows(whole: Rows, axis: int = 0) -> Rows:
    """The part of this process in what is known of the whole batch."""
    size = whole.shape[axis] // count()
    index = [slice(None)] * whole.ndim
    index[axis] = slice(rank() * size, (rank() + 1) * size)
    return whole[tuple(index)]


def own_items(whole: Sequence[Item]) -> Sequence[Item]:
    """``own_rows`` of a list."""
    size = len(whole) // count()
    return whole[rank() * size : (rank() + 1) * size]


def summed(x: Tensor) -> Tensor:
    """The sum over the processes; gradients flow to all of them."""
    if count() == 1:
        return x
    return cast(Tensor, _Sum.apply(x))  # type: ignore[no-untyped-call]


class _Sum(torch.autograd.Function):
    """Each process's loss depends on every process's numbers: gradients are summed as well."""

    @staticmethod
    def forward(_ctx: Any, x: Tensor) -> Tensor:
        total = x.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(_ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
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


def average_gradients(module: nn.Module) -> None:
    """Every gradient becomes its mean over the processes.

    Parameters without a gradient have none in any process: all compute the same terms.
    """
    if count() == 1:
        return
    gradients = [p.grad for p in module.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    parts = torch.split(flat / count(), [g.numel() for g in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def averaged(scalars: Mapping[str, float], where: torch.device) -> dict[str, float]:
    """The mean of each over the processes."""
    if count() == 1:
        return dict(scalars)
    values = torch.tensor(list(scalars.values()), dtype=torch.float64, device=where)
    return dict(zip(scalars, (summed(values) / count()).tolist(), strict=True))


def from_leader(measure: Callable[[], Item]) -> Item:
    """What ``measure`` gives in the leading process, the only one that calls it."""
    if count() == 1:
        return measure()
    box: list[Any] = [None]
    if leads():
        with alone():
            box = [measure()]
    dist.broadcast_object_list(box)
    return cast(Item, box[0])
