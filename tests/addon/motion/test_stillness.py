# SPDX-License-Identifier: GPL-3.0-or-later
"""Idle, listening and looking: measured on the directions they give."""

import numpy as np
import pytest

from blender_addon.body import rotations as rot
from blender_addon.body.angles import PALM, analyse, head_rotation, torso_frame
from blender_addon.body.limits import limited
from blender_addon.body.posture import STILL, directions, relaxed
from blender_addon.body.skeleton import FOREARM, FPS, SPINE, UPPER_ARM, to_body
from blender_addon.motion.stillness import BREATH, Stillness, breath, idle, listening, look

PHRASES = np.array([(0.5, 2.0), (3.0, 5.0), (6.5, 9.0)])


def pitch(motion):
    """How far the head bends forwards against the torso, degrees (T,)."""
    body = to_body(motion)
    torso = torso_frame(body) @ torso_frame(STILL).T
    return np.degrees(rot.to_vectors(rot.transposed(torso) @ head_rotation(body, STILL))[:, 0])


def test_posture_is_the_reverse_of_analysis():
    angles = relaxed(3)
    again = analyse(directions(angles), STILL, PALM)
    for joint in ("torso", "neck", "shoulder.L", "elbow.R", "forearm.R", "wrist.L", "index_1.L"):
        assert np.allclose(again[joint], angles[joint], atol=np.radians(1.5)), joint


def test_idle_stands_with_hanging_arms_and_never_leaves_the_limits():
    motion = to_body(idle(Stillness(30.0, seed=3)))
    assert motion.shape == (450, 42, 3)
    assert np.allclose(np.linalg.norm(motion, axis=-1), 1)
    for bone in (*UPPER_ARM.values(), *FOREARM.values()):
        assert (motion[:, bone, 2] < -0.85).all()
    _, report = limited(analyse(motion, STILL, PALM), "warn")
    assert not report.counts


def test_idle_is_calm_and_deterministic():
    first, again, other = (idle(Stillness(20.0, seed=s)) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 0.005
    speed = np.degrees(np.linalg.norm(np.diff(first, axis=0), axis=-1)) * FPS
    assert speed.max() < 20  # degrees a second: nothing twitches
    assert not np.ptp(idle(Stillness(5.0, breathing=0.0, sway=0.0)), axis=0).max() > 1e-9


def test_breathing_has_the_rhythm_of_breathing():
    times = np.arange(60 * 15) / 15
    full = breath(times, 0)
    assert full.min() >= 0
    assert full.max() <= 1.11
    ups = np.flatnonzero((full[1:] >= 0.5) & (full[:-1] < 0.5))
    assert 12 <= len(ups) <= 18
    assert np.diff(ups).mean() / 15 == pytest.approx(BREATH, rel=0.06)
    assert (np.diff(full) > 0.001).sum() < (np.diff(full) < -0.001).sum()  # out takes longer


def test_breathing_lifts_chest_and_shoulders():
    still, moved = (to_body(idle(Stillness(12.0, breathing=b, sway=0.0))) for b in (0.0, 1.0))
    lift = np.ptp(moved[:, 1, 2] - still[:, 1, 2])
    assert 0.02 < lift < 0.08  # of the shoulder's half width
    assert np.ptp(moved[:, SPINE, 1]) > 0.02
    assert np.ptp(pitch(idle(Stillness(12.0, sway=0.0)))) < 1.6  # the head stays level


def test_nods_follow_phrase_ends():
    how = Stillness(12.0, seed=4, breathing=0.0, sway=0.0)
    bend = pitch(listening(how, PHRASES))
    quiet = pitch(listening(how, np.empty((0, 2))))
    assert np.ptp(quiet) < 0.1
    times = np.arange(len(bend)) / FPS
    nodding = np.flatnonzero(bend > bend[0] + 3.0)
    assert len(nodding)
    for moment in times[nodding]:
        assert any(0.1 < moment - end < 2.4 for end in PHRASES[:, 1]), moment
    first = times[nodding][0]
    assert 2.1 < first < 2.9
    assert bend.max() - bend[0] < 14


def test_hands_rest_while_listening():
    motion = to_body(listening(Stillness(12.0), PHRASES))
    assert (motion[:, list(FOREARM.values()), 2] < -0.85).all()


@pytest.mark.parametrize("amount", [0.0, 0.5, 1.0])
def test_the_head_looks_where_it_should(amount):
    motion = idle(Stillness(6.0, sway=0.0, breathing=0.0))
    gaze = np.tile([np.sin(np.radians(30)), -np.cos(np.radians(30)), 0.0], (len(motion), 1))
    head = head_rotation(to_body(look(motion, gaze, amount)), STILL)
    turned = np.degrees(np.arctan2(head[:, 1, 0], head[:, 0, 0]))
    assert turned == pytest.approx(30 * amount, abs=0.5)


def test_a_look_is_added_to_what_the_head_does_and_keeps_its_limits():
    motion = listening(Stillness(12.0, seed=4), PHRASES)
    ahead = np.tile([0.0, -1.0, 0.0], (len(motion), 1))
    above_left = np.tile([0.5, -1.0, 0.4], (len(motion), 1))
    behind = np.tile([0.3, 1.0, -2.0], (len(motion), 1))
    nod = pitch(motion) - pitch(motion)[0]
    looking = pitch(look(motion, above_left, 1.0))
    assert np.corrcoef(nod, looking)[0, 1] > 0.9
    assert np.abs(look(motion, ahead, 1.0) - motion).max() < 0.12  # only the sway is looked out of
    for gaze in (above_left, behind):
        moved = to_body(look(motion, gaze, 1.0))
        _, report = limited(analyse(moved, STILL, PALM), "warn")
        assert not {joint for joint in report.counts if joint.startswith("neck")}
