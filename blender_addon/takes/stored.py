# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take keeps beside its record, as numbers: the engine's directions, a look, the speech.

So a take is shaped and written again without engine, scene or sound. What a stranger's file keeps
there and is no such thing counts as not stored.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..body.skeleton import N_BONES
from ..motion import plan
from ..motion.marks import Marks
from ..motion.mode import Gaze
from ..motion.plan import KeptPlan
from . import record
from .record import RATES

if TYPE_CHECKING:
    from bpy.types import Action

    from ..engine.client import Result

MOTION_KEY: Final = "gestures_motion"  # custom property: (T * 42 * 3) float32
FPS_KEY: Final = "gestures_motion_fps"
MADE_KEY: Final = "gestures_motion_made"  # what the motion was like when it was made: its digest
MOTION_KEYS: Final = (MOTION_KEY, FPS_KEY, MADE_KEY)


def seconds(action: Action) -> float:
    """How long the motion kept with ACTION is; 0 without any."""
    kept = _motion(action)
    return len(kept[0]) / (3 * N_BONES) / kept[1] if kept else 0.0


def store(
    action: Action, directions: NDArray[np.float32], fps: float, *, made: bool = False
) -> None:
    """Keep DIRECTIONS (T, 42, 3), FPS frames a second, with the take ACTION.

    made: whether they are as they were made, so that `changed` knows of later changes.
    """
    numbers = np.ascontiguousarray(directions, np.float32).ravel()
    before = _array(action, MOTION_KEY)
    if before is None or len(before) != len(numbers):
        action.pop(MOTION_KEY, None)  # Blender writes another length into the old one's memory
    action[MOTION_KEY] = numbers
    action[FPS_KEY] = float(fps)
    if made:
        action[MADE_KEY] = _digest(numbers)


def changed(action: Action) -> bool:
    """Whether the motion kept with ACTION is another one than was made: strokes were moved, say.

    Of takes that do not store what was made, none counts as changed.
    """
    made, kept = action.get(MADE_KEY), _array(action, MOTION_KEY)
    if made is None or kept is None:
        return False
    return bool(made != _digest(np.array(kept, np.float32)))


def load(action: Action | None) -> tuple[NDArray[np.float32], float] | None:
    """The directions (T, 42, 3) of a take and their frames a second; None if it has none."""
    kept = _motion(action)
    if kept is None:
        return None
    directions = np.array(kept[0], np.float32).reshape(-1, N_BONES, 3)
    return (directions, kept[1]) if np.isfinite(directions).all() else None


def fingerprint(action: Action) -> int:
    """A number that changes with the motion kept with ACTION."""
    kept = _array(action, MOTION_KEY)
    return hash(bytes(memoryview(kept).cast("B"))) if kept is not None else 0


def _motion(action: Action | None) -> tuple[Any, float] | None:
    """The numbers of the motion kept with ACTION, as Blender has them, and its frames a second."""
    kept, fps = _array(action, MOTION_KEY), _rate(action, FPS_KEY)
    usable = kept is not None and len(kept) and not len(kept) % (3 * N_BONES)
    return (kept, fps) if usable and fps else None


def _array(action: Action | None, key: str) -> Any:
    """The array of numbers that ACTION keeps as KEY; None if it keeps none."""
    kept = action.get(key) if action else None
    return kept if hasattr(kept, "typecode") else None


def _rate(action: Action | None, key: str) -> float:
    """The rate that ACTION keeps as KEY, values a second; 0 if it keeps none."""
    kept = action.get(key) if action else None
    return float(kept) if isinstance(kept, int | float) and RATES[0] <= kept <= RATES[1] else 0.0


def _digest(numbers: NDArray[np.float32]) -> str:
    return hashlib.md5(numbers.tobytes(), usedforsecurity=False).hexdigest()


PLAN_KEY: Final = "gestures_plan"  # custom property of a take: see motion.plan


