# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound at another rate is what soxr makes of it, and tones stay where they are."""

import numpy as np
import pytest
import soundfile
import soxr

from ha2g_engine.speech import audio, resampling
from ha2g_engine.speech.resampling import resampled


@pytest.mark.parametrize(
    ("rate", "apart"),
    [(8_000, 1e-6), (24_000, 3e-4), (48_000, 3e-4), (96_000, 2e-3), (44_100, 2e-3), (11_025, 2e-3)],
)
def test_noise_comes_out_as_from_soxr(rate, apart):
    noise = 0.1 * np.random.default_rng(0).standard_normal(2 * rate).astype(np.float32)
    expected = soxr.resample(noise.astype(float), rate, 16_000, "HQ")
    found = resampled([noise], rate, 16_000)
    assert found.dtype == np.float32
    assert len(found) == 32_000
    inner = slice(400, -400)  # soxr's edges differ a little
    error = np.sqrt(np.square(found - expected)[inner].mean() / np.square(expected)[inner].mean())
    assert error < apart


def test_speech_sounds_the_same_to_the_networks(jfk):
    samples, rate = soundfile.read(jfk, dtype="float32")
    samples = samples.mean(axis=1)
    assert rate == 44_100
    expected = soxr.resample(samples, rate, 16_000, "HQ")
    mels = [audio.mel_spectrogram(wave) for wave in (resampled([samples], rate, 16_000), expected)]
    assert np.abs(mels[0] - mels[1]).mean() < 1e-4
    assert np.abs(mels[0] - mels[1])[:124].max() < 0.05  # above, next to nothing is left


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_099, 48_000])
def test_a_tone_stays_the_tone_it_is_across_blocks(rate, monkeypatch):
    monkeypatch.setattr(resampling, "PIECE", 4096)
    tone = np.sin(2 * np.pi * 440 * np.arange(3 * rate) / rate).astype(np.float32)
    found = resampled(np.array_split(tone, 7), rate, 16_000)
    expected = np.sin(2 * np.pi * 440 * np.arange(len(found)) / 16_000)
    np.testing.assert_allclose(found[300:-300], expected[300:-300], atol=1e-5)


def test_what_the_new_rate_cannot_hold_is_gone():
    tone = np.sin(2 * np.pi * 9_000 * np.arange(48_000) / 48_000).astype(np.float32)
    assert np.abs(resampled([tone], 48_000, 16_000)[300:-300]).max() < 1e-6


@pytest.mark.parametrize("count", [0, 1, 7, 4800])
def test_short_sounds(count):
    assert len(resampled([np.ones(count, np.float32)], 44_100, 16_000)) == -(-count * 160 // 441)
    same = np.ones(count, np.float32)
    np.testing.assert_array_equal(resampled([same, same], 16_000, 16_000), [*same, *same])


@pytest.mark.parametrize("size", [1, 999, 100_000])
def test_blocks_of_any_size_are_one_sound(size):
    noise = np.random.default_rng(0).standard_normal(3 * 44_100).astype(np.float32)
    blocks = (noise[first : first + size] for first in range(0, len(noise), size))
    found = resampled(blocks if size > 1 else list(noise[:5000, None]), 44_100, 16_000)
    expected = resampled([noise if size > 1 else noise[:5000]], 44_100, 16_000)
    np.testing.assert_array_equal(found, expected)
