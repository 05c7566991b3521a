# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that nobody wrote down: Whisper hears them, where it is set up."""

import os
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from ha2g_engine.cli.main import main
from ha2g_engine.errors import InputError
from ha2g_engine.speech import alignment, audio
from ha2g_engine.speech.recognisers import whisper
from ha2g_engine.speech.transcript import load_transcript

HEARD = [(" And", 0.2, 0.6), (" so", 0.6, 0.9), (" my", 0.9, 1.2), (" fellow", 1.2, 1.6),
         (" Americans", 1.6, 2.3), (" ask", 3.3, 3.8), (" not", 3.9, 4.4)]  # fmt: skip


@pytest.fixture
def listener(monkeypatch):
    """listener(words, language): a package faster-whisper that hears them."""

    def hear(words, language="en"):
        rows = [SimpleNamespace(word=text, start=a, end=b) for text, a, b in words]
        segments = [SimpleNamespace(words=rows, end=5.0), SimpleNamespace(words=None, end=6.0)]

        class Model:
            def __init__(self, source, **how):
                if source == "nothing":
                    raise RuntimeError("no such model")

            def transcribe(self, waveform, word_timestamps):
                assert waveform.dtype == np.float32
                assert word_timestamps
                return iter(segments), SimpleNamespace(language=language)

        monkeypatch.setitem(sys.modules, "faster_whisper", SimpleNamespace(WhisperModel=Model))

    return hear


def test_english_words_are_aligned(jfk, listener):
    pytest.importorskip("pocketsphinx")
    listener(HEARD)
    words = alignment.recognised(audio.load_speech(jfk)[: int(4.6 * 16_000)], jfk)
    assert [word.text for word in words] == [text.strip() for text, _, _ in HEARD]
    assert words[5].start == pytest.approx(3.3, abs=0.15)


def test_words_of_another_language_keep_whispers_times(jfk, listener, tmp_path, capsys):
    listener([(" Guten", 0.3, 0.6), (" Tag", 0.6, 1.0)], "de")
    out = tmp_path / "said.srt"
    assert main(["align", str(jfk), "--out", str(out)]) == 0
    assert [word.row for word in load_transcript(out)] == [("Guten", 0.3, 0.6), ("Tag", 0.6, 1.0)]


def test_what_cannot_be_is_a_sentence(jfk, listener, monkeypatch):
    wave = audio.load_speech(jfk)
    listener([])
    with pytest.raises(InputError, match="hears no words"):
        alignment.recognised(wave, jfk)
    monkeypatch.setenv(whisper.MODEL, "nothing")
    with pytest.raises(InputError, match="'nothing' is no Whisper model"):
        alignment.recognised(wave, jfk)
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(InputError, match="pip install faster-whisper"):
        alignment.recognised(wave, jfk)


def test_the_real_one_hears_a_famous_sentence(jfk):
    pytest.importorskip("faster_whisper")
    if whisper.MODEL not in os.environ:
        pytest.skip(f"{whisper.MODEL} names no model")
    words = alignment.recognised(audio.load_speech(jfk), jfk)
    said = " ".join(word.text for word in words).lower()
    assert "ask not what your country can do for you" in said
