# SPDX-License-Identifier: GPL-3.0-or-later
"""BVH files made from numbers: a person in a T-pose, in any naming, frame, unit and order."""

import itertools
from dataclasses import dataclass, field

import numpy as np

FINGERS = ("Thumb", "Index", "Middle", "Ring", "Pinky")
SIDES = {"Left": 1.0, "Right": -1.0}

# joint: (parent, offset in metres); x = the person's left, y = up, z = forward
PERSON = {
    "Hips": (None, (0, 1.0, 0)),
    "Spine": ("Hips", (0, 0.10, 0)),
    "Spine1": ("Spine", (0, 0.12, 0)),
    "Spine2": ("Spine1", (0, 0.13, 0)),
    "Neck": ("Spine2", (0, 0.17, 0)),
    "Head": ("Neck", (0, 0.10, 0)),
}
for side, sign in SIDES.items():
    PERSON |= {
        f"{side}UpLeg": ("Hips", (0.1 * sign, 0, 0)),
        f"{side}Shoulder": ("Spine2", (0.03 * sign, 0.12, 0)),
        f"{side}Arm": (f"{side}Shoulder", (0.15 * sign, 0, 0)),
        f"{side}ForeArm": (f"{side}Arm", (0.28 * sign, 0, 0)),
        f"{side}Hand": (f"{side}ForeArm", (0.26 * sign, 0, 0)),
    }
    for i, finger in enumerate(FINGERS):
        ahead = 0.03 - 0.015 * i
        steps = ((0.09 * sign, 0, ahead), (0.04 * sign, 0, 0), (0.03 * sign, 0, 0))
        parents = (f"{side}Hand", f"{side}Hand{finger}1", f"{side}Hand{finger}2")
        for n, (parent, step) in enumerate(zip(parents, steps, strict=True), 1):
            PERSON[f"{side}Hand{finger}{n}"] = (parent, step)

Y_UP = np.eye(3)  # the file's axes for ours
Z_UP = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])  # faces -y
X_UP = np.array([[0, 1.0, 0], [0, 0, 1.0], [1.0, 0, 0]])


def biped(name):
    """A MotionBuilder name as 3ds Max Biped has it."""
    side = next((s for s in SIDES if name.startswith(s)), "")
    part = name.removeprefix(side)
    for i, finger in enumerate(FINGERS):
        if part.startswith(f"Hand{finger}"):
            n = int(part[-1]) - 1
            part = f"Finger{i}{n or ''}"
    part = {"Arm": "UpperArm", "ForeArm": "Forearm", "UpLeg": "Thigh", "Shoulder": "Clavicle",
            "Hips": "Pelvis"}.get(part, part)  # fmt: skip
    return " ".join(filter(None, ("Bip01", side[:1], part)))


def genea(name):
    """A MotionBuilder name as Talking With Hands (GENEA 2022, 2023) has it."""
    side = next((s for s in SIDES if name.startswith(s)), "")
    part = name.removeprefix(side)
    if finger := next((f for f in FINGERS if part.startswith(f"Hand{f}")), ""):
        part = f"{finger}{part[-1]}"
    part = {"Hips": "root", "Spine": "spine0", "Neck": "neck0", "Hand": "wrist"}.get(part, part)
    return "_".join(filter(None, ("b", side[:1].lower(), part.lower())))


def smplx(name):
    """A MotionBuilder name as SMPL-X has it, whose joints are called by their place."""
    side = next((s for s in SIDES if name.startswith(s)), "")
    part = name.removeprefix(side)
    if finger := next((f for f in FINGERS if part.startswith(f"Hand{f}")), ""):
        part = f"{finger}{part[-1]}"
    part = {"Hips": "pelvis", "Spine": "spine1", "Spine1": "spine2", "Spine2": "spine3",
            "UpLeg": "hip", "Shoulder": "collar", "Arm": "shoulder", "ForeArm": "elbow",
            "Hand": "wrist"}.get(part, part)  # fmt: skip
    return "_".join(filter(None, (side.lower(), part.lower())))


NAMINGS = {
    "motionbuilder": lambda name: name,
    "namespace": lambda name: f"Actor 1:{name}",
    "mixamo": lambda name: f"mixamorig:{name}",
    "biped": biped,
    "genea": genea,
    "smplx": smplx,
    "biped underscores": lambda name: biped(name).replace(" ", "_"),
}


def turn(axis, degrees):
    """(3, 3) rotation about x, y or z, written out."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return {
        "X": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
        "Y": np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]),
        "Z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]),
    }[axis]


def angles(matrix, order):
    """Degrees such that turn(order[0], a) @ turn(order[1], b) @ turn(order[2], c) is ``matrix``."""
    i, j, k = ("XYZ".index(axis) for axis in order)
    sign = 1.0 if (i, j, k) in ((0, 1, 2), (1, 2, 0), (2, 0, 1)) else -1.0
    middle = np.arcsin(np.clip(sign * matrix[i, k], -1, 1))
    first = np.arctan2(-sign * matrix[j, k], matrix[k, k])
    last = np.arctan2(-sign * matrix[i, j], matrix[i, i])
    return np.degrees([first, middle, last])


@dataclass
class Style:
    """How a file is written."""

    naming: str = "motionbuilder"
    axes: np.ndarray = field(default_factory=lambda: Y_UP)
    scale: float = 100.0  # units a metre
    order: str = "ZXY"
    positions: bool = False  # position channels on every joint
    frame_time: float = 1 / 30
    person: dict = field(default_factory=lambda: PERSON)


def write(path, poses, style=None, steps=None):
    """Write poses, a dictionary of joint → (3, 3) local rotation for each frame, in our frame.

    steps: per frame, joint → position against the parent in metres (needs ``positions``).
    """
    style = style or Style()
    name, person = NAMINGS[style.naming], style.person
    lines = ["HIERARCHY"]
    order = list(_walk(person, name, style, lines))
    lines += ["MOTION", f"Frames: {len(poses)}", f"Frame Time: {style.frame_time:.8f}"]
    for pose, step in itertools.zip_longest(poses, steps or []):
        row = []
        for joint in order:
            if person[joint][0] is None or style.positions:
                offset = (step or {}).get(joint, person[joint][1])
                row += list(style.axes @ np.asarray(offset, float) * style.scale)
            matrix = style.axes @ pose.get(joint, np.eye(3)) @ style.axes.T
            row += list(angles(matrix, style.order))
        lines.append(" ".join(f"{value:.7f}" for value in row))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _walk(person, name, style, lines, joint=None, depth=0):
    """Write the hierarchy below ``joint`` and yield the joints in file order."""
    for child in [j for j, (parent, _) in person.items() if parent == joint]:
        pad = "\t" * depth
        offset = style.axes @ np.asarray(person[child][1], float) * style.scale
        moves = joint is None or style.positions
        channels = [f"{a}position" for a in "XYZ"] * moves + [f"{a}rotation" for a in style.order]
        lines += [
            f"{pad}{'JOINT' if joint else 'ROOT'} {name(child)}",
            pad + "{",
            f"{pad}\tOFFSET " + " ".join(f"{v:.7f}" for v in offset),
            f"{pad}\tCHANNELS {len(channels)} " + " ".join(channels),
        ]
        yield child
        yield from _walk(person, name, style, lines, child, depth + 1)
        if not any(parent == child for parent, _ in person.values()):
            lines += [f"{pad}\tEnd Site", pad + "\t{", f"{pad}\t\tOFFSET 0 0 1", pad + "\t}"]
        lines.append(pad + "}")
