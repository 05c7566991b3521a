# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: a new user's way through the tab, with the mouse."""

import os
import sys
import time
from pathlib import Path

import bpy

REPOSITORY = Path(os.environ["WINDOW_REPOSITORY"])
sys.path[:0] = [str(REPOSITORY / "tests" / place) for place in ("window", "addon/support")]

import hands  # noqa: E402
from hands import OUT, addon, area, clock, override, press, region, shot, tell  # noqa: E402

SPEECH = "//" + os.environ["WINDOW_SPEECH"]  # beside the file of the scene
OVERLAY_SWITCH = 0.165  # and where a panel's header has its switch
GALLERY_BELOW_ACCEPT = 110  # pixels from Accept to the closed panel's header
CANCEL = 0.84  # of the sidebar's width: where a progress bar has its button
LONG = "//" + os.environ["WINDOW_LONG_SPEECH"]  # minutes of it, to have time to cancel


def prepare():
    """A character on stage in a saved scene."""
    armature = hands.stage()
    bpy.context.preferences.view.show_tooltips = True
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
    bpy.ops.wm.save_as_mainfile(filepath=str(OUT / "talk.blend"))
    return armature


def job():
    return addon().engine.jobs.current()


def settings():
    return bpy.context.scene.gestures


def scenario():
    armature = prepare()
    yield 1.0
    tell(idle=(yield from hands.idle_share()))
    yield from hands.open_tab("Gestures")
    tell(tab=region().active_panel_category, blender=bpy.app.version_string)
    yield from disabled()
    yield from generate_and_cancel(armature)
    yield from generate(armature)
    yield from drag_a_slider(armature)
    yield from timeline_and_quality(armature)
    yield from accept(armature)
    yield from bake()
    yield from variations()
    yield from batch()


def disabled():
    """Without a speech the button is there and says why it does nothing."""
    place = yield from press("gestures.generate")
    yield 0.8
    tell(started_without_speech=job() is not None)
    yield from hands.away()
    for step in range(4):
        hands.move(place[0] + step, place[1])
        yield 0.1
    yield 1.5
    yield from shot("window_1_tab")


def generate_and_cancel(armature):
    settings().speech = LONG
    hands.redraw()
    yield 0.3
    place = yield from hands.find("gestures.generate")
    clock.start()
    yield from hands.click(*place)
    yield from hands.away()
    fractions = []
    yield lambda: job() is not None and (fractions.append(job().fraction) or job().fraction > 0.1)
    tell(progress=fractions[-1], stall_while_predicting=clock.told())
    yield from shot("window_2_progress")
    yield from hands.press("gestures.cancel", across=CANCEL)
    asked = time.perf_counter()
    yield lambda: job() is None
    tell(cancel_seconds=time.perf_counter() - asked)
    yield 0.3
    tell(after_cancel=[a.name for a in bpy.data.actions if "take" in a.name])
    yield from shot("window_3_cancelled")


def generate(armature):
    settings().speech = SPEECH
    hands.redraw()
    yield 0.3
    place = yield from hands.find("gestures.generate")
    clock.start()
    began = time.perf_counter()
    yield from hands.click(*place)
    yield from hands.away()
    yield lambda: job() is None and "take" in armature.animation_data.action.name
    tell(take_seconds=time.perf_counter() - began)
    yield 1.0
    tell(stall_while_generating=clock.told(), take=armature.animation_data.action.name)
    bpy.context.scene.frame_set(60)
    yield 0.5
    yield from shot("window_4_take")


def drag_a_slider(armature):
    """The keys follow while the mouse is still down."""
    action = armature.animation_data.action
    before, keys = action.gestures_style.style_low[1], key_values(action)
    x, y = yield from hands.find("style_low[1]", across=0.42)
    clock.start()
    yield from hands.drag((x, y), (x - 40, y))
    yield from hands.away()
    yield lambda: job() is None and key_values(action) != keys
    tell(slider=[before, action.gestures_style.style_low[1]], stall_while_dragging=clock.told())
    yield from shot("window_5_slider")


