# SPDX-License-Identifier: GPL-3.0-or-later
"""Any length of speech becomes unit directions, repeatably, with rest in silence."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
import torch

from ha2g_engine.cli.main import main
from ha2g_engine.errors import Cancelled, InputError
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer


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


def test_each_window_starts_from_the_last_poses_of_the_one_before(
    synthesizer, monkeypatch, write_speech
):
    seen, outputs = [], []
    infer = synthesizer.model.infer

    def spy(audio, initial, *rest, **told):
        seen.append(initial.clone())
        result = infer(audio, initial, *rest, **told)
        outputs.append(synthesizer.model.pose(result[0]))
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
    free = synthesizer.generate(path, Settings(rest=False, voice_only=False)).directions
    settled = synthesizer.generate(path, Settings(voice_only=False)).directions
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
    at_home = synthesizer.skeleton.directions(handed.home[0])[-1]
    np.testing.assert_allclose(at_home, homes[1], atol=1e-6)
    assert len(take.directions) == 45


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
    assert not np.array_equal(person, synthesizer.identity(Settings()))
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
