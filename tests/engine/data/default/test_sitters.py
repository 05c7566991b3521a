# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the speakers: drawn, posed and rendered."""

import numpy as np
import pytest
from PIL import Image
from shared_folder import GESTURES, needs_gestures

from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, joint_positions
from ha2g_engine.data.default import portraits, repertoire, sitters
from ha2g_engine.data.default.postures import SITTERS, poses
from ha2g_engine.data.default.repertoire import SPEAKERS
from ha2g_engine.errors import InputError
from ha2g_engine.gestures.homes import homes


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
    people = dict(zip(SPEAKERS, repertoire.repertoires(GESTURES, SPEAKERS), strict=True))
    sitters.save_poses(tmp_path / "poses.npz", people, 20, 0)
    with np.load(tmp_path / "poses.npz") as content:
        ready = 20 * SPEAKERS.index(sitters.UNSEEN)
        assert np.flatnonzero(content["close"]).tolist() == list(range(ready, ready + 6))
        assert content["directions"].shape == (20 * (len(SPEAKERS) + len(SITTERS)), 42, 3)
        forearms = content["directions"][ready : ready + 20, [4, 21]]
        hidden = content["hidden"].reshape(-1, 20, 2).all(axis=1)
    assert hidden.any(axis=1).sum() == sum("pocket" in sitter.home for sitter in SITTERS)
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


@needs_gestures
def test_sitters_keep_their_posture_and_raise_free_hands_alone():
    people = dict(zip(SPEAKERS, repertoire.repertoires(GESTURES, SPEAKERS), strict=True))
    for sitter in SITTERS:
        home = homes().pose(sitter.home)
        found = poses(sitter, people[sitter.like], 40, np.random.default_rng(1))
        away = np.degrees(np.arccos(np.clip((found * home).sum(axis=-1), -1, 1)))
        for side, upper in (("left", 3), ("right", 20)):
            free = sitter.home.endswith(("hip", "pocket")) and side not in sitter.home
            assert (np.percentile(away[:, upper], 90) > 20) == free, (sitter.home, side)


def test_a_hand_in_a_pocket_is_not_drawn():
    pictures = [
        portraits.portrait(NEUTRAL, np.random.default_rng(3), hidden=hidden)
        for hidden in ((False, False), (True, False))
    ]
    changed = np.abs(pictures[0].astype(int) - pictures[1]).max(axis=-1) > 30
    assert 20 < changed.sum() < 4000
