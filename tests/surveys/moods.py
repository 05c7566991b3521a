# SPDX-License-Identifier: GPL-3.0-or-later
"""What each mood does to a take: figures, and a picture to be looked at.

    python tests/surveys/moods.py figures SPEECH …
    python tests/surveys/moods.py sheet SPEECH CHARACTER OUT.jpg

The same person and seed with no mood, then with each over the whole speech, at full strength.
"""

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from blender_addon.body import angles, limits  # noqa: E402
from blender_addon.body.posture import STILL  # noqa: E402
from blender_addon.body.skeleton import to_body  # noqa: E402
from blender_addon.headless import film  # noqa: E402
from ha2g_engine import light_worker, series  # noqa: E402
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, joint_positions  # noqa: E402
from ha2g_engine.body.wrists import wrist_speed  # noqa: E402
from ha2g_engine.checkpoints.header import DEFAULT  # noqa: E402
from ha2g_engine.gestures.moods import Mood, table  # noqa: E402
from ha2g_engine.synthesis.settings import Settings  # noqa: E402

SHOWN = ("none", "calm", "lively", "tense", "sad", "joyful", "still")
PEAK = 0.25  # m/s, of a stroke
NEAR = 0.55  # s around a stroke's time in which that moment is
APEX = 5  # frames after a stroke's quickest moment
WIDTH = 1200  # pixels
FIGURES = (
    ("strokes a minute", ".0f"), ("wrist m/s", ".2f"), ("quick wrist m/s", ".2f"),
    ("a stroke s", ".2f"), ("apex cm", ".0f"), ("trunk °", ".1f"), ("head °", ".1f"),
    ("head °/s", ".1f"), ("jerk m/s³", ".0f"), ("most jerk m/s³", ".0f"),
    ("beyond limits %", ".2f"),
)  # fmt: skip


def takes(speech):
    """Mood -> take, "none" first."""
    performer, plain = light_worker.performer(str(DEFAULT)), Settings(seed=1, identity_seed=1)
    found = {"none": performer.generate(speech, plain)}
    for mood in table():
        asked = replace(plain, moods=(Mood(0.0, 1e4, mood),))
        found[mood] = performer.generate(speech, asked)
    return found


def measured(take):
    """The FIGURES of a take, in their order."""
    motion = take.directions
    speed = wrist_speed(motion).max(axis=1)
    joints = joint_positions(motion, EXPRESSIVE)
    wrists = joints[:, EXPRESSIVE.wrists]
    neck = joints[:, EXPRESSIVE.joints.index("neck"), 1]
    strokes, _ = series.peaks(speed, PEAK)
    height = 100 * (neck - wrists[:, :, 1].min(axis=1))
    apex = height[np.minimum(strokes + APEX, len(height) - 1)]
    found = angles.analyse(to_body(motion), STILL, angles.PALM, FPS)
    torso, neck_turn = (np.degrees(found[joint]) for joint in ("torso", "neck"))
    head = np.degrees(np.linalg.norm(np.diff(motion[:, 37], axis=0), axis=1)) * FPS
    jerk = np.linalg.norm(np.diff(wrists, 3, axis=0), axis=-1) * FPS**3
    made = sum(not row["muted"] for row in take.strokes)
    beyond = 100 * limits.limited(found, "warn")[1].share
    return (
        60 * FPS * made / len(motion), speed.mean(), np.percentile(speed, 95), width(speed, take),
        apex.mean() if len(apex) else np.nan, torso[:, 0].mean(),
        (torso[:, 0] + neck_turn[:, 0]).mean(), head.mean(), jerk.mean(), jerk.max(), beyond,
    )  # fmt: skip


def width(speed, take):
    """Mean seconds for which hands are at least half as quick as at a stroke's quickest."""
    found = []
    for row in take.strokes:
        near = np.flatnonzero(np.abs(np.arange(len(speed)) / FPS - row["time"]) < NEAR)
        top = near[speed[near].argmax()]
        slow = np.flatnonzero(speed < speed[top] / 2)
        before, after = slow[slow < top][-1:], slow[slow > top][:1]
        if not row["muted"] and len(before) and len(after):
            found.append(_at_half(speed, top, after[0], -1) - _at_half(speed, top, before[0], 1))
    return np.mean(found) / FPS if found else np.nan


def _at_half(speed, top, slow, towards):
    """The frame between SLOW and the one beside it TOWARDS the top at which it is half as quick."""
    low, high = speed[slow], speed[slow + towards]
    return slow + towards * (speed[top] / 2 - low) / (high - low)


def figures(speeches):
    """Print a row a mood for each of SPEECHES, as Markdown."""
    for speech in speeches:
        print(f"\n{Path(speech).name}\n")
        print("| mood |", " | ".join(name for name, _ in FIGURES), "|")
        print("|---|" + "---|" * len(FIGURES))
        for mood, take in takes(speech).items():
            cells = [format(v, form) for v, (_, form) in zip(measured(take), FIGURES, strict=True)]
            print(f"| {mood} |", " | ".join(cells), "|")


def sheet(speech, character, out):
    """Draw the SHOWN moods below each other: four moments of CHARACTER, front and side."""
    found, rows = takes(speech), []
    with tempfile.TemporaryDirectory() as folder:
        motion, picture = Path(folder) / "motion.npz", Path(folder) / "sheet.png"
        for mood in SHOWN:
            np.savez(motion, directions=found[mood].directions, fps=np.float32(FPS))
            command = [sys.executable, "-m", "blender_addon.headless.animate"]
            command += ["--motion", motion, "--rig", character, "--preview", picture]
            subprocess.run([*map(str, command)], cwd=ROOT, check=True, timeout=300)
            with Image.open(picture) as whole:
                row = whole.convert("RGB").crop((0, 0, whole.width, film.PANEL[1]))
            row = row.resize((WIDTH, round(row.height * WIDTH / row.width)))
            ImageDraw.Draw(row).text((4, row.height - 14), mood, fill=(0, 0, 0))
            rows.append(row)
    whole = Image.new("RGB", (WIDTH, sum(row.height for row in rows)))
    for number, row in enumerate(rows):
        whole.paste(row, (0, number * row.height))
    whole.save(out, quality=80)


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    if what == "figures":
        figures(arguments)
    else:
        sheet(*arguments)
