# SPDX-License-Identifier: GPL-3.0-or-later
"""Joint angles, limits, frame rates and bone maps, without Blender."""

import time

import motion_clips
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_fixtures import mixamo

from blender_addon.body import angles as body
from blender_addon.body import limits, skeleton, smoothing
from blender_addon.body import rotations as rot
from blender_addon.bones import detect
from blender_addon.bones.families import load_presets
from blender_addon.bones.roles import BoneMap
from blender_addon.errors import GestureError
from blender_addon.paths import RIGS_DIR
from blender_addon.retarget import tracks
from blender_addon.retarget.calibrate import calibrate
from blender_addon.retarget.rest import bones_of_joint
from blender_addon.retarget.solve import retarget, shared_twist


@pytest.fixture(scope="module")
def calibration():
    rest = mixamo()
    return calibrate(rest, detect.detect(rest.names, rest.parents).bone_map)


def analysed(directions, neutral):
    return body.analyse(skeleton.to_body(directions), skeleton.to_body(neutral), body.PALM)


# --- rotations ------------------------------------------------------------------------------


def test_rotations_agree_with_their_quaternions_and_vectors():
    random = np.random.default_rng(0)
    vectors = rot.unit(random.normal(size=(500, 3))) * random.uniform(0.0, np.pi, (500, 1))
    matrices = rot.from_vectors(vectors)
    assert np.allclose(matrices @ rot.transposed(matrices), np.eye(3))
    assert np.allclose(rot.to_vectors(matrices), vectors, atol=1e-7)
    a, b = rot.unit(random.normal(size=(2, 500, 3)))
    assert np.allclose(rot.apply(rot.between(a, b), a), b)
    assert np.allclose(rot.apply(rot.between(a, -a), a), -a)


def test_twist_and_swing_give_the_rotation_back():
    random = np.random.default_rng(1)
    matrices = rot.from_vectors(random.normal(size=(200, 3)))
    twist, swing = rot.twist_and_swing(matrices)
    assert np.allclose(rot.about_x(twist) @ swing, matrices)
    assert np.allclose(rot.to_vectors(swing)[:, 0], 0.0, atol=1e-9)


def test_signs_are_kept_along_time():
    angles = np.linspace(0.0, 4.0 * np.pi, 200)
    q = np.stack([np.cos(angles / 2), np.sin(angles / 2), 0 * angles, 0 * angles], axis=-1)[:, None]
    flipped = np.where(q[..., :1] < 0.0, -q, q)
    assert np.any(np.sum(flipped[1:] * flipped[:-1], axis=-1) < 0.0)
    assert np.allclose(rot.continuous(flipped), q)


def test_a_shared_twist_does_not_pop_at_half_a_turn():
    angles = np.radians(np.linspace(-180.0, 540.0, 7201)[:-1])
    wrapped = (angles + np.pi) % (2.0 * np.pi) - np.pi
    shared = shared_twist(wrapped)
    assert np.abs(np.diff(shared)).max() < np.radians(0.5)
    assert np.allclose(shared[np.abs(wrapped) < 1.9], wrapped[np.abs(wrapped) < 1.9])


# --- joint angles ----------------------------------------------------------------------------


def test_frames_point_along_the_directions_they_come_from():
    for _, directions, neutral in motion_clips.excerpt():
        wanted = skeleton.to_body(directions)
        frames = body.compose(analysed(directions, neutral))
        for (side, finger), (_, first, second) in skeleton.FINGER.items():
            assert np.allclose(frames[f"{finger}_1.{side}"][..., 0], wanted[:, first], atol=1e-6)
            assert np.allclose(frames[f"{finger}_2.{side}"][..., 0], wanted[:, second], atol=1e-6)
        for side in skeleton.SIDES:
            fore = wanted[:, skeleton.FOREARM[side]]
            assert np.allclose(frames[f"forearm.{side}"][..., 0], fore, atol=1e-6)


