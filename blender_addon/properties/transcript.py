# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said in the speech, word by word, kept with each scene.

A file may come from a stranger: what is read from it is checked by ``said``.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from typing import Any, Final

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from .. import redraw, references
from ..speech.timed_text import Word, marked, unmarked

LATEST: Final = 86_400.0  # s, of a word
MANY: Final = 100_000  # words
LONGEST: Final = 1000  # characters of a word
SHORTEST: Final = 0.02  # s that a word keeps when it is pushed


_changes = 0  # of any word, so that they are read once between two


def _changed(word: Any = None, context: Any = None) -> None:
    global _changes
    _changes += 1
    redraw.redraw_panels(bpy.context)


class GesturesWord(bpy.types.PropertyGroup):
    """A word, and the gesture that it asks for."""

    text: StringProperty(name="Word", description="What is said", update=_changed)
    tag: StringProperty(
        name="Gesture",
        description="What the text asks for here in brackets, such as shrug",
        update=_changed,
    )
    start: FloatProperty(
        name="Start",
        description="Seconds of the speech at which the word begins",
        precision=3,
        update=_changed,
    )
    end: FloatProperty(
        name="End",
        description="Seconds of the speech at which the word ends",
        precision=3,
        update=_changed,
    )
    meaning: StringProperty(
        name="Meaning", description="What the word is taken to mean; when empty, nothing"
    )
    sure: FloatProperty(
        name="Sure",
        description="How sure it is that the word means a gesture, 0 to 1",
        min=0.0,
        max=1.0,
    )


class GesturesTranscript(bpy.types.PropertyGroup):
    """What is said in a speech, and when."""

    text: PointerProperty(
        name="Text",
        description=(
            "What is said, as a text of this file: plain, or with times as SRT, VTT, TextGrid or "
            "a recogniser's JSON. [shrug] before a word asks for that gesture"
        ),
        type=bpy.types.Text,
    )
    words: CollectionProperty(
        name="Words", description="The words of the speech in order of time", type=GesturesWord
    )
    active: IntProperty(name="Word", description="The word chosen in the list", options={"HIDDEN"})
    speech: StringProperty(
        name="Of",
        description="The speech whose words these are",
        subtype="FILE_PATH",
        options={"HIDDEN"},
    )
    found: StringProperty(
        name="Found",
        description="Where that speech was, links followed",
        subtype="FILE_PATH",
        options={"HIDDEN"},
    )
    only_meant: BoolProperty(
        name="Only What Is Meant", description="List only words that ask for a gesture"
    )


def transcript_of(scene: Any) -> Any:
    """The transcript that SCENE keeps."""
    return scene.gestures_transcript


def why_no_words(scene: Any) -> str:
    """What to do where SCENE keeps no words; "" where it does."""
    return "" if transcript_of(scene).words else "Align the words to the speech first"


def use(scene: Any, name: str, content: str) -> None:
    """Let SCENE's words be those of a new text."""
    text = bpy.data.texts.new(name)
    text.write(content)
    transcript_of(scene).text = text


_read: tuple[tuple[int, ...], list[tuple[int, Word]]] | None = None  # by what it is known


def is_of(scene: Any, speech: str) -> bool:
    """Whether the words that SCENE keeps are of the file SPEECH; no file is looked at."""
    kept = transcript_of(scene)
    names = {_plain(path) for path in (kept.speech, kept.found) if path}
    return bool(kept.words) and bool(speech) and _plain(speech) in names


def _plain(path: str) -> str:
    return os.path.normpath(bpy.path.abspath(path))


def said(scene: Any, speech: str) -> tuple[Word, ...]:
    """The words of SPEECH with their tags, by time; none where SCENE keeps another's."""
    return tuple(word for _, word in numbered(scene, speech))


def numbered(scene: Any, speech: str) -> list[tuple[int, Word]]:
    """The same with the numbers that they have in the list."""
    global _read
    if not is_of(scene, speech):
        return []
    words = transcript_of(scene).words
    known_by = scene.session_uid, references.generation(), _changes, len(words)
    if _read is None or _read[0] != known_by:
        _read = known_by, sorted(_checked(words), key=lambda one: one[1][1])
    return _read[1]


def _checked(words: Any) -> Iterator[tuple[int, Word]]:
    for number, word in enumerate(words):
        if number == MANY:
            return
        text = str(word.text).strip()
        usable = 0 < len(text) <= LONGEST and len(word.tag) <= LONGEST
        times = word.start, word.end
        if usable and all(math.isfinite(t) and abs(t) <= LATEST for t in times):
            first, last = (round(t, 3) for t in times)
            yield number, (marked(text, word.tag), first, max(first, last))


def put(
    scene: Any,
    speech: str,
    words: Sequence[Word],
    suggestions: Sequence[tuple[int, str, float]] = (),
    found: str = "",
) -> None:
    """Let SCENE keep WORDS (with tags) of SPEECH, which was FOUND there, links followed.

    suggestions: number of a word, meaning, sure.
    """
    kept = transcript_of(scene)
    kept.words.clear()
    _changed()
    kept.speech, kept.found, kept.active = speech, found, 0
    for marked_text, first, last in words:
        one = kept.words.add()
        one.text, one.tag = unmarked(marked_text)
        one.start, one.end = first, last
    for number, meaning, sure in suggestions:
        kept.words[number].meaning, kept.words[number].sure = meaning, sure


def forget(scene: Any) -> None:
    """Let SCENE keep no words; the text stays."""
    put(scene, "", ())


def move(words: Any, number: int, start: float) -> None:
    """Let the word NUMBER of WORDS begin at START (s), as long as before; others make room.

    Their order stays: a word that would be passed is shortened, and in the end pushed on.
    """
    listed = list(words)  # Blender counts from the first one to each that is asked for by number
    one = listed[number]
    length, start = max(one.end - one.start, SHORTEST), max(start, 0.0)
    one.start, one.end = start, start + length
    latest = start
    for before in reversed(range(number)):
        word = listed[before]
        if word.end <= latest:
            break
        word.end = latest
        if word.start > latest - SHORTEST:
            word.start = max(0.0, latest - SHORTEST)
        latest = word.start
    earliest = one.end
    for after in range(number + 1, len(listed)):
        word = listed[after]
        if word.start >= earliest:
            break
        word.start = earliest
        if word.end < earliest + SHORTEST:
            word.end = earliest + SHORTEST
        earliest = word.end


CLASSES: Final = (GesturesWord, GesturesTranscript)
OWNED: Final = {bpy.types.Scene: {"gestures_transcript": PointerProperty(type=GesturesTranscript)}}
