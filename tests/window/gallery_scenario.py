# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: variations that move on a click and stay when the file is opened again."""

import os
import sys
from pathlib import Path

import bpy

REPOSITORY = Path(os.environ["WINDOW_REPOSITORY"])
sys.path[:0] = [str(REPOSITORY / "tests" / place) for place in ("window", "addon/support")]

import hands  # noqa: E402
from hands import OUT, addon, clock, region, shot, tell  # noqa: E402
from panel_scenario import GALLERY_BELOW_ACCEPT, prepare  # noqa: E402

PLAY, USE = 0.32, 0.42  # of the sidebar's width: buttons below the first of two pictures


def made():
    return addon().takes.gallery


def variations():
    return bpy.context.scene.gestures_gallery.variations


def sidebar(name):
    side = region()
    yield from hands.away()
    yield from shot(name, f"{side.width}x{side.height}+{side.x}+0")


def scenario():
    armature = prepare()
    yield 1.0
    yield from hands.open_tab("Gestures")
    bpy.context.scene.gestures.speech = hands.beside(os.environ["WINDOW_SPEECH"])
    bpy.context.scene.gestures.armature = armature
    bpy.context.scene.gestures.image = os.environ["WINDOW_PICTURE"]
    hands.redraw()
    yield from hands.press("gestures.generate")
    yield from hands.away()
    yield (
        lambda: "take" in armature.animation_data.action.name and not addon().engine.jobs.current()
    )
    yield from words()
    yield from pictures()
    yield from moving()
    yield from opened_again()


def words():
    """What the engine found in the picture, and what the take's style is."""
    found = addon().properties.portrait.found
    yield lambda: found(os.environ["WINDOW_PICTURE"])
    tell(found=found(os.environ["WINDOW_PICTURE"]))
    yield from sidebar("gallery_0_picture")
    yield from hands.find("gestures.style_surprise", across=0.2)
    yield from sidebar("gallery_0_style")


def pictures():
    x, y = yield from hands.find("gestures.take_accept", across=0.15)
    yield from hands.click(x, y - GALLERY_BELOW_ACCEPT)
    yield 0.5
    yield from hands.press("gestures.variations", across=0.3)
    yield from hands.away()
    yield lambda: len(variations()) == 6
    clock.start()
    yield 2.0
    yield from hands.find("gestures.variation_blend", across=0.3)
    yield 0.5
    tell(stall_while_drawing=clock.told())
    yield from sidebar("gallery_1_pictures")


def moving():
    """A click on the play button: the picture moves, and stops by itself."""
    yield from hands.press("gestures.variation_play", across=PLAY)
    yield from hands.away()
    (played,) = [one for one in variations() if made().plays(one)]
    clock.start()
    before, changes = None, 0
    for _ in range(20):
        pixels = made().shown(played).image_pixels[:]
        changes, before = changes + (pixels != before), pixels
        yield 0.1
    tell(changes=changes, stall_while_moving=clock.told())
    yield from sidebar("gallery_2_moving")
    yield lambda: not made().plays(played)
    tell(stopped=True)


def opened_again():
    seeds = [one.seed for one in variations()]
    bpy.ops.wm.save_mainfile()
    tell(bytes=Path(bpy.data.filepath).stat().st_size)
    bpy.ops.wm.open_mainfile(filepath=str(OUT / "talk.blend"))
    yield 1.0
    addon().engine.process.stop()
    yield from hands.open_tab("Gestures")
    tell(same=[one.seed for one in variations()] == seeds)
    tell(known=sum(made().known(one) for one in variations()))
    yield from hands.find("gestures.variation_blend", across=0.3)
    yield 1.0
    yield from sidebar("gallery_3_opened_again")
    takes = len(bpy.data.actions)
    yield from hands.press("gestures.variation_use", across=USE)
    yield lambda: len(bpy.data.actions) > takes
    tell(used=[one.name for one in bpy.data.actions if "take" in one.name])
    yield from hands.away()
    yield 0.5
    yield from shot("gallery_4_used")


if __name__ == "__main__":
    hands.play(scenario)
