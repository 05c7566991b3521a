# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the speakers: drawn, posed and rendered."""

import numpy as np
import pytest
from PIL import Image
from shared_folder import GESTURES, needs_gestures

from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, joint_positions
from ha2g_engine.data.default import portraits, repertoire, sitters
from ha2g_engine.data.default.repertoire import Speaker
from ha2g_engine.errors import InputError


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
