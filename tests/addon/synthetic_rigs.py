# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs that cannot be had here, made from a mapping's names on a real rig's joints.

The joints are those of MPFB's Mixamo rig (tests/fixtures); a mapping in rigs/ gives the names and
says which bones there are. Twist bones stand in a row or hang beside the next joint as leaves.
"""

import itertools
import json
import math

import numpy as np
import rig_library as lib

from blender_addon.paths import RIGS_DIR
from blender_addon.retarget.bone_map import load_preset

FINGERS = ("thumb", "index", "middle", "ring", "pinky")
SIDES = {"L": "Left", "R": "Right"}
LEAF_TWISTS = ("Unreal mannequin", "Daz Genesis 9", "Character Creator")


def joint_positions():
    """Heads and tails of the Mixamo rig, by name without prefix."""
    table = json.loads((lib.MPFB / "rig.mixamo.json").read_text(encoding="utf-8"))["bones"]
    return {
        name.removeprefix("mixamorig:"): (
            np.array(bone["head"]["default_position"]),
            np.array(bone["tail"]["default_position"]),
        )
        for name, bone in table.items()
    }


class Skeleton:
    """Bones being put together: (name, parent, head, tail) each."""

    def __init__(self):
        self.joints, self.bones = joint_positions(), []

    def head(self, name):
        return self.joints[name][0]

    def add(self, name, parent, head, tail):
        self.bones.append((name, parent, head, tail))
        return name

    def row(self, names, parent, start, end):
        """A chain of NAMES from START to END, evenly divided; returns its last bone."""
        points = np.linspace(start, end, len(names) + 1)
        for name, (head, tail) in zip(names, itertools.pairwise(points), strict=True):
            parent = self.add(name, parent, head, tail)
        return parent

    def leaves(self, names, parent, start, end):
        points = np.linspace(start, end, len(names) + 1)
        for name, (head, tail) in zip(names, itertools.pairwise(points), strict=True):
            self.add(name, parent, head, tail)

    def armature(self, name):
        random = np.random.default_rng(5)
        return lib.new_armature(
            name,
            [(*bone, random.uniform(-math.pi, math.pi)) for bone in self.bones],
        )


def make(preset, *, spine=None, necks=None, collars=True, fingers=FINGERS, metacarpals=False):
    """The armature of PRESET's names with so many SPINE and NECKS bones and these FINGERS."""
    body = Skeleton()

    def names(role, side=""):
        return [bone[0] for bone in preset.spellings(role, side)]

    ground = body.add("root bone", "", np.zeros(3), np.array([0.0, 0.0, 0.1]))
    pelvis = body.head("Hips")
    hips = body.add((names("hips") or ["hip bone"])[0], ground, pelvis, body.head("Spine"))
    for side, word in SIDES.items():
        knee, ankle, toe = (body.head(f"{word}{part}") for part in ("Leg", "Foot", "ToeBase"))
        thigh = body.add(names("thigh", side)[0], hips, body.head(f"{word}UpLeg"), knee)
        shin = body.add(f"shin {side}", thigh, knee, ankle)
        foot = body.add(f"foot {side}", shin, ankle, toe)
        body.add(f"toes {side}", foot, toe, body.joints[f"{word}ToeBase"][1])
    back, throat = names("spine")[:spine], names("neck")[:necks]
    chest = body.row(back, hips, body.head("Spine"), body.head("Neck"))
    top = body.row(throat, chest, body.head("Neck"), body.head("Head")) if throat else chest
    body.add(names("head")[0], top, *body.joints["Head"])
    for side in SIDES:
        arm(body, preset, side, chest, collars, fingers, metacarpals)
    return body.armature(preset.family)


def arm(body, preset, side, chest, collars, fingers, metacarpals):
    word, above = SIDES[side], chest
    parts = ("Shoulder", "Arm", "ForeArm", "Hand")
    collar, shoulder, elbow, wrist = (body.head(word + part) for part in parts)

    def names(role):
        return [bone[0] for bone in preset.spellings(role, side)]

    if collars and names("collar"):
        above = body.row(names("collar"), above, collar, shoulder)
    for role, start, end in (("upper_arm", shoulder, elbow), ("forearm", elbow, wrist)):
        twists = [name for name in names(f"{role}_twist") if name not in names(role)]
        if preset.family in LEAF_TWISTS:
            above = body.row(names(role), above, start, end)
            body.leaves(twists, above, start, end)
        else:
            above = body.row([*names(role), *twists], above, start, end)
    hand = body.add(names("hand")[0], above, *body.joints[f"{word}Hand"])
    for finger in fingers:
        digit(body, names(finger), word, finger, hand, metacarpals)


def digit(body, names, word, finger, hand, metacarpals):
    joints = [body.joints[f"{word}Hand{finger.title()}{i}"] for i in (1, 2, 3)]
    if metacarpals and finger != "thumb":
        wrist = body.head(f"{word}Hand")
        start = wrist + 0.2 * (joints[0][0] - wrist)
        hand = body.add(f"palm {finger} {word}", hand, start, joints[0][0])
    ends = [*(head for head, _ in joints[1:]), joints[2][1]]
    for name, (head, _), end in zip(names, joints, ends, strict=False):
        hand = body.add(name, hand, head, end)


def of_family(file, **options):
    """The rig of the mapping rigs/FILE.toml."""
    lib.empty_scene()
    armature = make(load_preset(RIGS_DIR / f"{file}.toml"), **options)
    lib.bpy.context.view_layer.update()
    return armature


def long_spine():
    """Mixamo's names and eight spine bones."""
    return of_family("motionbuilder", spine=8, metacarpals=True)
