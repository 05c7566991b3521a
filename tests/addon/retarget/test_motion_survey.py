# SPDX-License-Identifier: GPL-3.0-or-later
"""The survey of motion_survey.py on a few minutes: anatomy holds, and nothing pops for it."""

import motion_clips
import motion_survey as survey
import pytest
import rig_library as lib

from blender_addon.body import limits, skeleton
from blender_addon.body import rotations as rot
from blender_addon.rig import reading

PRONATION = next(one for one in limits.RANGES if one.joint == "forearm").high


@pytest.fixture(scope="module", params=["mixamo", "mpfb_default"])
def calibration(request):
    """A rig with one bone in a forearm, and one with two."""
    return reading.calibration(lib.build(request.param))


@pytest.fixture(scope="module")
def clips():
    """Two minutes of real gestures."""
    return motion_clips.every_clip()[::6]


def exaggerated(clips, factor=1.6):
    """CLIPS further from their neutral pose by FACTOR: into the limits, as no person moves."""
    found = []
    for name, directions, neutral in clips:
        swing = rot.to_vectors(rot.between(rot.unit(neutral), rot.unit(directions)))
        wild = rot.apply(rot.from_vectors(factor * swing), rot.unit(neutral))
        found.append((name, wild, neutral))
    return found


def test_real_motion_is_hardly_touched_and_nothing_breaks(clips, calibration):
    found = survey.anatomy(clips, calibration)
    assert found.frames > 100_000
    assert found.beyond < 0.01 * found.frames and found.changed < 0.01 * found.frames
    assert found.left == 0.0 and found.backwards <= 10.0
    assert found.twist <= PRONATION and found.flips[1] == 0
    smooth = found.smoothness()
    assert smooth["speeds, 99.9%"] <= 1.05 and smooth["accelerations, 99.9%"] <= 1.1, smooth


def test_wild_motion_is_held_without_popping(clips, calibration):
    """Limits then touch much more; bones must be no jerkier than without them."""
    found = survey.anatomy(exaggerated(clips), calibration)
    assert found.beyond > 0.01 * found.frames
    assert found.left == 0.0 and found.backwards <= 10.0
    assert found.twist <= PRONATION and found.flips[1] <= found.flips[0]
    smooth = found.smoothness()
    assert smooth["speeds, 99.9%"] <= 1.05 and smooth["accelerations, 99.9%"] <= 1.1, smooth


def test_the_survey_sees_what_limits_prevent(clips, calibration):
    """The same motion unlimited does break the ranges that the survey measures."""
    worst = 0.0
    for _, directions, neutral in exaggerated(clips[:10]):
        motion, rest = (skeleton.to_body(one) for one in (directions, rot.unit(neutral)))
        angles = survey.body.analyse(motion, rest, calibration.palm, survey.FPS)
        seen = survey.Anatomy()
        survey._hinges(seen, angles)
        worst = max(worst, seen.backwards)
    assert worst > 10.0


def sinking(calibration):
    """The real clips in which a hand enters the rig's body."""
    for clip in motion_clips.every_clip():
        motion, rest = (skeleton.to_body(rot.unit(one)) for one in clip[1:])
        if survey.contacts.depths(motion, rest, calibration.shape).max() > 0.0:
            yield clip


def test_hands_leave_a_stout_body_with_limits_on():
    calibration = survey.stout(reading.calibration(lib.build("mixamo")), survey.STOUT)
    touch = survey.touching(list(sinking(calibration)), calibration)
    assert touch.inside[0] > 300 and touch.removed >= 0.95, (touch.inside, touch.removed)
    assert all(ratio <= 1.10 for ratio in touch.acceleration().values()), touch.acceleration()
