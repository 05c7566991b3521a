# SPDX-License-Identifier: GPL-3.0-or-later
"""Our GRU layer is torch's, forwards and backwards; our dropout drops what it says."""

from __future__ import annotations

import pytest
import torch

from ha2g_engine.models.gru import FEW, laid, run_few, run_layers
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


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("windows", [1, FEW])
def test_few_windows_are_torchs(layers, windows):
    torch.manual_seed(0)
    gru = torch.nn.GRU(5, 7, layers, batch_first=True, bidirectional=True).double()
    x = torch.randn(windows, 34, 5, dtype=torch.float64)
    with torch.inference_mode():
        torch.testing.assert_close(run_few(laid(gru), x), gru(x)[0], rtol=0, atol=1e-12)


def test_changed_weights_are_noticed():
    torch.manual_seed(0)
    gru, x = SummedGRU(4, 6, 2, dropout=0.0).eval(), torch.randn(1, 34, 4)
    with torch.no_grad():
        before = gru(x)
        gru.gru.weight_hh_l1_reverse.mul_(2.0)
        changed = gru(x)
        gru.load_state_dict(SummedGRU(4, 6, 2, dropout=0.0).state_dict())
        loaded = gru(x)
    for now, known in ((changed, before), (loaded, changed)):
        assert (now - known).abs().max() > 1e-3
    torch.testing.assert_close(loaded, gru(x))  # with gradients it is torch's


def test_gradients_of_few_windows_in_evaluation():
    gru, x = SummedGRU(4, 6, 1, dropout=0.0).eval(), torch.randn(1, 34, 4, requires_grad=True)
    gru(x).sum().backward()
    assert x.grad is not None and x.grad.abs().max() > 0
