# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig's bones as a tree of joints in space: what detection by structure asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from ..body import rotations as rot
from ..body.rotations import Floats

FEW: Final = 3.0  # bones below which only the reach counts, not how many there are
BESIDE_AXIS: Final = 0.15  # of a segment's length: nearer to its line a leaf is a twist bone


@dataclass(frozen=True)
class Joints:
    """Bones in space. names: B; parents: B, index or -1; heads, tails: (B, 3) in armature space."""

    names: Sequence[str]
    parents: Sequence[int]
    heads: Floats
    tails: Floats
    children: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        """Collect the children."""
        children: list[list[int]] = [[] for _ in self.names]
        for bone, parent in enumerate(self.parents):
            if parent >= 0:
                children[parent].append(bone)
        object.__setattr__(self, "children", children)

    @cached_property
    def reach(self) -> Floats:
        """(B,) length of the longest way from each joint down to an end (a leaf's tail)."""
        reach = np.linalg.norm(self.tails - self.heads, axis=-1)
        typical = np.median(self._steps[self._steps > 0.0]) if self._steps.any() else 1.0
        reach = np.where([bool(c) for c in self.children], 0.0, np.minimum(reach, 2.0 * typical))
        for bone in reversed(self._downwards):
            parent = self.parents[bone]
            if parent >= 0:
                reach[parent] = max(reach[parent], reach[bone] + self._steps[bone])
        return np.asarray(reach)

    @cached_property
    def _steps(self) -> Floats:
        above = np.where(np.asarray(self.parents) >= 0, self.parents, range(len(self.names)))
        return np.asarray(np.linalg.norm(self.heads - self.heads[above], axis=-1))

    @cached_property
    def _downwards(self) -> list[int]:
        """Every bone after its parent."""
        order = [bone for bone, parent in enumerate(self.parents) if parent < 0]
        for bone in order:
            order += self.children[bone]
        return order

    def line(self, bone: int) -> list[int]:
        """BONE and all above it, BONE first."""
        found = []
        while bone >= 0:
            found.append(bone)
            bone = self.parents[bone]
        return found

    def below(self, bone: int) -> list[int]:
        """BONE and all below it."""
        found = [bone]
        for one in found:
            found += self.children[one]
        return found

    def between(self, a: int, b: int) -> float:
        """Distance of two joints."""
        return float(np.linalg.norm(self.heads[a] - self.heads[b]))

    @cached_property
    def count(self) -> Floats:
        """(B,) how many bones each one and all below it are."""
        count = np.ones(len(self.names))
        for bone in reversed(self._downwards):
            if self.parents[bone] >= 0:
                count[self.parents[bone]] += count[bone]
        return count

    def main_way(self, bone: int) -> list[int]:
        """BONE and, again and again, the child that reaches furthest with most bones.

        A sleeve may reach further than the hand beside it, but a hand has more bones.
        """
        weight = (self.reach + self._steps) * np.sqrt(np.maximum(self.count / FEW, 1.0))
        way = [bone]
        while self.children[way[-1]]:
            way.append(max(self.children[way[-1]], key=lambda child: weight[child]))
        return way

    def furthest(self, start: int, bone: int) -> float:
        """How far from START's joint the joints from BONE down lie."""
        return max(self.between(start, one) for one in self.below(bone))

    def is_helper(self, bone: int, start: int, end: int) -> bool:
        """Whether BONE is a twist bone or the like: it lies on the line from START to END."""
        whole = self.heads[end] - self.heads[start]
        length = float(np.linalg.norm(whole))
        if length < rot.TINY:
            return False
        for one in self.below(bone):
            along = (self.heads[one] - self.heads[start]) @ whole / length
            off = np.linalg.norm(self.heads[one] - self.heads[start] - along * whole / length)
            if off > BESIDE_AXIS * length or not -0.05 <= along / length <= 1.02:
                return False
        return True