def arm(upper, fore, index, pinky):
    """A (1, 42, 3) body-frame pose whose left arm is given in words: (left, back, up)."""
    pose = skeleton.to_body(skeleton.NEUTRAL)[None].copy()
    neutral = pose[0].copy()
    pose[0, skeleton.UPPER_ARM["L"]], pose[0, skeleton.FOREARM["L"]] = upper, fore
    pose[0, skeleton.FINGER["L", "index"][0]] = rot.unit(np.array(index, float))
    pose[0, skeleton.FINGER["L", "pinky"][0]] = rot.unit(np.array(pinky, float))
    angles = body.analyse(pose, neutral, body.PALM)
    return {joint: np.degrees(angle[0]).round(3) for joint, angle in angles.items()}


DOWN, FRONT, LEFT, UP = (0, 0, -1), (0, -1, 0), (1, 0, 0), (0, 0, 1)


@pytest.mark.parametrize(
    ("index", "pinky", "pronation"),
    [((0, -1, 0.3), (0, -1, -0.3), 0.0), ((-0.3, -1, 0), (0.3, -1, 0), 90.0),
     ((0.3, -1, 0), (-0.3, -1, 0), -90.0)],
)  # fmt: skip
def test_a_bent_arm_has_the_angles_of_the_textbook(index, pinky, pronation):
    """Upper arm down, forearm to the front; thumb up, palm down, palm up."""
    angles = arm(DOWN, FRONT, index, pinky)
    assert np.allclose(angles["shoulder.L"], 0.0)
    assert np.allclose(angles["elbow.L"], (90.0, 0.0))
    assert np.allclose(angles["forearm.L"], pronation)
    assert np.allclose(angles["wrist.L"], 0.0, atol=1e-3)


def test_shoulder_and_wrist_angles_have_the_textbooks_signs():
    raised = arm(LEFT, FRONT, (-0.3, -1, 0), (0.3, -1, 0))
    assert np.allclose(raised["shoulder.L"], (0.0, 90.0, 0.0), atol=1e-3)
    forwards = arm(FRONT, UP, (-0.3, 0, 1), (0.3, 0, 1))
    assert np.allclose(forwards["shoulder.L"], (90.0, 0.0, 0.0), atol=1e-3)
    inwards = arm(DOWN, (-1, 0, 0), (-1, 0, 0.3), (-1, 0, -0.3))
    assert np.allclose(inwards["shoulder.L"], (0.0, 0.0, 90.0), atol=0.01)
    flexed = arm(DOWN, FRONT, (-1, -1, 0.4), (-1, -1, -0.4))
    assert np.allclose(flexed["wrist.L"], (45.0, 0.0), atol=1e-3)
    ulnar = arm(DOWN, FRONT, (0, -1, -0.6), (0, -1, -1.4))
    assert ulnar["wrist.L"][1] > 40.0


def test_bent_thumbs_are_hinges():
    """The first bone rolls into the thumb's own plane, so that its joint bends straight."""
    sideways = []
    for _, directions, neutral in motion_clips.excerpt():
        angles = analysed(directions, neutral)
        for side in skeleton.SIDES:
            bend, aside = np.degrees(angles[f"thumb_2.{side}"]).T
            sideways.append(np.abs(aside)[bend > 30.0])
    sideways = np.concatenate(sideways)
    assert len(sideways) > 100 and np.percentile(sideways, 90) < 15.0


def test_mirrored_motion_has_the_same_angles():
    _, directions, neutral = motion_clips.excerpt()[3]
    names = {"left": "right", "right": "left"}

    def other(joint):
        side, _, rest = joint.partition("_")
        return f"{names[side]}_{rest}" if side in names else joint

    order = [skeleton.bone_index(other(a), other(b)) for a, b in skeleton.BONES]
    mirror = np.array([-1.0, 1.0, 1.0])
    ours, theirs = (
        analysed(*pair)
        for pair in (
            (directions, neutral),
            (directions[:, order] * mirror, neutral[order] * mirror),
        )
    )
    for joint, angles in ours.items():
        if joint.endswith(".L") and not joint.startswith("collar"):
            assert np.allclose(angles, theirs[joint[:-1] + "R"], atol=1e-6), joint


