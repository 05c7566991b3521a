# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said, word by word, and how many of the words gesture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..engine import jobs
from ..properties import chosen, transcript
from ..speech.timed_text import marked
from ..takes import shown
from .widgets import Folded, progress, sentence

if TYPE_CHECKING:
    from bpy.types import Context

OTHERS: Final = "The words are of another speech: align this one's, or choose that one again"


class GESTURES_UL_words(bpy.types.UIList):
    """A line a word: frame, word with its tag, what it means and how sure that is."""

    def draw_item(
        self,
        context: Context | None,
        layout: Any,
        data: Any,
        item: Any,
        icon: int | None,
        active_data: Any,
        active_property: str | None,
        index: int | None = 0,
        flt_flag: int | None = 0,
    ) -> None:
        """Draw it."""
        if context is None:
            return
        split = layout.row(align=True).split(factor=0.18)
        frame = f"{round(shown.words(context).frame(item.start))}"
        go = split.operator("gestures.word_go_to", text=frame, emboss=False, translate=False)
        go.word = index
        names = split.split(factor=0.5)
        names.label(text=marked(item.text, item.tag), translate=False)
        names.label(text=_meant(item), translate=False)

    def filter_items(self, context: Context | None, data: Any, property: str | None) -> Any:
        """Only words that ask for a gesture, where the user wants it so."""
        words = getattr(data, property or "")
        if not data.only_meant:
            return [], []
        return [self.bitflag_filter_item if w.meaning or w.tag else 0 for w in words], []


def _meant(word: Any) -> str:
    """How sure it is what WORD means, and what: a narrow panel cuts off the end."""
    return f"{word.sure:.0%}  {word.meaning}" if word.meaning else ""


class GESTURES_PT_words(Folded, bpy.types.Panel):
    """The text, its words in time, and what they ask for."""

    bl_label = "Words"

    def draw(self, context: Context) -> None:
        """Draw the text, the button, the list, the slider."""
        layout: Any = self.layout
        scene = chosen.scene_of(context)
        kept = transcript.transcript_of(scene)
        row = layout.row(align=True)
        row.prop(kept, "text", text="")
        row.operator("gestures.words_paste", text="", icon="PASTEDOWN")
        row.operator("gestures.words_open", text="", icon="FILE_FOLDER")
        if (job := jobs.current()) is not None:
            progress(layout, job.fraction, job.message, "gestures.cancel")
        else:
            find = layout.row(align=True)
            find.operator("gestures.words_align", icon="SORTTIME")
            find.operator("gestures.words_recognise", text="", icon="OUTLINER_DATA_SPEAKER")
        if not kept.words:
            return
        if not transcript.is_of(scene, scene.gestures.speech):
            sentence(layout, OTHERS, icon="INFO")
        _draw_words(layout, kept)
        layout.prop(scene.gestures, "word_gestures", slider=True)


def _draw_words(layout: Any, kept: Any) -> None:
    row = layout.row()
    row.template_list("GESTURES_UL_words", "", kept, "words", kept, "active", rows=5)
    side = row.column(align=True)
    side.operator("gestures.word_move", text="", icon="NEXT_KEYFRAME")
    side.prop(kept, "only_meant", text="", icon="FILTER")
    side.separator()
    side.operator("gestures.words_export", text="", icon="EXPORT")
    side.operator("gestures.words_clear", text="", icon="TRASH")
    if 0 <= kept.active < len(kept.words):
        word = kept.words[kept.active]
        times = layout.row(align=True)
        times.prop(word, "start")
        times.prop(word, "end")
        layout.prop(word, "tag")


CLASSES: Final = (GESTURES_UL_words, GESTURES_PT_words)
