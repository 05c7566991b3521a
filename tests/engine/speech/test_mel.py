# SPDX-License-Identifier: GPL-3.0-or-later
"""The mel spectrogram is librosa's."""

import librosa
import numpy as np
import pytest

from ha2g_engine.speech import audio, mel


@pytest.mark.parametrize(("n_fft", "bands"), [(1024, 128), (400, 80)])
def test_filters(n_fft, bands):
    expected = librosa.filters.mel(sr=16_000, n_fft=n_fft, n_mels=bands)
    np.testing.assert_allclose(mel.filters(n_fft, bands), expected, rtol=1e-5, atol=1e-9)
    edges = librosa.mel_frequencies(bands + 2, fmin=0.0, fmax=8000)
    np.testing.assert_allclose(mel.frequencies(bands + 2), edges)


@pytest.mark.parametrize("samples", [1024, 1025, 40_000, 700_000])
def test_power(samples):
    wave = np.random.default_rng(0).standard_normal(samples).astype(np.float32)
    expected = librosa.feature.melspectrogram(y=wave, sr=16_000, n_fft=1024, hop_length=512)
    found = mel.power(wave)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_decibel_of_speech(jfk):
    power = mel.power(audio.load_speech(jfk))
    expected = librosa.power_to_db(power, ref=power.max(), amin=1e-10, top_db=None)
    np.testing.assert_allclose(mel.decibel(power, float(power.max())), expected, atol=1e-4)