def test_a_straight_arm_does_not_spin():
    """The elbow passes through straight into 5 degrees of hyperextension and back."""
    frames = 40
    bend = np.radians(np.concatenate([np.linspace(40, -5, 20), np.linspace(-5, 40, 20)]))
    upper = np.tile(np.array(DOWN, float), (frames, 1))
    fore = np.stack([0 * bend, -np.sin(bend), -np.cos(bend)], axis=-1)
    palm = np.tile([-1.0, 0.0, 0.0], (frames, 1))
    hinge = body.elbow_hinge(upper, fore, palm, "L", 15.0)
    assert np.allclose(hinge, [-1.0, 0.0, 0.0], atol=1e-6)


def test_noise_on_a_straight_arm_does_not_shake_it():
    random = np.random.default_rng(2)
    frames = 60
    bend = np.radians(3.0)
    fore = np.tile([0.0, -np.sin(bend), -np.cos(bend)], (frames, 1))
    fore = rot.unit(fore + random.normal(scale=np.radians(1.0), size=fore.shape))
    upper = np.tile(np.array(DOWN, float), (frames, 1))
    palm = np.tile([-1.0, 0.0, 0.0], (frames, 1))
    hinge = body.elbow_hinge(upper, fore, palm, "L", 15.0)
    raw = rot.unit(np.cross(upper, fore))
    spread = [np.degrees(np.arccos(np.clip(h @ [-1.0, 0, 0], -1, 1))) for h in (hinge, raw)]
    assert spread[0].mean() < 0.5 * spread[1].mean() and spread[0].max() < 0.5 * spread[1].max()


# --- limits -----------------------------------------------------------------------------------


@given(st.floats(-400, 400), st.floats(-90, -5), st.floats(5, 180))
def test_soft_clamp_stays_inside_and_leaves_the_middle_alone(value, low, high):
    clamped = limits.soft_clamp(np.array([value]), low, high)[0]
    assert low - 1e-9 <= clamped <= high + 1e-9
    if low + limits.KNEE <= value <= high - limits.KNEE:
        assert clamped == value


def test_soft_clamp_is_smooth():
    values = np.linspace(-200.0, 200.0, 40_001)
    slope = np.diff(limits.soft_clamp(values, -30.0, 45.0)) / np.diff(values)
    assert slope.min() >= 0.0 and slope.max() <= 1.0 + 1e-9
    assert np.abs(np.diff(slope)).max() < 0.01


def test_every_range_has_a_source_and_contains_rest():
    for one in limits.RANGES:
        assert one.low < 0.0 < one.high
        assert any(name in one.source for name in ("AAOS", "Kapandji", "own")), one


def test_real_motion_stays_within_the_limits():
    """Fewer than 1% of joint-frames of all real clips are touched; nothing is left beyond."""
    frames, beyond, changed = 0, 0, 0
    for _, directions, neutral in motion_clips.every_clip():
        angles = analysed(directions, rot.unit(neutral))
        inside, report = limits.limited(angles, "enforce")
        _, after = limits.limited(inside, "warn")
        assert after.excess.max() < 1e-9
        frames += report.excess.size
        beyond += np.count_nonzero(report.excess)
        for joint, one in zip(report.joints, report.ranges, strict=True):
            moved = np.degrees(np.abs(inside[joint] - angles[joint])[:, one.axis])
            changed += np.count_nonzero(moved > 0.5)
    assert frames > 500_000
    assert beyond / frames < 0.01 and changed / frames < 0.01, (beyond / frames, changed / frames)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_enforced_random_motion_has_no_violation(seed):
    """Even directions that no body could take end up inside every range."""
    random = np.random.default_rng(seed)
    directions = rot.unit(random.normal(size=(8, 42, 3)))
    inside, _ = limits.limited(analysed(directions, skeleton.NEUTRAL), "enforce")
    _, after = limits.limited(inside, "warn")
    assert after.excess.max() < 1e-9


