# SPDX-License-Identifier: GPL-3.0-or-later
"""Another style of a speech that was heard: the very take a run from nothing gives, sooner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from ha2g_engine.body.skeleton import LEVELS as LEVEL_BONES
from ha2g_engine.checkpoints import files
from ha2g_engine.errors import Cancelled
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.synthesis.listening import heard_by
from ha2g_engine.synthesis.session import KEPT, Recent
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

LEVELS = 6
WINDOWS = 5  # of 10 s


def with_column(style, level, column):
    changed = np.array(style)
    changed[:, level] = column
    return changed


@pytest.fixture
def speech(write_speech):
    return write_speech(seconds=10)


@pytest.fixture
def synthesizer(small_checkpoint):
    return Synthesizer(small_checkpoint)


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("level", range(LEVELS))
def test_a_changed_level_is_run_with_the_finer_ones_alone(jfk, level, seed, monkeypatch):
    live, fresh = Synthesizer(), Synthesizer()  # the shipped model: untrained ones hardly react
    first = live.generate(jfk, Settings(seed=seed))
    style = with_column(first.style, level, (0.05, 0.05, 0.9))
    for coarser in live.model.levels[:level]:
        monkeypatch.setattr(coarser, "forward", lambda *_: pytest.fail("a coarser level ran"))
    changed = live.generate(jfk, Settings(seed=seed, style=style))
    again = fresh.generate(jfk, Settings(seed=seed, style=style))
    np.testing.assert_array_equal(changed.directions, again.directions)
    heard = heard_by(jfk, Settings(voice_only=True))
    windows = len(live.hearings.get(heard, dict).starts)
    assert again.levels_run == LEVELS * windows
    assert changed.levels_run == (LEVELS - level) * windows


@pytest.mark.parametrize("settings", [{}, {"energy": 1.0}, {"fade": False}, {"rest": False}])
@pytest.mark.parametrize("level", range(LEVELS))
def test_a_changed_level_moves_its_own_bones_and_no_coarser_one(jfk, level, settings):
    synthesizer = Synthesizer()
    first = synthesizer.generate(jfk, Settings(seed=1, **settings))
    style = with_column(first.style, level, (0.05, 0.05, 0.9))
    changed = synthesizer.generate(jfk, Settings(seed=1, style=style, **settings))
    coarser = list(LEVEL_BONES[level - 1]) if level else []
    own = sorted(set(LEVEL_BONES[level]) - set(coarser))
    np.testing.assert_array_equal(changed.directions[:, coarser], first.directions[:, coarser])
    cosine = (changed.directions[:, own] * first.directions[:, own]).sum(axis=-1)
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean() > 1


def test_the_published_rule_keeps_the_coarser_levels_of_the_first_window(jfk, tmp_path):
    model, notes = files.load()
    model.config = replace(model.config, composed=False)
    path = tmp_path / "published.safetensors"
    files.save(path, model, notes)
    live, fresh = Synthesizer(path), Synthesizer(path)
    first = live.generate(jfk, Settings(seed=5))
    for level in (3, 5):
        style = with_column(first.style, level, (0.05, 0.05, 0.9))
        changed = live.generate(jfk, Settings(seed=5, style=style))
        again = fresh.generate(jfk, Settings(seed=5, style=style))
        np.testing.assert_array_equal(changed.directions, again.directions)
        assert np.abs(changed.directions - first.directions).max() > 1e-5
        fresh.forget()
        live.generate(jfk, Settings(seed=5))
        assert changed.levels_run == again.levels_run - level


def test_many_changes_in_a_row_stay_exact(jfk):
    rng = np.random.default_rng(0)
    live, fresh = Synthesizer(), Synthesizer()
    style = live.generate(jfk, Settings()).style
    for level in (5, 0, 3, 3, 1):
        style = with_column(style, level, rng.dirichlet((1, 1, 1)).astype(np.float32))
        changed = live.generate(jfk, Settings(style=style)).directions
    again = fresh.generate(jfk, Settings(style=style)).directions
    np.testing.assert_array_equal(changed, again)


def test_nothing_runs_for_the_same_style_and_the_speech_is_heard_once(
    synthesizer, speech, monkeypatch
):
    style = np.repeat([[0.25], [0.5], [0.25]], LEVELS, axis=1)
    first = synthesizer.generate(speech, Settings(style=style))
    monkeypatch.setattr(synthesizer.model.audio, "forward", lambda _mel: pytest.fail("heard"))
    again = synthesizer.generate(speech, Settings(style=style))
    assert again.levels_run == 0
    np.testing.assert_array_equal(again.directions, first.directions)
    other = synthesizer.generate(speech, Settings(seed=3))  # another variation, the same hearing
    assert other.levels_run == LEVELS * WINDOWS


def test_another_sound_under_the_same_name_is_heard_again(synthesizer, speech, write_speech):
    before = synthesizer.generate(speech, Settings()).directions
    assert write_speech(seconds=4) == speech
    assert len(synthesizer.generate(speech, Settings()).directions) == 60 < len(before)


def test_a_stopped_change_loses_nothing(synthesizer, small_checkpoint, speech):
    style = synthesizer.generate(speech, Settings()).style
    wanted = with_column(style, 2, (1, 0, 0))
    calls = 0

    def stop(_fraction, _message):
        nonlocal calls
        calls += 1
        if calls == 9:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        synthesizer.generate(speech, Settings(style=wanted), stop)
    live = synthesizer.generate(speech, Settings(style=wanted)).directions
    fresh = Synthesizer(small_checkpoint).generate(speech, Settings(style=wanted)).directions
    np.testing.assert_array_equal(live, fresh)


def test_only_the_last_speeches_stay_in_memory(synthesizer, write_speech):
    for number in range(KEPT + 2):
        synthesizer.generate(write_speech(f"{number}.wav", seconds=1), Settings())
    assert len(synthesizer.hearings) == len(synthesizer.performances) == KEPT
    first = synthesizer.generate(write_speech("0.wav", seconds=1), Settings())  # was dropped
    assert first.levels_run == LEVELS


def test_the_one_used_longest_ago_is_dropped():
    recent, made = Recent(), []

    def ask(key):
        return recent.get(key, lambda: made.append(key) or key)

    for key in (*range(KEPT), 0, "new", 0, 1):
        assert ask(key) == key
    assert made == [*range(KEPT), "new", 1]


@pytest.mark.parametrize("identity", ["image", "speaker"])
def test_three_level_models_and_speakers_by_number(identity, tmp_path, speech):
    torch.manual_seed(1)
    config = ModelConfig(
        skeleton="gesture", audio_widths=(8, 8, 16, 32), audio_blocks=(1, 1, 1, 1), hidden=24,
        gru_layers=1, image_widths=(8, 8, 16, 16), identity=identity, n_speakers=4,
    )  # fmt: skip
    path = tmp_path / "three.safetensors"
    files.save(path, HA2G(config), {})
    synthesizer = Synthesizer(path)
    first = synthesizer.generate(speech, Settings(identity_seed=2, seed=1))
    style = with_column(first.style, 2, (0, 1, 0))
    live = synthesizer.generate(speech, Settings(identity_seed=2, seed=1, style=style))
    fresh = Synthesizer(path).generate(speech, Settings(identity_seed=2, seed=1, style=style))
    np.testing.assert_array_equal(live.directions, fresh.directions)
    assert live.levels_run == fresh.levels_run - 2 * WINDOWS


def test_one_of_two_speakers_is_performed_alone(tmp_path, small_checkpoint, write_speech):
    alone = write_speech(seconds=4)
    voice, rate = soundfile.read(alone)
    both = tmp_path / "both.wav"
    other = 0.2 * np.random.default_rng(1).standard_normal(len(voice))
    soundfile.write(both, np.stack([other, voice], axis=1), rate)
    synthesizer = Synthesizer(small_checkpoint)
    right, left = (synthesizer.generate(both, Settings(channel=c)) for c in ("right", "left"))
    expected = Synthesizer(small_checkpoint).generate(alone, Settings())
    np.testing.assert_allclose(right.directions, expected.directions, atol=1e-5)
    assert np.abs(left.directions - right.directions).max() > 1e-4
