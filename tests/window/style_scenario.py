# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: a take whose style changes while a slider is dragged with the mouse."""

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


def keys(action):
    """A few numbers of the take's keys."""
    curves = addon().compat.fcurves(action)
    return [round(curve.keyframe_points[60].co.y, 5) for curve in curves[:40]]


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
    yield 1.0
    take = armature.animation_data.action
    yield from drag(take)
    bpy.context.scene.frame_set(60)
    yield from hands.away()
    side = region()
    yield from shot("style_panel", f"{side.width}x{side.height}+{side.x}+0")


def drag(take):
    style, before = take.gestures_style, keys(take)
    x, y = yield from hands.find("style_low[1]", across=0.42)
    low = style.style_low[1]
    clock.start()
    yield from hands.drag((x, y), (x + 40, y))
    stopped = time.perf_counter()
    yield lambda: not addon().takes.live.busy()
    tell(
        slider=[low, style.style_low[1]],
        column=style.style_low[1] + style.style_mid[1] + style.style_high[1],
        seconds=time.perf_counter() - stopped,
        stall=clock.told(),
        changed=keys(take) != before,
    )


if __name__ == "__main__":
    hands.play(scenario)
