# SPDX-License-Identifier: GPL-3.0-or-later
"""A bidirectional GRU whose two directions are added, in numpy: ``models.layers.SummedGRU``.

A step of 128 numbers is so little that calls cost more than arithmetic. So both directions are
one product, and what a gate halves for its tanh stands halved in the weights:
σ(x) = ½ + ½ tanh(x / 2).
"""

from __future__ import annotations

import numpy as np

from .weights import Array, Part

WAYS = ("", "_reverse")


class Layer:
    """(T, B, inputs) → (T, B, 2·hidden); gates in the order r, z, n (Cho et al., 2014)."""

    def __init__(self, part: Part, number: int, inputs: int, hidden: int) -> None:
        def both(name: str, *shape: int) -> Array:
            names = [f"{name}_l{number}{way}" for way in WAYS]
            return np.stack([part.get(name, 3 * hidden, *shape) for name in names])

        halved = np.ones(3 * hidden, np.float32)
        halved[: 2 * hidden] = 0.5
        known, again = both("bias_ih") * halved, both("bias_hh") * halved
        known[:, : 2 * hidden] += again[:, : 2 * hidden]
        self.hidden = hidden
        self.w_in = np.ascontiguousarray(both("weight_ih", inputs).transpose(0, 2, 1)) * halved
        self.w_rec = np.ascontiguousarray(both("weight_hh", hidden).transpose(0, 2, 1)) * halved
        self.b_in = known[:, None]
        self.b_new = again[:, None, 2 * hidden :]

    def __call__(self, x: Array) -> Array:
        """H' = (1 - z) n + z h with n = tanh(W x + r (U h + b))."""
        steps, batch, inputs = x.shape
        hidden, two = self.hidden, 2 * self.hidden
        ways = np.stack([x, x[::-1]]).reshape(2, steps * batch, inputs)
        gates = (ways @ self.w_in + self.b_in).reshape(2, steps, batch, 3 * hidden)
        gates = np.ascontiguousarray(gates.swapaxes(0, 1))  # (T, 2, B, 3H)
        states = np.empty((steps, 2, batch, hidden), np.float32)
        state = np.zeros((2, batch, hidden), np.float32)
        again = np.empty((2, batch, 3 * hidden), np.float32)
        for t in range(steps):
            gate, new = gates[t, ..., :two], gates[t, ..., two:]
            np.matmul(state, self.w_rec, out=again)
            gate += again[..., :two]
            np.tanh(gate, out=gate)
            gate *= 0.5
            gate += 0.5
            candidate = again[..., two:]
            candidate += self.b_new
            candidate *= gate[..., :hidden]
            new += candidate
            np.tanh(new, out=new)
            kept = np.subtract(state, new, out=states[t])
            kept *= gate[..., hidden:]
            kept += new
            state = kept
        return np.concatenate((states[:, 0], states[::-1, 1]), axis=-1)


class SummedGRU:
    """(B, T, inputs) → (B, T, hidden)."""

    def __init__(self, part: Part, inputs: int, hidden: int, layers: int) -> None:
        widths = [inputs] + [2 * hidden] * (layers - 1)
        self.layers = [Layer(part, i, width, hidden) for i, width in enumerate(widths)]

    def __call__(self, x: Array) -> Array:
        """Both directions, added."""
        y = np.ascontiguousarray(x.swapaxes(0, 1))
        for layer in self.layers:
            y = layer(y)
        forward, backward = np.split(y, 2, axis=-1)
        return np.asarray((forward + backward).swapaxes(0, 1))
