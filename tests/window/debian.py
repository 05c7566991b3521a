# SPDX-License-Identifier: GPL-3.0-or-later
"""A Debian with a Blender in a folder, whose window the tests drive: `python3 debian.py`.

Prints the folder, made first if need be (some minutes, about 1.5 GB); or, with exit status 1 or
2, the sentence why there is none. Only root can make one. Standard library only: build.py runs
this beside its set-up, before there is any environment.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from build import APT, BuildError, Parser, apt_install, logged, say  # noqa: E402

ROOMS: Final = REPOSITORY / ".window"  # a folder for each Debian suite with a Blender
PACKAGES: Final = (  # what a Blender with a window needs there
    "blender", "imagemagick", "libegl1", "libgl1", "libgl1-mesa-dri", "python3-numpy",
    "python3-requests", "python3-zstandard", "xvfb",
)  # fmt: skip
SUITES: Final[dict[str, tuple[str, ...]]] = {  # Debian suite -> packages
    "trixie": PACKAGES,  # Blender 4.3
    "sid": (*PACKAGES, "python3-cattr"),
}
USUAL: Final = "trixie"


def room_of(suite: str) -> Path:
    """The folder with Debian SUITE, made now if it is not there. Raises BuildError."""
    room = ROOMS / suite
    if not room.is_dir():
        make_room(suite, room)
    return room


def make_room(suite: str, room: Path) -> None:
    """Put Debian SUITE with Blender into the folder ROOM: some minutes, 1.5 GB.

    Raises BuildError when this machine lets nobody do so.
    """
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and may_mount()):
        raise BuildError("Only root, where it may mount file systems, can install its Debian.")
    if shutil.which("debootstrap") is None:
        apt_install(["debootstrap"], "A Blender window")
    say(f"[setup] a Debian {suite} with Blender for the tests of its window")
    ROOMS.mkdir(exist_ok=True)
    part = ROOMS / f".part-{suite}"
    shutil.rmtree(part, ignore_errors=True)
    logged(private("debootstrap", "--variant=minbase", suite, part, debian_mirror()), "debootstrap")
    shutil.copy("/etc/resolv.conf", part / "etc/resolv.conf")
    install = ("apt-get", "install", "-y", "--no-install-recommends", *SUITES[suite])
    inside = ("env", "DEBIAN_FRONTEND=noninteractive", *install)
    mounts = f"mount -t proc proc {part}/proc && mount --rbind /dev {part}/dev"
    enter = f'{mounts} && exec chroot {part} "$@"'
    logged(private("sh", "-c", enter, "sh", "apt-get", "update"), "updating that Debian's list")
    logged(private("sh", "-c", enter, "sh", *inside), "installing Debian's Blender")
    part.rename(room)


def private(*command: str | Path) -> list[str]:
    """COMMAND with mounts of its own, gone when it ends."""
    return ["unshare", "--mount", *map(str, command)]


def may_mount() -> bool:
    """Whether this process may mount file systems (in a container it often may not)."""
    with tempfile.TemporaryDirectory() as folder:
        trial = private("mount", "-t", "proc", "proc", folder)
        try:
            return subprocess.run(trial, capture_output=True, check=False).returncode == 0
        except OSError:
            return False


def debian_mirror() -> str:
    """Where this Debian gets its packages from. Raises BuildError if it does not tell."""
    for path in (APT / "sources.list", *sorted(APT.glob("sources.list.d/*"))):
        text = path.read_text("utf-8", errors="replace") if path.is_file() else ""
        found = re.search(r"^(?:deb |URIs:).*?(https?://\S+/debian/?)(?:\s|$)", text, re.MULTILINE)
        if found:
            return found[1]
    raise BuildError("This machine names no Debian mirror: a Blender window needs one.")


def main(arguments: Sequence[str]) -> int:
    """Print the folder, or why there is none; the exit status."""
    parser = Parser(prog="debian.py", description=__doc__)
    parser.add_argument("--suite", default=USUAL, choices=SUITES, help="of Debian")
    try:
        print(room_of(parser.parse_args(arguments).suite))
    except BuildError as error:
        print(error)
        return error.status
    except KeyboardInterrupt:
        print("Stopped.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
