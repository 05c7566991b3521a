# SPDX-License-Identifier: GPL-3.0-or-later
"""Many speeches, one take each: who speaks, one after the other, and what failed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import references
from ..engine import jobs
from ..engine.client import Failure, Result
from ..errors import GestureError
from ..keys import actions
from ..properties.chosen import chosen_armature, in_scene
from ..speech import heard
from . import collection, writing
from .request import TakeRequest, request_for

if TYPE_CHECKING:
    from bpy.types import Action, Context, Object, Scene

    from .record import Part

SOUND: Final = frozenset((".wav", ".flac", ".ogg", ".mp3"))


@dataclass(frozen=True)
class Line:
    """One speech of a batch. speaker: what names the character; frame: where it begins.

    part: first and last second of the speech that are heard, from FRAME on; None for all.
    """

    speech: Path
    speaker: str
    frame: int
    part: Part | None = None


@dataclass
class Batch:
    """The queue. The scene and the takes made are remembered by number: undo replaces them.

    failures: one sentence for each line without a take.
    """

    scene_uid: int
    lines: list[Line]
    failures: list[str] = field(default_factory=list)
    cancelled: bool = False
    _made: list[int] = field(default_factory=list)
    _answers: dict[str, Result] = field(default_factory=dict)
    _position: int = 0
    _job: jobs.Job | None = None
    _request: TakeRequest | None = None

    @property
    def fraction(self) -> float:
        """How much of all lines is done, 0 to 1."""
        share = self._job.fraction if self._job else 0.0
        return (self._position + share) / max(1, len(self.lines))

    @property
    def message(self) -> str:
        """Which line it is at, in a few words."""
        number = min(self._position + 1, len(self.lines))
        return f"{number} / {len(self.lines)}  {self.lines[number - 1].speech.name}"

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return self._job is None and (self.cancelled or self._position == len(self.lines))

    @property
    def made(self) -> list[str]:
        """The names of the takes that were made and are still there."""
        there = {action.session_uid: action.name for action in bpy.data.actions}
        return [there[uid] for uid in self._made if uid in there]

    @property
    def lost(self) -> int:
        """How many takes were made and then undone or removed."""
        return len(self._made) - len(self.made)

    def advance(self) -> None:
        """Take in what the engine said and go on; returns at once."""
        if self._job is None:
            self._begin()
            return
        jobs.poll()
        if self._job.outcome is not None:
            self._conclude()

    def cancel(self) -> None:
        """Stop after what is done; the takes that are there stay."""
        self.cancelled = True
        jobs.cancel()

    def _begin(self) -> None:
        if self.over:
            return
        try:
            self._request, self._job = self._asked(self.lines[self._position])
        except GestureError as error:
            self._fail(str(error))

    def _begun_ahead(self) -> tuple[TakeRequest, jobs.Job] | None:
        """The next line, for the engine meanwhile; None where there is none, or it is refused."""
        if self.cancelled or self._position + 1 >= len(self.lines):
            return None
        try:
            return self._asked(self.lines[self._position + 1])
        except GestureError:  # told when it is this line's turn
            return None

    def _asked(self, line: Line) -> tuple[TakeRequest, jobs.Job]:
        """The engine's work; done already where another part of the same speech was asked for."""
        scene = self._scene()
        armature = character(scene, line.speaker)
        request = request_for(scene, armature, str(line.speech), line.frame)
        # the sound is in the sequencer, or not
        request = replace(request, add_sound=False, part=line.part)
        known = self._answers.get(repr(request.engine_params()))
        if known is not None:
            return request, jobs.Job(known.id, "", outcome=known)
        return request, jobs.start("generate", request.engine_params(), "Starting the engine")

    def _conclude(self) -> None:
        assert self._job is not None
        assert self._request is not None
        outcome, self._job = self._job.outcome, None
        if isinstance(outcome, Failure) and outcome.kind == "cancelled":
            self.cancelled = True
        elif isinstance(outcome, Failure):
            self._fail(outcome.message)
        else:
            assert outcome is not None  # advance looked
            if self._request.part is not None:
                self._answers[repr(self._request.engine_params())] = outcome
            ahead = self._begun_ahead()
            try:
                take = writing.write(self._request, outcome, self._accept_line_before).action
                self._made.append(take.session_uid)
                self._position += 1
            except GestureError as error:
                self._fail(str(error))
            if ahead is not None:
                self._request, self._job = ahead

    def _accept_line_before(self, take: Action) -> None:
        """Let what the character said earlier play as a track, now that TAKE is on show."""
        assert self._request is not None
        armature = references.find(bpy.data.objects, self._request.armature_uid)
        before = collection.entry_of(armature, collection.on_top(armature).before)
        if before is None or before.action.session_uid not in self._made:
            return
        if before.action.frame_range[0] < take.frame_range[0]:
            collection.accept(armature, before)

    def _scene(self) -> Scene:
        found: Scene | None = references.find(bpy.data.scenes, self.scene_uid)
        if found is None:
            raise GestureError("Its scene is gone: begin the batch again in another scene.")
        return found

    def _fail(self, sentence: str) -> None:
        """Note why the line has no take; the sentence names its file."""
        name = self.lines[self._position].speech.name
        self.failures.append(sentence if name in sentence else f"'{name}': {sentence}")
        self._position += 1


