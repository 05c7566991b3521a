# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said as a text: pasted, opened, exported as subtitles, forgotten."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import StringProperty

from ... import files
from ...errors import GestureError
from ...properties import chosen, transcript
from ...speech import timed_text
from ...speech.words import LARGEST
from ...takes import request
from ..base import AtOnce, ask_file

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ..base import Status

PASTED: Final = "Words"  # name of a pasted text


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
        transcript.use(chosen.scene_of(context), PASTED, manager.clipboard)


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
        transcript.use(chosen.scene_of(context), path.name, _text(path, content))


class GESTURES_OT_words_export(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.words_export"
    bl_label = "Export as SRT"
    bl_description = "Write the words with their times as subtitles, a word each"

    filepath: StringProperty(name="File", subtype="FILE_PATH", description="The subtitles' file")
    filter_glob: StringProperty(default="*.srt", options={"HIDDEN"})

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs words."""
        return transcript.why_no_words(chosen.scene_of(context))

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
        return transcript.why_no_words(chosen.scene_of(context))

    def do(self, context: Context) -> None:
        """Forget them."""
        transcript.forget(chosen.scene_of(context))


def _text(path: Path, content: bytes) -> str:
    """The text in CONTENT of PATH. Raises GestureError where there is none."""
    with suppress(ValueError):
        if "\0" not in (text := timed_text.plain(content)):
            return text
    raise GestureError(f"'{path}' is no text: save what is said as UTF-8, or choose another file.")


CLASSES: Final = (
    GESTURES_OT_words_paste,
    GESTURES_OT_words_open,
    GESTURES_OT_words_export,
    GESTURES_OT_words_clear,
)
