# SPDX-License-Identifier: GPL-3.0-or-later
"""Which take a character shows: the one answer, for panels, sliders and new motion alike.

Of the takes that are seen (the one on top, and accepted ones on their tracks) it is the one that
plays on the frame in question; where none does, the one on top, or accepted last.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import compat, places, touched
from ..errors import GestureError
from ..keys import actions
from ..keys.merging import Source
from ..known import Known
from ..motion import quality, strokes
from ..motion.marks import Marks
from ..properties import chosen, transcript
from ..speech import words as speech_words
from ..speech.timed_text import Word
from . import collection, files, nla, record, stored, style
from .record import Record

if TYPE_CHECKING:
    from bpy.types import Action, Context, Object

NO_TAKE: Final = "The armature shows no take"
NO_STYLE: Final = "This take has no style: it was not made by the engine"


def take(armature: Object, frame: float | None = None) -> Action | None:
    """The take that ARMATURE shows on the scene's FRAME, or at the playhead; None if none."""
    scene: Any = bpy.context.scene
    at = scene.frame_current if frame is None else frame
    playing = (one for one in seen(armature) if nla.plays_at(armature, one, at))
    return next(playing, None) or next(iter(seen(armature)), None)


def seen(armature: Object) -> list[Action]:
    """The takes that are seen of ARMATURE, wherever they play: on top, then accepted last."""
    top = _on_top(armature)
    lower = reversed(collection.accepted(armature))
    return [*([top] if top else []), *(entry.action for entry in lower)]


def _on_top(armature: Object) -> Action | None:
    action = actions.current_action(armature)
    return action if action is not None and actions.is_take(action) else None


def entry(armature: Object, frame: float | None = None) -> Any:
    """The line of that take in ARMATURE's list; None if there is none."""
    return collection.entry_of(armature, take(armature, frame))


def chosen_record(context: Context) -> Record | None:
    """The record of the take that the chosen armature shows, if it shows one."""
    armature = chosen.chosen_armature(context)
    return record.of(take(armature)) if armature else None


def chosen_style(context: Context) -> Any:
    """The sliders of the take that the chosen armature shows, or else those of the next take.

    Those of the next one also where the panel is turned to it. An accepted take elsewhere on the
    timeline is left alone: its sliders would be moved unseen.
    """
    armature = chosen.chosen_armature(context)
    action = take(armature) if armature else None
    scene: Any = context.scene
    if armature is None or action is None or scene.gestures_style_of == "NEXT":
        return style.style_of(scene)
    here = action == _on_top(armature) or nla.plays_at(armature, action, scene.frame_current)
    return style.style_of(action if here else scene)


def source_of(armature: Object, frame: float) -> Source:
    """What ARMATURE shows, for new motion from FRAME on to leave alone what is protected of it.

    An action of the animator's on top comes first. Tracks of another origin go on below a take
    by themselves.
    """
    on_top = actions.current_action(armature)
    own = on_top is not None and not actions.is_take(on_top)
    action = on_top if own else take(armature, frame)
    if action is None:
        return Source()
    slot, moved = compat.slot_for(action, armature), nla.moved(armature, action)
    return Source.of(action, slot, moved=moved, take=not own)


def check(armature: Object, action: Action) -> None:
    """Raise GestureError unless the take ACTION is what new motion would start from."""
    if source_of(armature, nla.begins(armature, action)).action != action:
        raise GestureError(f"Show '{action.name}' first: another take is shown.")


# --- measured, and remembered, as panels are drawn often ------------------------------------


@dataclass(frozen=True)
class ShownTake:
    """A take, its record, and how its seconds lie on the scene's frames, FPS of them each."""

    armature: Object
    action: Action
    made: Record
    marks: Marks | None
    fps: float

    @cached_property
    def start(self) -> float:
        """The scene's frame on which it begins, wherever its keys or its strip were moved to."""
        return nla.begins(self.armature, self.action)

    def frame(self, seconds: float) -> float:
        """The scene's frame SECONDS after the take's start."""
        return self.start + seconds * self.fps

    def seconds(self, frame: float) -> float:
        """Seconds from the take's start to the scene's FRAME."""
        return (frame - self.start) / self.fps

    def report(self) -> quality.Report | None:
        """Its quality; None if the take keeps no motion."""
        return _measured(self._known())[0]

    def strokes(self) -> tuple[tuple[float, str], ...]:
        """(seconds, side) of its strokes."""
        return _measured(self._known())[1]

    def _known(self) -> Known[ShownTake]:
        """What it is known by: its motion and its settings."""
        action = self.action
        identity = action.session_uid, str(action.get(actions.TAKE_KEY)), stored.fingerprint(action)
        return Known(identity, self)


def find(context: Context) -> ShownTake | None:
    """The take that the chosen armature shows at the playhead; None if it shows none."""
    armature = chosen.chosen_armature(context)
    action = take(armature) if armature else None
    if armature is None or action is None:
        return None
    made = record.of(action) or Record()
    fps = nla.fps(armature, action)
    return ShownTake(armature, action, made, stored.load_marks(action), fps)


@dataclass(frozen=True)
class ShownWords:
    """Words of a speech, which begins on the scene's frame START, FPS frames a second.

    numbers: of the scene's own, which can be moved, in its list; none of others.
    """

    words: tuple[Word, ...]
    start: float
    fps: float
    numbers: tuple[int, ...] = ()

    def frame(self, seconds: float) -> float:
        """The scene's frame SECONDS after the speech's start."""
        return self.start + seconds * self.fps

    def seconds(self, frame: float) -> float:
        """Seconds from the speech's start to the scene's FRAME."""
        return (frame - self.start) / self.fps


def words(context: Context) -> ShownWords:
    """What is said in the take that is shown, or else in the speech that is chosen.

    Those that the scene keeps; or those the take was made with; or those of a file beside the
    speech, which is looked for of takes that the user has acted on.
    """
    scene, take = chosen.scene_of(context), find(context)
    if take is None:
        fps, speech = actions.scene_fps(scene), scene.gestures.speech
        current = scene.gestures.start_at == "CURRENT"
        start = scene.frame_current if current else scene.frame_start
        return _own(transcript.numbered(scene, speech), start, fps)
    cut = take.made.part[0] if take.made.part else 0.0  # seconds of the speech before the take
    start = take.frame(-cut)
    if kept := transcript.numbered(scene, take.made.speech or ""):
        return _own(kept, start, take.fps)
    return ShownWords(take.made.words or _beside(take), start, take.fps)


def _own(kept: list[tuple[int, Word]], start: float, fps: float) -> ShownWords:
    numbers, said = tuple(n for n, _ in kept), tuple(word for _, word in kept)
    return ShownWords(said, start, fps, numbers)


def _beside(take: ShownTake) -> tuple[Word, ...]:
    if not touched.by_user(take.action):
        return ()
    speech = files.located(take.made, "speech")
    return speech_words.beside(speech) if places.is_file(speech) else ()


@lru_cache(maxsize=8)
def _measured(
    known: Known[ShownTake],
) -> tuple[quality.Report | None, tuple[tuple[float, str], ...]]:
    shown = known.what
    kept = stored.load(shown.action)
    if kept is None:
        return None, ()
    directions, fps = kept
    found = tuple((one.peak / fps, one.side) for one in strokes.find(directions, fps))
    made = shown.made
    return quality.report(directions, fps, shown.marks, made.stride, made.overlap), found
