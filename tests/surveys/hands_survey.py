# SPDX-License-Identifier: GPL-3.0-or-later
"""How often hands pass through each other, with contacts off and on, and whether that twitches.

    python tests/surveys/hands_survey.py [--generated FOLDER] [--rigs NAME ...] [--worst N]

FOLDER holds motions that `ha2g generate` wrote; real gestures are those of HA2G_SHARED. Takes are
made as the panel makes them: smoothed, limits enforced. Joints are put together here from the
track's rotations and the rig's rest pose alone, as Blender does it: nothing of contacts is used.
Hands pass through each other where an axis of one (wrist to knuckle, or a phalanx) comes nearer
to one of the other than half a finger's thickness.
"""

import argparse
import csv
import dataclasses
import itertools
import os
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests/addon/support"), str(ROOT / "tests/surveys"), str(ROOT)]
import motion_clips  # noqa: E402
import motion_survey  # noqa: E402
import rig_library as lib  # noqa: E402

from blender_addon.body.skeleton import FINGERS, NEUTRAL, SIDES  # noqa: E402
from blender_addon.retarget.tracks import retargeting  # noqa: E402
from blender_addon.rig import reading  # noqa: E402
from blender_addon.steps import exhausted  # noqa: E402

FPS = 15.0
THICKNESS = 0.09  # of a hand's length: fingers are 17 mm thick, hands 190 mm long (NASA-STD-3000)
LAST = 0.8  # of the phalanx before: how long the last one is
SMOOTHING = 0.3  # what the panel begins with


@dataclasses.dataclass
class Crossing:
    """Frames in which hands pass through each other, and how arms move there.

    gaps: (T,) nearest distance of two axes, in thicknesses; wrists: (T, 2, 3), in hand's lengths.
    """

    gaps: np.ndarray
    wrists: np.ndarray

    @property
    def through(self):
        """(T,) whether the hands pass through each other."""
        return self.gaps < 0.5

    def motion(self, order):
        """(T - ORDER, 2) the wrists' speed (1), acceleration (2) or jerk (3)."""
        return np.linalg.norm(np.diff(self.wrists, order, axis=0), axis=-1) * FPS**order


def narrow(name, inwards=0.25):
    """The rig NAME with shoulders INWARDS of their distance nearer to each other."""
    armature = lib.build(name)
    found = reading.map_for(armature).bone_map
    tops = [(found.get(f"collar.{s}") or found.get(f"upper_arm.{s}"))[0] for s in SIDES]
    arms = [found.get(f"upper_arm.{s}")[0] for s in SIDES]

    def move(bones):
        left, right = (bones[bone].head.copy() for bone in arms)
        step = 0.5 * inwards * (right - left)
        for top, by in zip(tops, (step, -step), strict=True):
            for bone in (bones[top], *bones[top].children_recursive):
                bone.use_connect = False
            for bone in (bones[top], *bones[top].children_recursive):
                bone.head, bone.tail = bone.head + by, bone.tail + by

    return lib.edited(armature, move)


def posed(track, rest):
    """Heads (T, B, 3) and turns (T, B, 3, 3) of every bone of REST under TRACK, armature space."""
    column = {name: i for i, name in enumerate(track.bones)}
    whole = [None] * len(rest.names)

    def matrix(i):
        if whole[i] is None:
            local = np.tile(np.eye(4), (len(track.quaternions), 1, 1))
            if rest.names[i] in column:
                local[:, :3, :3] = turned(track.quaternions[:, column[rest.names[i]]])
            above = int(rest.parents[i])
            own = rest.matrices[i]
            start = own if above < 0 else np.linalg.inv(rest.matrices[above]) @ own
            whole[i] = start @ local if above < 0 else matrix(above) @ start @ local
        return whole[i]

    matrices = np.stack([matrix(i) for i in range(len(rest.names))], axis=1)
    return matrices[..., :3, 3], matrices[..., :3, :3]


