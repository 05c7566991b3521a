# SPDX-License-Identifier: GPL-3.0-or-later
"""Batch normalisation with the statistics of all processes; torch's own needs CUDA."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ha2g_engine import distributed
from ha2g_engine.models.identity import ImageIdentity


class SharedBatchNorm(_BatchNorm):
    """Ioffe & Szegedy 2015 over the rows of every process, which are equally many."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, …) → the same shape."""
        if not self.training:
            return super().forward(x)
        axes = [0, *range(2, x.dim())]
        shape = [1, -1, *[1] * (x.dim() - 2)]
        mean = distributed.summed(x.mean(axes)) / distributed.count()
        centred = x - mean.view(shape)
        variance = distributed.summed(centred.square().mean(axes)) / distributed.count()
        self._remember(mean, variance, distributed.count() * x.numel() // x.shape[1])
        normal = centred * (variance + self.eps).rsqrt().view(shape)
        return normal * self.weight.view(shape) + self.bias.view(shape) if self.affine else normal

    def _check_input_dim(self, input: Tensor) -> None:
        """Any number of dimensions."""

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, size: int) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        share = 0.1 if self.momentum is None else self.momentum
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance * size / (size - 1), share)


def share_statistics(module: nn.Module) -> None:
    """Make the batch norms of ``module`` shared, where there are several processes.

    Those of the picture encoder stay: every process sees all the pictures.
    """
    if distributed.count() == 1:
        return
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
            setattr(module, name, _shared(child))
        elif not isinstance(child, ImageIdentity):
            share_statistics(child)


def _shared(norm: _BatchNorm) -> SharedBatchNorm:
    """With the very parameters of ``norm``, which an optimiser may know already."""
    shared = SharedBatchNorm(norm.num_features, norm.eps, norm.momentum, norm.affine)
    shared.weight, shared.bias = norm.weight, norm.bias
    for name, buffer in norm.named_buffers():
        setattr(shared, name, buffer)
    return shared