def store_plan(action: Action, kept: KeptPlan | None) -> None:
    """Keep the plan KEPT with the take ACTION, if there is one, and list its strokes."""
    if kept is not None:
        action[PLAN_KEY] = plan.written(kept)
        list_strokes(action)


def load_plan(action: Action | None) -> KeptPlan | None:
    """The plan kept with a take; None of one without, or of what is none."""
    return plan.read(action.get(PLAN_KEY)) if action is not None else None


def list_strokes(action: Action) -> None:
    """Let the list of ACTION's strokes show its plan; seconds are the take's own."""
    kept, made = load_plan(action), record.of(action) or record.Record()
    cut, turned = made.part[0] if made.part else 0.0, is_turned(made)
    lines: Any = action
    lines.gestures_strokes.clear()
    for stroke in kept.strokes if kept else ():
        line = lines.gestures_strokes.add()
        line.time = stroke.time - cut
        line.hold = -1.0 if stroke.until is None else stroke.until - stroke.time
        line.hand, line.shaped = (
            plan.OTHER[one] if turned else one for one in (stroke.hand, stroke.shaped)
        )
        for name in ("title", "gesture", "size", "tempo", "muted", "shape"):
            setattr(line, name, getattr(stroke, name))


def list_moods(action: Action) -> None:
    """Let the list of ACTION's moods show its record; seconds are the take's own."""
    made = record.of(action) or record.Record()
    cut = made.part[0] if made.part else 0.0
    lines: Any = action
    lines.gestures_moods.clear()
    for mood in made.moods:
        line = lines.gestures_moods.add()
        line.start, line.end = mood.start - cut, mood.end - cut
        line.mood, line.strength = mood.mood, mood.strength


def is_turned(made: record.Record) -> bool:
    """Whether a take's left hand does what the engine says of the right one."""
    how = made.variation
    return how is not None and how.mirrored != how.other_hand


GAZE_KEY: Final = "gestures_gaze"  # custom property of a take: (T * 3) float32, body frame


def store_gaze(action: Action, found: Gaze | None) -> None:
    """Keep the look with the take: it is written again without asking the scene."""
    if found is not None:
        action[GAZE_KEY] = np.append(found.amount, found.towards).astype(np.float32)


def load_gaze(action: Action, count: int) -> Gaze | None:
    """The look of a take with COUNT poses, if it has one."""
    kept = _array(action, GAZE_KEY)
    if kept is None or len(kept) != 1 + 3 * count:
        return None
    numbers = np.array(kept, np.float64)
    if not np.isfinite(numbers).all():
        return None
    return Gaze(numbers[1:].reshape(-1, 3), float(numbers[0]))


MARK_KEYS: Final = {  # array of the engine's answer -> custom property of the action
    "level": "gestures_level",
    "beats": "gestures_beats",
    "pauses": "gestures_pauses",
}


RATE_KEY: Final = "gestures_level_rate"


def store_marks(action: Action, result: Result) -> None:
    """Keep with the take ACTION what the engine's RESULT tells about its speech."""
    for name, key in MARK_KEYS.items():
        array = result.arrays.get(name)
        if array is not None and array.size:
            action[key] = np.ascontiguousarray(array, np.float32).ravel()
    action[RATE_KEY] = float(result.values.get("level_rate", 0.0))


def load_marks(action: Action | None) -> Marks | None:
    """What is known of a take's speech; None if it is no take or an older one."""
    rate = _rate(action, RATE_KEY)
    if action is None or not rate:
        return None
    level, beats, pauses = (_finite(action, key) for key in MARK_KEYS.values())
    return Marks(level, beats, pauses[: len(pauses) // 2 * 2].reshape(-1, 2), rate)


def _finite(action: Action, key: str) -> NDArray[np.float32]:
    """The numbers (N,) that ACTION keeps as KEY; none if one of them is no number."""
    kept = _array(action, key)
    numbers = np.array(() if kept is None else kept, np.float32)
    return numbers if np.isfinite(numbers).all() else numbers[:0]
