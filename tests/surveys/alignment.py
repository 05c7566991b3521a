# SPDX-License-Identifier: GPL-3.0-or-later
"""How exactly words are found: speech of flite and espeak-ng, whose words' times they tell.

    python tests/surveys/alignment.py [--seconds 40] [--takes 6] [--wrong 0.07] [--long 600]

For each synthesiser: the distance of a word's start from the truth (median, 95th percentile,
largest), with the text as it is said and with some of the words exchanged for others; and how
long one long speech takes. Both synthesisers are asked through their C libraries.
"""

from __future__ import annotations

import argparse
import ctypes
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_short, c_uint, c_void_p
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[2]))

from ha2g_engine.data.default import sentences
from ha2g_engine.speech import alignment
from ha2g_engine.speech.resampling import resampled

RATE = 16_000
PAUSE = 0.35  # s of silence between two sentences
EVENT_WORD, END_OF_LIST = 1, 0


class EspeakEvent(Structure):
    _fields_ = (
        ("type", c_int), ("unique_identifier", c_uint), ("text_position", c_int),
        ("length", c_int), ("audio_position", c_int), ("sample", c_int),
        ("user_data", c_void_p), ("id", ctypes.c_char * 8),
    )  # fmt: skip


def flite(voice: str) -> Callable[[str], tuple[np.ndarray, list[tuple[str, float]]]]:
    """A voice of flite: text → sound at its RATE, and (word, start) pairs."""
    library, sounds = ctypes.CDLL("libflite.so.1"), ctypes.CDLL(f"libflite_cmu_us_{voice}.so.1")
    library.flite_init()
    for name, kind in (
        ("flite_synth_text", c_void_p), ("utt_relation", c_void_p), ("relation_head", c_void_p),
        ("item_next", c_void_p), ("ffeature_float", ctypes.c_float),
        ("ffeature_string", c_char_p), ("utt_wave", c_void_p),
    ):  # fmt: skip
        getattr(library, name).restype = kind
    register = getattr(sounds, f"register_cmu_us_{voice}")
    register.restype = c_void_p
    speaker = c_void_p(register(None))
    start = b"daughter1.R:SylStructure.daughter1.daughter1.R:Segment.p.end"

    def speak(text: str):
        spoken = c_void_p(library.flite_synth_text(text.encode(), speaker))
        word = library.relation_head(c_void_p(library.utt_relation(spoken, b"Token")))
        words = []
        while word:
            name = library.ffeature_string(c_void_p(word), b"name").decode()
            words.append((name, float(library.ffeature_float(c_void_p(word), start))))
            word = library.item_next(c_void_p(word))
        wave = ctypes.cast(library.utt_wave(spoken), POINTER(FliteWave)).contents
        samples = np.ctypeslib.as_array(wave.samples, (wave.num_samples,)).copy() / 32768
        rate = wave.sample_rate
        library.delete_utterance(spoken)
        return _resampled(samples, rate), words

    return speak


class FliteWave(Structure):
    _fields_ = (
        ("type", c_char_p), ("sample_rate", c_int), ("num_samples", c_int),
        ("num_channels", c_int), ("samples", POINTER(c_short)),
    )  # fmt: skip


def espeak(voice: str) -> Callable[[str], tuple[np.ndarray, list[tuple[str, float]]]]:
    """A voice of espeak-ng: text → sound at RATE, and (word, start) pairs.

    NaN for a word that it says in one with that before, such as "the" of "of the".
    """
    library = ctypes.CDLL("libespeak-ng.so.1")
    rate = library.espeak_Initialize(2, 0, None, 0)  # synchronous, no sound card
    library.espeak_SetVoiceByName(voice.encode())
    pieces: list[np.ndarray] = []
    starts: list[tuple[int, float]] = []

    @CFUNCTYPE(c_int, POINTER(c_short), c_int, POINTER(EspeakEvent))
    def heard(sound, count, events):
        if sound and count:
            pieces.append(np.ctypeslib.as_array(sound, (count,)).copy())
        number = 0
        while events[number].type != END_OF_LIST:
            one = events[number]
            if one.type == EVENT_WORD:
                starts.append((one.text_position, one.sample / rate))
            number += 1
        return 0

    library.espeak_SetSynthCallback(heard)
    keep = heard

    def speak(text: str):
        assert keep
        pieces.clear()
        starts.clear()
        content = text.encode()
        library.espeak_Synth(content, len(content) + 1, 0, 1, 0, 1, None, None)
        begins = {at - 1: start for at, start in reversed(starts)}
        words = [
            (
                one[0],
                min((s for at, s in begins.items() if at in range(*one.span())), default=np.nan),
            )
            for one in re.finditer(r"\S+", text)
        ]
        return _resampled(np.concatenate(pieces) / 32768, rate), words

    return speak


