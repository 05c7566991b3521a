# SPDX-License-Identifier: GPL-3.0-or-later
"""The take that the chosen character shows, measured; remembered, as panels are drawn often."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from ..keys import writing
from ..motion import marks as speech_marks
from ..motion import quality, strokes
from ..motion.marks import Marks
from ..properties import generate
from . import collection, place
from . import stored as take_motion

if TYPE_CHECKING:
    from bpy.types import Action, Context, Object


@dataclass(frozen=True)
class ShownTake:
    """A take, its settings, and how its seconds lie on the scene's frames."""

    armature: Object
    action: Action
    stored: dict[str, Any]
    marks: Marks | None

    @cached_property
    def start(self) -> float:
        """The scene's frame on which it begins, wherever its keys or its strip were moved to."""
        return place.begins(self.armature, self.action)

    def frame(self, seconds: float) -> float:
        """The scene's frame SECONDS after the take's start."""
        return self.start + seconds * float(self.stored.get("scene_fps", 24.0))

    def seconds(self, frame: float) -> float:
        """Seconds from the take's start to the scene's FRAME."""
        return (frame - self.start) / float(self.stored.get("scene_fps", 24.0))

    def report(self) -> quality.Report | None:
        """Its quality; None if the take keeps no motion."""
        return _measured(_Key(self))[0]

    def strokes(self) -> tuple[tuple[float, str], ...]:
        """(seconds, side) of its strokes."""
        return _measured(_Key(self))[1]


def find(context: Context) -> ShownTake | None:
    """The take that the chosen armature shows; of several accepted ones that at the playhead."""
    armature = generate.chosen_armature(context)
    seen = [entry.action for entry in collection.visible_takes(armature)] if armature else []
    if armature is None or not seen:
        return None
    scene: Any = context.scene
    action = next((one for one in seen if _plays_at(armature, one, scene.frame_current)), seen[0])
    stored = writing.stored_settings(action) or {}
    return ShownTake(armature, action, stored, speech_marks.load(action))


def _plays_at(armature: Object, action: Action, frame: int) -> bool:
    span: Any = action.frame_range
    return bool(span[0] <= frame - place.moved(armature, action) <= span[1])


class _Key:
    """A take as a dictionary key: equal while its motion and settings are the same."""

    def __init__(self, take: ShownTake) -> None:
        self.take = take
        motion = take.action.get(take_motion.MOTION_KEY)
        self.identity = (
            take.action.session_uid,
            str(take.action.get(writing.TAKE_KEY)),
            hash(bytes(memoryview(motion).cast("B"))) if motion is not None else 0,
        )

    def __hash__(self) -> int:
        return hash(self.identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.identity == other.identity


@lru_cache(maxsize=8)
def _measured(key: _Key) -> tuple[quality.Report | None, tuple[tuple[float, str], ...]]:
    kept = take_motion.load(key.take.action)
    if kept is None:
        return None, ()
    directions, fps = kept
    found = tuple((one.peak / fps, one.side) for one in strokes.find(directions, fps))
    return quality.report(directions, fps, key.take.marks, key.take.stored), found