_current: Batch | None = None
_last: Batch | None = None


def current() -> Batch | None:
    """The batch under way, if any."""
    return _current


def last() -> Batch | None:
    """The batch that ended last, for its failures."""
    return _last


def begin(context: Context) -> Batch:
    """The batch that the panel asks for. Raises GestureError if there is nothing to do."""
    global _current
    scene: Any = context.scene
    settings = scene.gestures_batch
    from_strips = settings.source == "STRIPS"
    left_out: list[str] = []
    if from_strips:
        lines, left_out = strip_lines(scene)
    else:
        lines = folder_lines(settings.folder, scene)
    _current = Batch(scene.session_uid, lines, left_out)
    return _current


def end() -> None:
    """Forget the batch under way; its outcome can still be read from last()."""
    global _current, _last
    _current, _last = None, _current


def forget() -> None:
    """Drop both: another file is loaded."""
    global _current, _last
    _current = _last = None


# --- what is spoken ---------------------------------------------------------------------


def strip_lines(scene: Scene) -> tuple[list[Line], list[str]]:
    """What is heard of the sequencer's sound strips, in order of time, and who is left out why.

    Raises GestureError if nothing can be used.
    """
    stretches, left_out = heard.heard(scene)
    if not stretches:
        nothing = "The sequencer has no sound strip that is heard: add the speeches there first."
        raise GestureError(" ".join(left_out) or nothing)
    fps = actions.scene_fps(scene)
    lines = [Line(one.speech, one.channel, one.first, one.part(fps)) for one in stretches]
    return lines, left_out


def folder_lines(folder: str, scene: Scene) -> list[Line]:
    """The sound files of FOLDER by name, each from the scene's start; stems name speakers.

    Raises GestureError if the folder is not there or holds none.
    """
    path = Path(bpy.path.abspath(folder))
    if not folder or not path.is_dir():
        raise GestureError(f"The folder '{folder}' does not exist: choose one with speech files.")
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in SOUND)
    if not files:
        raise GestureError(f"'{path}' holds no wav, flac, ogg or mp3 file: choose another folder.")
    return [Line(file, file.stem, scene.frame_start) for file in files]


# --- who speaks -------------------------------------------------------------------------


def character(scene: Scene, speaker: str) -> Object:
    """The armature of SPEAKER: the table's longest name that begins it, or an armature's name.

    Without such a name, the panel's character. Raises GestureError if there is none either.
    """
    armatures = [(o.name, o) for o in scene.objects if o.type == "ARMATURE"]
    for named in (_table(scene), armatures):
        fitting = [(name, one) for name, one in named if _begins(speaker, name)]
        if fitting:
            return max(fitting, key=lambda pair: len(pair[0]))[1]
    chosen = chosen_armature(bpy.context)
    if chosen is None:
        raise GestureError(
            f"Nobody is named '{speaker}': add the speaker to the table, or choose an armature."
        )
    return chosen


def _table(scene: Any) -> list[tuple[str, Object]]:
    rows = scene.gestures_batch.speakers
    return [
        (row.name, row.armature)
        for row in rows
        if row.name and row.armature and in_scene(scene, row.armature)
    ]


def _begins(speaker: str, name: str) -> bool:
    """Whether SPEAKER is NAME, or NAME and more after a character that is no letter."""
    whole, start = speaker.casefold(), name.casefold()
    rest = whole.removeprefix(start)
    return whole.startswith(start) and not rest[:1].isalnum()
