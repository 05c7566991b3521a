# SPDX-License-Identifier: GPL-3.0-or-later
"""The palm of a hand of which a mapping knows few fingers, against the one that all would show."""

import motion_clips
import numpy as np
import pytest
import rig_library as lib
from played import SIDES, angle, bone

from blender_addon.bones.detection import guessed_palms
from blender_addon.bones.roles import BoneMap
from blender_addon.retarget.calibrate import calibrate
from blender_addon.retarget.solve import retarget
from blender_addon.rig import reading

FINGERS = ("thumb", "index", "middle", "ring", "pinky")


def knowing(bone_map, fingers):
    """BONE_MAP less the fingers not in FINGERS ("thumb 1": of one bone)."""
    words = dict(one.partition(" ")[::2] for one in fingers)
    roles = {
        role: chain[: int(words.get(role.partition(".")[0]) or len(chain))]
        for role, chain in bone_map.roles.items()
        if role.partition(".")[0] not in FINGERS or role.partition(".")[0] in words
    }
    return BoneMap(bone_map.family, roles)


def palm_errors(name, fingers, change=None):
    """Degrees between the palm that the rig NAME shows, all fingers seen, and the motion's."""
    armature = lib.build(name)
    whole = reading.map_for(armature).bone_map
    if change:
        change(armature, whole)
    calibration = calibrate(reading.rest_pose(armature, whole), knowing(whole, fingers))
    errors = []
    for _, directions, neutral in motion_clips.excerpt():
        track = retarget(directions[::12], calibration, neutral=neutral)
        wanted = directions[::12]
        wanted = np.stack([wanted[..., 0], wanted[..., 2], -wanted[..., 1]], axis=-1)
        for index in range(len(wanted)):
            lib.pose(armature, track, index)
            names, heads, _ = lib.evaluated(armature)
            heads = dict(zip(names, heads @ calibration.axes, strict=True))
            for side, word in SIDES.items():
                wrist = heads[whole.get(f"hand.{side}")[0]]
                ends = [heads[whole.get(f"{f}.{side}")[0]] - wrist for f in ("index", "pinky")]
                model = [
                    wanted[index, bone(f"{word}_wrist", f"{word}_{f}_1")]
                    for f in ("index", "pinky")
                ]
                errors.append(angle(np.cross(*ends), np.cross(*model)))
    return np.array(errors)


@pytest.mark.once
@pytest.mark.parametrize("name", list(lib.RIGS))
@pytest.mark.parametrize(
    "fingers",
    [("thumb", "middle"), ("thumb", "index"), ("thumb", "pinky"), ("thumb 2", "middle")],
    ids=" and ".join,
)
def test_a_thumb_and_one_finger_tell_the_palm(name, fingers):
    assert palm_errors(name, fingers).max() < 5.0


@pytest.mark.once
@pytest.mark.parametrize("name", list(lib.RIGS))
@pytest.mark.parametrize(
    "fingers",
    [("thumb 1", "middle 1"), ("thumb",), ("middle",), ()],
    ids=lambda names: " and ".join(names) or "none",
)
def test_less_than_that_is_weighed_with_how_hands_rest(name, fingers):
    assert palm_errors(name, fingers).max() < 12.0


def from_the_wrist(armature, whole):
    """Let thumbs and middle fingers begin where the hand does, as in CMU's BVH files."""

    def move(bones):
        for side in SIDES:
            wrist = bones[whole.get(f"hand.{side}")[0]].head
            for finger in ("thumb", "middle"):
                first = bones[whole.get(f"{finger}.{side}")[0]]
                first.use_connect = False
                first.head = wrist

    lib.edited(armature, move)


def turned_hands(armature, whole):
    """Turn the hands 45 degrees about the forearms, thumbs upwards."""

    def turn(bones):
        for side, sign in (("L", -1.0), ("R", 1.0)):
            hand = bones[whole.get(f"hand.{side}")[0]]
            fore = bones[whole.get(f"forearm.{side}")[0]]
            axis = hand.head - fore.head
            rotation = lib.Matrix.Rotation(sign * np.radians(45.0), 4, axis)
            whole_turn = lib.Matrix.Translation(hand.head) @ rotation
            whole_turn = whole_turn @ lib.Matrix.Translation(-hand.head)
            new = [(b, whole_turn @ b.matrix) for b in (hand, *hand.children_recursive)]
            for one, matrix in new:
                one.matrix = matrix

    lib.edited(armature, turn)


@pytest.mark.parametrize("fingers", [("thumb", "middle"), ("thumb 1", "middle")], ids=" and ".join)
def test_fingers_that_begin_at_the_wrist(fingers):
    assert palm_errors("mixamo", fingers, from_the_wrist).max() < 12.0


@pytest.mark.once
@pytest.mark.parametrize("name", list(lib.RIGS))
def test_a_thumb_says_that_a_hand_rests_otherwise_than_most(name):
    assert palm_errors(name, ("thumb", "middle"), turned_hands).max() < 15.0


def test_a_guessed_palm_is_said():
    whole = reading.map_for(lib.build("mixamo")).bone_map
    assert guessed_palms(whole) == ""
    assert guessed_palms(knowing(whole, ("thumb", "index", "pinky"))) == ""
    said = guessed_palms(knowing(whole, ("thumb", "middle")))
    assert said.startswith("How the left hand and the right hand are turned at rest is guessed")
    left = {r: c for r, c in whole.roles.items() if r not in ("index.L", "ring.L", "pinky.L")}
    assert guessed_palms(BoneMap("mine", left)).startswith("How the left hand is turned")
