# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: moods from the voice by a button, then a band's end dragged and undone."""

import os
import sys
from pathlib import Path

import bpy

REPOSITORY = Path(os.environ["WINDOW_REPOSITORY"])
sys.path[:0] = [str(REPOSITORY / "tests" / place) for place in ("window", "addon/support")]

import hands  # noqa: E402
from hands import addon, region, shot, tell  # noqa: E402
from panel_scenario import prepare  # noqa: E402

LATER = 1.0  # s by which an end is dragged


def scenario():
    armature = prepare()
    yield 1.0
    hands.open_only("GESTURES_PT_takes", "GESTURES_PT_moods")
    yield from hands.open_tab("Gestures")
    bpy.context.scene.gestures.speech = hands.beside(os.environ["WINDOW_SPEECH"])
    hands.redraw()
    yield from hands.press("gestures.generate")
    yield from hands.away()
    yield lambda: "take" in armature.animation_data.action.name and free()
    take = armature.animation_data.action
    bpy.context.scene.gestures_overlay.show = True
    yield 1.0
    yield from hands.press("gestures.moods_from_voice", across=0.25)
    yield from hands.away()
    yield lambda: len(take.gestures_moods) > 0 and free()
    tell(proposed=lines(take))
    hands.redraw()
    yield 1.0
    yield from shot("window_moods")
    yield from drag(take)
    yield from hands.away()
    yield from shot("moods_dragged")
    bpy.ops.ed.undo()
    yield 0.5
    tell(undone=lines(addon().takes.shown.find(bpy.context).action))  # others after undo


def free():
    return not addon().engine.jobs.current()


def lines(take):
    return [(one.start, one.end, one.mood) for one in take.gestures_moods]


def drag(take):
    before = lines(take)
    yield from hands.drag(place(before[0][1]), place(before[0][1] + LATER))
    yield lambda: lines(take) != before and free()
    tell(dragged=lines(take))


def place(seconds):
    """Where on a band SECONDS is in the window."""
    timeline = region("WINDOW", "DOPESHEET_EDITOR")
    shown, bands = addon().takes.shown.find(bpy.context), addon().strokes.bands
    x, _ = timeline.view2d.view_to_region(shown.frame(seconds), 0, clip=False)
    scale = bands.scale_of(bpy.context)
    return timeline.x + x, timeline.y + bands.low(timeline.height, scale) + scale * bands.HIGH / 2


if __name__ == "__main__":
    hands.play(scenario)
