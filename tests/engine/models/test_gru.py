# SPDX-License-Identifier: GPL-3.0-or-later
"""Our GRU layer is torch's, forwards and backwards; our dropout drops what it says."""

from __future__ import annotations

import pytest
import torch

from ha2g_engine.models.gru import run_layers
from ha2g_engine.models.layers import SummedGRU
from ha2g_engine.models.random import Dropout, dropout


@pytest.mark.parametrize("layers", [1, 3])
def test_outputs_and_gradients_are_torchs(layers):
    torch.manual_seed(0)
    gru = torch.nn.GRU(5, 7, layers, batch_first=True, bidirectional=True).double()
    x = torch.randn(3, 6, 5, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(3, 6, 14, dtype=torch.float64)
    known = [x, *gru.parameters()]
    ours, theirs = run_layers(gru, x), gru(x)[0]
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)
    gradients = [torch.autograd.grad((y * weight).sum(), known) for y in (ours, theirs)]
    for mine, reference in zip(*gradients, strict=True):
        torch.testing.assert_close(mine, reference, rtol=0, atol=1e-12)


def test_gradients_in_double_precision():
    torch.manual_seed(0)
    gru = torch.nn.GRU(2, 3, 1, batch_first=True, bidirectional=True).double()
    x = torch.randn(2, 4, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: run_layers(gru, x), (x,))


def test_training_and_evaluation_give_the_same_without_dropout():
    torch.manual_seed(0)
    gru = SummedGRU(4, 6, 2, dropout=0.0)
    x = torch.randn(2, 34, 4)
    torch.testing.assert_close(gru.train()(x), gru.eval()(x))


def test_dropout_drops_its_share_and_keeps_the_mean():
    torch.manual_seed(0)
    x = torch.ones(100, 1000)
    for share in (0.1, 0.3):
        y = dropout(x, share)
        assert (y == 0).float().mean().item() == pytest.approx(share, abs=0.01)
        assert y.mean().item() == pytest.approx(1, abs=0.01)
        assert y.unique().tolist() == pytest.approx([0, 1 / (1 - share)])
    assert Dropout(0.3).eval()(x) is x
