# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take did to the joint limits, in the scene's frames, from its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..body import runs
from ..body.limits import Overrun
from ..bones.roles import spoken_joint
from ..retarget.rest import bones_of_joint
from ..rig import status
from . import nla, record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bpy.types import Action, Object


@dataclass(frozen=True)
class Joint:
    """A joint's runs of frames (first, last) beyond one range, and the WORST excess in degrees.

    name: such as index_2.L; title: in words; bones: of the rig; frames: of the scene, in all.
    """

    name: str
    title: str
    motion: str
    bones: tuple[str, ...]
    runs: tuple[tuple[int, int], ...]
    worst: float

    @property
    def frames(self) -> int:
        """Frames of the scene beyond the range."""
        return sum(last - first + 1 for first, last in self.runs)


def joints(armature: Object, action: Action) -> list[Joint]:
    """The joints that the take ACTION of ARMATURE has beyond a range, most frames first."""
    made = record.of(action) or record.Record()
    found: dict[tuple[str, str], list[Overrun]] = {}
    for run in made.overruns:
        found.setdefault((run.joint, run.motion), []).append(run)
    drives = status.shown_status(armature).drives
    clock = _Clock.of(armature, action, made)
    rows = [
        Joint(
            joint,
            spoken_joint(joint),
            motion,
            bones_of_joint(drives, joint),
            clock.runs((run.first, run.last) for run in beyond),
            max(run.worst for run in beyond),
        )
        for (joint, motion), beyond in found.items()
    ]
    return sorted(rows, key=lambda row: -row.frames)


def touches(armature: Object, action: Action) -> tuple[runs.Run, ...] | None:
    """Runs of frames in which a hand was led out of body or hand; None if nobody looked."""
    made = record.of(action)
    if made is None or not made.contacts:
        return None
    return _Clock.of(armature, action, made).runs(runs.of_frames(made.touches))


@dataclass(frozen=True)
class _Clock:
    """Poses of a motion as frames of the scene: START, and STEP frames a pose."""

    start: float
    step: float

    @classmethod
    def of(cls, armature: Object, action: Action, made: record.Record) -> _Clock:
        return cls(nla.begins(armature, action), nla.fps(armature, action) / made.pose_fps)

    def runs(self, poses: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        return tuple((self._frame(first), self._frame(last)) for first, last in poses)

    def _frame(self, pose: int) -> int:
        return round(self.start + pose * self.step)
