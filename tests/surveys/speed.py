# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the add-on's own work takes on this machine: rows of `ha2g bench`.

    python tests/surveys/speed.py [--json] [ROW …]

Seconds of wall clock, with the real engine and its default model, on the Mixamo skeleton. Each row
is measured TIMES times; --json prints all values, as the last line.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests/addon/support"), str(ROOT)]
os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="gestures-speed-"))

import bpy  # noqa: E402 - `addon_utils` is importable after it
import drawn  # noqa: E402
import motion_clips  # noqa: E402
import numpy as np  # noqa: E402
import rig_library as lib  # noqa: E402
import soundfile  # noqa: E402

JFK = ROOT / "rigs" / "demo" / "jfk.flac"
TIMES = 5
LONG = 60.0  # seconds of motion, at the engine's 15 frames a second
TAKE = 600.0  # s of the take that the timeline shows
LINES, LINE = 100, 5.0  # of a batch, and seconds of each
OBJECTS, ARMATURES = 3000, 60
RIGS = ("rocketbox", "rigify_generated")


def timed(work):
    """Seconds of WORK."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def several(work):
    """Seconds of WORK, TIMES times after one that does not count."""
    work()
    return [timed(work) for _ in range(TIMES)]


def enabled():
    """The add-on, imported and registered anew."""
    import addon_utils

    return addon_utils.enable("blender_addon", default_set=True)


def registering():
    """The add-on imported and registered, as when Blender starts."""
    import addon_utils

    def work():
        for name in [one for one in sys.modules if one.partition(".")[0] == "blender_addon"]:
            del sys.modules[name]
        enabled()

    values = []
    for _ in range(1 + TIMES):
        values.append(timed(work))
        addon_utils.disable("blender_addon", default_set=True)
    return {"register": values[1:]}


def recognising():
    """Rigs' bones found and measured, nothing of them known."""
    from blender_addon.rig import reading

    found = {}
    for name in RIGS:
        armature = lib.build(name)
        found[f"recognise_{name}"] = several(lambda rig=armature: reading.calibration(rig))
    lib.empty_scene()
    return found


def long_motion():
    """A minute of real motion onto a rig and into keys."""
    from keyed import write_keys

    from blender_addon.retarget.solve import retarget
    from blender_addon.rig import reading

    lib.empty_scene()
    _, directions, neutral = motion_clips.excerpt()[1]
    motion = np.resize(directions, (round(LONG * 15), *directions.shape[1:]))
    armature = lib.mixamo()
    calibration = reading.calibration(armature)

    def work():
        track = retarget(motion, calibration, neutral=neutral, fps=15.0)
        write_keys(armature, track, name="speed")

    return {"retarget": several(work)}


def speech(seconds, name, folder):
    """The demo's speech over and over, SECONDS long."""
    samples, rate = soundfile.read(JFK, dtype="float32")
    path = Path(folder) / name
    soundfile.write(path, np.resize(samples, round(seconds * rate)), rate)
    return path


def stage(path=JFK):
    """A character in an empty scene, and the speech."""
    for block in (bpy.data.objects, bpy.data.actions, bpy.data.armatures):
        bpy.data.batch_remove(list(block))
    armature = lib.mixamo()
    bpy.context.view_layer.objects.active = armature
    bpy.context.scene.gestures.speech = str(path)
    return armature


def generate():
    """A take of another seed than the one before."""
    bpy.context.scene.gestures.seed += 1
    assert bpy.ops.gestures.generate() == {"FINISHED"}


def first_keys(addon):
    """From the click to the keys, the engine not running or running."""

    def cold():
        addon.engine.process.stop()
        return timed(generate)

    stage()
    generate()
    return {"first_cold": [cold() for _ in range(TIMES)], "first_warm": several(generate)}


def sliding(level):
    """A slider of the shown take moved: its work in the window, each step, and all with waits."""
    from blender_addon.takes import live

    action = bpy.context.object.animation_data.action
    low = action.gestures_style.style_low
    begin, steps, wait = time.perf_counter(), [], 0.0
    low[level] = 0.8 if low[level] < 0.5 else 0.2
    while wait is not None:
        time.sleep(min(wait, 0.01))
        step = time.perf_counter()
        wait = live.tick(patient=False)
        steps.append(time.perf_counter() - step)
    assert not live.problem(), live.problem()
    return time.perf_counter() - begin, max(steps)


