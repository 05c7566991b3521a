# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take did to the joint limits, in the scene's frames, from the settings kept with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..bones.roles import spoken
from ..keys import writing
from ..retarget.rest import bones_of_joint
from ..rig import status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bpy.types import Action, Object

FINGER_JOINTS: Final = {"1": "knuckle", "2": "middle joint", "3": "end joint"}


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
    stored = writing.stored_settings(action) or {}
    found: dict[tuple[str, str], list[Any]] = {}
    for joint, motion, *run in stored.get("overruns", ()):
        found.setdefault((joint, motion), []).append(run)
    drives = status.shown_status(armature).drives
    clock = _Clock.of(action, stored)
    rows = [
        Joint(
            joint,
            title(joint),
            motion,
            bones_of_joint(drives, joint),
            clock.runs((first, last) for first, last, _ in runs),
            max(worst for _, _, worst in runs),
        )
        for (joint, motion), runs in found.items()
    ]
    return sorted(rows, key=lambda row: -row.frames)


def touches(action: Action) -> tuple[tuple[int, int], ...] | None:
    """Runs of frames in which a hand was led out of the body; None if nobody looked."""
    stored = writing.stored_settings(action) or {}
    if not stored.get("contacts"):
        return None
    return _Clock.of(action, stored).runs(runs_of(stored.get("touches", ())))


def runs_of(frames: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of every run of consecutive FRAMES, which are in order."""
    runs: list[tuple[int, int]] = []
    for frame in frames:
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], frame
        else:
            runs.append((frame, frame))
    return runs


@dataclass(frozen=True)
class _Clock:
    """Poses of a motion as frames of the scene: START, and STEP frames a pose."""

    start: float
    step: float

    @classmethod
    def of(cls, action: Action, stored: dict[str, Any]) -> _Clock:
        poses, fps = stored.get("pose_fps", 1.0), stored.get("scene_fps", 1.0)
        return cls(writing.begins(action), fps / poses)

    def runs(self, poses: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        return tuple((self._frame(first), self._frame(last)) for first, last in poses)

    def _frame(self, pose: int) -> int:
        return round(self.start + pose * self.step)


def title(joint: str) -> str:
    """JOINT of a limit report in words: left index finger, middle joint."""
    part, _, side = joint.partition(".")
    finger, _, number = part.partition("_")
    if number in FINGER_JOINTS:
        return f"{spoken(f'{finger}.{side}')}, {FINGER_JOINTS[number]}".capitalize()
    return spoken(joint).capitalize()
