# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: a stroke's handle over the timeline is dragged with the mouse."""

import os
import sys
import time
from pathlib import Path

import bpy

REPOSITORY = Path(os.environ["WINDOW_REPOSITORY"])
sys.path[:0] = [str(REPOSITORY / "tests" / place) for place in ("window", "addon/support")]

import hands  # noqa: E402
from hands import addon, clock, region, shot, tell  # noqa: E402
from panel_scenario import prepare  # noqa: E402

STROKE = 1
LIST_BELOW_ACCEPT = 58  # pixels from Accept to the closed panel's header
GALLERY = "900x460+0+520"  # of the window: where the gallery opens
LIST = "300x760+890+370"  # of the window: the sidebar's part
FRAMES = 8  # by which it is dragged


def scenario():
    armature = prepare()
    yield 1.0
    yield from hands.open_tab("Gestures")
    bpy.context.scene.gestures.speech = hands.beside(os.environ["WINDOW_SPEECH"])
    hands.redraw()
    yield from hands.press("gestures.generate")
    yield from hands.away()
    yield (
        lambda: "take" in armature.animation_data.action.name and not addon().engine.jobs.current()
    )
    bpy.context.scene.gestures_overlay.show = True
    yield 1.0
    yield from shot("strokes_before")
    yield from drag(armature.animation_data.action)
    yield from hands.away()
    yield from shot("strokes_dragged")
    yield from choose(armature.animation_data.action)


def drag(take):
    strokes = take.gestures_strokes
    before = [one.time for one in strokes]
    start, end = (place(take, before[STROKE] + more / 24) for more in (0, FRAMES))
    clock.start()
    yield from hands.drag(start, end)
    began = time.perf_counter()
    yield lambda: [one.time for one in strokes] != before and not addon().engine.jobs.current()
    tell(
        seconds=time.perf_counter() - began,
        stall=clock.told(),
        moved=[one.time - old for one, old in zip(strokes, before, strict=True)],
    )


def choose(take):
    """The gallery opens, is filtered by what is typed, and Enter exchanges the stroke."""
    take.gestures_stroke = STROKE
    x, y = yield from hands.find("gestures.take_accept", across=0.15)
    yield from hands.click(x, y - LIST_BELOW_ACCEPT)
    yield from hands.away()
    yield 0.5
    yield from shot("window_strokes_list", LIST)
    before = take.gestures_strokes[STROKE].gesture
    yield from hands.away()
    with hands.override("UI"):
        bpy.ops.gestures.stroke_choose("INVOKE_DEFAULT", what="USE")
    yield lambda: not addon().engine.jobs.current()
    yield 1.0
    for letter in "stop":
        key(letter.upper(), unicode=letter)
        yield 0.1
    yield 0.5
    yield from shot("window_strokes_gallery", GALLERY)
    clock.start()
    for _ in ("the text", "the choice"):
        key("RET")
        yield 0.1
        key("RET", value="RELEASE")
        yield 0.5
    yield lambda: take.gestures_strokes[STROKE].gesture != before
    tell(chosen=take.gestures_strokes[STROKE].title, stall_while_chosen=clock.told())


def key(name, value="PRESS", **more):
    middle = region("WINDOW")
    hands.event(name, value, middle.x + 200, middle.y + 300, **more)


def place(take, seconds):
    """Where the handle at SECONDS is in the window."""
    timeline = region("WINDOW", "DOPESHEET_EDITOR")
    shown = addon().takes.shown.find(bpy.context)
    x, _ = timeline.view2d.view_to_region(shown.frame(seconds), 0, clip=False)
    return timeline.x + x, timeline.y + 13


if __name__ == "__main__":
    hands.play(scenario)
