# SPDX-License-Identifier: GPL-3.0-or-later
"""The light engine's takes are the full engine's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import sounds
import torch
from tiny_models import SMALL

from ha2g_engine import light_worker
from ha2g_engine.body.skeleton import LEVELS as LEVEL_BONES
from ha2g_engine.checkpoints import files
from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.errors import Cancelled, InputError
from ha2g_engine.light import network
from ha2g_engine.models.autoencoder import Autoencoder
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.synthesis import answer
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

NEAR = 1e-4


@pytest.fixture(scope="module")
def both():
    return light_worker.performer(str(DEFAULT)), Synthesizer()


def same(both, speech, settings):
    """One take of both engines, told to be the same; the light one's."""
    for one in both:
        one.forget()
    light, full = (one.generate(speech, settings) for one in both)
    np.testing.assert_allclose(light.directions, full.directions, atol=NEAR)
    np.testing.assert_allclose(light.style, full.style, atol=NEAR)
    assert light.plan == full.plan
    assert light.levels_run == full.levels_run
    (told, arrays), (expected, expected_arrays) = (answer.of(one, speech) for one in (light, full))
    assert told.keys() == expected.keys()
    assert same_manner(told["manner"], expected["manner"])
    for name, values in arrays.items():
        np.testing.assert_allclose(values, expected_arrays[name], atol=NEAR)
    return light


def same_manner(one, other):
    """Whether two manners are alike, as far as two engines can be."""
    if None in (one["distances"], other["distances"]):
        return one == other
    near = np.allclose(one["distances"], other["distances"], atol=10 * NEAR)
    return near and {**one, "distances": None} == {**other, "distances": None}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"seed": 5, "identity_seed": 3},
        {"seed": 12345, "identity_seed": 2**31 - 1, "energy": 1.0, "rest": False, "fade": False},
    ],
)
def test_the_default_models_takes(both, jfk, settings):
    take = same(both, jfk, Settings(**settings))
    assert len(take.plan.strokes) >= 3


def test_other_sounds(both, write_speech):
    for rate, seconds in ((8_000, 0.4), (22_050, 7.3), (48_000, 3.0)):
        same(both, write_speech(seconds=seconds, rate=rate, channels=2), Settings(seed=rate))
    same(both, write_speech(seconds=5, level=0.0), Settings())


def test_styles_from_none_to_all(both, jfk):
    for row in range(3):
        style = np.full((3, 6), 0.1)
        style[row] = 0.8
        same(both, jfk, Settings(seed=1, style=style))


def test_a_slider_moves_its_own_level_and_the_take_is_the_one_from_nothing(both, jfk):
    light = both[0]
    first = light.generate(jfk, Settings(seed=9))
    for level in (0, 2, 5):
        style = np.array(first.style)
        style[:, level] = 0.05, 0.05, 0.9
        light.generate(jfk, Settings(seed=9))
        settings = Settings(seed=9, style=style)
        changed = light.generate(jfk, settings)
        fresh = light_worker.performer(str(DEFAULT)).generate(jfk, settings)
        np.testing.assert_array_equal(changed.directions, fresh.directions)
        coarser = list(LEVEL_BONES[level - 1]) if level else []
        np.testing.assert_array_equal(changed.directions[:, coarser], first.directions[:, coarser])
        assert changed.levels_run == (6 - level) * fresh.levels_run // 6


def test_an_exchanged_stroke(both, jfk):
    first = both[0].generate(jfk, Settings(seed=2))
    change = {"do": "exchange", "stroke": 1, "seed": 4}
    plans = [one.edit(first.plan, change, Settings(seed=2)) for one in both]
    assert plans[0] == plans[1] != first.plan
    same(both, jfk, Settings(seed=2, plan=plans[0]))


@pytest.mark.parametrize(
    "change",
    [
        {"do": "change", "stroke": 1, "time": 2.6, "size": 0.7},
        {"do": "add", "time": 3.4, "gesture": "shrug"},
        {"do": "mirror", "stroke": 2},
        {"do": "change", "stroke": 2, "muted": True},
        {"do": "change", "stroke": 1, "hold": 1.5, "shape": "point", "shaped": "left"},
        {"do": "delete", "stroke": 0},
        {"do": "hold", "shape": "fist", "hand": "right", "start": 2.0, "end": 4.0},
    ],
)
def test_an_edited_stroke(both, jfk, change):
    first = both[0].generate(jfk, Settings(seed=2))
    plans = [one.edit(first.plan, change, Settings(seed=2)) for one in both]
    assert plans[0] == plans[1] != first.plan
    take = same(both, jfk, Settings(seed=2, plan=plans[0]))
    assert np.abs(take.directions - first.directions).max() > 0.01
    assert both[0].repertoire() == both[1].repertoire()


def test_a_picture(both, jfk):
    picture = jfk.with_name("speaker.jpg")
    styles = [one.style(Settings(images=[picture])) for one in both]
    np.testing.assert_allclose(styles[0], styles[1], atol=NEAR)
    same(both, jfk, Settings(images=[picture], seed=3))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"audio_levels": "mid"},
        {"same_audio": True, "gru_layers": 3},
        {"composed": False, "text_dim": 0},
        {"identity": "speaker", "n_speakers": 5},
        {"hierarchy": "no_hand", "audio_blocks": (1, 2, 1, 2)},
        {"hierarchy": "holistic"},
        {"skeleton": "gesture", "identity": "speaker", "n_speakers": 3},
    ],
)
def test_other_configurations(changes, tmp_path):
    torch.manual_seed(1)
    model = HA2G(replace(SMALL, **changes))
    with torch.no_grad():
        for values in model.state_dict().values():  # statistics and gains of no trained network
            if values.is_floating_point() and values.dim() == 1:
                values.add_(0.3 * torch.rand_like(values))
    path = tmp_path / "other.safetensors"
    files.save(path, model, {})
    both = light_worker.performer(str(path)), Synthesizer(path)
    speech = tmp_path / "bursts.wav"
    soundfile.write(speech, 0.1 * sounds.syllables_of_noise(5), sounds.RATE)
    for who in ({"identity_seed": 2}, {"seed": 3}):
        same(both, speech, Settings(voice_only=False, **who))


def test_told_models(told_checkpoint, jfk):
    same((light_worker.performer(str(told_checkpoint)), Synthesizer(told_checkpoint)), jfk,
         Settings(seed=3))  # fmt: skip


def test_what_only_the_full_engine_computes_is_one_sentence(tmp_path):
    path = tmp_path / "other.safetensors"
    for model in (HA2G(replace(SMALL, n_words=9)), Autoencoder(SMALL)):
        files.save(path, model, {})
        with pytest.raises(InputError, match=r"other\.safetensors.*full engine"):
            network.load(path)


def test_a_speakers_model_refuses_pictures(tmp_path, jfk):
    path = tmp_path / "speakers.safetensors"
    files.save(path, HA2G(replace(SMALL, identity="speaker", n_speakers=2)), {})
    with pytest.raises(InputError, match="by number"):
        light_worker.performer(str(path)).style(Settings(images=[jfk.with_name("speaker.jpg")]))


def test_it_stops_when_it_is_told_to(both, jfk):
    both[0].forget()

    def stop(fraction, _message):
        if fraction > 0.6:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        both[0].generate(jfk, Settings(), stop)
    again = both[0].generate(jfk, Settings()).directions
    fresh = light_worker.performer(str(DEFAULT)).generate(jfk, Settings()).directions
    np.testing.assert_array_equal(again, fresh)
