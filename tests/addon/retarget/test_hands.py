# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands stay out of each other, fingers included, part no further than needed and do not twitch."""

import itertools

import hands_survey as survey
import numpy as np
import pytest
import rig_library as lib
from thrusts import clasp

from blender_addon.body import skeleton
from blender_addon.retarget import hands
from blender_addon.retarget.calibrate import calibrate
from blender_addon.retarget.solve import retarget
from blender_addon.retarget.tracks import retargeting
from blender_addon.rig import reading
from blender_addon.steps import exhausted

LIVELY = 300.0  # hand's lengths a second cubed: the 95th percentile of the jerk of real gestures
RIGS = (*lib.RIGS, "narrow mixamo")


def built(name):
    return survey.narrow(name.split()[1]) if " " in name else lib.build(name)


def clip(motion):
    return [("made", skeleton.to_engine(motion), skeleton.NEUTRAL)]


def taken(crossings, name, *arguments):
    return np.concatenate([np.ravel(getattr(one, name)(*arguments)) for one in crossings])


@pytest.mark.parametrize("name", RIGS)
def test_hands_that_go_through_each_other_stop_skin_on_skin(name):
    armature = built(name)
    (before,), (after,) = (survey.crossing(armature, clip(clasp()), contacts=on)
                           for on in (False, True))  # fmt: skip
    assert before.through.mean() > 0.2 and not after.through.any()
    assert np.median(after.gaps[before.through]) < 2.7  # thicknesses of a finger: still together
    assert after.motion(3).max() < LIVELY
    for free in (slice(None, 4), slice(-4, None)):
        assert np.allclose(after.wrists[free], before.wrists[free], atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", RIGS)
def test_peoples_hands_stay_apart_on_any_rig_and_move_as_smoothly(name):
    """A third of the clips of people who talk, rest and clap: 7 minutes."""
    armature, clips = built(name), survey.talking()[::3]
    before, after = (survey.crossing(armature, clips, contacts=on) for on in (False, True))
    through = [np.concatenate([one.through for one in some]) for some in (before, after)]
    assert through[0].mean() > 0.01 and through[1].mean() < 0.002, [t.mean() for t in through]
    gaps = np.concatenate([one.gaps for one in after])[through[0]]
    assert np.median(gaps) < 2.0  # thicknesses of a finger
    for order in (1, 2, 3):
        old, new = (taken(some, "motion", order) for some in (before, after))
        assert new.mean() <= 1.05 * old.mean()
        assert np.percentile(new, 99) <= 1.05 * np.percentile(old, 99)
        assert new.max() <= 1.2 * old.max()


def test_a_long_clasp_is_parted_the_same_way_in_every_stretch():
    calibration = reading.calibration(lib.build("mixamo"))
    motion = skeleton.to_engine(np.concatenate([clasp(seconds=4.0, depth=0.7)] * 12))
    whole = retarget(motion, calibration, fps=15.0, contacts=True)
    parts = exhausted(retargeting(motion, calibration, smoothing=0.0, fps=15.0, contacts=True))
    assert np.abs(np.sum(whole.quaternions * parts.quaternions, axis=-1)).min() > 1.0 - 1e-6
    assert len(whole.touches) > 100 and whole.touches == parts.touches


def test_joints_are_put_together_as_blender_does():
    armature = lib.build("rigify_metarig")
    track = retarget(skeleton.to_engine(clasp()), reading.calibration(armature), contacts=True)
    rest = reading.rest_pose(armature)
    heads, turns = survey.posed(track, rest)
    for frame in (3, 17):
        lib.pose(armature, track, frame)
        names, posed, oriented = lib.evaluated(armature)
        rows = [rest.names.index(name) for name in names]
        assert np.allclose(heads[frame, rows], posed, atol=1e-4)
        assert np.allclose(turns[frame, rows], oriented, atol=1e-4)


def test_distances_of_segments():
    """Against the closest of many points along both."""
    random = np.random.default_rng(3)
    ends = random.normal(size=(4, 60, 3))
    share = np.linspace(0.0, 1.0, 201)[:, None]
    for i in range(60):
        a, b, c, d = ends[:, i]
        ours, theirs = a + share * (b - a), c + share * (d - c)
        closest = np.linalg.norm(ours[:, None] - theirs[None], axis=-1).min()
        found = survey.segments(*(one[i : i + 1] for one in ends))[0]
        assert found <= closest + 1e-9 and closest - found < 0.02


def test_the_way_out_is_the_shortest_that_is_free():
    """Against steps of a hundredth, for hands with spheres one behind another."""
    random = np.random.default_rng(1)
    left, right = random.normal(size=(5, 6, 3)), random.normal(size=(5, 4, 3))
    reach, way = np.full((6, 4), 0.8), np.array([0.6, 0.0, 0.8])
    found = hands.Standing(left, right, reach).way(way)
    steps = np.arange(0.0, 12.0, 0.01)
    for frame in range(5):
        apart = left[frame][:, None] - right[frame] + steps[:, None, None, None] * way
        free = np.all(np.linalg.norm(apart, axis=-1) >= reach - 1e-6, axis=(1, 2))
        assert found[frame] == pytest.approx(steps[free.argmax()], abs=0.011)


@pytest.mark.parametrize("frame", [14, 15])
def test_hands_that_only_just_touch_part_the_way_they_came(frame):
    """On one frame, which need not be one of those that the direction is chosen on."""
    calibration = reading.calibration(lib.build("mixamo"))
    local, own = np.repeat(clasp()[22:23], 30, axis=0), calibration.shape.hands
    gaps = np.full(30, 2.0 * own["L"].length)
    gaps[frame] = 1.2 * own["L"].length
    wrists = (gaps[:, None] * np.array([1.0, 0.0, 0.0]), np.zeros((30, 3)))
    ways = hands.parting(local, own, wrists, 15.0)
    left, right = hands.moves(local, own, wrists, ways, 15.0)
    assert np.flatnonzero(hands.Pair(local, own, wrists[0]).overlap(wrists[0])).tolist() == [frame]
    assert 0.0 < np.linalg.norm(left - right, axis=-1).max() < 0.5 * own["L"].length
    assert ((left - right)[:, 0] >= 0.0).all()


def test_from_one_side_to_the_other_goes_through_what_lies_between():
    up, down = np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, -1.0])
    costs = np.ones((12, len(hands.TRIED)))
    costs[:6, (up == hands.TRIED).all(axis=1)] = 0.0
    costs[6:, (down == hands.TRIED).all(axis=1)] = 0.0
    ways = hands.TRIED[hands.cheapest(costs, np.zeros((*costs.shape, 3)))]
    assert np.array_equal(ways[0], up) and np.array_equal(ways[-1], down)
    assert (np.sum(ways[1:] * ways[:-1], axis=-1) > 0.5).all()


