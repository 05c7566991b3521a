# SPDX-License-Identifier: GPL-3.0-or-later
"""Real clips on real rigs: what Blender evaluates must be what the motion says.

Everything is read back from the evaluated rig's joint positions and bone matrices; the
expectation is computed here from the input directions alone.
"""

import math

import motion_clips
import numpy as np
import pytest
import rig_library as lib
from played import FINGERS, SIDES, Played, angle, bone, steps, turn, unit

from blender_addon.body.skeleton import BONES, NEUTRAL
from blender_addon.errors import GestureError
from blender_addon.retarget.solve import retarget
from blender_addon.rig import reading


@pytest.fixture(scope="module", params=[*lib.RIGS, *lib.CONTROL_RIGS])
def played(request):
    """Every piece of the excerpt on one rig."""
    armature = lib.build(request.param)
    return [
        Played(armature, directions, neutral) for _, directions, neutral in motion_clips.excerpt()
    ]


def test_the_clips_have_300_frames(played):
    assert sum(len(one.track.quaternions) for one in played) == 300


def test_arms_and_phalanges_point_as_the_motion_says(played):
    errors = [one.direction_errors() for one in played]
    assert len(errors[0]) == 2 * (2 + 2 * len(FINGERS))
    for what in errors[0]:
        together = np.concatenate([one[what] for one in errors])
        assert together.mean() <= 0.5 and together.max() <= 2.0, (what, together.max())
        assert together.max() < 0.05, what  # what we really reach: single precision


def test_palms_face_where_the_motion_says(played):
    errors = np.concatenate([one.palm_errors() for one in played])
    assert errors.mean() <= 2.0 and errors.max() <= 2.0, errors.max()


def test_heads_turn_as_the_face_does(played):
    for one in played:
        errors = one.head_errors()
        assert errors.mean() <= 2.0, errors.mean()


def test_quaternions_never_change_sign(played):
    for one in played:
        q = one.track.quaternions
        assert np.allclose(np.linalg.norm(q, axis=-1), 1.0)
        assert np.all(np.sum(q[1:] * q[:-1], axis=-1) > 0.0)


def test_no_bone_turns_faster_than_the_motion(played):
    """At most 1.5 times the input's own step (`input_steps`), and 2 degrees a frame at rest.

    An elbow bent by less than 10 degrees shows no plane to turn with: there the arm may roll
    8 degrees a frame (120 degrees a second) towards the plane it will bend in next.
    """
    for one in played:
        for role, chain in one.map.roles.items():
            part, _, side = role.partition(".")
            if part in ("hips", "spine", "neck", "head", "collar", "thigh"):
                continue
            for i, name in enumerate(chain):
                key = f"{part}_{i + 1}.{side}" if part in FINGERS else role.replace("_twist", "")
                ours, theirs = steps(one.orientation(name)), one.input_steps(key)
                slack = np.full(len(ours), 2.0)
                if part.startswith(("upper_arm", "forearm")):
                    bend = angle(
                        one.wanted[:, bone(f"{SIDES[side]}_shoulder", f"{SIDES[side]}_elbow")],
                        one.wanted[:, bone(f"{SIDES[side]}_elbow", f"{SIDES[side]}_wrist")],
                    )
                    slack[np.minimum(bend[1:], bend[:-1]) < 10.0] = 8.0
                assert np.all(ours <= 1.5 * theirs + slack), (name, np.max(ours - 1.5 * theirs))


def test_last_phalanges_bend_on_as_their_finger_does(played):
    """Nothing predicts them: they bend to the same side, by about 2/3 of the middle joint."""
    seen = 0
    for one in played:
        for side in SIDES:
            for finger in FINGERS[1:]:
                first, middle, last = one.finger(side, finger)
                bend, on = angle(first, middle), angle(middle, last)
                bent = bend > 25.0
                seen += bent.sum()
                same_side = np.sum(np.cross(first, middle) * np.cross(middle, last), axis=-1)
                assert np.all(same_side[bent] > 0.0), (finger, side)
                assert np.all(np.abs(on - bend * 2.0 / 3.0)[bent] < 10.0), (finger, side)
    assert seen > 300


def test_nothing_of_the_rig_is_edited():
    for name in [*lib.RIGS, *lib.CONTROL_RIGS]:
        armature = lib.build(name)
        armature["shown"] = 3.5
        before = lib.dump(armature)
        _, directions, neutral = motion_clips.excerpt()[0]
        retarget(directions, reading.calibration(armature), neutral=neutral, limits="enforce")
        assert lib.dump(armature) == before, name


