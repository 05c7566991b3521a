# SPDX-License-Identifier: GPL-3.0-or-later
"""SmartBody clips in one anatomy, mirrored and found by posture."""

import numpy as np
import pytest
from random_poses import random_poses
from shared_folder import GESTURES, needs_gestures

from ha2g_engine.body.skeleton import NEUTRAL
from ha2g_engine.data import clips
from ha2g_engine.errors import InputError


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


@needs_gestures
def test_an_unknown_posture_is_named():
    with pytest.raises(InputError, match="Sitting"):
        clips.load_posture(GESTURES, "Gestures", "Sitting")