def overturned(pronation):
    """Joint angles of a left arm at rest, elbow bent by 40, forearm turned by PRONATION degrees."""
    zeros = np.zeros((len(pronation), 3))
    pose = dict.fromkeys(("torso", "neck", "collar.L", "collar.R"), zeros)
    rest = analysed(skeleton.NEUTRAL[None], skeleton.NEUTRAL)
    pose |= {joint: np.repeat(rest[joint], len(zeros), 0) for joint in rest if joint not in pose}
    pose["shoulder.L"], pose["wrist.L"] = zeros + np.radians([20.0, 30.0, 0.0]), zeros[:, :2]
    pose["elbow.L"] = zeros[:, :2] + np.radians([40.0, 0.0])
    return pose | {"forearm.L": np.radians(pronation)[:, None]}


def test_a_hand_turned_too_far_is_helped_by_the_elbow():
    """The upper arm takes the excess: the wrist stays in place, the hand keeps its turn."""
    angles = overturned(np.array([100.0, 110.0, -105.0]))
    inside, _ = limits.limited(angles, "enforce")
    before, after = body.compose(angles), body.compose(inside)
    lengths = (("upper_arm.L", 0.28), ("forearm.L", 0.25))
    wrists = [sum(length * f[part][..., 0] for part, length in lengths) for f in (before, after)]
    assert np.abs(np.diff(wrists, axis=0)).max() < 0.02  # metres; lengths differ from the mean's
    turned = np.linalg.norm(
        rot.to_vectors(rot.transposed(before["hand.L"]) @ after["hand.L"]), axis=-1
    )
    assert np.degrees(turned).max() < 4.0
    assert limits.limited(inside, "warn")[1].excess.max() < 1e-9


def test_the_elbows_help_comes_and_goes_smoothly():
    turning = np.arange(-180.0, 180.0, 0.25)
    inside, _ = limits.limited(overturned(turning), "enforce")
    frames = body.compose(inside)
    for part in ("upper_arm.L", "forearm.L", "hand.L"):
        steps = np.linalg.norm(
            rot.to_vectors(rot.transposed(frames[part][:-1]) @ frames[part][1:]), axis=-1
        )
        assert np.degrees(steps).max() < 1.5, part  # of 0.25 degrees a step going in


def test_limits_report_and_enforce_on_a_rig(calibration):
    _, directions, neutral = motion_clips.excerpt()[1]
    hyper = directions.copy()
    _, first, second = skeleton.FINGER["L", "index"]
    hand = directions[:, skeleton.FINGER["L", "index"][0]]
    hyper[:, first], hyper[:, second] = hand, directions[:, skeleton.FINGER["L", "thumb"][0]]
    off, warn, enforced = (
        retarget(hyper, calibration, neutral=neutral, limits=mode)
        for mode in ("off", "warn", "enforce")
    )
    assert off.violations.counts == {}
    assert warn.violations.counts["index_2.L"] > 0
    assert len(warn.violations.frames("index_2.L")) == warn.violations.counts["index_2.L"]
    runs = [run for run in warn.violations.overruns if run.joint == "index_2.L"]
    told = sorted({frame for run in runs for frame in range(run.first, run.last + 1)})
    assert told == warn.violations.frames("index_2.L")
    columns = [i for i, joint in enumerate(warn.violations.joints) if joint == "index_2.L"]
    worst = warn.violations.excess[:, columns].max()
    assert max(run.worst for run in runs) == worst and all(run.worst > 0.0 for run in runs)
    assert off.violations.overruns == ()
    assert np.array_equal(off.quaternions, warn.quaternions)
    index = warn.bones.index("mixamorig:LeftHandIndex2")
    assert not np.allclose(enforced.quaternions[:, index], warn.quaternions[:, index], atol=0.01)