def sliders(_addon):
    """The coarsest and the finest level's."""
    stage()
    generate()
    found, longest = {}, []
    for name, level in (("slider_torso", 0), ("slider_finest", 5)):
        moves = [sliding(level) for _ in range(1 + TIMES)][1:]
        found[name] = [whole for whole, _ in moves]
        longest += [1000 * step for _, step in moves]
    return {**found, "stall_slider": longest}


def stroke(_addon):
    """A stroke muted and brought back."""
    stage()
    generate()

    def work():
        assert bpy.ops.gestures.stroke_mute() == {"FINISHED"}

    return {"stroke": several(work)}


def stalls(_addon):
    """The longest that Generate computes between two looks of the window at it."""
    from blender_addon.operators.engine_call import EngineCall

    stage()
    longest, ended = [], EngineCall.ended

    def watched(self, context):
        begin = time.perf_counter()
        try:
            return ended(self, context)
        finally:
            longest[-1] = max(longest[-1], 1000 * (time.perf_counter() - begin))

    EngineCall.ended = watched
    try:
        for _ in range(1 + TIMES):
            longest.append(0.0)
            generate()
    finally:
        EngineCall.ended = ended
    return {"stall_generate": longest[1:]}


def crowd(addon):
    """Generate and the tab where much else is in the scene."""
    stage()
    alone = statistics.median(several(generate))
    character = bpy.context.object
    for number in range(OBJECTS):
        one = bpy.data.objects.new(f"thing {number}", None)
        bpy.context.collection.objects.link(one)
    for _ in range(ARMATURES):
        lib.mixamo()
    bpy.context.view_layer.objects.active = character
    crowded = [seconds / alone for seconds in several(generate)]
    return {
        "crowd": crowded,
        "crowd_redraw": [1000 * s for s in several(lambda: drawn.draw(addon))],
    }


def overlay(_addon):
    """What the timeline asks for at each redraw, without the graphics card."""
    from blender_addon.overlay import shapes, timeline
    from blender_addon.strokes import handles
    from blender_addon.takes import shown

    with tempfile.TemporaryDirectory() as folder:
        stage(speech(TAKE, "long.flac", folder))
        generate()
    view = shapes.View(1600.0, 0.0, 60.0)
    parts = {"WAVE", "PAUSES", "BEATS", "STROKES"}

    def redraw():
        take = shown.find(bpy.context)
        timeline.shapes(take, view, parts, 44.0, 1.0)
        timeline.handle_shapes(handles.of(take.action), view, 1.0)

    return {"overlay": [1000 * seconds for seconds in several(redraw)]}


def batch(_addon):
    """Many short lines: one after the other by hand, over a batch of them."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [speech(LINE, f"line {number:03}.flac", folder) for number in range(LINES)]
        scene = bpy.context.scene
        stage(paths[0])
        generate()

        def by_hand():
            for path in paths:
                bpy.context.scene.gestures.speech = str(path)
                generate()

        alone = timed(by_hand)
        stage(paths[0])
        scene = bpy.context.scene
        scene.gestures_batch.source, scene.gestures_batch.folder = "FOLDER", folder
        return {"batch": [alone / timed(bpy.ops.gestures.batch)]}


ALONE = {
    ("register",): registering,
    tuple(f"recognise_{name}" for name in RIGS): recognising,
    ("retarget",): long_motion,
}
WITH_ENGINE = {
    ("first_cold", "first_warm"): first_keys,
    ("slider_torso", "slider_finest", "stall_slider"): sliders,
    ("stroke",): stroke,
    ("stall_generate",): stalls,
    ("crowd", "crowd_redraw"): crowd,
    ("overlay",): overlay,
    ("batch",): batch,
}


def measured(names):
    """{row: values} of NAMES, of all for none."""
    wanted = {
        rows: work
        for rows, work in {**ALONE, **WITH_ENGINE}.items()
        if not names or set(names) & set(rows)
    }
    found = {}
    for rows, work in wanted.items():
        if rows in ALONE:
            found |= work()
    if set(wanted) & set(WITH_ENGINE):
        lib.empty_scene()
        addon = enabled()
        for rows, work in wanted.items():
            if rows in WITH_ENGINE:
                found |= work(addon)
        addon.engine.process.stop()
    return found


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", help="names of rows; all if left out")
    parser.add_argument("--json", action="store_true", help="print all values")
    return parser.parse_args()


def main():
    asked = arguments()
    found = measured(asked.rows)
    for name, values in found.items():
        median, least, most = statistics.median(values), min(values), max(values)
        print(f"{name:28} {median:.4g} ({least:.4g} to {most:.4g})")
    if asked.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # the bpy wheel does not always end by itself
