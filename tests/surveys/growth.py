# SPDX-License-Identifier: GPL-3.0-or-later
"""How cost grows with the speech, its seeds and the characters: docs/pictures/growth.png.

    python tests/surveys/growth.py [--out PICTURE.png] [--numbers NUMBERS.json]

Seconds of the processor, not of the clock, so that what else runs on the machine hardly shows; peak
memory as Linux tells it. Each point is a process of its own, the default model warm.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parents[2]
LENGTHS = (5, 30, 60, 300, 900, 3600)  # s of speech
SEEDS = (1, 2, 4, 8, 16, 32)
CHARACTERS = (1, 5, 10, 20)
SERIES = {  # kind: its points, what is on the two axes, and of the values which one
    "length": (LENGTHS, "s of speech", "s of the processor", 0),
    "memory": (LENGTHS, "s of speech", "MB at the peak", 1),
    "seeds": (SEEDS, "seeds of a speech of 10 s", "s of the processor", 0),
    "characters": (CHARACTERS, "characters, each a take of 11 s", "s of the processor, Blender", 0),
}  # fmt: skip
PANEL, EDGE, DOT = (560, 400), 70, 5
INK, LINE, GRID = (30, 30, 30), (40, 110, 180), (220, 220, 220)


def engine_point(kind, amount, folder):
    """[CPU s, MB] of the engine for AMOUNT of KIND."""
    from ha2g_engine.bench.speech import write_speech
    from ha2g_engine.synthesis.settings import Settings
    from ha2g_engine.synthesis.synthesizer import Synthesizer

    seconds, seeds = (amount, 1) if kind == "length" else (10, amount)
    synthesizer = Synthesizer()
    synthesizer.generate(write_speech(folder / "warm.wav", 5), Settings(seed=1))
    speech = write_speech(folder / "speech.wav", seconds)
    begin = time.process_time()
    for seed in range(1, seeds + 1):
        synthesizer.generate(speech, Settings(seed=seed))
    spent = time.process_time() - begin
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM"))
    return [spent, float(peak.split()[1]) * 1024 / 1e6]


def blender_point(amount):
    """[CPU s] of Blender for a take of each of AMOUNT characters, the engine apart."""
    import speed

    speed.lib.empty_scene()
    addon = speed.enabled()
    characters = [speed.stage()] + [speed.lib.mixamo() for _ in range(amount - 1)]
    speed.generate()
    begin = time.process_time()
    for one in characters:
        speed.bpy.context.view_layer.objects.active = one
        speed.generate()
    spent = time.process_time() - begin
    addon.engine.process.stop()
    return [spent]


def point(kind, amount):
    """A point's values, the last line of a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        found = (
            blender_point(amount)
            if kind == "characters"
            else engine_point(kind, amount, Path(folder))
        )
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)  # the bpy wheel does not always end by itself


def measured():
    """{kind: [[amount, value, …], …]}."""
    found = {}
    for kind in ("length", "seeds", "characters"):
        found[kind] = []
        for amount in SERIES[kind][0]:
            command = [sys.executable, __file__, "--point", kind, str(amount)]
            told = subprocess.run(
                command, capture_output=True, text=True, check=True, cwd=ROOT,
                env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            found[kind].append([amount, *json.loads(told.stdout.splitlines()[-1])])
            print(kind, *found[kind][-1], file=sys.stderr)
    return found


def panel(points, across, up):
    """One plot, both axes from 0."""
    image = Image.new("RGB", PANEL, "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    right, top = 1.05 * max(x for x, _ in points), 1.15 * max(y for _, y in points)

    def place(x, y):
        width, height = PANEL[0] - 2 * EDGE, PANEL[1] - 2 * EDGE
        return EDGE + width * x / right, PANEL[1] - EDGE - height * y / top

    for share in range(5):
        value = top * share / 4
        draw.line([place(0, value), place(right, value)], GRID)
        told = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        draw.text((8, place(0, value)[1] - 9), told, INK, font)
    draw.line([place(x, y) for x, y in points], LINE, 2)
    for x, y in points:
        at = place(x, y)
        draw.ellipse([at[0] - DOT, at[1] - DOT, at[0] + DOT, at[1] + DOT], LINE)
        if x > 0.1 * right or x == points[-1][0]:
            draw.text((at[0] - 12, PANEL[1] - EDGE + 6), f"{x:g}", INK, font)
    draw.text((EDGE, PANEL[1] - 34), across, INK, font)
    draw.text((EDGE, 24), up, INK, font)
    return image


def drawn(found):
    """All panels, two beside each other."""
    sheet = Image.new("RGB", (2 * PANEL[0], 2 * PANEL[1]), "white")
    for number, (kind, (_, across, up, which)) in enumerate(SERIES.items()):
        rows = found["length" if kind == "memory" else kind]
        points = [(row[0], row[1 + which]) for row in rows]
        sheet.paste(panel(points, across, up), (number % 2 * PANEL[0], number // 2 * PANEL[1]))
    return sheet


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures" / "growth.png")
    parser.add_argument("--numbers", type=Path, help="measured before, or to be written")
    parser.add_argument("--point", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.point:
        point(asked.point[0], int(asked.point[1]))
    known = asked.numbers is not None and asked.numbers.is_file()
    found = json.loads(asked.numbers.read_text()) if known else measured()
    if asked.numbers and not known:
        asked.numbers.write_text(json.dumps(found))
    drawn(found).save(asked.out)


if __name__ == "__main__":
    main()
