# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns that the user adds on top of the motion: bones turned further about their own axes.

They are added before hands are kept out of the body and joints within their limits: what the
offsets make of the motion is read back as directions; whatever is then corrected turns the offset
bones by the difference. So an offset stays exact, twists included, wherever nothing is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from ..body import rotations as rot
from ..body.angles import Frames
from ..body.rotations import Floats
from ..body.skeleton import COLLAR, FACE, FINGER, FINGERS, FOREARM, SIDES, SPINE, UPPER_ARM
from .rest import Calibration, Drive

MIRROR: Final = np.diag([-1.0, 1.0, 1.0])  # left and right swapped, body frame
TRUNK: Final = ("torso",)


def added(turns: Floats, calibration: Calibration) -> Floats:
    """TURNS (T, N, 3, 3), body frame, with every bone's offset, carried on to the bones below."""
    result = turns.copy()
    whole = in_body(calibration)
    for i in _parents_first(calibration.parents):
        above, share = calibration.parents[i], calibration.follows[i]
        if above < 0:
            result[:, i] = turns[:, i] @ whole[i]
            continue
        before, after = (carried(one[:, above], share) for one in (turns, result))
        result[:, i] = after @ rot.transposed(before) @ turns[:, i] @ whole[i]
    return result


def carried(turn: Floats, share: float) -> Floats:
    """The part SHARE of TURN (T, 3, 3) that a bone takes on from the one above."""
    return turn if share >= 1.0 else rot.from_vectors(share * rot.to_vectors(turn))


def directions(motion: Floats, before: Floats, after: Floats, calibration: Calibration) -> Floats:
    """MOTION (T, 42, 3), body frame, of a rig whose bones turn by AFTER instead of BEFORE."""
    moved = motion.copy()
    for bones, frames in _bones_of_frames():
        drive = next((i for f in frames if (i := _last_drive(calibration, f)) is not None), None)
        if drive is not None:
            change = after[:, drive] @ rot.transposed(before[:, drive])
            moved[:, list(bones)] = rot.apply(change[:, None], motion[:, list(bones)])
    return moved


def led_back(turns: Floats, found: Frames, wanted: Frames, calibration: Calibration) -> Floats:
    """TURNS (T, N, 3, 3) corrected as far as joint frames FOUND differ from those WANTED."""
    changes = {name: wanted[name] @ rot.transposed(found[name]) for name in found}
    corrected = [_change(drive, changes) for drive in calibration.drives]
    return np.asarray(np.stack(corrected, axis=1) @ turns)


def in_body(calibration: Calibration) -> Floats:
    """CALIBRATION's offsets (N, 3, 3) as the body sees them while the rig rests."""
    assert calibration.offsets is not None
    to_bone = calibration.to_bone
    return np.asarray(rot.transposed(to_bone) @ calibration.offsets @ to_bone)


def mirrored(offset: Floats, bone: Floats, other: Floats) -> Floats:
    """OFFSET (3, 3) of a bone as the bone on the other side needs it.

    bone, other: (3, 3), the to_bone of either.
    """
    return np.asarray(other @ MIRROR @ bone.T @ offset @ bone @ MIRROR @ other.T)


def _parents_first(parents: tuple[int, ...]) -> list[int]:
    return sorted(range(len(parents)), key=lambda drive: _depth(drive, parents))


def _depth(drive: int, parents: tuple[int, ...]) -> int:
    return 0 if parents[drive] < 0 else 1 + _depth(parents[drive], parents)


def _bones_of_frames() -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
    """Directions, and the joint frames that carry them: the first that a rig has counts."""
    yield (SPINE,), TRUNK
    yield FACE, ("head", *TRUNK)
    for side in SIDES:
        arm = (f"hand.{side}", f"forearm.{side}", f"upper_arm.{side}", f"collar.{side}", *TRUNK)
        yield (COLLAR[side],), arm[3:]
        yield (UPPER_ARM[side],), arm[2:]
        yield (FOREARM[side],), arm[1:]
        for finger in FINGERS:
            knuckle, first, second = FINGER[side, finger]
            chain = (f"{finger}_2.{side}", f"{finger}_1.{side}", *arm)
            yield (knuckle,), arm
            yield (first,), chain[1:]
            yield (second,), chain


def _last_drive(calibration: Calibration, frame: str) -> int | None:
    """The bone that shows FRAME: an arm's first, the last one of neck and spine."""
    found = [i for i, drive in enumerate(calibration.drives) if drive.frame == frame]
    if not found:
        return None
    return found[0] if calibration.drives[found[0]].kind in ("upper_arm", "forearm") else found[-1]


def _change(drive: Drive, changes: Frames) -> Floats:
    """How the correction CHANGES turns one bone (T, 3, 3)."""
    if drive.kind == "spine":
        return carried(changes["torso"], drive.share)
    if drive.kind == "neck":
        torso = changes["torso"]
        return torso @ carried(rot.transposed(torso) @ changes["head"], drive.share)
    return changes[drive.frame]
