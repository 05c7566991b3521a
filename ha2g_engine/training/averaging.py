# SPDX-License-Identifier: GPL-3.0-or-later
"""Exponential moving average of a model's weights (Polyak & Juditsky 1992)."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

M = TypeVar("M", bound=nn.Module)


class Average(Generic[M]):
    """A copy of a model whose floating-point state trails the original's.

    fresh: the model knows nothing yet, so its first states are soon forgotten.
    """

    def __init__(self, model: M, decay: float, *, fresh: bool = True) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(requires_grad=False)
        self.decay, self.fresh, self.updates = decay, fresh, 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """State ← decay · state + (1 - decay) · model; faster at first for a fresh model."""
        self.updates += 1
        quick = (1 + self.updates) / (10 + self.updates) if self.fresh else 1.0
        keep = min(self.decay, quick)
        pairs = list(
            zip(self.model.state_dict().values(), model.state_dict().values(), strict=True)
        )
        mine, theirs = zip(*(p for p in pairs if p[0].is_floating_point()), strict=True)
        torch._foreach_lerp_(mine, theirs, 1 - keep)
        for counter, original in (p for p in pairs if not p[0].is_floating_point()):
            counter.copy_(original)
