# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the end of a chain of bones is, from their rotations: an arm's wrist."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..body import rotations as rot

if TYPE_CHECKING:
    from bpy.types import Object

    from ..body.rotations import Floats


@dataclass(frozen=True)
class Chain:
    """BONES from a root to the last one, whose head is the chain's end; length: of its arm.

    rests: (N, 4, 4), each bone's rest in its parent's. In the armature's units.
    """

    bones: tuple[str, ...]
    rests: Floats
    length: float

    @classmethod
    def of(cls, armature: Object, first: str, last: str) -> Chain:
        """All bones above LAST, and itself, as they rest; the arm begins with FIRST."""
        bones: Any = armature.data.bones  # type: ignore[union-attr]
        line = [*reversed(bones[last].parent_recursive), bones[last]]
        own = [np.array(bone.matrix_local) for bone in line]
        rests = [own[0], *(np.linalg.inv(a) @ b for a, b in itertools.pairwise(own))]
        length = (bones[last].head_local - bones[first].head_local).length
        return cls(tuple(bone.name for bone in line), np.array(rests), float(length))

    def ends(self, quaternions: Mapping[str, Floats]) -> Floats:
        """Where the end is (T, 3) as the bones are turned by QUATERNIONS (T, 4), others at rest."""
        count = len(next(iter(quaternions.values())))
        turns = np.tile(np.eye(3), (count, 1, 1))
        places = np.zeros((count, 3))
        for bone, rest in zip(self.bones, self.rests, strict=True):
            places = places + rot.apply(turns, rest[:3, 3])
            turns = turns @ rest[:3, :3]
            if bone in quaternions:
                turns = turns @ rot.from_vectors(rot.quaternion_vectors(quaternions[bone]))
        return places
