# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: the add-on's preferences, before and while the engine is set up."""

import os
import sys
from pathlib import Path

import bpy

REPOSITORY = Path(os.environ["WINDOW_REPOSITORY"])
sys.path[:0] = [str(REPOSITORY / "tests" / place) for place in ("window", "addon/support")]

import hands  # noqa: E402
from hands import MODULE, addon, area, shot, tell  # noqa: E402


def scenario():
    hands.stage()
    yield 1.0
    hands.event("ESC", "PRESS", 600, 500)  # the splash of a new profile
    yield 0.5
    bpy.ops.preferences.addon_show(module=MODULE)  # unfolded, in a window of its own
    yield 0.5
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[1]):
        bpy.ops.wm.window_close()  # which may lie beside the screen: here instead
    yield 0.5
    area().type = "PREFERENCES"
    yield 0.5
    for _ in range(6):
        hands.event("WHEELDOWNMOUSE", "PRESS", 600, 700)
        yield 0.1
    yield 1.5
    yield from shot("window_tab_preferences")
    work = addon().engine.recipe.Step("Downloading torch", ("sleep", "30"), True, 190_000_000)
    sleeping = addon().engine.recipe.Recipe(sys.executable, hands.OUT / "venv", (), (work,))
    addon().engine.installation.begin(addon().engine.install.EngineSetup(sleeping, "complete"))
    yield 2.5
    hands.redraw()
    yield 0.5
    yield from shot("preferences_busy")
    tell(told=addon().engine.installation.running().told)
    addon().engine.installation.stop()
    yield 1.0


if __name__ == "__main__":
    hands.play(scenario)
