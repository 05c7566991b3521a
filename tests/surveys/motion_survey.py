# SPDX-License-Identifier: GPL-3.0-or-later
"""Anatomy and hands on half an hour of motion, in numbers; a part of it is a test.

    python tests/surveys/motion_survey.py [--minutes 30] [--generated FOLDER]

Real gestures are those of HA2G_SHARED. FOLDER holds motions that `ha2g generate` wrote; without
it they are made here from the speech of HA2G_SHARED, as many identities and seeds as it takes.
Angles are degrees, lengths those of the rig.
"""

import argparse
import dataclasses
import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests/addon/support"), str(ROOT)]
import motion_clips  # noqa: E402
import rig_library as lib  # noqa: E402

from blender_addon.body import angles as body  # noqa: E402
from blender_addon.body import limits, skeleton  # noqa: E402
from blender_addon.body import rotations as rot  # noqa: E402
from blender_addon.body.skeleton import FINGER, FINGERS, FOREARM, SIDES, UPPER_ARM  # noqa: E402
from blender_addon.retarget import contacts, solve  # noqa: E402
from blender_addon.rig import reading  # noqa: E402

FPS = 15.0
RIGS = ("rocketbox", "mpfb_default", "mixamo", "rigify_metarig")
INSIDE = 0.002  # of the shoulders' width: a hand less deep than this is on the skin
JUMP = 90.0  # degrees a frame that no joint of a gesturing person turns
STOUT = 1.35  # hands of slim people's motion sink into a stout body


@dataclasses.dataclass
class Anatomy:
    """What limits did. frames: joint-frames; steps, accelerations: degrees a frame (squared)."""

    frames: int = 0
    beyond: int = 0
    changed: int = 0
    left: float = 0.0
    backwards: float = 0.0
    twist: float = 0.0
    flips: tuple = (0, 0)
    speeds: tuple = ((), ())
    accelerations: tuple = ((), ())

    def smoothness(self):
        """Mean and 99.9th percentile of speed and acceleration, after over before."""
        found = {}
        for name in ("speeds", "accelerations"):
            before, after = (np.concatenate(one) for one in getattr(self, name))
            found[f"{name}, mean"] = after.mean() / before.mean()
            for part in (99.0, 99.9):
                found[f"{name}, {part}%"] = np.percentile(after, part) / np.percentile(before, part)
        return found


def anatomy(clips, calibration):
    """The Anatomy of CLIPS [(name, directions, neutral)] on one rig."""
    found = Anatomy(flips=[0, 0], speeds=([], []), accelerations=([], []))
    for _, directions, neutral in clips:
        motion, rest = (skeleton.to_body(rot.unit(one)) for one in (directions, neutral))
        angles = body.analyse(motion, rest, calibration.palm, FPS)
        inside, report = limits.limited(angles, "enforce")
        found.frames += report.excess.size
        found.beyond += int(np.count_nonzero(report.excess))
        found.left = max(found.left, limits.limited(inside, "warn")[1].excess.max())
        for joint, one in zip(report.joints, report.ranges, strict=True):
            moved = np.abs(inside[joint] - angles[joint])[:, one.axis]
            found.changed += int(np.count_nonzero(np.degrees(moved) > 0.5))
        _hinges(found, inside)
        _turns(found, angles, inside, calibration)
    return found


def _hinges(found, angles):
    for side, finger in itertools.product(SIDES, FINGERS[1:]):
        for joint in (2, 3):
            bend = np.degrees(angles[f"{finger}_{joint}.{side}"][:, 0])
            found.backwards = max(found.backwards, float(-bend.min()))


def _turns(found, angles, inside, calibration):
    """Speed and acceleration of every bone that limits touched, flips, and shared twist."""
    whole = [solve.bone_turns(one, calibration) for one in (angles, inside)]
    local = [solve._local(one, calibration) for one in whole]
    touched = [
        np.any(np.linalg.norm(rot.to_vectors(rot.transposed(a) @ b), axis=-1) > np.radians(0.01))
        for a, b in zip(*(np.moveaxis(one, 1, 0) for one in local), strict=True)
    ]
    for i, one in enumerate(local):
        steps = np.degrees(rot.to_vectors(rot.transposed(one[:-1]) @ one[1:]))
        speed = np.linalg.norm(steps, axis=-1)
        found.flips[i] += int(np.count_nonzero(speed > JUMP))
        if any(touched):
            found.speeds[i].append(speed[:, touched].ravel())
            bent = np.linalg.norm(np.diff(steps, axis=0), axis=-1)
            found.accelerations[i].append(bent[:, touched].ravel())
    found.twist = max(found.twist, _twist(whole[1], inside, calibration))


