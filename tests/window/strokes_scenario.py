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
FRAMES = 8  # by which it is dragged


def scenario():
    armature = prepare()
    yield 1.0
    yield from hands.open_tab("Gestures")
    bpy.context.scene.gestures.speech = os.environ["WINDOW_SPEECH"]
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


def place(take, seconds):
    """Where the handle at SECONDS is in the window."""
    timeline = region("WINDOW", "DOPESHEET_EDITOR")
    shown = addon().takes.shown.find(bpy.context)
    x, _ = timeline.view2d.view_to_region(shown.frame(seconds), 0, clip=False)
    return timeline.x + x, timeline.y + 13


if __name__ == "__main__":
    hands.play(scenario)
