# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said: its text, when each word is spoken, words moved in time, subtitles."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import blf
import bpy
from bpy.props import FloatProperty, IntProperty, StringProperty

from .. import files, references
from ..engine import jobs, models
from ..errors import GestureError
from ..properties import chosen, transcript
from ..speech import handles, timed_text
from ..speech.timed_text import Word
from ..speech.words import LARGEST
from ..takes import request, shown
from .base import AtOnce, ask_file
from .engine_call import EngineCall

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ..engine.client import Result
    from ..engine.jobs import Job
    from .base import Status

NO_WORDS: Final = "Align the words to the speech first"
NO_TEXT: Final = "Paste or open what is said first"
DAMAGE: Final = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
PASTED: Final = "Words"  # name of a pasted text
LEAST: Final = 2.0  # pixels that are no drag but a click


class GESTURES_OT_words_paste(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.words_paste"
    bl_label = "Paste the Text"
    bl_description = "Take what is said from the clipboard, as a text of this file"
    bl_options = {"REGISTER", "UNDO"}

    def do(self, context: Context) -> None:
        """Make a text of it."""
        manager: Any = context.window_manager
        if not manager.clipboard.strip():
            raise GestureError("The clipboard has no text: copy what is said first.")
        _use(context, PASTED, manager.clipboard)


class GESTURES_OT_words_open(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.words_open"
    bl_label = "Open the Text"
    bl_description = (
        "Take what is said from a file: plain text, or with times as SRT, VTT, TextGrid, a table "
        "or a recogniser's JSON"
    )
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="File", subtype="FILE_PATH", description="What is said")
    filter_glob: StringProperty(
        default="*.txt;*.srt;*.vtt;*.TextGrid;*.textgrid;*.json;*.tsv", options={"HIDDEN"}
    )

    def invoke(self, context: Context, event: Event) -> Status:
        """Let the user choose it."""
        return ask_file(self, context)

    def do(self, context: Context) -> None:
        """Make a text of it."""
        path = Path(request.existing_file(self.filepath, "text"))
        try:
            if path.stat().st_size > LARGEST:
                raise GestureError(f"'{path}' is too large to be a text: choose another file.")
            content = path.read_bytes()
        except OSError as error:
            raise GestureError(f"'{path}' cannot be read ({error.strerror}).") from error
        _use(context, path.name, timed_text.plain(content))


def _use(context: Context, name: str, content: str) -> None:
    """Let the scene's words be those of a new text."""
    text = bpy.data.texts.new(name)
    text.write(content)
    transcript.transcript_of(chosen.scene_of(context)).text = text


class GESTURES_OT_words_align(EngineCall, bpy.types.Operator):
    bl_idname = "gestures.words_align"
    bl_label = "Align to the Speech"
    bl_description = (
        "Find when each word of the text is spoken, and which words ask for a gesture. Plain text "
        "has to be English; a text with times has them already"
    )
    bl_options = {"UNDO"}

    _scene: int
    _speech: tuple[str, str]

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a text, the speech, and an engine that is free."""
        scene = chosen.scene_of(context)
        if transcript.transcript_of(scene).text is None:
            return NO_TEXT
        return jobs.why_not_now() if scene.gestures.speech else "Choose a speech file first"

    def begin(self, context: Context) -> Job:
        """Send the text, or the words where it has times."""
        scene = chosen.scene_of(context)
        speech = scene.gestures.speech
        self._scene = scene.session_uid
        self._speech = speech, request.existing_file(speech, "speech file")
        content = transcript.transcript_of(scene).text.as_string()
        params = {"speech": self._speech[1], "checkpoint": models.checkpoint()}
        said: dict[str, Any] = {"text": content}
        if words := _timed(content):
            said = {"words": words}
        return jobs.start("words", {**params, **said}, "Starting the engine")

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


def _timed(content: str) -> tuple[Word, ...]:
    """The words of a text with times; none of a plain one. Raises GestureError where damaged."""
    if not content.strip():
        raise GestureError("The text is empty: write what is said.")
    try:
        return timed_text.tagged(content.encode())
    except timed_text.NoTimes:
        return ()
    except DAMAGE as error:
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


class OneWord(AtOnce):
    """Base of what is done about one word of the list."""

    bl_options: Any = {"REGISTER", "UNDO"}

    word: IntProperty(
        name="Word", description="Which one of the list; below 0 the one chosen there", default=-1
    )

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs words."""
        return "" if transcript.transcript_of(chosen.scene_of(context)).words else NO_WORDS

    def number(self, context: Context) -> int:
        """Which one. Raises GestureError if there is no such word."""
        kept = transcript.transcript_of(chosen.scene_of(context))
        number = self.word if self.word >= 0 else kept.active
        if not 0 <= number < len(kept.words):
            raise GestureError("Choose a word in the list first.")
        return int(number)


class GESTURES_OT_word_go_to(OneWord, bpy.types.Operator):
    bl_idname = "gestures.word_go_to"
    bl_label = "Go to the Word"
    bl_description = "The playhead moves to where the word begins"
    bl_options = {"UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    def do(self, context: Context) -> None:
        """Choose it, and go there."""
        scene, number = chosen.scene_of(context), self.number(context)
        kept = transcript.transcript_of(scene)
        kept.active = number
        scene.frame_set(round(shown.words(context).frame(kept.words[number].start)))


class MovesWord(OneWord):
    """Base of what lets a word begin elsewhere."""

    time: FloatProperty(
        name="Time",
        description="Seconds of the speech; below 0 where the playhead is",
        default=-1.0,
    )

    def do(self, context: Context) -> None:
        """Move it."""
        scene, number = chosen.scene_of(context), self.number(context)
        time = self.time
        if time < 0:
            time = shown.words(context).seconds(scene.frame_current)
        if time < 0:
            raise GestureError("The playhead is before the speech: move it into it.")
        transcript.move(transcript.transcript_of(scene).words, number, time)


class GESTURES_OT_word_move(MovesWord, bpy.types.Operator):
    bl_idname = "gestures.word_move"
    bl_label = "Move the Word to the Playhead"
    bl_description = (
        "Let the word begin here, as long as it was; its neighbours make room. The next take "
        "gestures accordingly"
    )


class GESTURES_OT_word_drag(MovesWord, bpy.types.Operator):
    bl_idname = "gestures.word_drag"
    bl_label = "Drag the Word"
    bl_description = "Over the timeline: hold a word and let go where it is to begin"

    _begun_at: int
    _offset: float  # s from the word's start to where the mouse has it

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a timeline that shows words of the scene's."""
        area: Any = context.area
        if area is None or area.type != "DOPESHEET_EDITOR":
            return "Over the timeline only"
        settings = chosen.scene_of(context).gestures_overlay
        if not settings.show or "WORDS" not in settings.parts:
            return "The timeline shows no words"
        return super().why_not(context)

    def invoke(self, context: Context, event: Event) -> Status:
        """Take the word under the mouse; without one the click is someone else's."""
        found = shown.words(context)
        index = _under(context, event, found)
        if index is None or not found.numbers:
            return {"PASS_THROUGH"}
        self.word, self._begun_at = found.numbers[index], event.mouse_region_x
        self.time = found.words[index][1]
        self._offset = _at(context, event, found) - self.time
        transcript.transcript_of(chosen.scene_of(context)).active = self.word
        self._show(context)
        manager: Any = context.window_manager
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> Status:
        """Follow the mouse until it lets go; a click alone changes nothing."""
        if event.type in {"ESC", "RIGHTMOUSE"}:
            self.cancel(context)
            return {"CANCELLED"}
        if event.type == "MOUSEMOVE":
            self.time = max(0.0, _at(context, event, shown.words(context)) - self._offset)
            self._show(context)
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            self.cancel(context)
            moved = abs(event.mouse_region_x - self._begun_at) > LEAST
            return self.execute(context) if moved else {"CANCELLED"}
        return {"RUNNING_MODAL"}

    def cancel(self, context: Context) -> None:
        """Nothing is held any more."""
        handles.drop()
        context.area.tag_redraw()  # type: ignore[union-attr]

    def _show(self, context: Context) -> None:
        handles.drag(self.word, self.time)
        context.area.tag_redraw()  # type: ignore[union-attr]


def _at(context: Context, event: Event, found: shown.ShownWords) -> float:
    """The mouse's second of the speech."""
    view: Any = context.region.view2d  # type: ignore[union-attr]
    return found.seconds(view.region_to_view(event.mouse_region_x, 0)[0])


def _under(context: Context, event: Event, found: shown.ShownWords) -> int | None:
    """The index of the word under the mouse."""
    region: Any = context.region
    preferences: Any = context.preferences
    scale = float(preferences.system.ui_scale)
    if not handles.is_on_line(event.mouse_region_y, float(region.height), scale):
        return None
    blf.size(0, handles.TEXT * scale)

    def x(seconds: float) -> float:
        return float(region.view2d.view_to_region(found.frame(seconds), 0, clip=False)[0])

    def width(text: str) -> float:
        return float(blf.dimensions(0, text)[0])

    seen = handles.placed(found.words, found.numbers, x, float(region.width), scale, width)
    return handles.under(tuple(seen), event.mouse_region_x)


class GESTURES_OT_words_export(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.words_export"
    bl_label = "Export as SRT"
    bl_description = "Write the words with their times as subtitles, a word each"

    filepath: StringProperty(name="File", subtype="FILE_PATH", description="The subtitles' file")
    filter_glob: StringProperty(default="*.srt", options={"HIDDEN"})

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs words."""
        return OneWord.why_not(context)

    def invoke(self, context: Context, event: Event) -> Status:
        """Let the user choose the file."""
        kept = transcript.transcript_of(chosen.scene_of(context))
        self.filepath = str(Path(bpy.path.abspath(kept.speech)).with_suffix(".srt"))
        return ask_file(self, context)

    def do(self, context: Context) -> str:
        """Write them."""
        scene = chosen.scene_of(context)
        words = transcript.said(scene, transcript.transcript_of(scene).speech)
        path = Path(bpy.path.abspath(self.filepath)).with_suffix(".srt")
        files.check_folder(path)
        try:
            with files.replacing(path) as part:
                part.write_text(timed_text.srt(words), encoding="utf-8")
        except OSError as error:
            raise GestureError(f"'{path}' cannot be written: {files.why(error)}.") from error
        return f"Wrote {len(words)} words to '{path}'."


class GESTURES_OT_words_clear(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.words_clear"
    bl_label = "Forget the Words"
    bl_description = (
        "The scene keeps no words any more: takes follow the voice alone. The text stays"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs words."""
        return OneWord.why_not(context)

    def do(self, context: Context) -> None:
        """Forget them."""
        transcript.forget(chosen.scene_of(context))


CLASSES: Final = (
    GESTURES_OT_words_paste,
    GESTURES_OT_words_open,
    GESTURES_OT_words_align,
    GESTURES_OT_word_go_to,
    GESTURES_OT_word_move,
    GESTURES_OT_word_drag,
    GESTURES_OT_words_export,
    GESTURES_OT_words_clear,
)
