# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairing by rule: strokes on accents, poses that blend, a store that reads back."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ha2g_engine.body.poses import Poses, blend
from ha2g_engine.body.skeleton import (
    EXPRESSIVE,
    FPS,
    MEAN_DIRECTION,
    NEUTRAL,
    joint_positions,
    unit,
)
from ha2g_engine.body.strokes import wrist_speed
from ha2g_engine.cli.main import main
from ha2g_engine.data import clips, store
from ha2g_engine.data.default import (
    build,
    choreography,
    portraits,
    recording,
    repertoire,
    sentences,
    sitters,
    voices,
)
from ha2g_engine.data.default.repertoire import Speaker
from ha2g_engine.errors import InputError
from ha2g_engine.speech import prosody
from ha2g_engine.speech.sizes import SAMPLE_RATE

REPOSITORY = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("HA2G_SHARED", REPOSITORY.parent / "shared"))
GESTURES = SHARED / "data" / "smartbody_gestures"
needs_gestures = pytest.mark.skipif(not GESTURES.is_dir(), reason="no SmartBody clips here")


def bursts(times, seconds=10.0):
    """Speech-like bursts of noise at ``times`` s over a faint hiss."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    loud = sum(np.exp(-(((time - t) / 0.08) ** 2)) for t in times)
    hiss = np.random.default_rng(0).standard_normal(len(time))
    return (hiss * (0.3 * loud + 1e-4)).astype(np.float32)


def test_sentences_differ_and_end():
    random = np.random.default_rng(0)
    texts = {sentences.sentence(random) for _ in range(400)}
    assert len(texts) > 320
    assert all(text[-1] in ".!?" for text in texts)


def test_accents_are_the_bursts_far_enough_apart():
    times = [1.0, 2.6, 4.5, 8.0]
    found = prosody.accents(bursts(times))
    assert [a.time for a in found] == pytest.approx(times, abs=0.05)
    assert [a.initial for a in found] == [True, True, True, True]
    crowded = prosody.accents(bursts([1.0, 1.5, 2.0, 2.5, 3.0]))
    assert np.diff([a.time for a in crowded]).min() >= prosody.ACCENT_GAP


def test_pauses_are_where_nothing_is_said():
    spans = prosody.pauses(bursts([1.0, 5.0]))
    assert any(start < 2.5 and end > 4.0 for start, end in spans)


def test_aligned_share_counts_within_the_tolerance():
    speech = bursts([1.0, 4.0])
    assert prosody.aligned_share(np.array([1.1, 4.1, 2.5, 7.0]), speech) == 0.5


def test_recording_keeps_length_and_is_repeatable():
    speech = bursts([1.0, 4.0])
    first = recording.recorded(speech, np.random.default_rng(3))
    again = recording.recorded(speech, np.random.default_rng(3))
    assert all(len(sound) == len(speech) for sound in first)
    np.testing.assert_array_equal(first[1], again[1])


def random_poses(seed, count=5):
    random = np.random.default_rng(seed)
    near = NEUTRAL + 0.3 * random.standard_normal((count, 42, 3))
    return unit(near.astype(np.float32)).astype(np.float64)


def test_poses_come_apart_and_together():
    directions = random_poses(0)
    np.testing.assert_allclose(Poses.of(directions).together(), directions, atol=1e-5)


def test_blend_ends_at_its_ends_and_stays_continuous():
    first, second = Poses.of(random_poses(1, 40)), Poses.of(-random_poses(1, 40))
    ends = [blend(first, second, np.full(40, w)).together() for w in (0.0, 1.0)]
    np.testing.assert_allclose(ends[0], first.together(), atol=1e-5)
    np.testing.assert_allclose(ends[1], second.together(), atol=1e-5)


def test_mirror_twice_is_the_same_and_swaps_sides():
    directions = random_poses(2).astype(np.float32)
    np.testing.assert_allclose(clips.mirrored(clips.mirrored(directions)), directions)
    left, right = directions[:, 3], clips.mirrored(directions)[:, 20]
    np.testing.assert_allclose(right, left * [-1, 1, 1])


def test_canonical_rest_has_the_skeletons_own_trunk_and_face():
    rest = random_poses(3, 1)[0]
    moved = clips.canonical(rest[None], rest)[0]
    trunk_and_face = [0, 1, 2, 37, 38, 39, 40, 41]
    np.testing.assert_allclose(moved[trunk_and_face], NEUTRAL[trunk_and_face], atol=1e-5)
    np.testing.assert_allclose(moved[3:37], rest[3:37], atol=1e-5)


def test_nods_dip_the_nose_after_the_accent_only():
    still = np.repeat(NEUTRAL[None], 60, axis=0)
    accent = prosody.Accent(2.0, 0.0, initial=False)
    nodded = choreography._nodding(still, [accent])
    nose = nodded[:, 37, 1]
    assert int(nose.argmax()) == pytest.approx(2.1 * FPS, abs=1)
    np.testing.assert_allclose(nodded[0], still[0], atol=1e-5)


def test_small_beats_dip_raised_forearms_and_leave_hanging_ones():
    still = np.repeat(NEUTRAL[None], 60, axis=0)
    still[:, 20] = still[:, 21] = [0, 1, 0]  # the right arm hangs straight
    accent = prosody.Accent(1.0, 0.0, initial=False, beats=(2.0,))
    beaten = choreography._beating(still, [accent])
    dip = np.degrees(np.arccos(np.clip((beaten[:, 4] * still[:, 4]).sum(-1), -1, 1)))
    assert int(dip.argmax()) == 2 * FPS
    assert 5 < dip.max() < 12
    assert beaten[30, 4, 1] > still[30, 4, 1]  # y points down
    np.testing.assert_allclose(beaten[:, 21], still[:, 21], atol=1e-5)


@needs_gestures
@pytest.mark.parametrize("speaker", repertoire.SPEAKERS, ids=lambda s: s.name)
def test_strokes_peak_on_accents_and_hands_go_home_in_silence(speaker):
    (own,) = repertoire.repertoires(GESTURES, [speaker])
    habit = repertoire.habit(own, np.zeros(repertoire.LATENT), (-6.0, -3.0))
    accents = [prosody.Accent(t, -2.0, initial=True) for t in (2.0, 4.0, 8.0)]
    poses = choreography.perform(habit, accents, [(9.0, 15.0)], 225)
    speed = wrist_speed(poses).max(axis=1)
    for accent in accents:
        first = int((accent.time - 0.5) * FPS)
        peak = (first + speed[first : first + 15].argmax()) / FPS
        assert peak == pytest.approx(accent.time, abs=0.14)
    assert speed[-30:].max() < 0.02
    np.testing.assert_allclose(poses[-1], own.home, atol=0.02)
    assert np.linalg.norm(np.diff(poses, axis=0), axis=-1).max() < 1.2


@needs_gestures
def test_no_clip_is_shown_both_in_training_and_in_the_test_split():
    def names(test):
        groups = repertoire.repertoires(GESTURES, repertoire.SPEAKERS, test=test)
        return {c.name for r in groups for g in (*r.opening, *r.running) for c in g}

    shown, kept = names(False), names(True)
    assert len(shown) > 30
    assert len(kept) > 8
    assert not shown & kept


@needs_gestures
def test_z_chooses_gestures_and_their_size():
    (own,) = repertoire.repertoires(GESTURES, repertoire.SPEAKERS[:1])
    typical, other = (repertoire.habit(own, np.array(z), (-6.0,)) for z in ([0] * 4, [2, -2, 2, 0]))
    assert typical.opening == own.opening[1]
    assert other.opening == own.opening[2]
    assert other.running == own.running[0]
    assert typical.size == 1
    assert other.size > 1.1


@needs_gestures
def test_one_hand_leads_and_the_other_stays_at_home():
    right = next(s for s in repertoire.SPEAKERS if s.name == "ready/right")
    (own,) = repertoire.repertoires(GESTURES, [right])
    for clip in (c for group in own.running for c in group):
        left = clip.directions[:, list(repertoire.LEFT_ARM)]
        np.testing.assert_allclose(left, np.broadcast_to(own.home[3:20][None], left.shape)[:, :17])
        assert wrist_speed(clip.directions)[:, 1].max() > 0.6


def test_words_take_the_time_of_their_letters():
    words = build._timed("So be it.", 1.0, 2.0)
    assert [w for w, _, _ in words] == ["so", "be", "it"]
    assert words[0][1] == 1.0
    assert words[-1][2] == 2.0
    assert words[0][2] == words[1][1] == pytest.approx(1 + 1 / 3, abs=1e-3)


@pytest.mark.parametrize("name", ["espeak-ng", "flite", "piper"])
def test_a_voice_says_the_same_again(name):
    try:
        known = voices.installed()
    except InputError:
        known = {}
    if name not in known:
        pytest.skip(f"{name} is not installed")

    def said(seed):
        speak = voices.manner(name, np.random.default_rng(seed))
        return np.concatenate([speak("Stand up."), speak("Sit down.")])

    first, again, other = said(3), said(3), said(4)
    np.testing.assert_array_equal(first, again)
    assert len(first) > SAMPLE_RATE / 2
    assert len(first) != len(other) or not np.allclose(first, other)


@needs_gestures
def test_an_unknown_posture_is_named():
    with pytest.raises(InputError, match="Sitting"):
        clips.load_posture(GESTURES, "Gestures", "Sitting")


def test_portraits_differ_and_repeat():
    draw = [portraits.portrait(NEUTRAL, np.random.default_rng(s)) for s in (0, 0, 1)]
    assert draw[0].shape == (224, 224, 3)
    np.testing.assert_array_equal(draw[0], draw[1])
    assert np.abs(draw[0].astype(int) - draw[2]).mean() > 5


def test_hands_are_out_of_a_close_picture():
    joints = joint_positions(sitters._hanging(NEUTRAL)[None], EXPRESSIVE)[0]
    wrists = [portraits.JOINT[f"{side}_wrist"] for side in ("left", "right")]
    for seed in range(8):
        for close in (True, False):
            pixels = portraits._camera(joints, np.random.default_rng(seed), close)
            outside = pixels[wrists, 1] > portraits.SIZE * portraits.OVERSAMPLE
            assert outside.all() or not close
            assert pixels[portraits.JOINT["nose"], 1] > 0


@needs_gestures
def test_only_one_speaker_is_seen_close(tmp_path):
    speakers = (Speaker("ready", "BOTH"), Speaker("ready", "LEFT"))
    repertoires = repertoire.repertoires(GESTURES, speakers)
    sitters.save_poses(tmp_path / "poses.npz", repertoires, speakers, 20, 0)
    with np.load(tmp_path / "poses.npz") as content:
        assert content["close"].tolist() == [True] * 6 + [False] * 34
        assert content["directions"].shape == (40, 42, 3)
        forearms = content["directions"][:20, [4, 21]]
    assert forearms[:6, 0].std(axis=0).max() > 0.1  # from folded to hanging


def test_rendered_pictures_are_read_by_speaker(tmp_path):
    for name, shade in (("00_00000", 10), ("00_00001", 20), ("01_00000", 30)):
        Image.new("RGB", (224, 224), (shade,) * 3).save(tmp_path / f"{name}.png")
    first, second = sitters.rendered(tmp_path, 2)
    assert [p[0, 0, 0] for p in first] == [10, 20]
    assert second.shape == (1, 224, 224, 3)
    with pytest.raises(InputError, match="speaker 2"):
        sitters.rendered(tmp_path, 3)
    Image.new("RGB", (8, 8)).save(tmp_path / "01_00001.png")
    with pytest.raises(InputError, match="01_00001"):
        sitters.rendered(tmp_path, 2)


def tiny_store(folder, frames=400):
    """A data set of one speaker and two clips that never move."""
    motion = np.repeat(NEUTRAL[None], frames, axis=0).astype(np.float16)
    mel = np.full((int(frames * 2.0833) + 1, 128), -80, np.float16)
    entries = [
        store.ClipEntry(name, split, 0, (0, len(mel)), (0, frames))
        for name, split in (("a", "train"), ("b", "val"))
    ]
    people = [store.SpeakerEntry("one", (0, 2))]
    arrays = {"mel": mel, "directions": motion, "portraits": np.zeros((2, 224, 224, 3), np.uint8)}
    store.write(folder, {"skeleton": "expressive"}, people, entries, arrays)
    return store.Store(folder)


def test_store_reads_back_what_was_written(tmp_path):
    data = tiny_store(tmp_path)
    assert [clip.name for clip in data.split("train")] == ["a"]
    assert data.directions.shape == (400, 42, 3)
    with pytest.raises(InputError, match="test split"):
        data.split("test")


def test_a_folder_without_data_and_a_cut_array_are_named(tmp_path):
    with pytest.raises(InputError, match="holds no data set"):
        store.Store(tmp_path)
    tiny_store(tmp_path)
    (tmp_path / "mel.npy").write_bytes((tmp_path / "mel.npy").read_bytes()[:5000])
    with pytest.raises(InputError, match=r"mel\.npy"):
        store.Store(tmp_path)


def test_a_data_set_is_built_beside_the_one_that_it_replaces(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "data"
    tiny_store(folder)
    command = ["data", "build-default", "--gestures", str(tmp_path / "none"), "--out", str(folder)]
    assert main(command) == 2
    assert "--overwrite" in capsys.readouterr().err

    def die(part, *_):
        tiny_store(part, frames=100)
        raise InputError("Half-way.")

    with monkeypatch.context() as patch:
        patch.setattr(build, "_build", die)
        assert main([*command, "--overwrite"]) == 2
    assert len(store.Store(folder).directions) == 400
    monkeypatch.setattr(build, "_build", lambda part, *_: tiny_store(part, frames=100))
    assert main([*command, "--overwrite"]) == 0
    assert len(store.Store(folder).directions) == 100
    assert list(tmp_path.iterdir()) == [folder]


def test_mean_direction_is_what_the_network_subtracts():
    assert MEAN_DIRECTION.shape == (42, 3)
