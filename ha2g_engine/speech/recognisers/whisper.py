# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said, as Whisper (Radford et al., 2022) hears it where faster-whisper is installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from ha2g_engine.errors import InputError
from ha2g_engine.speech.audio import Array
from ha2g_engine.speech.sizes import SAMPLE_RATE
from ha2g_engine.speech.transcript import Word

MODEL: Final = "HA2G_WHISPER"  # names a model of faster-whisper, or a folder with one
USUAL: Final = "base"  # 145 MB that are downloaded once
ENGLISH: Final = "en"


def heard(
    waveform: Array, speech: str | Path, progress: Callable[[float, str], None]
) -> tuple[list[Word], bool]:
    """The words in the (samples,) of SPEECH, a name for sentences, and whether they are English.

    Whisper's times are within two tenths of a second or so. Raises InputError without Whisper and
    where nobody speaks.
    """
    progress(0.0, "Loading Whisper")
    segments, told = _model().transcribe(waveform, word_timestamps=True)
    words = list(_words(segments, len(waveform) / SAMPLE_RATE, progress))
    if not words:
        raise InputError(f"Whisper hears no words in '{speech}'.")
    return words, told.language == ENGLISH


def _words(segments: Any, seconds: float, progress: Callable[[float, str], None]) -> Iterator[Word]:
    for segment in segments:
        progress(min(1.0, segment.end / seconds), "Listening to the words")
        for word in segment.words or ():
            if text := word.word.strip():
                yield Word(text, float(word.start), float(word.end))


def _model() -> Any:
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise InputError(
            "Words are recognised by Whisper, which the engine has not: paste the text, or install "
            "it into the engine's Python with 'pip install faster-whisper'."
        ) from error
    source = os.environ.get(MODEL, USUAL)
    try:
        return WhisperModel(source, device="cpu", compute_type="int8")
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"'{source}' is no Whisper model that can be loaded: connect once, or name a folder "
            f"with one in {MODEL}."
        ) from error
