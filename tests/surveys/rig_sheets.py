# SPDX-License-Identifier: GPL-3.0-or-later
"""Six rigs in motion, hands close up, in one picture: to be looked at.

    python tests/surveys/rig_sheets.py MOTION.npz docs/pictures/rigs.jpg

MOTION: of `ha2g generate`, or the demo's. Rigs are built from names and joints; a mannequin gives
them a body.
"""

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests/addon/support"), str(ROOT)]
import bpy  # noqa: E402
import rig_library as lib  # noqa: E402
import synthetic_rigs as synthetic  # noqa: E402
from naming_schemes import SCHEMES, renamed  # noqa: E402
from PIL import Image, ImageDraw  # noqa: E402

WIDTH = 1200  # pixels
PALMS = {"index": 0.5, "middle": 0.5, "ring": 0.5}


def scheme(name):
    """Mixamo's skeleton with other names."""
    return renamed(lib.build("mixamo"), SCHEMES[name])


RIGS = {
    "names as Unity UpperArm_L": partial(scheme, "Unity UpperArm_L"),
    "names as Cats/VRChat": partial(scheme, "Cats/VRChat"),
    "names as Godot's humanoid": partial(scheme, "Godot humanoid"),
    "two eyes as the head's only children": synthetic.with_eyes,
    "a palm bone for each finger but one": partial(
        synthetic.of_family, "unreal", metacarpals=PALMS
    ),
    "thumb and one finger": partial(synthetic.of_family, "mixamo", fingers=("thumb", "middle")),
}


def sheet(motion, build, folder):
    """The first moments of MOTION on a rig: front, side, both hands."""
    lib.empty_scene()
    build()
    rig, picture = folder / "rig.blend", folder / "sheet.png"
    bpy.ops.wm.save_as_mainfile(filepath=str(rig), copy=True)
    command = [sys.executable, "-m", "blender_addon.headless.animate", "--motion", str(motion)]
    command += ["--rig", str(rig), "--preview", str(picture)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300)
    with Image.open(picture) as whole:
        upper = whole.convert("RGB").crop((0, 0, whole.width, whole.height // 2 - 4))
    return upper.resize(
        (WIDTH, round(upper.height * WIDTH / upper.width)), Image.Resampling.LANCZOS
    )


def main():
    """Draw all of RIGS below each other."""
    motion, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        sheets = {title: sheet(motion, build, Path(folder)) for title, build in RIGS.items()}
    whole = Image.new("RGB", (WIDTH, sum(one.height for one in sheets.values())))
    top = 0
    for title, one in sheets.items():
        ImageDraw.Draw(one).text((4, one.height - 14), title, fill=(0, 0, 0))
        whole.paste(one, (0, top))
        top += one.height
    whole.save(out, quality=80)


if __name__ == "__main__":
    main()
