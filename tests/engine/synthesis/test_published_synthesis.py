# SPDX-License-Identifier: GPL-3.0-or-later
"""An imported published checkpoint speaks as the published code lets it."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch
from tiny_models import SMALL

from ha2g_engine.body.skeleton import unit
from ha2g_engine.checkpoints import files
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.speech import audio
from ha2g_engine.speech.transcript import Word, indexed
from ha2g_engine.synthesis import asking
from ha2g_engine.synthesis.finishing import joined
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer
from ha2g_engine.synthesis.windows import word_windows

CONFIG = replace(SMALL, identity="speaker", n_speakers=3, n_words=5, word_dim=8, composed=False)
NOTES = {"source": "published.bin", "vocabulary": ["<PAD>", "<SOS>", "<EOS>", "<UNK>", "ask"]}


@pytest.fixture
def published(tmp_path):
    torch.manual_seed(0)
    model = HA2G(CONFIG)
    for level in model.levels:
        torch.nn.init.normal_(level.out[-1].bias, std=0.3)
    path = tmp_path / "published.safetensors"
    files.save(path, model, NOTES, half=False)
    return path


def as_published(path, speech):
    """Window after window, the shared frames cross-faded, as generate_gestures_hierarchy does."""
    model, _ = files.load(path)
    sound = audio.read_speech(speech)
    starts = 30 * np.arange(max(1, -(-(sound.frames - 4) // 30)))
    mel = torch.from_numpy(audio.mel_windows(audio.mel_spectrogram(sound.waveform), starts))
    people = model.identity_from_speakers(torch.tensor([0]))
    initial, parts = torch.zeros(1, 4, 126), []
    with torch.no_grad():
        for w in range(len(starts)):
            words = torch.zeros(1, 34, dtype=torch.long)
            out = model(mel[w : w + 1], initial, people, words).levels[-1]
            initial, row = out[:, -4:], out[0].numpy().copy()
            if parts:
                last = parts[-1][-4:]
                parts[-1] = parts[-1][:-4]
                for j in range(4):
                    row[j] = last[j] * (4 - j) / 5 + row[j] * (j + 1) / 5
            parts.append(row)
    poses = np.vstack(parts)[: sound.frames]
    return unit(poses.reshape(len(poses), 42, 3) + model.config.table.mean_direction)


def test_nothing_is_done_to_a_published_models_motion_unless_asked(published, jfk, tmp_path):
    wave, rate = soundfile.read(jfk)
    wave = wave if wave.ndim == 1 else wave.mean(axis=1)
    speech = tmp_path / "falls silent.wav"
    soundfile.write(speech, np.concatenate([wave, np.zeros(4 * rate)]), rate)
    synthesizer = Synthesizer(published)
    made = synthesizer.generate(speech, Settings()).directions
    np.testing.assert_allclose(made, as_published(published, speech), atol=2e-5)
    for asked in ({"rest": True}, {"energy": 1.0}, {"fade": True}):
        other = synthesizer.generate(speech, Settings(**asked)).directions
        assert np.abs(other - made).max() > 1e-3, asked


def test_what_the_panel_asks_of_an_imported_model_is_its_own_motion(published, jfk):
    """The add-on leaves the three open; what an animator sets counts."""
    synthesizer = Synthesizer(published)
    left_open = asking.settings({"speech": str(jfk), "energy": None, "rest": None, "fade": None})
    made = synthesizer.generate(jfk, left_open).directions
    np.testing.assert_array_equal(made, synthesizer.generate(jfk, Settings()).directions)
    set_there = asking.settings({"speech": str(jfk), "energy": 0.5, "rest": True, "fade": True})
    assert np.abs(synthesizer.generate(jfk, set_there).directions - made).max() > 1e-3


def test_a_published_model_starts_from_the_mean_pose(published):
    synthesizer = Synthesizer(published)
    assert not synthesizer.model.rest_pose.any()


def test_our_models_rest_grow_with_loudness_and_lead_on(small_checkpoint, jfk):
    synthesizer = Synthesizer(small_checkpoint)
    plain = synthesizer.generate(jfk, Settings()).directions
    meant = Settings(rest=True, energy=0.5, fade=True, home="", voice_only=True)
    np.testing.assert_array_equal(plain, synthesizer.generate(jfk, meant).directions)
    assert Settings().meant({}) == meant
    assert Settings().meant(NOTES) == Settings(rest=False, energy=0.0, fade=False, voice_only=False)
    assert Settings(energy=0.3).meant(NOTES).energy == 0.3


def test_windows_are_cross_faded_as_published():
    windows = np.random.default_rng(0).normal(size=(3, 34, 5)).astype(np.float32)
    made = joined(windows, lead=False)
    expected = np.concatenate([windows[0], windows[1][4:], windows[2][4:]])
    for w in (1, 2):
        for j in range(4):
            later, before = windows[w][j], windows[w - 1][30 + j]
            expected[30 * w + j] = before * (4 - j) / 5 + later * (j + 1) / 5
    np.testing.assert_allclose(made, expected, atol=1e-6)


def test_a_word_under_way_stands_in_a_windows_first_frame():
    said = [Word("one", 1.9, 2.3), Word("two", 2.5, 2.7)]
    starts = np.array([0, 30])
    vocabulary = ["<PAD>", "one", "two"]
    assert indexed(vocabulary) == {"<PAD>": 0, "one": 1, "two": 2}
    plain = word_windows(said, vocabulary, 64, starts)
    early = word_windows(said, vocabulary, 64, starts, early=True)
    assert (plain[1, 0], early[1, 0]) == (0, 1)
    np.testing.assert_array_equal(plain[0], early[0])
    np.testing.assert_array_equal(plain[1, 1:], early[1, 1:])


def test_windows_read_at_once_are_those_read_one_by_one(published):
    network = Synthesizer(published).network
    words = np.random.default_rng(0).integers(0, 5, (20, 34))
    words[5:15] = words[3]
    texts = network.read(words)
    for level, text in zip(network.model.levels, texts, strict=True):
        for window, read in zip(words, text, strict=True):
            alone = level.hear_words(torch.from_numpy(window[None]), torch.zeros(1, 34, 1))
            np.testing.assert_allclose(read, alone[0].detach(), atol=1e-6)
    assert np.ptp(texts[0][[3, 4, 5]], axis=0).max() > 1e-3
