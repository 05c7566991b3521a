# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech-recognition features in place of the audio learner: the paper's ASR ablation.

Whisper (Radford et al., 2022; code and weights MIT) hears a window; its encoder's layers at a
third, two thirds and the end are low, mid and high. The encoder stays as it is and is no part of
a checkpoint; only a linear layer for each level is trained.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.body.windows import PUBLISHED
from ha2g_engine.errors import InputError
from ha2g_engine.speech import mel
from ha2g_engine.speech.sizes import SAMPLE_RATE

N_FFT: Final = 400  # samples, 25 ms
HOP: Final = 160  # samples, 10 ms
RATE: Final = SAMPLE_RATE / HOP / 2  # features a second: the encoder halves the spectrogram's
DYNAMIC_RANGE: Final = 8.0  # powers of ten below the loudest


class WhisperLearner(nn.Module):
    """Frozen encoder → three features a frame, each by a linear layer."""

    def __init__(self, source: str, outputs: int, frames: int = PUBLISHED.frames) -> None:
        """source: a folder with config.json and model.safetensors, or a name on Hugging Face.

        Raises InputError without the package transformers or without such weights.
        """
        super().__init__()
        self.source, self.frames = source, frames
        width = load_encoder(source, frames).config.d_model
        self.heads = nn.ModuleList(nn.Linear(width, outputs) for _ in range(3))

    def forward(self, waveform: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, 36267) at 16 kHz → low, mid, high, each (B, 34, outputs)."""
        encoder = load_encoder(self.source, self.frames, waveform.device)
        with torch.no_grad():
            states = hidden_states(encoder, waveform, self.frames)
        low, mid, high = (head(s) for head, s in zip(self.heads, states, strict=True))
        return low, mid, high


def positions(frames: int) -> int:
    """That the encoder gives of a window of so many poses: 114 of 34."""
    return int(np.ceil(frames / FPS * RATE))


def samples(positions: int) -> int:
    """Of a window and the zeros that fill it up: 36,480 for 114 positions."""
    return positions * 2 * HOP


@cache
def load_encoder(
    source: str, frames: int = PUBLISHED.frames, device: torch.device | str = "cpu"
) -> Any:
    """The encoder of a Whisper checkpoint, frozen, for windows of 2.28 s instead of 30 s."""
    try:
        from transformers import WhisperModel
    except ImportError as error:
        raise InputError(
            "model.whisper needs the package transformers: install it with "
            "'pip install transformers' and repeat."
        ) from error
    try:
        encoder = WhisperModel.from_pretrained(source, use_safetensors=True).encoder
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise InputError(
            f"model.whisper = '{source}' holds no Whisper weights: name a folder with config.json "
            "and model.safetensors, or openai/whisper-base to download it."
        ) from error
    weight = encoder.embed_positions.weight[: positions(frames)].clone()
    rows, width = weight.shape
    encoder.embed_positions = nn.Embedding(rows, width, _weight=weight)
    encoder.config.max_source_positions = len(weight)
    return encoder.eval().requires_grad_(requires_grad=False).to(device)


def hidden_states(encoder: Any, waveform: Tensor, frames: int = PUBLISHED.frames) -> list[Tensor]:
    """The states after a third, two thirds and all layers at each pose, (B, 34, width)."""
    length = samples(positions(frames))
    spectrogram = log_mel(waveform, encoder.config.num_mel_bins, length)
    found = encoder(spectrogram, output_hidden_states=True).hidden_states
    layers = len(found) - 1
    return [at_poses(found[-(-layers * third // 3)], frames) for third in (1, 2, 3)]


def log_mel(waveform: Tensor, bins: int, length: int) -> Tensor:
    """(B, ≤ length) at 16 kHz → (B, bins, length / 160), scaled as Whisper was trained."""
    padded = nn.functional.pad(waveform, (0, length - waveform.shape[-1]))
    window = torch.hann_window(N_FFT).to(padded)
    spectrum = torch.stft(padded, N_FFT, HOP, window=window, return_complex=True)
    power = spectrum[..., :-1].abs().square()
    levels = (_filters(bins).to(power) @ power).clamp(min=1e-10).log10()
    loudest = levels.amax(dim=(1, 2), keepdim=True)
    return (torch.maximum(levels, loudest - DYNAMIC_RANGE) + 4) / 4


@cache
def _filters(bins: int) -> Tensor:
    """(bins, 201) Slaney's triangles."""
    return torch.from_numpy(mel.filters(N_FFT, bins))


def at_poses(states: Tensor, frames: int = PUBLISHED.frames) -> Tensor:
    """(B, 114, C) at 50 a second → (B, 34, C) at the middle of each pose's time, linearly."""
    middle = (torch.arange(frames, device=states.device) + 0.5) / FPS * RATE - 0.5
    before = middle.floor().long()
    share = (middle - before).to(states)[:, None]
    return torch.lerp(states[:, before], states[:, before + 1], share)
