# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two who talk: gestures to the own voice, nods and looks while the other one speaks."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from ha2g_engine.body.skeleton import FPS, NEUTRAL
from ha2g_engine.cli.main import main
from ha2g_engine.errors import InputError
from ha2g_engine.gestures.plan import REACH
from ha2g_engine.speech.sizes import SAMPLE_RATE
from ha2g_engine.synthesis import answer, asking, listening
from ha2g_engine.synthesis.listening import Nod, Talk
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

TURNS = ((0.5, 5.0), (5.5, 10.0), (10.5, 15.0), (15.5, 20.0))  # s, of one and the other
SECONDS = 21.0
FRAMES = round(FPS)
STILL = np.repeat(np.asarray(NEUTRAL, np.float32)[None], round(SECONDS * FPS), axis=0)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Stereo: syllables in phrases of a second and a half, in turns."""
    path = tmp_path_factory.mktemp("dialogue") / "two.wav"
    times = np.arange(round(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    noise = np.random.default_rng(0).standard_normal((len(times), 2))
    loud = (np.sin(2 * np.pi * 3 * times) > 0) * (0.7 + 0.3 * np.sin(2 * np.pi * 0.6 * times))
    spoken = np.zeros_like(noise)
    for number, (first, last) in enumerate(TURNS):
        within = (times >= first) & (times < last) & ((times - first) % 1.5 < 1.2)
        spoken[within, number % 2] = 1
    voices = 0.2 * noise * spoken * loud[:, None]
    soundfile.write(path, voices + 0.03 * voices[:, ::-1], SAMPLE_RATE)
    return path


@pytest.fixture(scope="module")
def synthesizer(told_checkpoint):
    return Synthesizer(told_checkpoint)


def asked(recording, own="left", other="right", **more):
    """The voices of these tests are noise, which is heard only if all is."""
    two = {"channel": own, "listen_to": recording, "listen_channel": other}
    return Settings(**{"voice_only": False, **two, **more})


def within(times, turns):
    return np.any([(times >= first) & (times <= last) for first, last in turns], axis=0)


def test_who_speaks_when(recording):
    told = listening.talk(recording, asked(recording), round(SECONDS * FPS))
    times = np.arange(len(told.own)) / FPS
    assert not told.own[within(times, TURNS[1::2])].any()
    assert not told.other[within(times, TURNS[::2])].any()
    assert len(told.phrases) == 6
    np.testing.assert_allclose(listening.changes(told), [5.5, 10.5, 15.5], atol=0.2)
    swapped = listening.talk(recording, asked(recording, "right", "left"), len(told.own))
    np.testing.assert_array_equal(swapped.own, told.other)
    np.testing.assert_array_equal(swapped.other, told.own)


@pytest.mark.parametrize(("own", "other"), [("left", "right"), ("right", "left")])
def test_no_stroke_while_only_the_other_speaks(synthesizer, recording, own, other):
    theirs = TURNS[1::2] if own == "left" else TURNS[::2]
    count = 0
    for seed in range(4):
        take = synthesizer.generate(recording, asked(recording, own, other, seed=seed))
        strokes = np.array([stroke["time"] for stroke in take.strokes])
        count += len(strokes)
        assert not within(strokes, theirs).any()
    assert count >= 12


def test_nods_follow_the_other_s_phrases_and_accents_above_chance(synthesizer, recording):
    frames = round(SECONDS * FPS)
    told = listening.talk(recording, asked(recording), frames)
    cues = np.concatenate([told.phrases[:, 1], told.accents])
    begins = np.array([
        nod.time
        for seed in range(20)
        for nod in listening.nods(told, np.random.default_rng([seed, 7]))
    ])  # fmt: skip
    assert not told.own[(begins * FPS).astype(int)].any()

    def after(cues):
        late = begins[:, None] - cues
        return ((late > 0.1) & (late < 0.45)).any(axis=1).mean()

    chance = [after((cues + shift) % SECONDS) for shift in np.arange(0.7, SECONDS - 0.7, 0.3)]
    assert after(cues) > 0.95
    assert np.mean(chance) < 0.6 * after(cues)


def test_a_nod_is_a_dip_of_the_head_and_of_nothing_else():
    moved = listening.nodding(STILL, [Nod(5.0, 8.0, 2)])
    times = np.arange(len(STILL)) / FPS
    pitch = np.degrees(np.arctan2(-moved[:, 37, 2], -moved[:, 37, 1]))
    dip = pitch - pitch[0]
    assert 6.5 < dip.max() < 8.1
    assert abs(times[dip.argmax()] - 5.0 - 0.5 * listening.DIP) < 0.15
    away = (times < 4.99) | (times > 5.0 + 2 * listening.DIP + 0.01)
    np.testing.assert_array_equal(moved[away], STILL[away])
    np.testing.assert_array_equal(moved[:, :37], STILL[:, :37])


def test_who_listens_looks_at_the_speaker_and_not_about(synthesizer, recording):
    take = synthesizer.generate(recording, asked(recording, seed=3))
    times = np.arange(len(take.directions)) / FPS
    inner = [(first + 0.7, last - 0.7) for first, last in TURNS]
    listens = within(times, inner[1::2])
    assert take.attention[listens].min() > 0.9
    begins = within(times, [(first, first + 0.5) for first, _ in TURNS[2::2]])
    assert take.attention[begins].mean() < 0.6
    wide = listening.facing(turned_head(30.0), np.where(listens, 1.0, 0.4))
    seen = np.degrees(np.arctan2(wide[:, 37, 0], -wide[:, 37, 2]))
    assert np.abs(seen[listens]).max() < 0.3 * np.abs(seen[~listens]).min()


def turned_head(degrees):
    directions = STILL.copy()
    turn = listening._turns(np.array([[0.0, degrees, 0.0]]))
    directions[:, listening.FACE] = listening._turned(directions[:, listening.FACE], turn)
    return directions


def test_people_shift_where_the_word_goes_to_the_other_one():
    own = np.zeros(len(STILL), bool)
    own[: 7 * FRAMES] = True
    told = Talk(own, ~own, np.zeros((0, 2)), np.zeros(0))
    moved = listening.attending(STILL, told, np.random.default_rng(0))
    spine = np.degrees(np.arccos(np.clip((moved[:, 0] * STILL[:, 0]).sum(-1), -1, 1)))
    assert spine[: 5 * FRAMES].max() < 0.1
    assert spine[-1] > 2.0
    assert spine[9 * FRAMES :].std() < 0.3


def test_an_edit_s_reach_and_the_bits_without_another_voice(synthesizer, recording):
    settings = asked(recording, seed=3)
    take = synthesizer.generate(recording, settings)
    plan = synthesizer.edit(take.plan, {"do": "exchange", "stroke": 1, "seed": 4}, settings)
    edited = synthesizer.generate(recording, replace(settings, plan=plan))
    away = np.abs(np.arange(len(STILL)) / FPS - plan.shown()[1].time) > REACH
    np.testing.assert_array_equal(edited.directions[away], take.directions[away])
    plain = synthesizer.generate(recording, Settings(seed=3))
    assert plain.attention is None
    _, arrays = answer.of(plain, recording)
    assert "attention" not in arrays
    assert listening.listened(plain, recording, Settings()) is plain
    assert len(answer.of(take, recording, "left")[1]["attention"]) == len(take.directions)


def test_it_is_asked_for_over_the_pipe_and_in_the_shell(told_checkpoint, recording, tmp_path,
                                                        capsys):  # fmt: skip
    told = {"channel": "left", "listen_to": str(recording), "listen_channel": "right"}
    wanted = asking.settings(told)
    assert [getattr(wanted, name) for name in told] == list(told.values())
    with pytest.raises(InputError, match="no channel 'middle'"):
        asking.settings({"channel": "middle"})
    out = tmp_path / "left.npz"
    command = ["generate", str(recording), "--checkpoint", str(told_checkpoint), "--out", str(out)]
    assert main([*command, "--channel", "left", "--listen-to", "right"]) == 0
    with np.load(out) as made:
        kept, attention = json.loads(str(made["asked"])), made["attention"]
        assert len(attention) == len(made["directions"])
    assert (kept["channel"], kept["listen_to"], kept["listen_channel"]) == (
        "left", str(recording), "right",
    )  # fmt: skip
    assert main([*command, "--channel", "left", "--listen-to", "left"]) == 2
    assert "name the other one" in capsys.readouterr().err
    assert main([*command, "--listen-to", "left"]) == 0  # so the own voice is the other one
    with np.load(out) as made:
        assert json.loads(str(made["asked"]))["channel"] == "right"
    assert main([*command, "--listen-to", str(recording)]) == 2
    assert "is the speech itself" in capsys.readouterr().err
    other = tmp_path / "other.wav"
    other.write_bytes(recording.read_bytes())
    assert main([*command, "--listen-to", str(other)]) == 0