def test_deforming_bones_of_a_control_rig_follow_its_controls():
    """Rigify: keys on the FK controls move the bones that move the mesh."""
    armature = lib.build("rigify_generated")
    _, directions, neutral = motion_clips.excerpt()[1]
    played = Played(armature, directions[::10], neutral)
    for control, finger in (("f_index", "index"), ("f_pinky", "pinky"), ("thumb", "thumb")):
        for i in (1, 2):
            start, end = (
                played.heads[:, played.names.index(f"DEF-{control}.0{j}.L")] for j in (i, i + 1)
            )
            wanted = bone(f"left_{finger}_{i}", f"left_{finger}_{i + 1}")
            assert angle(end - start, played.wanted[:, wanted]).max() < 0.1
    hand, fore = (played.names.index(f"DEF-{part}.L") for part in ("hand", "forearm"))
    wanted = played.wanted[:, bone("left_elbow", "left_wrist")]
    assert angle(played.heads[:, hand] - played.heads[:, fore], wanted).max() < 0.1


def shape(armature):
    """The excerpt's first piece on ARMATURE: worst direction and palm error in degrees."""
    _, directions, neutral = motion_clips.excerpt()[0]
    played = Played(armature, directions[::5], neutral)
    return max(e.max() for e in played.direction_errors().values()), played.palm_errors().max()


@pytest.mark.parametrize("name", list(lib.RIGS))
def test_rolls_do_not_matter(name):
    assert max(shape(lib.random_rolls(lib.build(name)))) < 0.1


@pytest.mark.parametrize("name", list(lib.RIGS))
@pytest.mark.parametrize("axis", "XYZ")
def test_the_objects_turn_and_scale_do_not_matter(name, axis):
    assert max(shape(lib.turned(lib.build(name), axis, 90.0, 100.0))) < 0.1


def test_bones_turned_inside_the_armature_do_not_matter():
    """The same rig lying down in its own space, 100 times larger (an FBX in centimetres)."""
    armature = lib.build("mixamo")
    _, directions, neutral = motion_clips.excerpt()[0]
    before = Played(armature, directions[:20], neutral)
    armature = lib.build("mixamo")
    lib.turned(armature, "X", -90.0, 100.0)
    armature.data.transform(armature.matrix_world)
    armature.matrix_world.identity()
    after = Played(armature, directions[:20], neutral)
    assert np.allclose(before.heads * 100.0, after.heads, atol=0.05)


@pytest.mark.parametrize("degrees", [0.0, 25.0, 60.0, 85.0])
def test_any_rest_pose_of_the_arms_will_do(degrees):
    """The T-pose rig with its arms lowered in the rest pose: T, A, hanging."""
    armature = lib.build("mixamo")
    spun = lib.lowered_arms(armature, degrees)
    assert max(shape(spun)) < 0.1


def test_a_rig_without_ring_and_with_short_fingers_works():
    armature = lib.without(lib.build("mixamo"), "HandRing", "Index3", "Pinky2", "Pinky3", "Thumb3")
    _, directions, neutral = motion_clips.excerpt()[1]
    found = reading.map_for(armature)
    assert "ring.L" in found.missing and "HandRing" in found.missing["ring.L"]
    track = retarget(directions, reading.calibration(armature), neutral=neutral)
    assert np.all(np.isfinite(track.quaternions))
    assert sum("Hand" in name for name in track.bones) == 2 * (1 + 2 + 3 + 1 + 2)


@pytest.mark.parametrize(
    "words",
    [("Shoulder",), ("Neck",), ("Head",), ("Spine1", "Spine2"), ("Thumb", "Index", "Middle",
     "Ring", "Pinky"), ("Index", "Middle", "Ring", "Pinky"), ("UpLeg", "Leg", "Foot")],
)  # fmt: skip
def test_missing_parts_do_not_matter(words):
    words = [f"Hand{w}" if w in ("Thumb", "Index", "Middle", "Ring", "Pinky") else w for w in words]
    armature = lib.without(lib.build("mixamo"), *words)
    _, directions, neutral = motion_clips.excerpt()[0]
    track = retarget(directions, reading.calibration(armature), neutral=neutral)
    assert np.all(np.isfinite(track.quaternions))
    lib.pose(armature, track, 20)
    names, heads, _ = lib.evaluated(armature)
    arm = heads[names.index("mixamorig:LeftForeArm")] - heads[names.index("mixamorig:LeftArm")]
    wanted = directions[20, bone("left_shoulder", "left_elbow")]
    assert angle(arm, np.array([wanted[0], wanted[2], -wanted[1]])) < 0.1


