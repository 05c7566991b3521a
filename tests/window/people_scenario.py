# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: a picture with its skeleton; a person picked on the map with the mouse."""

import os
import sys
from pathlib import Path

import bpy

REPOSITORY = Path(os.environ["WINDOW_REPOSITORY"])
sys.path[:0] = [str(REPOSITORY / "tests" / place) for place in ("window", "addon/support")]

import hands  # noqa: E402
from hands import addon, region, shot, tell  # noqa: E402

PICTURE = REPOSITORY / "tests/fixtures/people/talking.jpg"
MIDST = 250  # pixels from there to the map's midst
ABOVE = 45  # pixels from the mixture's slider to the map's button
TALLEST = 900  # pixels of the tab's picture


def scenario():
    hands.stage()
    bpy.ops.wm.save_as_mainfile(filepath=str(hands.OUT / "people.blend"))
    yield 1.0
    hands.event("ESC", "PRESS", 600, 500)  # away with the splash of a new profile
    yield 0.5
    hands.open_only("GESTURES_PT_motion")
    yield from hands.open_tab("Gestures")
    settings = bpy.context.scene.gestures
    addon().engine.preferences.get().engine_python = os.environ["HA2G_PYTHON"]
    addon().engine.jobs.start("hello", {}, "")
    yield free
    settings.image = hands.beside(PICTURE)
    yield lambda: addon().properties.portrait.found(settings.image)
    settings.picture_style = False
    yield from drawn("people_found")
    tell(found=addon().properties.portrait.found(settings.image))
    tell(seen=addon().properties.portrait.looked_for_people(settings.image))
    yield from picked(settings)


def free():
    addon().engine.jobs.poll()
    return addon().engine.jobs.idle()


def drawn(name):
    """Generator: keep the tab as NAME.png."""
    hands.redraw()
    yield from hands.away()
    yield 0.5
    side = region()
    top = hands.window().height - side.y - side.height
    yield from shot(name, f"{side.width}x{TALLEST}+{side.x}+{top}")


def picked(settings):
    """Generator: ask for the map, open it, click on somebody beside who is chosen."""
    yield from hands.press("gestures.person_map", across=0.597)
    yield addon().properties.people.has_map
    hands.redraw()
    yield 0.5
    x, y = yield from hands.find("identity_share")
    place = x, y + ABOVE  # Blender tells nothing of what the button is that opens the map
    yield from hands.click(*place)
    yield 1.0
    yield from shot("people_map")
    before = settings.identity_seed
    x, y = place
    for step in range(1, 6):  # the map opens above its button
        yield from hands.click(x - 40 * step, y + MIDST)
        yield 0.3
        if settings.identity_seed != before:
            break
    tell(before=before, after=settings.identity_seed)
    yield from drawn("people_chosen")


if __name__ == "__main__":
    hands.play(scenario)
