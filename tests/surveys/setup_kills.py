# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills a Blender at a moment of setting the engine up, again and again, and looks what is left.

    python tests/surveys/setup_kills.py --points 200 --seed 1

A process that sets an engine up anew over a finished one, by small commands in place of venv and
pip, gets SIGKILL after a time drawn from the whole of it. Then there must be a whole engine, the
old or the new one; nothing that was started may run on; and the next set-up must succeed.
"""

import argparse
import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = 40  # of an engine
MARKER = "complete"
BUILD = """
import pathlib, shutil, sys, time
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
for number in range({files}):
    (folder / str(number)).write_text(name)
    time.sleep(0.003)
"""
DOWNLOAD = """
import os, pathlib, sys, time
half, done = pathlib.Path(os.environ["TMPDIR"]) / "x", pathlib.Path(sys.argv[1])
half.write_bytes(bytes(1000))
time.sleep(0.05)
half.replace(done)
"""


def engine_modules():
    """The add-on's set-up without the rest of it, which would need Blender."""
    for name, place in (("blender_addon", "."), ("blender_addon.engine", "engine")):
        package = types.ModuleType(name)
        package.__path__ = [str(REPOSITORY / "blender_addon" / place)]
        sys.modules[name] = package
    from blender_addon.engine import install, recipe

    return install, recipe


def set_up(folder, name):
    """Set FOLDER up with an engine called NAME, to the end; the outcome."""
    install, recipe = engine_modules()
    wheels = recipe.wheels_of(folder)
    python, wheel = sys.executable, str(wheels / "x.whl")
    steps = (
        recipe.Step("Making", (python, "-c", BUILD.format(files=FILES), str(folder), name)),
        recipe.Step("Downloading", (python, "-c", DOWNLOAD, wheel), size=1000),
        recipe.Step("Trying", (python, "-c", "import time; time.sleep(0.05)")),
    )
    work = install.EngineSetup(recipe.Recipe(python, folder, (name,), steps, True, wheels), MARKER)
    while work.outcome is None:
        time.sleep(0.005)
    return work.outcome


def left(folder):
    """The name of the engine that is there, or what is wrong with it."""
    install, _ = engine_modules()
    found = install.finished_in(folder, MARKER)
    if found is None:
        return "none"
    names = {path.read_text() for path in found.iterdir()}
    whole = len(list(found.iterdir())) == FILES + 1
    return names.pop() if whole and len(names) == 1 else "half"


def running(folder):
    """Processes that were started for FOLDER, other than this one."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes()
            state = (place / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if str(folder).encode() in words and state != "Z" and int(place.name) != os.getpid():
            found.append(int(place.name))
    return found


def start(folder, name):
    command = [sys.executable, __file__, "--set-up", str(folder), "--name", name]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def strike(folder, seconds, number):
    """Kill one after SECONDS; the verdict."""
    before, now = left(folder), f"engine {number}"
    blender = start(folder, now)
    time.sleep(seconds)
    blender.send_signal(signal.SIGKILL)
    blender.wait()
    end = time.monotonic() + 3
    while running(folder):
        if time.monotonic() > end:
            return "orphans"
        time.sleep(0.02)
    found = left(folder)
    if found not in (before, now):
        return f"left: {found}"
    return "the new engine" if found == now else "the engine before"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set-up", type=Path)
    parser.add_argument("--name", default="first")
    asked = parser.parse_args()
    if asked.set_up:
        sys.exit(set_up(asked.set_up, asked.name) or 0)
    draw, verdicts = random.Random(asked.seed), collections.Counter()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "venv"
        began = time.monotonic()
        assert start(folder, "first").wait() == 0
        whole = time.monotonic() - began
        for number in range(asked.points):
            verdicts[strike(folder, draw.uniform(0, 1.1 * whole), number)] += 1
            if number % 10 == 9:
                assert start(folder, f"after {number}").wait() == 0
                assert left(folder) == f"after {number}"
    print(f"{asked.points} kills of a set-up of {whole:.2f} s, seed {asked.seed}")
    for verdict, times in verdicts.most_common():
        print(f"{times:5}  {verdict}")
    sys.exit(any(one not in ("the new engine", "the engine before") for one in verdicts))


if __name__ == "__main__":
    main()
