# SPDX-License-Identifier: GPL-3.0-or-later
"""Strength, smoothing and offset of one level: what they do, and what they leave alone."""

import numpy as np
import pytest
from conftest import REPOSITORY

from blender_addon.body import rotations as rot
from blender_addon.body.skeleton import FACE, FINGER, FOREARM, FPS, SPINE, UPPER_ARM, to_body
from blender_addon.motion.shaping import Shaping, shaped

MOTION = REPOSITORY / "tests" / "fixtures" / "motion"
ONE = (1.0,) * 6


def only(level, value, others):
    return tuple(value if i == level else others for i in range(6))


@pytest.fixture(scope="module")
def motion():
    path = next(iter(sorted(MOTION.glob("*.npz"))))
    with np.load(path) as content:
        name = next(n for n in content.files if content[n].ndim == 3)
        return np.asarray(content[name][:300], np.float64)


def run(motion, intensity=1.0, **changes):
    return shaped(motion, Shaping(**changes), np.full(len(motion), intensity), FPS)


def spread(motion, bone):
    """How far a bone strays from its own posture, radians."""
    directions = to_body(motion)[:, bone]
    return np.arccos(np.clip(directions @ rot.unit(directions.mean(axis=0)), -1, 1)).mean()


def angle(a, b):
    return np.degrees(np.arccos(np.clip(rot.dot(a, b), -1, 1)))


def test_without_changes_it_comes_back(motion):
    assert np.allclose(run(motion), motion, atol=1e-12)
    almost = run(motion, strength=(1.0 + 1e-12, *ONE[1:]))  # the whole way through the joints
    assert np.abs(almost - motion).max() < 1e-6


def test_lengths_stay_one(motion):
    moved = run(motion, strength=(1.6,) * 6, smoothing=(0.5,) * 6, offset=(9.0,) * 6)
    assert np.allclose(np.linalg.norm(moved, axis=-1), 1, atol=1e-9)


@pytest.mark.parametrize("level, bone", [(0, SPINE), (1, UPPER_ARM["L"]), (2, FOREARM["R"])])
def test_strength_scales_the_movement_of_its_level(motion, level, bone):
    sizes = [spread(run(motion, strength=only(level, s, 1.0)), bone) for s in (0.3, 1.0, 1.7)]
    assert sizes[0] < sizes[1] < sizes[2]


def test_a_level_leaves_the_coarser_ones_alone(motion):
    moved = run(motion, strength=only(3, 2.0, 1.0), offset=only(3, 20.0, 0.0))
    coarser = [SPINE, *FACE, *UPPER_ARM.values(), *FOREARM.values()]
    assert np.allclose(moved[:, coarser], motion[:, coarser], atol=1e-9)
    assert np.abs(moved - motion).max() > 0.1


def test_the_hand_is_carried_by_the_arm(motion):
    moved = run(motion, strength=only(1, 0.2, 1.0))
    for side in "LR":
        arm, palm = (FOREARM[side], FINGER[side, "middle"][0])
        assert angle(moved[:, arm], moved[:, palm]) == pytest.approx(
            angle(motion[:, arm], motion[:, palm]), abs=1e-3
        )


def test_a_pause_stays_at_rest_whatever_the_strength(motion):
    still = np.concatenate([motion, np.repeat(motion[-1:], 200, axis=0)])
    moved = run(still, strength=(2.0,) * 6)
    assert angle(moved[-100:], still[-100:]).max() < 0.05


def test_intensity_scales_amplitude_frame_by_frame(motion):
    curve = np.ones(len(motion))
    curve[150:] = 0.0
    moved = shaped(motion, Shaping(), curve, FPS)
    assert np.allclose(moved[:150], motion[:150], atol=1e-6)
    bone = FOREARM["L"]
    steps = np.linalg.norm(np.diff(moved[160:, bone], axis=0), axis=-1)
    assert steps.max() < 0.2 * np.linalg.norm(np.diff(motion[160:, bone], axis=0), axis=-1).max()


def test_smoothing_takes_jitter_from_its_level_only(motion):
    rng = np.random.default_rng(0)
    noise = np.zeros_like(motion)
    noise[:, [FOREARM["L"], UPPER_ARM["R"]]] = 0.05 * rng.standard_normal((len(motion), 2, 3))
    shaky = rot.unit(motion + noise)
    calm = run(shaky, smoothing=only(2, 1.0, 0.0))

    def jitter(m, bone):
        return np.abs(np.diff(m[:, bone], n=3, axis=0)).mean()

    assert jitter(calm, FOREARM["L"]) < 0.2 * jitter(shaky, FOREARM["L"])
    assert jitter(calm, UPPER_ARM["R"]) == pytest.approx(jitter(shaky, UPPER_ARM["R"]))


def test_offsets_go_the_way_their_names_say(motion):
    before = to_body(motion)
    lean = to_body(run(motion, offset=only(0, 15.0, 0.0)))
    assert (lean[:, SPINE, 1] - before[:, SPINE, 1] < -0.2).all()  # the subject faces -y
    lift = to_body(run(motion, offset=only(1, 15.0, 0.0)))
    assert lift[:, UPPER_ARM["L"], 0].mean() > before[:, UPPER_ARM["L"], 0].mean() + 0.1
    assert lift[:, UPPER_ARM["R"], 0].mean() < before[:, UPPER_ARM["R"], 0].mean() - 0.1

    def bend(m, side, parts):
        return angle(m[:, parts[0]], m[:, parts[1]]).mean()

    for level, parts in (
        (2, (UPPER_ARM["L"], FOREARM["L"])),
        (4, FINGER["L", "index"][:2]),
        (5, FINGER["L", "index"][1:]),
    ):
        moved = to_body(run(motion, offset=only(level, 15.0, 0.0)))
        assert 5 < bend(moved, "L", parts) - bend(before, "L", parts) < 15.1
