# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig's rest pose -> what retargeting must know about it, once per rig.

Only joint positions count, so bone rolls, tails that point sideways (FBX), A- or T-poses,
scale and the object's own transform make no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..body.angles import Angles, Frames, PalmPairs
from ..body.rotations import Floats
from .contacts import Shape

# joints that are named after the joint, not after the bone they turn
JOINT_FRAMES: Final = {
    "neck": "head",
    "shoulder": "upper_arm",
    "elbow": "forearm",
    "wrist": "hand",
}


@dataclass(frozen=True)
class RestPose:
    """A rig at rest, in armature space (units do not matter).

    names: B bones; parents: (B,) index or -1, the bone that carries each one (in a control rig
    a constraint's target may stand in for the parent); matrices: (B, 4, 4) bone.matrix_local;
    tails: (B, 3); world: (4, 4) of the object; follows: (B,) how much of the parent's rotation
    a bone takes on, 0 to 1 (None: all of it).
    """

    names: tuple[str, ...]
    parents: NDArray[np.int64]
    matrices: Floats
    tails: Floats
    world: Floats
    follows: Floats | None = None

    @property
    def heads(self) -> Floats:
        """Joint positions (B, 3)."""
        return self.matrices[:, :3, 3]


@dataclass(frozen=True)
class Drive:
    """What turns one rig bone: a joint frame of the body, or a SHARE of its turn.

    kind: "spine", "neck", "follow" (the frame alone), "upper_arm", "forearm" (with shared twist).
    """

    bone: str
    kind: str
    frame: str
    share: float = 1.0


@dataclass(frozen=True)
class Limb:
    """An arm's segment of one or more bones that together must point along one direction.

    drives: indices of its drives; carriers: for every rest offset (k, 3) in the body frame
    between successive joints, the drive that turns it.
    """

    frame: str
    drives: tuple[int, ...]
    carriers: tuple[int, ...]
    offsets: Floats


@dataclass(frozen=True)
class Calibration:
    """How the body's joint frames turn into one rig's bone rotations.

    axes: (3, 3), columns are the body's left, back and up in armature space.
    parents: per drive the drive whose bone is the nearest above (-1: none moves).
    follows: per drive how much of that one's turn it takes on, 0 to 1.
    to_bone: (N, 3, 3) body frame -> the bone's own rest frame.
    rest_frames: the body's joint frames in the rig's rest pose, (3, 3) each.
    rest_angles: its joint angles, (k,) each.
    palm: per side the two fingers that tell the palm.
    single: (side, finger) pairs that have one bone for the whole finger.
    shape: the rig's proportions, to keep hands out of its body.
    offsets: what each bone is turned on top of the motion, (N, 3, 3) in its own rest frame.
    """

    family: str
    drives: tuple[Drive, ...]
    limbs: tuple[Limb, ...]
    parents: tuple[int, ...]
    follows: tuple[float, ...]
    axes: Floats
    to_bone: Floats
    rest_frames: Frames
    rest_angles: Angles
    palm: PalmPairs
    single: tuple[tuple[str, str], ...]
    shape: Shape
    offsets: Floats | None = None

    @property
    def bones(self) -> tuple[str, ...]:
        """The rig bones that get keys."""
        return tuple(drive.bone for drive in self.drives)


def bones_of_joint(drives: tuple[Drive, ...], joint: str) -> tuple[str, ...]:
    """The bones of DRIVES that JOINT of a limit report, such as "wrist.L", turns."""
    part, dot, side = joint.partition(".")
    frame = JOINT_FRAMES.get(part, part) + dot + side
    return tuple(drive.bone for drive in drives if drive.frame == frame)
