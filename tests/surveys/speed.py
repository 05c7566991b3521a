# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the add-on's own work takes on this machine: the README's figures.

    python tests/surveys/speed.py

Seconds of wall clock, with the real engine and its default model, on the Mixamo skeleton.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests/addon/support"), str(ROOT)]
os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="gestures-speed-"))

import bpy  # noqa: E402 - `addon_utils` is importable after it
import motion_clips  # noqa: E402
import numpy as np  # noqa: E402
import rig_library as lib  # noqa: E402

JFK = ROOT / "rigs" / "demo" / "jfk.flac"
TIMES = 3  # each is done; the best counts
LONG = 60.0  # seconds of motion, at the engine's 15 frames a second


def timed(work):
    """Seconds of WORK."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def recognising(name):
    """A rig's bones found and measured, nothing of it known."""
    from blender_addon.rig import reading

    armature = lib.build(name)
    reading.calibration(armature)  # the mappings' files are read once
    return min(timed(lambda: reading.calibration(armature)) for _ in range(TIMES))


def long_motion():
    """A minute of real motion onto a rig and into keys."""
    from keyed import write_keys

    from blender_addon.retarget.solve import retarget
    from blender_addon.rig import reading

    _, directions, neutral = motion_clips.excerpt()[1]
    motion = np.resize(directions, (round(LONG * 15), *directions.shape[1:]))
    armature = lib.mixamo()
    calibration = reading.calibration(armature)

    def work():
        track = retarget(motion, calibration, neutral=neutral, fps=15.0)
        write_keys(armature, track, name="speed")

    return min(timed(work) for _ in range(TIMES))


def sliding(take):
    """A slider of TAKE moved: the seconds of each step of the window's work on it."""
    from blender_addon.takes import live

    take.gestures_style.style_low[0] += 0.2
    steps, wait = [], 0.0
    while wait is not None:
        time.sleep(wait)
        begin = time.perf_counter()
        wait = live.tick(patient=False)
        steps.append(time.perf_counter() - begin)
    assert not live.problem(), live.problem()
    return steps


def main():
    import addon_utils

    for name in ("rocketbox", "rigify_generated"):
        print(f"{name}: recognised and measured in {recognising(name):.3f} s")
    lib.empty_scene()
    print(f"{LONG:.0f} s of motion retargeted and keyed in {long_motion():.2f} s")
    lib.empty_scene()
    addon = addon_utils.enable("blender_addon", default_set=True)
    bpy.context.view_layer.objects.active = lib.mixamo()
    bpy.context.scene.gestures.speech = str(JFK)
    seconds = [timed(bpy.ops.gestures.generate) for _ in range(1 + TIMES)]
    print(f"Generate, 11 s of speech: cold {seconds[0]:.1f} s, warm {min(seconds[1:]):.2f} s")
    steps = sliding(addon.keys.actions.current_action(bpy.context.object))
    print(f"a slider moved: {sum(steps):.2f} s in all, longest step {max(steps):.2f} s")
    addon.engine.process.stop()


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # the bpy wheel does not always end by itself