def _resampled(samples: np.ndarray, rate: int) -> np.ndarray:
    samples = samples.astype(np.float32)
    return samples if rate == RATE else resampled([samples], rate, RATE)


def spoken(speak, seconds: float, seed: int) -> tuple[np.ndarray, list[tuple[str, float]]]:
    """Sentences one after the other, SECONDS s or more of them."""
    draw = np.random.default_rng(seed)
    parts, words, at = [], [], 0.0
    while at < seconds:
        sound, said = speak(sentences.sentence(draw))
        words += [(word, at + start) for word, start in said if any(map(str.isalnum, word))]
        parts += [sound, np.zeros(round(PAUSE * RATE), np.float32)]
        at = sum(map(len, parts)) / RATE
    return np.concatenate(parts), words


def wronged(words: list[str], share: float, seed: int) -> list[str]:
    """WORDS, a SHARE of them exchanged for others of the text."""
    draw = random.Random(seed)
    number = round(share * len(words))
    which = set(draw.sample(range(len(words)), number))
    return [draw.choice(words) if i in which else word for i, word in enumerate(words)]


def errors(sound, words, text: list[str], folder: Path) -> np.ndarray:
    """(N,) s from the truth to where each word is found to start."""
    speech, said = folder / "speech.wav", folder / "said.txt"
    soundfile.write(speech, sound, RATE)
    said.write_text(" ".join(text))
    found = alignment.align(speech, said)
    assert [one.text for one in found] == text
    away = np.array([one.start - at for one, (_, at) in zip(found, words, strict=True)])
    return away[np.isfinite(away)]


def figures(found: np.ndarray) -> Iterator[str]:
    away = np.abs(found)
    yield f"{len(found)} words"
    yield f"median {1000 * np.median(away):.0f} ms (bias {1000 * np.median(found):+.0f})"
    yield f"95 % {1000 * np.percentile(away, 95):.0f} ms"
    yield f"99 % {1000 * np.percentile(away, 99):.0f} ms, largest {1000 * away.max():.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--takes", type=int, default=6)
    parser.add_argument("--wrong", type=float, default=0.07)
    parser.add_argument("--long", type=float, default=600)
    asked = parser.parse_args()
    voices = {
        "flite slt": flite("slt"), "flite rms": flite("rms"), "flite awb": flite("awb"),
        "espeak-ng": espeak("en-us"),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for name, speak in voices.items():
            for share in (0.0, asked.wrong):
                found = []
                for seed in range(asked.takes):
                    sound, words = spoken(speak, asked.seconds, seed)
                    text = wronged([word for word, _ in words], share, seed)
                    found.append(errors(sound, words, text, Path(folder)))
                told = ", ".join(figures(np.concatenate(found)))
                print(f"{name}, {share:.0%} wrong: {told}", flush=True)
        for name, speak in voices.items() if asked.long else ():
            sound, words = spoken(speak, asked.long, 0)
            for share in (0.0, asked.wrong):
                text = wronged([word for word, _ in words], share, 0)
                begun = time.monotonic()
                found = errors(sound, words, text, Path(folder))
                seconds = time.monotonic() - begun
                how = f"{len(sound) / RATE:.0f} s in {seconds:.0f} s, {share:.0%} wrong"
                print(f"{name}, {how}: {', '.join(figures(found))}", flush=True)


if __name__ == "__main__":
    main()