def test_the_cheapest_path_is_the_cheapest():
    random = np.random.default_rng(2)
    costs = random.uniform(0.0, 2.0, size=(3, len(hands.TRIED)))
    places = random.uniform(0.0, 0.3, size=(*costs.shape, 3))

    def price(path):
        moved = sum(
            np.linalg.norm(places[t, path[t]] - places[t + 1, path[t + 1]]) * hands.MOVING
            + hands.TURNING * (1.0 - hands.TRIED[path[t]] @ hands.TRIED[path[t + 1]])
            for t in range(2)
        )
        return moved + sum(costs[t, k] for t, k in enumerate(path))

    cosines = hands.TRIED @ hands.TRIED.T
    allowed = (
        path
        for path in itertools.product(range(len(hands.TRIED)), repeat=3)
        if all(1.0 - cosines[a, b] <= hands.STEEPEST for a, b in itertools.pairwise(path))
    )
    best = min(allowed, key=price)
    assert price(hands.cheapest(costs, places)) == pytest.approx(price(best))


@pytest.mark.parametrize("words", [("Thumb",), ("Index", "Middle", "Ring", "Pinky"), ("Hand",)])
def test_hands_with_few_fingers_know_their_size(words):
    from rest_fixtures import mixamo

    from blender_addon.bones import detect

    rest = mixamo(keep=lambda n: not any(w in n for w in words) or n.endswith("tHand"))
    found = detect.detect(rest.names, rest.parents).bone_map
    full = calibrate(mixamo(), detect.detect(mixamo().names, mixamo().parents).bone_map)
    shape = calibrate(rest, found).shape
    for side in skeleton.SIDES:
        ratio = shape.hands[side].length / full.shape.hands[side].length
        assert 0.75 < ratio < 1.3, ratio
