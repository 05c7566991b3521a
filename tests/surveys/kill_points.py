# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left when an error strikes: an exception after any statement of the add-on.

    python tests/surveys/kill_points.py [--points N] [--seed S] [--only generate …]

Each work (generation, slider, batch, stroke) is first run whole, and every statement of the add-on
that it executes is counted. Then it is run again and again from the same file, each time with an
exception raised at one of these moments, drawn by the seed: half of them first turns of a line,
half any turns. Afterwards the scene has to be as before or as after, never between; sliders,
record, motion and keys of a take have to belong together; the engine has to be free. Fails with
what was found otherwise.
"""

import argparse
import contextlib
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "tests/addon/support"
if __name__ == "__main__":
    sys.path[:0] = [str(SUPPORT), str(ROOT)]
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="gestures-kill-")

import bpy  # noqa: E402 - `addon_utils` is importable after it
import rig_library  # noqa: E402
import scene_dump  # noqa: E402

JFK = ROOT / "rigs" / "demo" / "jfk.flac"
NEXT_TAKES = ("gestures", "gestures_style")  # what the scene's next take begins with


class Injected(Exception):
    """The error that strikes."""


class Watcher:
    """Notes the add-on's statements, (file, line), in the order in which they are executed."""

    def __init__(self, package):
        self.folder, self.lines = str(package), []

    def __enter__(self):
        sys.settrace(self._called)
        return self

    def __exit__(self, *_):
        sys.settrace(None)

    def _called(self, frame, event, _):
        return self._line if frame.f_code.co_filename.startswith(self.folder) else None

    def _line(self, frame, event, _):
        if event == "line":
            self.lines.append((frame.f_code.co_filename, frame.f_lineno))
        return self._line


class Killer(Watcher):
    """Raises when the statement of FILE in LINE is executed for the time numbered TURN."""

    def __init__(self, file, line, turn):
        super().__init__(file)
        self.line, self.left, self.struck = line, turn, False
        self.known = {}

    def _called(self, frame, event, _):
        code = frame.f_code
        if code.co_filename != self.folder:
            return None
        if code not in self.known:  # only such functions are watched: the rest runs at full speed
            self.known[code] = any(line == self.line for _, _, line in code.co_lines())
        return self._line if self.known[code] else None

    def _line(self, frame, event, _):
        if event == "line" and frame.f_lineno == self.line:
            self.left -= 1
            if self.left < 0 and not self.struck:
                self.struck = True
                raise Injected(f"{self.folder}:{self.line}")
        return self._line


# --- the works --------------------------------------------------------------------------


def generate(addon):
    bpy.ops.gestures.generate()


def slider(addon):
    action = shown()
    action.gestures_style.style_low[1] = 0.9
    addon.takes.live.settle()


def shape(addon):
    action = shown()
    action.gestures_style.strength[1] = 0.4
    addon.takes.live.settle()


def batch(addon):
    bpy.ops.gestures.batch()


def stroke(addon):
    bpy.ops.gestures.stroke_snap()


def accept(addon):
    bpy.ops.gestures.take_accept()


def show(addon):
    bpy.ops.gestures.take_show(take=bpy.context.object.gestures_takes[0].action.name)


WORKS = {
    "generate": generate,
    "slider": slider,
    "shape": shape,
    "batch": batch,
    "stroke": stroke,
    "accept": accept,
    "show": show,
}


def shown():
    return bpy.context.object.animation_data.action


# --- the stage --------------------------------------------------------------------------


def build_file(addon, folder):
    """A character with an action of the animator's, an accepted take and one that is shown."""
    armature = rig_library.mixamo()
    bpy.context.view_layer.objects.active = armature
    for frame, angle in ((1, 0.0), (40, 0.7)):
        bone = armature.pose.bones["mixamorig:LeftUpLeg"]
        bone.rotation_quaternion = (1.0, angle, 0.0, 0.0)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    scene = bpy.context.scene
    speeches = folder / "speeches"
    speeches.mkdir()
    for name in ("first", "second"):
        (speeches / f"{name}.flac").write_bytes(JFK.read_bytes())
    scene.gestures.speech = str(speeches / "first.flac")
    scene.gestures_batch.folder = str(speeches)
    bpy.ops.gestures.generate()
    bpy.ops.gestures.take_accept()
    scene.gestures.seed = 3
    bpy.ops.gestures.generate()
    scene.gestures.seed = 5
    scene.gestures_batch.source = "FOLDER"
    take = addon.takes.shown.find(bpy.context)
    scene.frame_set(round(take.frame(take.strokes()[2][0])) + 3)
    path = folder / "stage.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def opened(path):
    with quiet():
        bpy.ops.wm.open_mainfile(filepath=str(path))


