# SPDX-License-Identifier: GPL-3.0-or-later
"""A speech in windows that overlap by the initial poses: what each hears, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.body.windows import PUBLISHED, Windows
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.speech import audio
from ha2g_engine.speech.sizes import samples
from ha2g_engine.speech.transcript import Word, indexed, word_frames, words_under_way

Array = NDArray[np.float32]
Starts = NDArray[np.int64]
Progress = Callable[[float, str], None]
WindowPredictor = Callable[[int, Array], Array]  # (window, initial (1, 4, D)) → (1, 34, D)

AUDIO_SHARE: Final = 0.5  # of the progress bar
HOMEWARD_WINDOWS: Final = 3  # of silence, after which everybody's hands have come to rest


def silent_speech(cut: Windows) -> audio.Speech:
    """As long as a window."""
    return audio.Speech(np.zeros(samples(cut.frames), np.float32), cut.frames / FPS)


def window_starts(frames: int, cut: Windows = PUBLISHED) -> Starts:
    """First pose of each window so that ``frames`` poses are covered."""
    count = max(1, -(-(frames - cut.overlap) // cut.stride))
    return np.arange(count, dtype=np.int64) * cut.stride


def sound_windows(config: ModelConfig, sound: audio.Speech, starts: Starts) -> Array:
    """What HA2G hears of each window: its spectrogram, or for Whisper its samples, (W, …)."""
    if config.whisper:
        return audio.wave_windows(sound.waveform, starts, config.windows)
    return audio.mel_windows(audio.mel_spectrogram(sound.waveform), starts, config.windows)


def word_windows(
    said: Sequence[Word],
    vocabulary: list[str],
    frames: int,
    starts: Starts,
    cut: Windows = PUBLISHED,
    *,
    early: bool = False,
) -> NDArray[np.int64]:
    """(W, 34) word indices; all padding without words or a vocabulary.

    early: a word under way when a window begins stands in its first frame, as published.
    """
    index, length = indexed(vocabulary), frames + cut.frames
    row = word_frames(list(said), index, length)
    windows: NDArray[np.int64] = np.stack([row[start : start + cut.frames] for start in starts])
    if early:
        begun = words_under_way(list(said), index, length)[starts]
        windows[:, 0] = np.where(windows[:, 0], windows[:, 0], begun)
    return windows


def unrolled(
    predict: WindowPredictor, initial: Array, count: int, cut: Windows, progress: Progress
) -> Array:
    """(count, 34, D): each window starts from the last frames of the one before.

    initial: (1, 4, D) of the first. ``progress`` may raise to stop.
    """
    windows = []
    for w in range(count):
        done = AUDIO_SHARE + (1 - AUDIO_SHARE) * w / count
        progress(done, f"Predicting gestures, window {w + 1} of {count}")
        poses = predict(w, initial)
        initial = poses[:, cut.handed_on]
        windows.append(poses[0])
    return np.stack(windows)


def let_go(predict: WindowPredictor, pose: Array, cut: Windows) -> Array:
    """(1, 4, D) where hands have come to rest that were let go from ``pose`` (1, 4, D)."""
    for _ in range(HOMEWARD_WINDOWS):
        pose = predict(0, pose)[:, cut.handed_on]
    return np.repeat(pose[:, -1:], cut.given, axis=1)
