# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: a text is pasted, aligned, a word dragged, a gesture asked for by a tag."""

import os
import sys
from pathlib import Path

import blf
import bpy

REPOSITORY = Path(os.environ["WINDOW_REPOSITORY"])
sys.path[:0] = [str(REPOSITORY / "tests" / place) for place in ("window", "addon/support")]

import hands  # noqa: E402
from hands import addon, override, region, shot, tell  # noqa: E402
from panel_scenario import prepare  # noqa: E402

SAID = (
    "And so, my fellow Americans, ask not what your country can do for you, "
    "ask what you can do for your country."
)
WORD = 5  # "ask", after a pause
FRAMES = 10  # by which it is dragged
TAG = "shrug"
CROP = "860x948+330+232"  # of the screen: character, panels, timeline; no path of a file
PASTE = 0.765  # of the sidebar's width: where its button is


def scenario():
    name = prepare().name  # undo makes the object itself void
    yield 1.0
    hands.open_only("GESTURES_PT_words")
    yield from hands.open_tab("Gestures")
    bpy.context.scene.gestures.speech = hands.beside(os.environ["WINDOW_SPEECH"])
    bpy.context.scene.gestures_overlay.show = True
    hands.redraw()
    yield 0.5
    yield from paste()
    yield from align()
    yield from drag()
    yield from tag()
    yield from generate(name)


def kept():
    return bpy.context.scene.gestures_transcript


def starts():
    return [word.start for word in kept().words]


def undo():
    with override():
        bpy.ops.ed.undo()


def idle():
    return not addon().engine.jobs.current()


def paste():
    bpy.context.window_manager.clipboard = SAID
    place = yield from hands.find("gestures.words_paste", PASTE)
    bpy.context.window_manager.clipboard = SAID  # which the search has used
    yield from hands.click(*place)
    yield lambda: kept().text is not None
    pasted = kept().text.as_string()
    undo()
    yield 0.3
    tell(pasted=pasted, unpasted=kept().text is None)
    with override():
        bpy.ops.ed.redo()
    yield 0.3


def align():
    yield from hands.press("gestures.words_align")
    yield lambda: len(kept().words) > 0 and idle()
    undo()
    yield 0.3
    unaligned = len(kept().words)
    with override():
        bpy.ops.ed.redo()
    yield 0.3
    meant = [(word.text, word.meaning, word.sure) for word in kept().words if word.meaning]
    tell(words=[word.text for word in kept().words], unaligned=unaligned, meant=meant)
    yield from hands.away()
    yield from shot("words_1_aligned")


def drag():
    before = starts()
    yield from hands.drag(*(place(before[WORD] + more / 24) for more in (0, FRAMES)))
    yield lambda: starts() != before
    yield from hands.away()
    yield from shot("words_2_dragged")
    after = starts()
    undo()
    yield 0.3
    tell(before=before, after=after, undone=starts())


def place(seconds):
    """Where the word that begins at SECONDS is in the window, a little into it."""
    timeline = region("WINDOW", "DOPESHEET_EDITOR")
    handles = addon().speech.handles
    scale = bpy.context.preferences.system.ui_scale
    shown = addon().takes.shown.words(bpy.context)
    x, _ = timeline.view2d.view_to_region(shown.frame(seconds), 0, clip=False)
    blf.size(0, handles.TEXT * scale)
    into = blf.dimensions(0, "a")[0]
    y = handles.band(timeline.height, scale) + (handles.ABOVE + 3) * scale
    return timeline.x + x + into, timeline.y + y


def tag():
    """As a user does who edits the text and aligns it again."""
    text = kept().text
    content = text.as_string().replace("ask not", f"[{TAG}] ask not")
    text.clear()
    text.write(content)
    with override():
        bpy.ops.ed.undo_push(message="Edit Text")
    yield from hands.press("gestures.words_align")
    yield lambda: any(word.tag for word in kept().words) and idle()
    tagged = [(word.text, word.tag) for word in kept().words if word.tag]
    undo()
    yield 0.3
    untagged = [word.tag for word in kept().words if word.tag]
    with override():
        bpy.ops.ed.redo()
    yield 0.3
    yield from hands.away()
    yield from shot("words_3_tagged")
    tell(tagged=tagged, untagged=untagged)


def generate(name):
    hands.open_only("GESTURES_PT_strokes")
    hands.redraw()
    yield from hands.press("gestures.generate")
    yield from hands.away()
    yield lambda: "take" in shown(name) and idle()
    yield 1.0
    action = bpy.data.actions[shown(name)]
    at = next(word.start for word in kept().words if word.tag)
    strokes = [(one.time, one.title) for one in action.gestures_strokes]
    tell(strokes=strokes, at=at)
    time = min((time for time, _ in strokes), key=lambda one: abs(one - at))
    render = bpy.context.scene.render
    fps = render.fps / render.fps_base
    bpy.context.scene.frame_set(round(bpy.context.scene.frame_start + fps * (time + 0.15)))
    yield 0.5
    yield from shot("window_words", CROP)
    undo()
    yield 0.5
    tell(ungenerated="take" not in shown(name))


def shown(name):
    """What the character's action is called."""
    data = bpy.data.objects[name].animation_data
    return data.action.name if data and data.action else ""


if __name__ == "__main__":
    hands.play(scenario)
