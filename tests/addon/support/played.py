# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip posed on a rig and read back from Blender, to compare with what the motion says.

Everything is read back from the evaluated rig's joint positions and bone matrices; the
expectation is computed here from the input directions alone.
"""

import numpy as np
import rig_library as lib

from blender_addon.body.skeleton import BONES
from blender_addon.retarget.solve import retarget
from blender_addon.rig import reading

FINGERS = ("thumb", "index", "middle", "ring", "pinky")
SIDES = {"L": "left", "R": "right"}


def bone(parent, child):
    return BONES.index((parent, child))


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def angle(a, b):
    """Degrees between (..., 3) vectors; accurate for small angles."""
    a, b = unit(a), unit(b)
    return np.degrees(2.0 * np.arcsin(np.clip(np.linalg.norm(a - b, axis=-1) / 2.0, 0.0, 1.0)))


def turn(matrices):
    """Degrees that rotations (..., 3, 3) turn."""
    trace = np.trace(matrices, axis1=-2, axis2=-1)
    return np.degrees(np.arccos(np.clip((trace - 1.0) / 2.0, -1.0, 1.0)))


def steps(frames):
    """Degrees (T - 1) from frame to frame of orientations (T, 3, 3)."""
    return turn(frames[1:] @ frames[:-1].swapaxes(-1, -2))


def frame(first, second):
    """Right-handed orientations (T, 3, 3) from two vectors each."""
    x, z = unit(first), unit(np.cross(first, second))
    return np.stack([x, np.cross(z, x), z], axis=-1)


class Played:
    """A clip posed on a rig and read back, frame by frame, seen along the rig's own axes."""

    def __init__(self, armature, directions, neutral, axes=None, limits="off"):
        self.map = reading.map_for(armature).bone_map
        calibration = reading.calibration(armature, self.map)
        self.track = retarget(directions, calibration, neutral=neutral, limits=limits)
        axes = calibration.axes if axes is None else axes
        # the engine's x, y down, z away, seen by a character: left, back, up
        self.wanted = np.stack(
            [directions[..., 0], directions[..., 2], -directions[..., 1]], axis=-1
        )
        heads, turns = [], []
        for index in range(len(directions)):
            lib.pose(armature, self.track, index)
            self.names, posed, oriented = lib.evaluated(armature)
            heads.append(posed @ axes)
            turns.append(axes.T @ oriented)
        self.heads, self.turns = np.array(heads), np.array(turns)

    def joint(self, role, i=0):
        return self.heads[:, self.names.index(self.map.get(role)[i])]

    def orientation(self, name):
        return self.turns[:, self.names.index(name)]

    def direction_errors(self):
        """{what: degrees (T)} of upper arms, forearms and the predicted phalanges."""
        errors = {}
        for side, name in SIDES.items():
            arm = [self.joint(f"{role}.{side}") for role in ("upper_arm", "forearm", "hand")]
            joints = (("shoulder", "elbow"), ("elbow", "wrist"))
            for i, (start, end) in enumerate(joints):
                wanted = self.wanted[:, bone(f"{name}_{start}", f"{name}_{end}")]
                errors[f"{end}.{side}"] = angle(arm[i + 1] - arm[i], wanted)
            for finger in FINGERS:
                chain = self.map.get(f"{finger}.{side}")
                points = [self.joint(f"{finger}.{side}", i) for i in range(len(chain))]
                for i in range(min(2, len(chain) - 1)):
                    wanted = self.wanted[
                        :, bone(f"{name}_{finger}_{i + 1}", f"{name}_{finger}_{i + 2}")
                    ]
                    errors[f"{finger}{i}.{side}"] = angle(points[i + 1] - points[i], wanted)
        return errors

    def knuckles(self, side, finger):
        """The wrist-to-knuckle directions: the rig's and the wanted ones."""
        ours = self.joint(f"{finger}.{side}") - self.joint(f"hand.{side}")
        return ours, self.wanted[:, bone(f"{SIDES[side]}_wrist", f"{SIDES[side]}_{finger}_1")]

    def palm_errors(self):
        """Degrees between the palms; none (0,) for hands without fingers."""
        errors = [np.zeros(0)]
        for side in SIDES:
            row = [f for f in FINGERS[1:] if self.map.get(f"{f}.{side}")]
            if len(row) > 1:
                one, other = self.knuckles(side, row[0]), self.knuckles(side, row[-1])
                errors.append(angle(np.cross(one[0], other[0]), np.cross(one[1], other[1])))
        return np.concatenate(errors)

    def middle_joints(self):
        """Degrees that the fingers' middle joints bend towards the palm; (1,) zero without any."""
        found = [np.zeros(1)]
        for side, sign in (("L", 1.0), ("R", -1.0)):
            row = [f for f in FINGERS[1:] if len(self.map.get(f"{f}.{side}")) > 2]
            if len(row) < 2:
                continue
            one, other = (self.knuckles(side, row[i])[0] for i in (0, -1))
            hinge = unit(unit(other) - unit(one)) * sign  # to the left hand's little finger
            for name in row:
                first, middle, _ = self.finger(side, name)
                turned = np.sum(np.cross(unit(first), unit(middle)) * hinge, axis=-1)
                found.append(np.copysign(angle(first, middle), turned))
        return np.concatenate(found)

    def elbows(self):
        """Degrees that the elbows bend."""
        arms = [
            [self.joint(f"{role}.{side}") for role in ("upper_arm", "forearm", "hand")]
            for side in SIDES
        ]
        return np.concatenate([angle(b - a, c - b) for a, b, c in arms])

    def finger(self, side, finger):
        """Directions (T, 3) of the three phalanges; the last one's from its bone's axis."""
        a, b, c = (self.joint(f"{finger}.{side}", i) for i in range(3))
        middle, last = (self.orientation(self.map.get(f"{finger}.{side}")[i]) for i in (1, 2))
        along = np.array([0.0, 1.0, 0.0])
        if angle(middle[0] @ along, (c - b)[0]) > 30.0:  # FBX: bones do not point along the finger
            along = unit(middle[0].T @ (c - b)[0])
        return b - a, c - b, last @ along

    def head_errors(self):
        """Degrees between the head bone and the face's frame, a constant offset removed."""
        to_eyes = [self.wanted[:, bone("nose", f"{s}_eye")] for s in ("right", "left")]
        to_ears = [self.wanted[:, bone(f"{s}_eye", f"{s}_ear")] for s in ("right", "left")]
        eyes = [0.06 * v for v in to_eyes]
        ears = [eye + 0.1 * v for eye, v in zip(eyes, to_ears, strict=True)]
        across = (eyes[1] - eyes[0]) + (ears[1] - ears[0])
        forwards = 0.5 * (eyes[0] + eyes[1]) - 0.5 * (ears[0] + ears[1])
        face = frame(across, forwards)
        head = self.orientation(self.map.get("head")[0])
        offset = face.swapaxes(-1, -2) @ head  # constant when the head follows the face
        u, _, vt = np.linalg.svd(offset.mean(axis=0))
        return turn(offset.swapaxes(-1, -2) @ (u @ vt))

    def input_steps(self, role):
        """Degrees (T - 1) that the input itself turns for ROLE, from frame to frame.

        The largest step among the input's own frames that decide the bone's orientation: for an
        arm the plane of the arm about both its bones, for the forearm also the hand; for a finger
        the hand and each phalanx above (with the back of the hand as second axis), for a thumb
        also its own plane. The last phalanx is not predicted: its input is the middle joint's
        bend on top of the middle phalanx.
        """
        part, side = role.split(".")
        name = SIDES[side]
        upper = self.wanted[:, bone(f"{name}_shoulder", f"{name}_elbow")]
        fore = self.wanted[:, bone(f"{name}_elbow", f"{name}_wrist")]
        index, pinky = (self.knuckles(side, finger)[1] for finger in ("index", "pinky"))
        back, hand = np.cross(index, pinky), frame(index + pinky, pinky - index)
        arm = [steps(frame(upper, fore)), steps(frame(fore, upper))]
        if part in ("upper_arm", "forearm"):
            return np.max([*arm, steps(hand)][: 2 if part == "upper_arm" else 3], axis=0)
        found = [steps(hand)]
        if part == "hand":
            return found[0]
        finger, last = part.split("_")
        bones = [bone(f"{name}_{finger}_{i}", f"{name}_{finger}_{i + 1}") for i in (1, 2)]
        first, second = (self.wanted[:, b] for b in bones)
        found.append(steps(frame(first, back)))
        if finger == "thumb":
            found.append(steps(frame(first, second)))
        if last in "23":
            found.append(steps(frame(second, back)))
        bend = np.abs(np.diff(angle(first, second))) if last == "3" else 0.0
        return np.max(found, axis=0) + bend