def _twist(turns, angles, calibration):
    """Degrees that any bone of a forearm, or the hand, twists against the one before."""
    worst = 0.0
    for side in SIDES:
        row = [
            i
            for i, drive in enumerate(calibration.drives)
            if drive.frame in (f"upper_arm.{side}", f"forearm.{side}", f"hand.{side}")
        ]
        frames = calibration.rest_frames
        for above, here in itertools.pairwise(_in_order(row, calibration)):
            drive, before = calibration.drives[here], calibration.drives[above]
            if drive.frame == before.frame or drive.kind == "follow":
                one, other = (
                    turns[:, i] @ frames[f"forearm.{side}"] for i in (above, here)
                )  # seen along the forearm
                twist, _ = rot.twist_and_swing(rot.transposed(one) @ other)
                worst = max(worst, float(np.degrees(np.abs(twist)).max()))
    return worst


def _in_order(row, calibration):
    order = {"u": 0, "f": 1, "h": 2}
    return sorted(
        row, key=lambda i: (order[calibration.drives[i].frame[0]], calibration.drives[i].share)
    )


# --- hands and body -----------------------------------------------------------------------


@dataclasses.dataclass
class Touching:
    """Hands in the body. inside: hand-frames, before and after; depth: their sums; deepest.

    width: the shoulders'.
    """

    width: float = 1.0
    frames: int = 0
    inside: tuple = (0, 0)
    depth: tuple = (0.0, 0.0)
    deepest: tuple = (0.0, 0.0)
    accelerations: tuple = ((), ())

    @property
    def removed(self):
        return 1.0 - self.depth[1] / self.depth[0]

    def acceleration(self):
        before, after = (np.concatenate(one) for one in self.accelerations)
        return {
            "mean": after.mean() / before.mean(),
            **{f"{p}%": np.percentile(after, p) / np.percentile(before, p) for p in (95, 99, 99.9)},
        }


def touching(clips, calibration, mode="enforce"):
    """Touching of CLIPS on one rig, as they are posed in the end: limits are MODE."""
    shape = calibration.shape
    total, frames, jerks = [np.zeros(3), np.zeros(3)], 0, ([], [])
    for _, directions, neutral in clips:
        motion, rest = (skeleton.to_body(rot.unit(one)) for one in (directions, neutral))
        freed = contacts.corrected(motion, rest, shape, FPS)
        for i, one in enumerate((motion, freed)):
            posed = as_posed(one, rest, calibration, mode)
            depth = np.maximum(contacts.depths(posed, rest, shape), 0.0)
            total[i][:2] += (depth > INSIDE * shape.width).sum(), depth.sum()
            total[i][2] = max(total[i][2], depth.max())
            jerks[i].append(accelerations(posed, rest, shape))
        frames += 2 * len(motion)
    inside, depth, deepest = (tuple(float(one[k]) for one in total) for k in range(3))
    return Touching(shape.width, frames, inside, depth, deepest, jerks)


def as_posed(motion, rest, calibration, mode):
    """MOTION (T, 42, 3) as a rig shows it, its joints held within limits."""
    if mode == "off":
        return motion
    angles = body.analyse(motion, rest, calibration.palm, FPS)
    before = body.compose(angles)
    after = body.compose(limits.limited(angles, mode)[0])
    posed = motion.copy()
    for side in SIDES:
        posed[:, UPPER_ARM[side]] = after[f"upper_arm.{side}"][..., 0]
        posed[:, FOREARM[side]] = after[f"forearm.{side}"][..., 0]
        turned = after[f"hand.{side}"] @ rot.transposed(before[f"hand.{side}"])
        for finger in FINGERS:
            knuckle, first, second = FINGER[side, finger]
            posed[:, knuckle] = rot.apply(turned, motion[:, knuckle])
            posed[:, first] = after[f"{finger}_1.{side}"][..., 0]
            posed[:, second] = after[f"{finger}_2.{side}"][..., 0]
    return posed


def accelerations(motion, neutral, shape):
    """Of elbows and wrists, in lengths a second squared."""
    torso = body.torso_frame(motion) @ body.torso_frame(neutral).T
    local = rot.apply(rot.transposed(torso)[:, None], motion)
    sides = [contacts.joints(local, neutral, shape, side)[1:3] for side in SIDES]
    joints = np.stack([joint for side in sides for joint in side], axis=1)
    return np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1).ravel() * FPS**2


# --- the motion -----------------------------------------------------------------------------