def test_bones_that_copy_each_other_do_no_harm():
    armature = lib.build("mixamo")
    for owner, target in (("LeftArm", "LeftHand"), ("Spine1", "Spine2"), ("RightHand", "RightArm")):
        bones = armature.pose.bones
        copy = bones[f"mixamorig:{owner}"].constraints.new("COPY_ROTATION")
        copy.target, copy.subtarget = armature, f"mixamorig:{target}"
    before = lib.dump(armature)
    assert reading.map_for(armature).score > 0.9
    retarget(NEUTRAL[None], reading.calibration(armature))
    assert lib.dump(armature) == before


def test_an_armature_without_arms_is_refused_in_one_sentence():
    armature = lib.without(lib.build("mixamo"), "Arm", "Hand")
    armature.name = "Snake"
    with pytest.raises(GestureError, match=r"^The armature 'Snake' has no arms [^.]*\.$"):
        reading.map_for(armature)


def test_an_armature_with_one_arm_names_the_other():
    armature = lib.without(lib.build("mixamo"), "LeftHand")
    with pytest.raises(GestureError, match=r"has no left hand .*LeftHand"):
        reading.map_for(armature)


def test_what_is_no_armature_is_refused():
    lib.empty_scene()
    lib.bpy.ops.object.camera_add()
    with pytest.raises(GestureError, match="is not an armature"):
        reading.rest_pose(lib.bpy.context.object)


def test_the_last_bone_of_an_fbx_finger_is_understood():
    """Rocketbox's tails point sideways; its finger tips must still continue the finger."""
    armature = lib.build("rocketbox")
    calibration = reading.calibration(armature)
    for side in SIDES:
        for finger in FINGERS[1:]:
            bend = math.degrees(calibration.rest_angles[f"{finger}_3.{side}"][0])
            assert -5.0 < bend < 40.0, (finger, side, bend)


@pytest.mark.parametrize("name", list(lib.RIGS))
def test_a_rigs_own_rest_pose_is_no_rotation(name):
    """Directions read from the resting rig give arms, hands and fingers back unrotated."""
    armature = lib.build(name)
    found = reading.map_for(armature).bone_map
    calibration = reading.calibration(armature)
    heads = {b.name: np.array(b.head_local) @ calibration.axes for b in armature.data.bones}
    directions = NEUTRAL[None].copy()
    for side, label in SIDES.items():
        joints = {
            f"{label}_{joint}": heads[found.get(f"{role}.{side}")[0]]
            for joint, role in (("shoulder", "upper_arm"), ("elbow", "forearm"), ("wrist", "hand"))
        }
        for finger in FINGERS:
            for i, one in enumerate(found.get(f"{finger}.{side}")):
                joints[f"{label}_{finger}_{i + 1}"] = heads[one]
        for i, (parent, child) in enumerate(BONES):
            if parent in joints and child in joints:
                x, y, z = unit(joints[child] - joints[parent])
                directions[0, i] = x, -z, y
    track = retarget(directions, calibration)
    for column, name in enumerate(track.bones):
        if not any(name in found.get(f"{finger}.{s}")[2:] for finger in FINGERS for s in SIDES):
            assert abs(track.quaternions[0, column, 0]) > np.cos(np.radians(0.1)), name


@pytest.mark.parametrize("name", ["mixamo", "mpfb_default"])
def test_the_forearm_takes_its_share_of_the_twist(name):
    """Palm up to palm down is 180 degrees: the wrist keeps less than half of the turn."""
    armature = lib.build(name)
    directions = np.tile(NEUTRAL, (2, 1, 1))
    for frame_, sign in enumerate((1.0, -1.0)):  # engine frame: forearm to the front, -z
        directions[frame_, bone("left_shoulder", "left_elbow")] = (0, 1, 0)
        directions[frame_, bone("left_elbow", "left_wrist")] = (0, 0, -1)
        directions[frame_, bone("left_wrist", "left_index_1")] = unit(np.array([sign * 0.3, 0, -1]))
        directions[frame_, bone("left_wrist", "left_pinky_1")] = unit(
            np.array([-sign * 0.3, 0, -1])
        )
    played = Played(armature, directions, NEUTRAL)
    hand = played.orientation(played.map.get("hand.L")[0])
    before = [*played.map.get("forearm.L"), *played.map.get("forearm_twist.L")][-1]
    relative = played.orientation(before).swapaxes(-1, -2) @ hand
    assert turn(hand[1] @ hand[0].T) > 175.0
    assert turn(relative[1] @ relative[0].T) < 80.0
