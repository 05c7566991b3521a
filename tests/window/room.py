# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the tests' Blender window is: in a Debian folder of its own, or on this machine.

HA2G_WINDOW_BLENDER names a Blender program, or a folder with a Debian that holds one (see
`python3 build.py window`). A folder is entered with chroot, with what the session needs mounted
for this process alone: nothing is left behind.
"""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SESSION = Path(__file__).with_name("session.sh")
SIZE = 1440, 1200  # pixels of the screen
HOST = "/host"  # in a folder: where this machine's own root is mounted
PLACE = Path("/mnt")  # and where, in both, a session finds its files
CHOSEN = "HA2G_WINDOW_BLENDER"


@dataclass(frozen=True)
class Room:
    """root: the Debian folder, or None for this machine. blender: the program's name there."""

    root: Path | None
    blender: str

    def command(self, out, *arguments, size=SIZE):
        """The command line of a session that leaves its files in OUT; SIZE of its screen."""
        window = ["--window-geometry", "0", "0", *map(str, size), "--no-window-focus"]
        blender = [self.blender, "--gpu-backend", "opengl", *window, "--enable-event-simulate"]
        screen = f"{size[0]}x{size[1]}"
        inside = ["sh", SESSION, self.place(out), screen, *blender, *arguments]
        inside = [str(part) for part in inside]
        return inside if self.root is None else self._entered(inside, out)

    def place(self, out):
        """What the session calls the folder OUT."""
        return Path(out) if self.root is None else PLACE

    def engine(self, out):
        """The Python for the engine: this one, for which the session in a folder steps outside."""
        if self.root is None:
            return Path(sys.executable)
        script = Path(out) / "engine-python"
        script.write_text(f'#!/bin/sh\nexec chroot {HOST} {shlex.quote(sys.executable)} "$@"\n')
        script.chmod(0o755)
        return self.place(out) / script.name

    def _entered(self, inside, out):
        """INSIDE run in the folder, in a mount namespace that ends with it."""
        root = shlex.quote(str(self.root))
        lines = ["set -e", f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
        for path, seen in ((REPOSITORY, REPOSITORY), (out, PLACE)):
            place = f"{root}{shlex.quote(str(seen))}"
            lines += [f"mkdir -p {place}", f"mount --bind {shlex.quote(str(path))} {place}"]
        lines.append(f"mount --bind {shlex.quote(str(out))} {PLACE}")
        lines += [f"mkdir -p {root}{HOST}", f"mount --rbind / {root}{HOST}"]
        lines.append(f"exec chroot {root} {shlex.join(inside)}")
        return ["unshare", "--mount", "sh", "-c", "\n".join(lines)]


def find():
    """The room, and why there is none: exactly one of them is None."""
    chosen = os.environ.get(CHOSEN)
    if not chosen:
        return None, f"{CHOSEN} names no Blender: run `python3 build.py window`"
    path = Path(chosen)
    if not path.is_dir():
        missing = [name for name in ("Xvfb", "import") if shutil.which(name) is None]
        reason = f"this machine has no {' and no '.join(missing)}" if missing else None
        return (None, reason) if reason else (Room(None, str(path)), None)
    if not (path / "usr/bin/blender").exists():
        return None, f"'{path}' holds no Blender"
    reason = why_not_enter(path)
    return (None, reason) if reason else (Room(path, "blender"), None)


def why_not_enter(path):
    """Why the folder PATH cannot be entered here; None if it can."""
    if os.geteuid():
        return f"only root can enter '{path}'"
    trial = f"mount -t proc proc {shlex.quote(str(path))}/proc"
    try:
        done = subprocess.run(["unshare", "--mount", "sh", "-c", trial], capture_output=True)
    except OSError as error:
        return f"'{path}' cannot be entered: {error}"
    return "this machine lets nobody mount anything" if done.returncode else None
