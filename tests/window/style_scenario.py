# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: a take whose style changes while a slider is dragged with the mouse.

Then the pictures of docs/tab.md, and a "?" that is clicked.
"""

import os
import sys
import time
from pathlib import Path

import bpy

REPOSITORY = Path(os.environ["WINDOW_REPOSITORY"])
sys.path[:0] = [str(REPOSITORY / "tests" / place) for place in ("window", "addon/support")]

import hands  # noqa: E402
from hands import OUT, addon, clock, override, region, shot, tell, window  # noqa: E402
from panel_scenario import prepare  # noqa: E402

PICTURES = {  # of the tab: the panels that are open
    "speech": ("GESTURES_PT_motion",),
    "character": ("GESTURES_PT_character", "GESTURES_PT_rig", "GESTURES_PT_offsets",
                  "GESTURES_PT_protect"),
    "take": ("GESTURES_PT_again", "GESTURES_PT_compose", "GESTURES_PT_gallery"),
    "style": ("GESTURES_PT_levels",),
    "check": ("GESTURES_PT_timeline", "GESTURES_PT_export"),
}  # fmt: skip

TALLEST = 900  # pixels of them
SCROLLED = 20  # turns of the wheel down to the last group
HELP = 0.784  # of the sidebar's width: where a header has its "?"


def keys(action):
    """A few numbers of the take's keys."""
    curves = addon().compat.fcurves(action)
    return [round(curve.keyframe_points[60].co.y, 5) for curve in curves[:40]]


def scenario():
    armature = prepare()
    yield from dismissed()
    rooms = yield from workspaces()
    yield from hands.open_tab("Gestures")
    bpy.context.scene.gestures.speech = hands.beside(os.environ["WINDOW_SPEECH"])
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
    for name, room in rooms.items():
        yield from picture(name, room)
    yield from help_opened()


def dismissed():
    """Generator: away with the splash of a new profile."""
    yield 1.0
    hands.event("ESC", "PRESS", 600, 500)
    yield 0.5


def workspaces():
    """Generator: for each picture a copy of the workspace, whose tab has not been drawn yet."""
    first, found = window().workspace, {}
    for name in PICTURES:
        window().workspace = first
        yield 0.2
        with override():
            bpy.ops.workspace.duplicate()
        yield 0.3
        found[name] = window().workspace
    window().workspace = first
    yield 0.3
    return found


def picture(name, room):
    """Generator: the tab as it is drawn for the first time with the panels of NAME open."""
    hands.open_only(*PICTURES[name])
    window().workspace = room
    yield 0.5
    region().active_panel_category = "Gestures"
    hands.redraw()
    yield 0.5
    yield from hands.away()
    side = region()
    for _ in range(SCROLLED if name == "check" else 0):
        hands.event("WHEELDOWNMOUSE", "PRESS", side.x + 100, side.y + 200)
        yield 0.05
    yield 0.3
    top = window().height - side.y - side.height
    yield from shot(f"window_tab_{name}", f"{side.width}x{TALLEST}+{side.x}+{top}")


def help_opened():
    """Generator: click a panel's "?", with a web browser that writes down what it gets."""
    browser, opened = OUT / "browser", OUT / "opened.txt"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" >"{opened}"\n')
    browser.chmod(0o755)
    os.environ["BROWSER"] = f"{browser} %s"
    yield from hands.press("gestures.help", across=HELP)
    yield opened.is_file
    tell(help=opened.read_text())


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