@contextlib.contextmanager
def quiet():
    """Neither the tracebacks of what was injected nor Blender's chatter."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept, nowhere = [os.dup(n) for n in (1, 2)], os.open(os.devnull, os.O_WRONLY)
    for n in (1, 2):
        os.dup2(nowhere, n)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for n in (1, 2):
            os.dup2(kept[n - 1], n)
        for handle in (*kept, nowhere):
            os.close(handle)


# --- what has to hold -------------------------------------------------------------------


def comparable(name):
    """What of the file the work NAME answers for, as it is seen."""
    bpy.context.scene.frame_set(bpy.context.scene.frame_current)
    dump = scene_dump.whole()
    if name in ("slider", "shape"):  # the next take's sliders are moved along; that one is not made
        scene = {n: v for n, v in dump["scene"].items() if n not in NEXT_TAKES}
        return dump | {"scene": scene}
    return dump


def run(addon, name, path, watcher):
    """The work NAME on the file PATH, watched or killed by WATCHER."""
    opened(path)
    with quiet():
        with contextlib.suppress(Injected, RuntimeError), watcher:
            WORKS[name](addon)
        if name in ("slider", "shape"):
            addon.takes.live.settle()  # as the timer would


def wrong(addon, name, allowed):
    """What is not as it should be after a kill."""
    found = comparable(name)
    if not any(found == one for one in allowed):
        nearest = min((list(scene_dump.differences(one, found)) for one in allowed), key=len)
        yield f"between: {nearest[:4]}"
    if addon.engine.jobs.current() is not None:
        yield "the engine is not free"
    if any(action.get("gestures_unfinished") for action in bpy.data.actions):
        yield "an unfinished action is left"
    if addon.takes.batch.current() is not None:
        yield "the batch goes on for ever"


def allowed_after(addon, name, path):
    """The dumps before and after the work.

    Of a batch also between two of its takes, of a generation with the playhead where it was.
    """
    opened(path)
    dumps = [comparable(name)]
    if name == "generate":
        with mock.patch.object(addon.operators.playhead, "to_start"):
            run(addon, name, path, contextlib.nullcontext())
        dumps.append(comparable(name))
    if name == "batch":
        speeches = Path(bpy.context.scene.gestures_batch.folder)
        second = speeches / "second.flac"
        second.rename(speeches / "second.none")
        run(addon, name, path, contextlib.nullcontext())
        dumps.append(comparable(name))
        (speeches / "second.none").rename(second)
    watcher = Watcher(Path(addon.__file__).parent)
    run(addon, name, path, watcher)
    dumps.append(comparable(name))
    assert dumps[0] != dumps[-1], name
    return dumps, watcher.lines


def chosen_points(lines, count, rng):
    """COUNT moments (file, line, turn): first turns of any lines, half of them; then any."""
    turns, moments = Counter(), []
    for where in lines:
        moments.append((*where, turns[where]))
        turns[where] += 1
    first = [moment for moment in moments if moment[2] == 0]
    chosen = rng.sample(first, min(len(first), -(-count // 2)))
    rest = rng.sample(moments, min(len(moments), count - len(chosen)))
    return list(dict.fromkeys((*chosen, *rest)))


def survey(addon, name, path, count, seed):
    """How many kills of the work NAME were tried, and what went wrong where."""
    allowed, lines = allowed_after(addon, name, path)
    points = chosen_points(lines, count, random.Random(seed))
    failures = []
    struck = 0
    for file, line, turn in points:
        killer = Killer(file, line, turn)
        run(addon, name, path, killer)
        struck += killer.struck
        for what in wrong(addon, name, allowed):
            failures.append(f"{name} {Path(file).stem}:{line} turn {turn}: {what}")
            print(failures[-1], flush=True)
    return struck, len(lines), failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=150, help="of each work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=list(WORKS), choices=list(WORKS))
    asked = parser.parse_args()
    import addon_utils

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon = addon_utils.enable("blender_addon", default_set=True)
    command = [sys.executable, "-u", str(SUPPORT / "fake_worker.py")]
    addon.engine.client.worker_command = lambda python, *_: command
    addon.engine.preferences.get().engine_python = sys.executable
    folder, failures, tried = Path(tempfile.mkdtemp(prefix="gestures-kill-")), [], Counter()
    path = build_file(addon, folder)
    for name in asked.only:
        began = time.monotonic()
        tried[name], statements, failed = survey(addon, name, path, asked.points, asked.seed)
        failures += failed
        seconds = time.monotonic() - began
        counts = f"{tried[name]} kills of {statements} moments, {len(failed)} failures"
        print(f"{name}: {counts}, {seconds:.0f} s", flush=True)
    print(f"{sum(tried.values())} kills, {len(failures)} failures", flush=True)
    os._exit(1 if failures else 0)


if __name__ == "__main__":
    main()
