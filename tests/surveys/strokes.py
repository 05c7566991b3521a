# SPDX-License-Identifier: GPL-3.0-or-later
"""Strokes edited at random: where their peaks land, how long an edit takes, what else changes.

    python tests/surveys/strokes.py peaks [SPEECH] [--trials 100]
    python tests/surveys/strokes.py tempos [SPEECH] [--trials 100]
    python tests/surveys/strokes.py edits [--trials 100]

peaks: a stroke is moved by 0.2 s, earlier or later; its hands' quickest moment is looked for
before and after, by the measure that the library's gestures were cut by. tempos: how quick a stroke
gets whose tempo, or size, alone is chosen. edits: the add-on's
verbs, undo, redo, saving and reloading, checked after each one (the light engine, a Mixamo rig).
"""

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SPEECH = ROOT / "rigs" / "demo" / "jfk.flac"
MOVED = 0.2  # s
NEAR = 0.3  # s around where a stroke was put in which its peak is looked for
FPS = 15.0


def peaks(speech, trials):
    """Print how far from where they were put the peaks of moved strokes are."""
    from ha2g_engine import light_worker
    from ha2g_engine.checkpoints.header import DEFAULT
    from ha2g_engine.errors import InputError
    from ha2g_engine.synthesis.settings import Settings

    performer = light_worker.performer(str(DEFAULT))
    random = np.random.default_rng(0)
    off, untouched, seconds = [], [], []
    while len(off) < trials:
        seed = int(random.integers(1, 100_000))
        settings = Settings(seed=seed, identity_seed=int(random.integers(1, 50)))
        take = performer.generate(speech, settings)
        number = int(random.integers(len(take.strokes)))
        row, way = take.strokes[number], random.choice([-1, 1])
        target = row["time"] + way * MOVED
        change = {"do": "change", "stroke": number, "time": target}
        begin = time.perf_counter()
        try:
            plan = performer.edit(take.plan, change, settings)
            made = performer.generate(speech, replace(settings, plan=plan))
        except InputError as error:
            print(f"refused: {error}")
            continue
        seconds.append(time.perf_counter() - begin)
        off.append(peak(made.directions, target, row["hand"]) - target)
        untouched.append(peak(take.directions, row["time"], row["hand"]) - row["time"])
    told("as generated, from its accent", untouched)
    told(f"moved by {MOVED} s, from where it was put", off)
    print(f"the engine's part: median {np.median(seconds):.3f} s, most {np.max(seconds):.3f} s")


def peak(directions, near, hand):
    """Seconds of the quickest moment of the hands around NEAR."""
    from ha2g_engine.body.wrists import wrist_speed

    both = wrist_speed(directions)
    speed = both.max(axis=1) if hand == "both" else both[:, ("left", "right").index(hand)]
    times = np.arange(len(speed)) / FPS
    around = np.flatnonzero(np.abs(times - near) <= NEAR)
    return float(times[around[speed[around].argmax()]])


def tempos(speech, trials):
    """Print how quick strokes are whose size or tempo alone is chosen, of what they were at 1."""
    from ha2g_engine import light_worker
    from ha2g_engine.body.wrists import wrist_speed
    from ha2g_engine.checkpoints.header import DEFAULT
    from ha2g_engine.synthesis.settings import Settings

    performer = light_worker.performer(str(DEFAULT))
    random = np.random.default_rng(0)
    asked = {"tempo": (0.5, 0.7, 1.4, 2.0), "size": (0.5, 0.7, 1.3)}
    found = {(name, value): [] for name, values in asked.items() for value in values}
    for _ in range(trials):
        settings = Settings(seed=int(random.integers(1, 100_000)))
        take = performer.generate(speech, settings)
        number = int(random.integers(len(take.strokes)))

        def quickest(name, value, number=number, take=take, settings=settings):
            change = {"do": "change", "stroke": number, name: value}
            plan = performer.edit(take.plan, change, settings)
            speed = wrist_speed(performer.generate(speech, replace(settings, plan=plan)).directions)
            away = np.abs(np.arange(len(speed)) / FPS - take.strokes[number]["time"])
            return speed[away <= NEAR].max()

        for (name, value), row in found.items():
            row.append(quickest(name, value) / quickest(name, 1.0))
    for (name, value), row in found.items():
        print(f"{name} {value}: quickest {np.median(row):.2f} times that at 1 (median)")


def told(what, off):
    within = int((np.abs(off) <= 1 / FPS + 1e-6).sum())
    spread = ", ".join(f"{v:+.2f}" for v in np.percentile(off, [0, 5, 50, 95, 100]))
    print(f"{what}: {within} of {len(off)} within one frame; 0/5/50/95/100 %: {spread} s")


def random_edits(trials, seed):
    """Edit at random and print what was done, refused, and how long an edit of one stroke took."""
    import os

    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="strokes-")
    sys.path[:0] = [str(ROOT), str(ROOT / "tests/addon/support"), str(Path(__file__).parent)]
    import bpy  # isort: skip - others are importable after it
    import addon_utils
    import rig_library
    import stroke_edits

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon = addon_utils.enable("blender_addon", default_set=True)
    bpy.context.view_layer.objects.active = rig_library.mixamo()
    with stroke_edits.light_engine(addon):
        settings = bpy.context.scene.gestures
        settings.speech, settings.seed = str(SPEECH), 3
        bpy.ops.gestures.generate()
        bpy.ops.ed.undo_push(message="Take")
        times = [timed(bpy.ops.gestures.stroke_exchange, n % 4) for n in range(12)]
        print("an edit to new keys, wall and own processor seconds:",
              [f"{wall:.2f} ({own:.2f})" for wall, own in times])  # fmt: skip
        stroke_edits.protect()
        bpy.ops.ed.undo_push(message="Protected")
        editor = stroke_edits.Editor(addon, seed, Path(tempfile.mkdtemp()))
        for _ in range(trials):
            editor.step()
        stroke_edits.check_remade(addon)
        counts = {verb: editor.done.count(verb) for verb in sorted(set(editor.done))}
        print(f"{len(editor.done)} edits, all as they should be: {counts}")
        print(f"{len(editor.refused)} refused: {sorted({said for _, said in editor.refused})}")
    sys.stdout.flush()
    os._exit(0)


def timed(operator, stroke):
    begin, own = time.perf_counter(), time.process_time()
    operator(stroke=stroke)
    return time.perf_counter() - begin, time.process_time() - own


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("peaks", "tempos", "edits"))
    parser.add_argument("speech", nargs="?", default=SPEECH)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.what == "peaks":
        peaks(asked.speech, asked.trials)
    elif asked.what == "tempos":
        tempos(asked.speech, asked.trials)
    else:
        random_edits(asked.trials, asked.seed)


if __name__ == "__main__":
    main()