def test_every_limited_joint_names_its_rig_bones(calibration):
    track = retarget(skeleton.NEUTRAL[None], calibration, limits="warn")
    named = {joint: bones_of_joint(calibration.drives, joint) for joint in track.violations.joints}
    assert all(set(bones) <= set(track.bones) and bones for bones in named.values()), named
    assert named["wrist.L"] == ("mixamorig:LeftHand",)
    assert named["index_2.R"] == ("mixamorig:RightHandIndex2",)


def spun(turns):
    """Directions of a whole body that turns TURNS times about itself, 6 degrees a frame."""
    angles = np.linspace(0.0, 2.0 * np.pi * turns, 1 + int(60 * turns))
    c, s, zero = np.cos(angles), np.sin(angles), np.zeros_like(angles)
    rows = [c, zero, s, zero, zero + 1.0, zero, -s, zero, c]
    about_y = np.stack(rows, axis=-1).reshape(-1, 3, 3)
    return np.einsum("tij,kj->tki", about_y, skeleton.NEUTRAL)


@pytest.mark.parametrize("limits", ["off", "enforce"])
def test_a_torso_that_turns_right_around_does_not_pop(calibration, limits):
    """No bone turns more than three times as fast as the body, nor hangs elsewhere after it."""
    track = retarget(spun(2.0), calibration, limits=limits)
    cosines = np.abs(rot.dot(track.quaternions[1:], track.quaternions[:-1]))
    assert np.degrees(2.0 * np.arccos(np.minimum(cosines, 1.0))).max() < 18.0
    assert np.allclose(np.abs(rot.dot(track.quaternions[0], track.quaternions[-1])), 1.0, atol=1e-4)


def test_an_unknown_mode_is_refused(calibration):
    with pytest.raises(GestureError, match="off, warn, enforce"):
        retarget(np.ones((1, 42, 3)), calibration, limits="some")


# --- motion -----------------------------------------------------------------------------------


def test_a_minute_is_retargeted_in_under_a_second(calibration):
    directions = np.concatenate([clip for _, clip, _ in motion_clips.excerpt()] * 3)
    assert len(directions) == 900
    started = time.process_time()
    track = tracks.resample(retarget(directions, calibration, limits="enforce"), 24.0)
    assert time.process_time() - started < 0.6  # keys take under 0.1 of the second
    assert len(track.quaternions) == 1439


def test_resampling_keeps_every_given_frame(calibration):
    _, directions, neutral = motion_clips.excerpt()[0]
    track = retarget(directions, calibration, neutral=neutral)
    finer = tracks.resample(track, 60.0)
    assert finer.fps == 60.0 and len(finer.quaternions) == 4 * (len(directions) - 1) + 1
    assert np.allclose(finer.quaternions[::4], track.quaternions)
    assert np.all(np.sum(finer.quaternions[1:] * finer.quaternions[:-1], axis=-1) > 0.0)
    assert np.allclose(np.linalg.norm(finer.quaternions, axis=-1), 1.0)


def test_resampling_one_frame_and_lower_rates(calibration):
    track = retarget(skeleton.NEUTRAL[None], calibration)
    assert tracks.resample(track, 24.0).quaternions.shape == track.quaternions.shape
    _, directions, _ = motion_clips.excerpt()[0]
    coarse = tracks.resample(retarget(directions, calibration), 12.0)
    assert len(coarse.quaternions) == 40  # 49 / 15 s at 12 a second
    with pytest.raises(GestureError, match="above 0"):
        tracks.resample(track, 0.0)


def test_smoothing_takes_jitter_and_keeps_the_pose():
    _, directions, _ = motion_clips.excerpt()[0]
    noise = np.random.default_rng(0).normal(scale=0.05, size=directions.shape)
    noisy = rot.unit(directions + noise)

    def acceleration(clip):
        return np.linalg.norm(np.diff(clip, 2, axis=0), axis=-1).mean()

    assert np.allclose(smoothing.smooth(noisy, 0.0, 15.0), noisy)
    half, whole = smoothing.smooth(noisy, 0.5, 15.0), smoothing.smooth(noisy, 1.0, 15.0)
    assert acceleration(whole) < acceleration(half) < 0.3 * acceleration(noisy)
    assert np.allclose(np.linalg.norm(half, axis=-1), 1.0)
    still = np.repeat(directions[:1], 30, axis=0)
    assert np.allclose(smoothing.smooth(still, 1.0, 15.0), still)