def generated(folder):
    """[(name, directions, neutral)] of the motion files in FOLDER, one a recording."""
    found = []
    for path in sorted(Path(folder).glob("*.npz")):
        with np.load(path) as file:
            whole = file["directions"].astype(float)
            lengths = file["lengths"] if "lengths" in file else [len(whole)]
        stops = np.cumsum(lengths)
        pieces = enumerate(zip(stops - lengths, stops, strict=True))
        found += [(f"{path.stem} {i}", whole[a:b], skeleton.NEUTRAL) for i, (a, b) in pieces]
    return found


def generate(folder, minutes):
    """Write motions of MINUTES into FOLDER with the engine: other people, other seeds."""
    shared = Path(os.environ.get("HA2G_SHARED", motion_clips.REPOSITORY.parent / "shared"))
    speech = sorted([*shared.glob("data/speech/*.wav"), *shared.glob("data/speech/*.flac")])
    code = (
        "import sys, numpy as np\n"
        "from ha2g_engine.synthesis.synthesizer import Settings, Synthesizer\n"
        "out, frames, *speech = sys.argv[1:]\n"
        "engine, made, k = Synthesizer(None), 0, 0\n"
        "while made < float(frames):\n"
        "    takes = [engine.generate(s, Settings(identity_seed=k, seed=k)) for s in speech]\n"
        "    lengths = [len(t.directions) for t in takes]\n"
        "    np.savez(f'{out}/{k:03d}.npz', lengths=lengths,\n"
        "             directions=np.concatenate([t.directions for t in takes]))\n"
        "    made, k = made + sum(lengths), k + 1\n"
    )
    command = [sys.executable, "-c", code, folder, str(minutes * 60 * FPS), *map(str, speech)]
    subprocess.run(command, check=True, cwd=motion_clips.REPOSITORY)


def half_hour(minutes, folder):
    """{"real": clips, "generated": clips} of MINUTES together."""
    real = motion_clips.every_clip()
    rest = minutes * 60 * FPS - sum(len(clip) for _, clip, _ in real)
    with tempfile.TemporaryDirectory() as own:
        if folder is None:
            generate(own, rest / 60 / FPS)
        made, kept = generated(folder or own), []
    for clip in made:
        if sum(len(one) for _, one, _ in kept) < rest:
            kept.append(clip)
    return {"real": real, "generated": kept}


def report(clips, calibration):
    """Lines of text about CLIPS on one rig."""
    found = anatomy(clips, calibration)
    beyond, changed = (100 * n / found.frames for n in (found.beyond, found.changed))
    yield f"joint-frames {found.frames}, beyond their range {beyond:.3f}%"
    yield f"changed by over half a degree {changed:.3f}%"
    yield f"left beyond {found.left:.2g}, fingers backwards {found.backwards:.2f}"
    yield f"most twist of a forearm's bone or the hand against the one before {found.twist:.1f}"
    yield f"turns over {JUMP:.0f} a frame: {found.flips[0]} before, {found.flips[1]} after"
    yield "after over before: " + ", ".join(f"{k} {v:.3f}" for k, v in found.smoothness().items())
    for wider in (1.0, STOUT):
        yield f"hands in a body {wider} times as wide:"
        yield from _touch_lines(touching(clips, stout(calibration, wider)))


def _touch_lines(touch):
    yield f"  {touch.inside[0]} hand-frames of {touch.frames} before, {touch.inside[1]} after"
    if touch.inside[0]:
        before, after = (100.0 * one / touch.width for one in touch.deepest)
        yield f"  deepest {before:.1f}% of the shoulders' width, then {after:.2f}%"
        yield f"  summed depth less {100 * touch.removed:.2f}%"
        ratios = ", ".join(f"{k} {v:.3f}" for k, v in touch.acceleration().items())
        yield f"  arms' acceleration after over before: {ratios}"


def stout(calibration, wider):
    """CALIBRATION of the same rig with a body WIDER times as wide, the joints where they are."""
    shape = calibration.shape
    wide = dataclasses.replace(shape, width=wider * shape.width)
    return dataclasses.replace(calibration, shape=wide)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--generated", type=Path)
    parser.add_argument("--rigs", nargs="*", default=RIGS)
    options = parser.parse_args()
    clips = half_hour(options.minutes, options.generated)
    for name in options.rigs:
        calibration = reading.calibration(lib.build(name))
        for kind, some in clips.items():
            minutes = sum(len(clip) for _, clip, _ in some) / FPS / 60
            print(f"\n{name}, {minutes:.1f} min of {kind} motion")
            for line in report(some, calibration):
                print("  " + line, flush=True)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # bpy may hang at exit
