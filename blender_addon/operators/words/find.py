# SPDX-License-Identifier: GPL-3.0-or-later
"""When each word is spoken, and which words ask for a gesture: aligned or recognised."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import bpy

from ... import references
from ...engine import jobs, models
from ...errors import GestureError
from ...properties import chosen, transcript
from ...speech import timed_text
from ...speech.timed_text import Word
from ...takes import request
from ..engine_call import EngineCall

if TYPE_CHECKING:
    from bpy.types import Context

    from ...engine.client import Result
    from ...engine.jobs import Job

NO_TEXT: Final = "Paste or open what is said first"
HEARD: Final = "Words Heard"  # name of a text that was recognised


class FindsWords(EngineCall):
    """Base of what lets the engine say when each word is spoken, and which ask for a gesture."""

    bl_options: Any = {"UNDO"}

    _scene: int
    _speech: tuple[str, str]

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs the speech, and an engine that is free."""
        speech = chosen.scene_of(context).gestures.speech
        return jobs.why_not_now() if speech else "Choose a speech file first"

    def ask(self, context: Context, said: dict[str, Any]) -> Job:
        """Send the speech, and what is SAID."""
        scene = chosen.scene_of(context)
        speech = scene.gestures.speech
        self._scene = scene.session_uid
        self._speech = speech, request.existing_file(speech, "speech file")
        params = {"speech": self._speech[1], "checkpoint": models.checkpoint(), **said}
        return jobs.start("words", params, "Starting the engine")

    def apply(self, context: Context, result: Result) -> None:
        """Keep the words with the scene."""
        scene = references.find(bpy.data.scenes, self._scene)
        if scene is None:
            raise GestureError("The scene is gone: nothing was changed.")
        words, suggestions = _answered(result)
        given, found = self._speech
        transcript.put(scene, given, words, suggestions, found)
        told = " ".join(str(one) for one in result.values.get("told", ()))
        count = f"{len(words)} words, {len(suggestions)} of them ask for a gesture."
        self.tell({"WARNING"} if told else {"INFO"}, f"{count} {told}".strip())


class GESTURES_OT_words_align(FindsWords, bpy.types.Operator):
    bl_idname = "gestures.words_align"
    bl_label = "Align to the Speech"
    bl_description = (
        "Find when each word of the text is spoken, and which words ask for a gesture. Plain text "
        "has to be English; a text with times has them already"
    )

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a text, too."""
        kept = transcript.transcript_of(chosen.scene_of(context))
        return NO_TEXT if kept.text is None else super().why_not(context)

    def begin(self, context: Context) -> Job:
        """Send the text, or the words where it has times."""
        content = transcript.transcript_of(chosen.scene_of(context)).text.as_string()
        words = _timed(content)
        return self.ask(context, {"words": words} if words else {"text": content})


class GESTURES_OT_words_recognise(FindsWords, bpy.types.Operator):
    bl_idname = "gestures.words_recognise"
    bl_label = "Recognise the Words"
    bl_description = (
        "Let Whisper hear what is said, in many languages, as a text of this file to correct. "
        "Needs the full engine with the package faster-whisper"
    )

    def begin(self, context: Context) -> Job:
        """Send the speech alone."""
        return self.ask(context, {})

    def apply(self, context: Context, result: Result) -> None:
        """Keep the words with the scene, and their text."""
        super().apply(context, result)
        scene = references.find(bpy.data.scenes, self._scene)
        words, _ = _answered(result)
        transcript.use(scene, HEARD, " ".join(word for word, _, _ in words))


def _timed(content: str) -> tuple[Word, ...]:
    """The words of a text with times; none of a plain one. Raises GestureError where damaged."""
    if not content.strip():
        raise GestureError("The text is empty: write what is said.")
    try:
        return timed_text.tagged(content.encode())
    except timed_text.NoTimes:
        return ()
    except timed_text.DAMAGE as error:
        raise GestureError(
            "The text looks like a transcript and cannot be read as one: save it as SRT, VTT, "
            "TextGrid or JSON again, or as plain text."
        ) from error


def _answered(result: Result) -> tuple[list[Word], list[tuple[int, str, float]]]:
    """Words and suggestions in the engine's answer. Raises GestureError for anything else."""
    with suppress(ValueError, TypeError, LookupError):
        words = [(str(text), float(a), float(b)) for text, a, b in result.values["words"]]
        rows = result.values["suggestions"]
        found = [(int(n), str(meaning), float(sure)) for n, _, meaning, sure in rows]
        if all(0 <= number < len(words) for number, _, _ in found):
            return words, found
    raise GestureError("The engine's answer has no words: set it up anew.")


CLASSES: Final = (GESTURES_OT_words_align, GESTURES_OT_words_recognise)