def key_values(action):
    curves = hands.addon().compat.fcurves(action)
    return [key.co.y for curve in curves for key in curve.keyframe_points]


def timeline_and_quality(armature):
    """The speech drawn over the dope sheet; the report opened, a place of it clicked."""
    x, y = yield from hands.find("gestures_overlay.show", across=OVERLAY_SWITCH)
    yield from hands.click(x + 80, y)
    yield 0.5
    yield from hands.press("gestures.stroke_snap")
    yield 0.5
    tell(report=str(hands.addon().takes.shown.find(bpy.context).report()))
    yield from hands.away()
    yield from shot("window_6_timeline")


def accept(armature):
    yield from press("gestures.take_accept", across=0.15)
    yield lambda: armature.animation_data.action is None
    tracks = armature.animation_data.nla_tracks
    tell(accepted=[track.name for track in tracks if not track.mute])
    yield from hands.away()
    yield from shot("window_7_accepted")


def variations():
    """The gallery, with real pictures."""
    with override():
        bpy.ops.gestures.variations("INVOKE_DEFAULT")
    clock.start()
    yield lambda: hands.addon().takes.gallery.searching() is None
    gallery = bpy.context.scene.gestures_gallery
    tell(variations=len(gallery.variations), stall_while_varying=clock.told())
    icons = [hands.addon().takes.gallery.preview(one).icon_id for one in gallery.variations]
    tell(pictures=len(set(icons) - {0}))
    x, y = yield from hands.find("gestures.take_accept", across=0.15)
    yield from hands.click(x, y - GALLERY_BELOW_ACCEPT)
    yield 0.5
    yield from hands.find("gestures.variation_blend", across=0.3)
    yield from hands.away()
    yield from shot("window_10_variations")


def batch():
    """A take for each sound strip, but for one of another speed."""
    scene = bpy.context.scene
    for action in [a for a in bpy.data.actions if "take" in a.name]:
        bpy.data.actions.remove(action)
    strips = addon().compat.sequencer_strips(scene)
    faster = strips.new_sound("faster", bpy.path.abspath(SPEECH), channel=7, frame_start=900)
    yield from retime(faster)
    tell(retimed=[addon().compat.retimed(strip) for strip in strips], sounds=len(bpy.data.sounds))
    scene.gestures_batch.source = "STRIPS"
    with override():
        bpy.ops.gestures.batch("INVOKE_DEFAULT")
    yield lambda: addon().takes.batch.current() is None
    tell(batch=[a.name for a in bpy.data.actions if "take" in a.name])
    tell(left_out=addon().takes.batch.last().failures)


def retime(strip):
    """Play STRIP at twice its speed, with the sequencer's own operators."""
    place = area("DOPESHEET_EDITOR")
    place.type = "SEQUENCE_EDITOR"
    yield 0.5
    editor = bpy.context.scene.sequence_editor
    for other in addon().compat.strips_in(editor):
        other.select = other == strip
    editor.active_strip = strip
    inside = next(one for one in place.regions if one.type == "WINDOW")
    with bpy.context.temp_override(area=place, region=inside):
        bpy.ops.sequencer.retiming_segment_speed_set(speed=200.0)
    place.type = "DOPESHEET_EDITOR"
    yield 0.5


def bake():
    yield from press("gestures.bake")
    yield 1.0
    browser = area("FILE_BROWSER").spaces[0]
    browser.params.directory = str(OUT).encode()
    browser.params.filename = "baked.fbx"
    hands.redraw()
    yield 0.5
    yield from shot("window_8_bake")
    yield from press("file.execute", across=0.94, kind="EXECUTE", of="FILE_BROWSER")
    yield lambda: (OUT / "baked.fbx").is_file()
    yield 0.5
    yield from shot("window_9_baked")


if __name__ == "__main__":
    hands.play(scenario)
