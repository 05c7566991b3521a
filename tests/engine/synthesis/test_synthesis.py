# SPDX-License-Identifier: GPL-3.0-or-later
"""Any length of speech becomes unit directions, repeatably, with rest in silence."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
import torch
from scipy.spatial.transform import Rotation

from ha2g_engine.body.skeleton import EXPRESSIVE, unit
from ha2g_engine.cli.main import main
from ha2g_engine.errors import Cancelled, InputError
from ha2g_engine.speech.transcript import UNKNOWN, Word, load_transcript, word_frames
from ha2g_engine.synthesis import finishing
from ha2g_engine.synthesis.settings import Settings, normalised_style
from ha2g_engine.synthesis.synthesizer import Synthesizer
from ha2g_engine.training.vocabulary import SPECIAL


@pytest.fixture(scope="module")
def synthesizer(small_checkpoint):
    return Synthesizer(small_checkpoint)


@pytest.mark.parametrize("seconds", [0.3, 0.301, 2.2, 2.3, 10.0])
def test_frames_are_the_ceiling_of_seconds_times_15(synthesizer, write_speech, seconds):
    take = synthesizer.generate(write_speech(seconds=seconds), Settings())
    assert take.directions.shape == (int(np.ceil(round(seconds * 15, 6))), 42, 3)
    np.testing.assert_allclose(np.linalg.norm(take.directions, axis=-1), 1, atol=1e-5)
    assert take.directions.dtype == np.float32


def test_ten_minutes(synthesizer, tmp_path):
    path = tmp_path / "long.wav"
    noise = 0.1 * np.random.default_rng(0).standard_normal(600 * 8_000)
    soundfile.write(path, noise, 8_000)
    assert len(synthesizer.generate(path, Settings()).directions) == 9000


def test_windows_lead_on_in_place_and_speed():
    t = np.arange(34, dtype=np.float32)
    windows = np.stack([0.1 * t, 3.5 - 0.05 * t])[..., None]  # 0.5 apart where both begin
    joined = finishing.joined(windows)[:, 0]
    assert len(joined) == 64
    np.testing.assert_allclose(joined[:31], windows[0, :31, 0], atol=1e-5)
    np.testing.assert_allclose(joined[35:], windows[1, 5:, 0], atol=1e-5)
    left = finishing.joined(windows, lead=False)[:, 0]
    np.testing.assert_allclose(left[30:], windows[1, :, 0], atol=1e-6)
    jerks = [np.abs(np.diff(one, n=2)).max() for one in (joined, left)]
    assert jerks[0] < 0.4 * jerks[1]


def test_each_window_starts_from_the_last_poses_of_the_one_before(
    synthesizer, monkeypatch, write_speech
):
    seen, outputs = [], []
    infer = synthesizer.model.infer

    def spy(audio, initial, *rest):
        seen.append(initial.clone())
        result = infer(audio, initial, *rest)
        outputs.append(result[0][-1])
        return result

    monkeypatch.setattr(synthesizer.model, "infer", spy)
    synthesizer.generate(write_speech(seconds=6), Settings())
    assert len(seen) == 3
    for before, after in zip(outputs, seen[1:], strict=False):
        assert torch.equal(before[:, -4:], after)


def test_silence_is_the_rest_pose_and_does_not_twitch(synthesizer, tmp_path):
    for level in (0.0, 1e-4, 0.01):  # digital, a quiet room, a hiss at -40 dB
        path = tmp_path / "silence.wav"
        soundfile.write(path, level * np.random.default_rng(0).standard_normal(80_000), 16_000)
        directions = synthesizer.generate(path, Settings()).directions
        assert np.abs(np.diff(directions, axis=0)).max() < 1e-6


def test_a_long_pause_returns_to_rest_and_speech_does_not(synthesizer, tmp_path):
    rng, rate = np.random.default_rng(0), 16_000
    sound = np.concatenate(
        [rng.standard_normal(3 * rate), np.zeros(6 * rate), rng.standard_normal(3 * rate)]
    )
    path = tmp_path / "pause.wav"
    soundfile.write(path, 0.1 * sound, rate)
    free = synthesizer.generate(path, Settings(rest=False)).directions
    settled = synthesizer.generate(path, Settings()).directions
    soundfile.write(tmp_path / "silence.wav", np.zeros(rate), rate)
    rest = synthesizer.generate(tmp_path / "silence.wav", Settings()).directions[0]
    np.testing.assert_allclose(settled[75:120], np.broadcast_to(rest, (45, 42, 3)), atol=1e-5)
    np.testing.assert_allclose(settled[15:40], free[15:40], atol=1e-5)
    np.testing.assert_allclose(settled[-30:], free[-30:], atol=1e-5)


def test_a_model_of_several_homes_starts_and_rests_where_silence_leads(
    small_checkpoint, write_speech, tmp_path
):
    synthesizer = Synthesizer(small_checkpoint)
    synthesizer.notes = {**synthesizer.notes, "home": "silence"}
    soundfile.write(tmp_path / "silence.wav", np.zeros(16_000), 16_000)
    homes = [
        synthesizer.generate(tmp_path / "silence.wav", Settings(identity_seed=i)).directions[0]
        for i in (0, 1)
    ]
    assert np.abs(homes[0] - homes[1]).max() > 1e-4
    take = synthesizer.generate(str(write_speech(seconds=3)), Settings(identity_seed=1, rest=False))
    handed = next(reversed(synthesizer.performances._items.values()))
    at_home = synthesizer.skeleton.directions(handed.home[0].numpy())[-1]
    np.testing.assert_allclose(at_home, homes[1], atol=1e-6)
    assert len(take.directions) == 45


def test_activity_leads_and_outlasts_speech():
    loudness = np.full(150, -55, np.float32)
    loudness[60:90] = -20
    active = finishing.speech_activity(loudness) > 0.5
    assert 0.3 <= (60 - np.flatnonzero(active)[0]) / 15 <= 0.7
    assert 0.6 <= (np.flatnonzero(active)[-1] - 89) / 15 <= 1.0


def test_gestures_are_larger_where_speech_is_louder_and_can_be_left_alone():
    rest = EXPRESSIVE.mean_direction / np.linalg.norm(
        EXPRESSIVE.mean_direction, axis=-1, keepdims=True
    )
    lifted = rest.copy()
    lifted[4] = unit(rest[4] + [0.0, -0.5, 0.0])
    motion = np.repeat(lifted[None], 150, axis=0).astype(np.float32)
    loudness = np.where(np.arange(150) < 75, -30.0, -15.0).astype(np.float32)
    loudness[-20:] = -80  # a pause, by which speech is told from noise
    assert finishing.energise(motion, rest, loudness, 0.0) is motion
    moved = finishing.energise(motion, rest, loudness, 1.0)
    angle = np.degrees(np.arccos(np.clip(moved[:, 4] @ rest[4], -1, 1)))
    own = np.degrees(np.arccos(lifted[4] @ rest[4]))
    assert angle[20] == pytest.approx(0.7 * own, rel=0.03)
    assert angle[110] == pytest.approx(1.3 * own, rel=0.03)
    assert np.abs(np.diff(angle[:120])).max() < 2


def test_a_turned_hand_goes_to_rest_in_its_own_shape():
    rest = np.asarray(unit(EXPRESSIVE.mean_direction), np.float32)
    hand, index, pinky = slice(5, 20), 5, 11
    turned = rest.copy()
    turned[hand] = Rotation.from_rotvec([0.0, 2.5, 0.0]).apply(rest[hand])
    motion = np.repeat(turned[None], 31, axis=0)
    moved = finishing.settle(motion, np.linspace(0, 1, 31, dtype=np.float32), rest)
    spread = (moved[:, index] * moved[:, pinky]).sum(-1)
    np.testing.assert_allclose(spread, spread[0], atol=1e-4)
    np.testing.assert_allclose(moved[[0, -1]], [rest, turned], atol=1e-4)
    assert np.degrees(np.arccos((moved[1:] * moved[:-1]).sum(-1).clip(-1, 1))).max() < 12


def test_same_seed_same_file_other_seed_another(small_checkpoint, write_speech, tmp_path):
    speech = str(write_speech(seconds=5))
    files = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        files.append(tmp_path / f"{name}.npz")
        arguments = [speech, "--out", str(files[-1]), "--seed", str(seed)]
        assert main(["generate", *arguments, "--checkpoint", str(small_checkpoint)]) == 0
    first, again, other = (file.read_bytes() for file in files)
    assert first == again
    assert first != other


def test_the_npz_holds_the_contract(small_checkpoint, write_speech, tmp_path):
    out, style = tmp_path / "m.npz", tmp_path / "style.json"
    style.write_text(json.dumps([[1] * 6, [2] * 6, [1] * 6]))
    arguments = [str(write_speech()), "--out", str(out), "--style", str(style), "--seed", "5"]
    assert main(["generate", *arguments, "--checkpoint", str(small_checkpoint)]) == 0
    with np.load(out, allow_pickle=False) as motion:
        assert motion["fps"] == 15.0
        assert motion["seed"] == 5
        assert motion["bones"][0] == "spine>neck"
        np.testing.assert_allclose(motion["style"], np.array([[0.25], [0.5], [0.25]]).repeat(6, 1))


def test_style_changes_the_motion(synthesizer, write_speech):
    speech = write_speech()
    low, high = (np.eye(3, dtype=np.float32)[[row]].T.repeat(6, axis=1) for row in (0, 2))
    takes = [synthesizer.generate(speech, Settings(style=style)) for style in (low, high)]
    assert np.abs(takes[0].directions - takes[1].directions).max() > 1e-4


@pytest.mark.parametrize("style", [np.ones((2, 6)), np.zeros((3, 6)), -np.ones((3, 6))])
def test_an_impossible_style_is_refused(style):
    with pytest.raises(InputError, match="style"):
        normalised_style(style, 6)


def test_progress_rises_and_can_stop_the_job(synthesizer, write_speech):
    seen = []
    synthesizer.generate(write_speech(seconds=8), Settings(), lambda f, _m: seen.append(f))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def stop(fraction, _message):
        if fraction > 0.5:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        synthesizer.generate(write_speech(seconds=8), Settings(), stop)


def test_a_picture_gives_an_identity_and_no_picture_is_refused(synthesizer, tmp_path):
    from PIL import Image

    picture, text = tmp_path / "p.png", tmp_path / "t.png"
    Image.effect_noise((300, 200), 90).save(picture)
    text.write_text("no picture")
    person = synthesizer.identity(Settings(images=[picture]))
    assert person.shape == (1, 16)
    assert not torch.equal(person, synthesizer.identity(Settings()))
    for path in (text, tmp_path / "missing.png"):
        with pytest.raises(InputError, match=path.name):
            synthesizer.identity(Settings(images=[path]))


def test_failures_leave_no_file(small_checkpoint, tmp_path, write_speech, capsys):
    out = tmp_path / "out" / "m.npz"
    (tmp_path / "text.wav").write_text("hello")
    model = ["--checkpoint", str(small_checkpoint)]
    bad = str(tmp_path / "text.wav")
    assert main(["generate", bad, "--out", str(out), *model]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    speech = str(write_speech())
    assert main(["generate", speech, "--out", str(out), "--image", bad, *model]) == 2
    assert main(["generate", speech, "--out", str(out), "--style", bad, *model]) == 2
    assert main(["generate", speech, "--out", str(out), "--checkpoint", bad]) == 2
    assert not out.parent.exists()


def test_a_transcript_that_changes_nothing_is_told_and_a_wrong_one_refused(
    small_checkpoint, tmp_path, write_speech, capsys
):
    out, words = tmp_path / "m.npz", tmp_path / "words.json"
    words.write_text('[["so", 0.2, 0.4]]')
    command = ["generate", str(write_speech()), "--checkpoint", str(small_checkpoint)]
    command += ["--out", str(out), "--transcript"]
    assert main([*command, str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err
    assert not out.exists()
    assert main([*command, str(words)]) == 0
    assert "knows no words" in capsys.readouterr().err


@pytest.mark.parametrize("time", ["NaN", "Infinity", "1e999"])
def test_a_time_that_is_no_number_is_one_sentence(tmp_path, time):
    path = tmp_path / "words.json"
    for row in (f'["so", {time}, 0.4]', f'["so", 0.2, {time}]'):
        path.write_text(f"[{row}]")
        with pytest.raises(InputError, match=r"words\.json' is no timed transcript"):
            load_transcript(path)


@pytest.mark.parametrize("apostrophe", "'’")
def test_a_contraction_is_found_as_the_vocabulary_spells_it(apostrophe):
    words = [Word(f"{text}{apostrophe}{end}", k / 15, 1) for k, (text, end) in
             enumerate((("Don", "t"), ("I", "m"), ("we", "ll,")))]  # fmt: skip
    assert word_frames(words, [*SPECIAL, "dont", "im"], 4).tolist() == [4, 5, UNKNOWN, 0]


def test_words_with_their_apostrophes_come_first():
    words = [Word("we're", 0, 1), Word("were", 1 / 15, 1)]
    assert word_frames(words, [*SPECIAL, "were", "we're"], 2).tolist() == [5, 4]


def test_a_normalised_style_stays_as_it_is():
    raw = np.random.default_rng(0).standard_normal((200, 3, 6)).astype(np.float32)
    columns = torch.softmax(torch.from_numpy(raw), dim=1).numpy()
    assert (columns.sum(axis=1) != 1).any()  # rounding
    for style in columns:
        np.testing.assert_array_equal(normalised_style(style, 6), style)
    doubled = normalised_style(2 * columns[0], 6)
    np.testing.assert_allclose(doubled, columns[0], atol=1e-6)
