# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stranger's file may be to the add-on: style presets, bone mappings, motion files.

    python tests/surveys/fuzz/addon_cases.py [presets=50 mappings=50 npz=20] [--seed N]

In a process with Blender in it, which torch must not be; see __main__.py.
"""

import argparse
import io
import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="gestures-fuzz-")

import bpy  # noqa: E402, F401 - before the add-on
import numpy as np  # noqa: E402
import running  # noqa: E402
from damage import EVIL, bytes_of, json_of, pick, text_of, values_of  # noqa: E402

from blender_addon.bones import families, roles  # noqa: E402
from blender_addon.errors import GestureError  # noqa: E402
from blender_addon.headless import motion_file  # noqa: E402
from blender_addon.takes import style_presets  # noqa: E402

COUNTS = {"presets": 1000, "mappings": 1000, "npz": 300}
STYLE = {"style": [[0.2, 0.5, 0.1, 0.3, 0.2, 0.3]] * 3, "strength": [1.0] * 6, "offset": [0.0] * 6}
RIGS = sorted((ROOT / "rigs").glob("*.toml"))


def presets(rng, folder):
    """A style that somebody sends, among the user's own."""
    style_presets.folder = lambda: folder
    (folder / "a.json").write_bytes(json_of(rng, STYLE))
    found = style_presets.load("a")
    running.finite(found.style, *vars(found.shaping).values())
    style_presets.save("b", found, overwrite=True)
    assert len(style_presets.load("b").style) == 3
    running.finite(style_presets.blend(found, found, 0.5).style)


def mappings(rng, folder):
    """A bone mapping of a rig family, or of one rig."""
    path = folder / "a.toml"
    path.write_bytes(text_of(rng, pick(rng, RIGS).read_text("utf-8")))
    if rng.random() < 0.05:
        path.write_bytes(pick(rng, (b"x = " + b"[" * 50_000, b"roles = 3", b"[roles]\nhand = 3")))
    found = families.load_preset(path)
    for role in roles.EVERY_ROLE:
        name, _, side = role.partition(".")
        assert all(isinstance(one, str) for bone in found.spellings(name, side) for one in bone)


def npz(rng, folder):
    """A motion file with other arrays, or damaged as a zip."""
    path = folder / "a.npz"
    path.write_bytes(motion(rng))
    if rng.random() < 0.3:
        motion_file.read_phrases(path)
    result, asked = motion_file.read_motion(path)
    json.dumps([result.values, asked], allow_nan=False)
    running.finite(*result.arrays.values(), result.values["fps"])


def motion(rng):
    """The bytes of what `ha2g generate` writes, with something wrong."""
    up = np.tile(np.float32([0, 1, 0]), (int(rng.integers(0, 40)), 42, 1))
    found = {
        "directions": up, "fps": np.float32(15), "style": np.ones((3, 6), np.float32) / 3,
        "seed": np.int64(3), "level_rate": np.float32(50), "level": np.zeros(9, np.float32),
        "beats": np.zeros(2, np.float32), "pauses": np.zeros((1, 2), np.float32),
        "asked": np.array(json.dumps({"speech": "/a.wav", "seed": 3})),
        "engine": np.array(json.dumps({"version": "1"})), "phrases": np.ones((2, 2)),
        "seconds": np.float64(3),
    }  # fmt: skip
    for _ in range(int(rng.integers(0, 3))):
        name = pick(rng, sorted(found))
        kind = rng.random()
        if kind < 0.5:
            found[name] = _odd(rng)
        elif kind < 0.7:
            del found[name]
        elif found[name].dtype.kind == "f" and found[name].size:
            found[name] = found[name].copy()
            found[name].flat[int(rng.integers(found[name].size))] = pick(
                rng, (np.nan, np.inf, -np.inf, 1e38)
            )
        else:
            found[name] = np.array(json.dumps(values_of(rng, {"speech": "/a.wav", "seed": 3})))
        if not found:
            break
    file = io.BytesIO()
    np.savez_compressed(file, **found) if rng.random() < 0.3 else np.savez(file, **found)
    return file.getvalue() if rng.random() < 0.5 else _unfolding(rng, file)


def _odd(rng):
    odd = pick(rng, (*EVIL, np.ones(3), np.zeros((3, 9)), np.zeros((0, 42, 3)), np.array(True)))
    if isinstance(odd, list | dict) or odd is None:
        odd = json.dumps(odd)
    return np.array(odd.encode("utf-8", "replace").decode() if isinstance(odd, str) else odd)


def _unfolding(rng, file):
    """The zip with damaged bytes, or with an array that says to be large."""
    content = file.getvalue()
    if rng.random() < 0.5:
        return bytes_of(rng, content, len(content))
    shape = pick(rng, ("(1000000000, 42, 3)", "(-1,)", "(1e9,)", "(2000000, 42, 3)"))
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    array = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as now:
        for one in before.infolist():
            if one.filename != "directions.npy":
                now.writestr(one.filename, before.read(one))
        now.writestr("directions.npy", array + bytes(pick(rng, (0, 1000, 64 << 20))))
    return packed.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("counts", nargs="*", help="KIND=COUNT")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    counts = dict(one.split("=") for one in given.counts) or COUNTS
    faults = 0
    with tempfile.TemporaryDirectory(prefix="gestures-fuzz-") as folder:
        for kind, count in counts.items():
            case, numbers = globals()[kind], range(int(count))
            tally = running.run(kind, case, numbers, given.seed, GestureError, Path(folder))
            print(tally, flush=True)
            for number, text in tally.faults[:3]:
                print(f"--- {kind} {number}\n{text}", flush=True)
            faults += len(tally.faults)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
