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

from blender_addon.bones.families import load_preset
from blender_addon.paths import RIGS_DIR

FINGERS = ("thumb", "index", "middle", "ring", "pinky")
SIDES = {"L": "Left", "R": "Right"}
PALM_BONES = dict.fromkeys(FINGERS[1:], 0.2)
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


def make(preset, *, spine=None, necks=None, collars=True, fingers=FINGERS, metacarpals=()):
    """The armature of PRESET's names with so many SPINE and NECKS bones and these FINGERS.

    metacarpals: {finger: how far from wrist to knuckle its palm bone begins, 0 to 1}.
    """
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
    if finger in metacarpals:
        wrist = body.head(f"{word}Hand")
        start = wrist + metacarpals[finger] * (joints[0][0] - wrist)
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
    return of_family("motionbuilder", spine=8, metacarpals=PALM_BONES)


def lone_hand(*words, palm=PALM_BONES, tips=True, stub=0.0):
    """A hand without a body, as VR controllers show it; both with WORDS ("Left", "Right").

    palm: as metacarpals of `make`. tips: with a bone more on each finger. stub: metres of forearm.
    """
    lib.empty_scene()
    body = Skeleton()
    root = body.add("root", "", np.zeros(3), np.array([0.0, 0.1, 0.0]))
    for word in words:
        start, end = body.joints[f"{word}Hand"]
        if stub:
            before = start + stub * (body.head(f"{word}ForeArm") - start)
            above = body.add(f"forearm {word}", root, before, start)
        hand = body.add(f"wrist {word}", above if stub else root, start, end)
        for finger in FINGERS:
            names = [f"{finger} {word} {i}" for i in (1, 2, 3)]
            digit(body, names, word, finger, hand, palm)
            if tips:
                *_, (_, _, knuckle, tip) = body.bones
                body.add(f"{finger} {word} tip", names[-1], tip, tip + 0.4 * (tip - knuckle))
    return body.armature("Hands")


def chain(bones, name, parent, start, step, count):
    """Add COUNT bones in a row below PARENT."""
    point = lib.Vector(start)
    for i in range(count):
        new = bones.new(f"{name}{i}")
        new.head, new.tail = point, point + lib.Vector(step)
        new.parent = bones[parent]
        parent, point = new.name, new.tail.copy()


def both(bones, name, parent, start, step, count):
    """Add a chain on either side; PARENT's "Left" becomes "Right" on the other."""
    for word, sign in (("Left", 1.0), ("Right", -1.0)):
        mirror = lib.Vector((sign, 1.0, 1.0))
        place, along = lib.Vector(start) * mirror, lib.Vector(step) * mirror
        chain(bones, f"{name}{word}", parent.replace("Left", word), place, along, count)


def around(bones, name, parent, count):
    """Add a skirt."""
    for i in range(count):
        x, y = np.cos(2.0 * np.pi * (i + 0.5) / count), np.sin(2.0 * np.pi * (i + 0.5) / count)
        start, step = (0.15 * x, 0.12 * y, 0.9), (0.03 * x, 0.03 * y, -0.2)
        chain(bones, f"{name}{i}_", parent, start, step, 4)


def leaves_at_ends(bones):
    """Add the "end" bones that exporters add."""
    for name in [bone.name for bone in bones if not bone.children]:
        chain(bones, f"{name}_end", name, bones[name].tail, bones[name].vector, 1)


def eyes_of(bones, head, apart=0.025):
    """Two eyes, 2 APART metres from each other, as the only children of HEAD."""
    for bone in list(bones[head].children_recursive):
        bones.remove(bone)
    for side in (-1.0, 1.0):
        start = bones[head].head + lib.Vector((side * apart, -0.06, 0.05))
        chain(bones, f"eye {side} ", head, start, (0.0, -0.03, 0.0), 1)


def without_legs(bones):
    for bone in [b for b in bones if any(word in b.name for word in ("Leg", "Foot", "Toe"))]:
        bones.remove(bone)


def targets(bones):
    """Add a root on the ground and targets for hands and feet."""
    chain(bones, "ground", "mixamorig:Hips", (0, 0, 0), (0, 0.3, 0), 1)
    bones["ground0"].parent = None
    bones["mixamorig:Hips"].parent = bones["ground0"]
    for part in ("Hand", "Foot"):
        start = bones[f"mixamorig:Left{part}"].head
        both(bones, f"target{part}", "ground0", start, (0.0, 0.1, 0.0), 1)


M = "mixamorig:"
EXTRAS = {
    "sword": lambda b: chain(b, "sword", f"{M}RightHand", b[f"{M}RightHand"].tail, (0, -0.3, 0), 3),
    "twin tails": lambda b: both(b, "hair", f"{M}Head", (0.1, 0.05, 1.65), (0.03, 0.02, -0.2), 6),
    "pony tail": lambda b: chain(b, "hair", f"{M}Head", (0, 0.1, 1.7), (0, 0.03, -0.12), 6),
    "skirt": lambda b: around(b, "skirt", f"{M}Hips", 8),
    "wings": lambda b: both(b, "wing", f"{M}Spine2", (0.08, 0.12, 1.3), (0.35, 0.1, 0.15), 4),
    "tail": lambda b: chain(b, "tail", f"{M}Hips", (0, 0.1, 0.9), (0, 0.15, -0.05), 6),
    "breasts": lambda b: both(b, "breast", f"{M}Spine2", (0.08, -0.12, 1.25), (0, -0.06, 0), 2),
    "eyes": lambda b: both(b, "eye", f"{M}Head", (0.03, -0.1, 1.6), (0, -0.03, 0), 1),
    "eyes alone": lambda b: eyes_of(b, f"{M}Head"),
    "eyes and a jaw": lambda b: (
        eyes_of(b, f"{M}Head"),
        chain(
            b,
            "jaw",
            f"{M}Head",
            b[f"{M}Head"].head + lib.Vector((0, -0.03, 0.01)),
            (0, -0.08, 0),
            1,
        ),
    ),
    "sleeves": lambda b: both(
        b, "sleeve", f"{M}LeftForeArm", b[f"{M}LeftForeArm"].tail, (0.01, 0.02, -0.12), 4
    ),
    "end bones": leaves_at_ends,
    "targets": targets,
    "no legs": without_legs,
}