def test_an_arm_that_circles_twice_never_changes_sign(calibration):
    turns = rot.about_x(np.radians(np.arange(0.0, 720.0, 6.0)))  # engine frame: about left
    directions = np.tile(skeleton.NEUTRAL, (len(turns), 1, 1))
    arm_bones = [skeleton.UPPER_ARM["L"], skeleton.FOREARM["L"]]
    arm_bones += [b for (side, _), three in skeleton.FINGER.items() if side == "L" for b in three]
    directions[:, arm_bones] = np.einsum("tij,kj->tki", turns, skeleton.NEUTRAL[arm_bones])
    q = retarget(directions, calibration).quaternions
    assert np.any(q[..., 0] < 0.0)
    assert np.all(np.sum(q[1:] * q[:-1], axis=-1) > 0.9)


@pytest.mark.parametrize(
    "broken",
    [np.zeros((0, 42, 3)), np.zeros((5, 41, 3)), np.zeros((5, 42, 3)), np.full((2, 42, 3), np.nan)],
)
def test_motion_that_is_none_is_refused(calibration, broken):
    with pytest.raises(GestureError, match="generate it again"):
        retarget(broken, calibration)


def test_any_directions_give_unit_quaternions(calibration):
    random = np.random.default_rng(3)
    for mode in limits.MODES:
        track = retarget(random.normal(size=(50, 42, 3)), calibration, limits=mode)
        assert np.allclose(np.linalg.norm(track.quaternions, axis=-1), 1.0)


# --- bone maps ---------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["mixamorig:", "mixamorig7:", "mixamorig_", "", "Bob:"])
def test_mixamo_is_found_whatever_its_prefix(prefix):
    rest = mixamo(prefix)
    found = detect.detect(rest.names, rest.parents)
    assert found.family == "Mixamo" and found.score == 1.0 and not found.missing
    assert found.bone_map.get("pinky.R")[0] == f"{prefix}RightHandPinky1"


def test_a_bone_in_the_wrong_place_says_so():
    rest = mixamo()
    parents = rest.parents.copy()
    parents[rest.names.index("mixamorig:LeftHandPinky1")] = rest.names.index("mixamorig:Hips")
    found = detect.detect(rest.names, parents)
    assert "pinky.R" not in found.missing
    assert "is not below 'mixamorig:LeftHand'" in found.missing["pinky.L"]


def test_every_preset_reads_and_names_its_source():
    presets = load_presets(RIGS_DIR)
    assert {"Mixamo", "MPFB default", "Rigify metarig", "3ds Max Biped (Rocketbox)"} <= {
        preset.family for preset in presets
    }
    for path in RIGS_DIR.glob("*.toml"):
        assert "# Source: " in path.read_text(encoding="utf-8"), path


def test_a_broken_preset_is_named(tmp_path):
    (tmp_path / "mine.toml").write_text("family = [")
    with pytest.raises(GestureError, match=r"'mine\.toml' cannot be read"):
        load_presets(tmp_path)
    (tmp_path / "mine.toml").write_text("family='x'\nsides={}\n[roles]\ntail=['a']\n")
    with pytest.raises(GestureError, match="unknown role tail"):
        load_presets(tmp_path)


def test_the_mapping_must_fit_the_armature():
    rest = mixamo()
    roles = dict(detect.detect(rest.names, rest.parents).bone_map.roles)
    roles["head"] = ("Kopf",)
    with pytest.raises(GestureError, match="no bone 'Kopf' that the mapping names for the head"):
        calibrate(rest, BoneMap("mine", roles))
    roles.pop("hand.L")
    with pytest.raises(GestureError, match="no bone for the left hand"):
        calibrate(rest, BoneMap("mine", roles))
