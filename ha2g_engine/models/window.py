# SPDX-License-Identifier: GPL-3.0-or-later
"""What every system may use of a window, and what every system gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Tensor

START: Final = 1  # word index before a sentence
END: Final = 2  # and after it


@dataclass
class Window:
    """A batch of windows; a system reads the fields it knows.

    initial: (B, 4, D) direction minus mean. mel: (B / R, 128, 70) dB. waveform:
    (B / R, 36267), both heard by R consecutive people. words: (B, 34) word index where a word
    starts, else 0. speaker: (B,) index.
    """

    initial: Tensor
    mel: Tensor = field(default_factory=lambda: torch.zeros(0))
    waveform: Tensor = field(default_factory=lambda: torch.zeros(0))
    words: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.long))
    speaker: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.long))


@dataclass
class Prediction:
    """poses: (B, 34, D) direction minus mean. mu, logvar: (B, Z) where there is a code."""

    poses: Tensor
    mu: Tensor | None = None
    logvar: Tensor | None = None


def for_listeners(heard: Tensor, people: int) -> Tensor:
    """What was heard, (B / R, …), for each of the R consecutive people who hear it: (B, …)."""
    return heard.repeat_interleave(people // len(heard), dim=0)


def sentences(words: Tensor) -> tuple[Tensor, Tensor]:
    """Frame-aligned words (B, 34) → start + words + end, padded (B, L), and lengths (B,)."""
    rows = [torch.tensor([START, *row[row > 0].tolist(), END]) for row in words.cpu()]
    lengths = torch.tensor([len(row) for row in rows])
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    return padded.to(words.device), lengths
