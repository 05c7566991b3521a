# SPDX-License-Identifier: GPL-3.0-or-later
"""How likely somebody speaks, told from the sound itself: Silero VAD in numpy alone.

The network and its weights (``voice.npz``, in half precision) are Silero's, under the MIT licence:
``VOICE.md``. It hears 32 ms at a time and remembers what came before.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ha2g_engine.speech.sizes import SAMPLE_RATE

Array = NDArray[np.float32]

WEIGHTS: Final = Path(__file__).with_name("voice.npz")
CHUNK: Final = 512  # samples, 32 ms
RATE: Final = SAMPLE_RATE / CHUNK  # chunks a second
CONTEXT: Final = 64  # samples of the chunk before that are heard again
SPECTRUM: Final = 256  # samples of a transform
STEP: Final = 128  # samples from one to the next
STRIDES: Final = (1, 2, 2, 1)  # of the four convolutions
BATCH: Final = 1024  # chunks whose spectra stand there at once


def likely(waveform: Array) -> Array:
    """(samples,) at SAMPLE_RATE → (chunks,) in [0, 1] at RATE: how likely a voice is."""
    if not len(waveform):
        return np.zeros(0, np.float32)
    count = -(-len(waveform) // CHUNK)
    padded = np.pad(waveform, (CONTEXT, count * CHUNK - len(waveform))).astype(np.float32)
    chunks = sliding_window_view(padded, CONTEXT + CHUNK)[::CHUNK]
    heard = [_encoded(chunks[i : i + BATCH]) for i in range(0, count, BATCH)]
    return _remembered(np.concatenate(heard))


@cache
def _weights() -> dict[str, Array]:
    with np.load(WEIGHTS) as content:
        return {name: content[name].astype(np.float32) for name in content.files}


def _encoded(chunks: Array) -> Array:
    """(N, CONTEXT + CHUNK) → (N, 128) what the memory is told of each chunk."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SPECTRUM) / SPECTRUM)
    mirrored = np.pad(chunks, ((0, 0), (0, CONTEXT)), mode="reflect")
    frames = sliding_window_view(mirrored, SPECTRUM, axis=1)[:, ::STEP] * window
    x = np.abs(np.fft.rfft(frames)).astype(np.float32)  # (N, 4, 129)
    for number, stride in enumerate(STRIDES, start=1):
        x = _convolved(x, f"conv{number}", stride)
    return x[:, 0]


def _convolved(x: Array, name: str, stride: int) -> Array:
    """(N, T, C) → (N, T', C'), a kernel of 3 and what is positive of it."""
    kernel, bias = (_weights()[f"{name}.{part}"] for part in ("weight", "bias"))
    around = sliding_window_view(np.pad(x, ((0, 0), (1, 1), (0, 0))), 3, axis=1)[:, ::stride]
    product = around.reshape(*around.shape[:2], -1) @ kernel.reshape(len(kernel), -1).T
    return np.asarray(np.maximum(product + bias, 0), np.float32)


def _remembered(x: Array) -> Array:
    """(N, 128) → (N,): an LSTM over the chunks, and the likelihood after each."""
    known = _weights()
    inner = np.ascontiguousarray(known["lstm_cell.weight_hh"].T)
    told = x @ known["lstm_cell.weight_ih"].T
    told += known["lstm_cell.bias_ih"] + known["lstm_cell.bias_hh"]
    size = inner.shape[0]
    hidden, cell = np.zeros(size, np.float32), np.zeros(size, np.float32)
    states = np.empty((len(x), size), np.float32)
    for i, one in enumerate(told):
        gates = one + hidden @ inner  # in, forget, new, out
        kept = 0.5 + 0.5 * np.tanh(0.5 * gates)  # the sigmoid of each but the third
        new = np.tanh(gates[2 * size : 3 * size])
        cell = kept[size : 2 * size] * cell + kept[:size] * new
        hidden = states[i] = kept[3 * size :] * np.tanh(cell)
    last = np.maximum(states, 0) @ known["final_conv.weight"][0, :, 0] + known["final_conv.bias"]
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * last), np.float32)