def turned(quaternions):
    """Rotations (T, 3, 3) of unit QUATERNIONS (T, 4) wxyz."""
    w, x, y, z = np.moveaxis(quaternions, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def hand_axes(heads, turns, rest, bone_map, side):
    """Starts and ends (T, N, 3) of one hand's palm and finger axes."""
    index = {name: i for i, name in enumerate(rest.names)}
    wrist = heads[:, index[bone_map.get(f"hand.{side}")[0]]]
    starts, ends = [], []
    for finger in FINGERS:
        chain = [index[bone] for bone in bone_map.get(f"{finger}.{side}")[:3]]
        points = [wrist, *(heads[:, bone] for bone in chain)]
        if len(chain) > 1:  # the last bone's tail may point anywhere: as its neighbour, turned on
            above, bone = chain[-2:]
            along = LAST * (rest.heads[bone] - rest.heads[above])
            change = turns[:, bone] @ np.linalg.inv(rest.matrices[bone, :3, :3])
            points.append(points[-1] + change @ along)
        starts += points[:-1]
        ends += points[1:]
    return np.stack(starts, axis=1), np.stack(ends, axis=1)


def apart(left, right):
    """(T,) the smallest distance between any axis of LEFT and any of RIGHT: (starts, ends)."""
    (a, b), (c, d) = left, right
    smallest = np.full(len(a), np.inf)
    for i, j in itertools.product(range(a.shape[1]), range(c.shape[1])):
        smallest = np.minimum(smallest, segments(a[:, i], b[:, i], c[:, j], d[:, j]))
    return smallest


def segments(a, b, c, d):
    """(T,) distances of the segments A-B and C-D (T, 3 each): inside both, or from an end."""
    found = np.minimum.reduce(
        [to_segment(a, c, d), to_segment(b, c, d), to_segment(c, a, b), to_segment(d, a, b)]
    )
    along, beside, between = b - a, d - c, c - a
    normal = np.cross(along, beside)
    size = np.maximum(np.sum(normal**2, axis=-1), 1e-18)
    s = np.sum(np.cross(between, beside) * normal, axis=-1) / size
    t = np.sum(np.cross(between, along) * normal, axis=-1) / size
    inside = (s >= 0) & (s <= 1) & (t >= 0) & (t <= 1)
    plane = np.abs(np.sum(between * normal, axis=-1)) / np.sqrt(size)
    return np.where(inside, np.minimum(found, plane), found)


def to_segment(point, a, b):
    """(T,) distances of POINT from the segment A-B."""
    along = b - a
    share = np.sum((point - a) * along, axis=-1) / np.maximum(np.sum(along**2, axis=-1), 1e-18)
    return np.linalg.norm(a + np.clip(share, 0, 1)[:, None] * along - point, axis=-1)


def hand_length(rest, bone_map):
    """From the wrist over the middle finger's joints to its end, of the left hand."""
    index = {name: i for i, name in enumerate(rest.names)}
    chain = [bone_map.get("hand.L")[0], *bone_map.get("middle.L")[:3]]
    points = [rest.heads[index[bone]] for bone in chain]
    steps = [np.linalg.norm(b - a) for a, b in itertools.pairwise(points)]
    return sum(steps) + LAST * steps[-1]


def crossing(armature, clips, *, contacts, limits="enforce", smoothing=SMOOTHING):
    """The Crossing of CLIPS [(name, directions, neutral)] on ARMATURE."""
    bone_map = reading.map_for(armature).bone_map
    rest, calibration = reading.rest_pose(armature), reading.calibration(armature, bone_map)
    size = hand_length(rest, bone_map)
    wrists = [rest.names.index(bone_map.get(f"hand.{side}")[0]) for side in SIDES]
    gaps, places = [], []
    for _, directions, neutral in clips:
        options = {"limits": limits, "neutral": neutral, "contacts": contacts}
        made = retargeting(directions, calibration, smoothing=smoothing, fps=FPS, **options)
        heads, turns = posed(exhausted(made), rest)
        hands = [hand_axes(heads, turns, rest, bone_map, side) for side in SIDES]
        gaps.append(apart(*hands) / (THICKNESS * size))
        places.append(heads[:, wrists] / size)
    return [Crossing(*one) for one in zip(gaps, places, strict=True)]


def lines(before, after):
    """What changed from the Crossings BEFORE to AFTER, in words."""
    through = [np.concatenate([c.through for c in some]) for some in (before, after)]
    shares = " -> ".join(f"{100 * one.mean():.2f}%" for one in through)
    yield f"frames with hands through each other: {shares} of {len(through[0])}"
    touched = [np.abs(a.wrists - b.wrists).max(axis=(1, 2)) > 1e-3
               for a, b in zip(after, before, strict=True)]  # fmt: skip
    moved = [np.linalg.norm(a.wrists - b.wrists, axis=-1).max(axis=-1)[t]
             for a, b, t in zip(after, before, touched, strict=True)]  # fmt: skip
    moved = np.concatenate(moved)
    if len(moved):
        yield (f"wrists led elsewhere in {100 * len(moved) / len(through[0]):.1f}% of frames, "
               f"by {moved.mean():.3f} hand's lengths, {moved.max():.3f} at most")  # fmt: skip
    for order, name in ((1, "speed"), (2, "acceleration"), (3, "jerk")):
        old, new = (np.concatenate([c.motion(order).ravel() for c in some])
                    for some in (before, after))  # fmt: skip
        ratios = [
            f"{p}% {np.percentile(new, p) / np.percentile(old, p):.3f}" for p in (50, 95, 99, 99.9)
        ]
        yield (
            f"{name} of wrists after over before: mean {new.mean() / old.mean():.3f}, "
            + ", ".join(ratios)
            + f", most {old.max():.0f} -> {new.max():.0f}"
        )
    gaps = np.concatenate([c.gaps for c in after])[through[0]]
    if len(gaps):
        parts = ", ".join(f"{np.percentile(gaps, p):.2f}" for p in (5, 25, 50, 75, 95))
        yield f"where they were, now apart by (5 25 50 75 95%, thicknesses): {parts}"


def talking():
    """[(name, directions, neutral)] of the people in HA2G_SHARED's talk_motion with fingers."""
    shared = Path(os.environ.get("HA2G_SHARED", motion_clips.REPOSITORY.parent / "shared"))
    folder = shared / "data" / "talk_motion"
    with (folder / "clips.csv").open(encoding="utf-8") as table:
        fingers = {row["name"] for row in csv.DictReader(table) if row["has_fingers"] == "1"}
    with np.load(folder / "talk_motion_15fps.npz") as file:
        names, starts, motion = (file[key] for key in ("names", "offsets", "directions"))
    return [
        (str(name), motion[a:b].astype(float), NEUTRAL)
        for name, a, b in zip(names, starts, starts[1:], strict=False)
        if str(name) in fingers
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generated", type=Path)
    parser.add_argument("--rigs", nargs="*", default=[*lib.RIGS, "narrow mixamo"])
    parser.add_argument("--kinds", nargs="*", help="gestures, talking, generated; all")
    parser.add_argument("--worst", type=int, default=0, help="name so many of the worst frames")
    options = parser.parse_args()
    made = {"generated": motion_survey.generated(options.generated)} if options.generated else {}
    kinds = {"gestures": motion_clips.every_clip(), "talking": talking(), **made}
    kinds = {kind: kinds[kind] for kind in options.kinds or kinds}
    for name in options.rigs:
        for kind, clips in kinds.items():
            first, _, rig = name.partition(" ")
            armature = narrow(rig) if first == "narrow" else lib.build(name)
            before, after = (crossing(armature, clips, contacts=on) for on in (False, True))
            print(f"\n{name}, {sum(len(c) for _, c, _ in clips) / FPS / 60:.1f} min of {kind}")
            for line in lines(before, after):
                print("  " + line, flush=True)
            for line in worst(clips, before, after, options.worst):
                print("  " + line, flush=True)


def worst(clips, before, after, count):
    """The clips in which hands were, and still are, longest through each other."""
    for some, word in ((before, "before"), (after, "after")):
        sums = [c.through.sum() for c in some]
        for i in np.argsort(sums)[::-1][:count]:
            yield f"{word}: {clips[i][0]}, {sums[i]} frames, nearest in {some[i].gaps.argmin()}"


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # bpy may hang at exit
