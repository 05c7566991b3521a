# SPDX-License-Identifier: GPL-3.0-or-later
"""Random numbers of a batch, the same however many processes share it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ha2g_engine import distributed


def normal_like(x: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """N(0, 1) for each number of x (B, …), drawn on the CPU so that a seed means one thing."""
    shape = (len(x) * distributed.count(), *x.shape[1:])
    drawn = torch.randn(shape, generator=generator, dtype=x.dtype)
    return distributed.own_rows(drawn).to(x.device)


def dropout(x: Tensor, share: float, batch_axis: int = 0) -> Tensor:
    """Zeros for a ``share`` of the numbers of x, the rest scaled up.

    On a CPU it draws in a third of the time of torch's own, which calls ``bernoulli_``.
    """
    if not share:
        return x
    if x.device.type != "cpu":
        return nn.functional.dropout(x, share)
    shape = list(x.shape)
    shape[batch_axis] *= distributed.count()
    kept = distributed.own_rows(torch.rand(shape), batch_axis) >= share
    return x * kept.to(x.dtype).div_(1 - share)


class Dropout(nn.Module):
    """``dropout`` while training; x is (B, …)."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        """The shape stays."""
        return dropout(x, self.share) if self.training else x
