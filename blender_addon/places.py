# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths may be looked at when a .blend names them: files of this computer, no devices.

Looking is enough to do harm: Windows sends the user's password hash to a server that a path names.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Final

import bpy

DEVICES: Final = ("/dev", "/proc", "/sys")
NAMED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)( *\..*)? *", re.IGNORECASE)  # Windows


def why_not(path: str) -> str:
    """Why PATH, absolute or as the system has it, is not looked at, in a few words; "" if it is.

    The computer that the open .blend itself lies on is known already.
    """
    plain = path.replace("\\", "/")
    if plain.startswith("//") and _server(plain) != _server(bpy.data.filepath.replace("\\", "/")):
        return "is on another computer: copy it to this one, or give its folder a drive letter"
    system = os.path.normpath(plain).replace("\\", "/")
    if any(f"{system}/".startswith(f"{device}/") for device in DEVICES):
        return "is no plain file: choose another one"
    if sys.platform == "win32" and any(map(NAMED.fullmatch, plain.split("/"))):
        return "is a device: choose a file"
    return ""


def is_file(path: str | Path) -> bool:
    """Whether PATH is a plain file of this computer, as far as this user may see."""
    if why_not(str(path)):
        return False
    try:
        return Path(path).is_file() and not why_not(str(Path(path).resolve()))
    except (OSError, ValueError):  # not allowed to look, too long, no path at all
        return False


def _server(plain: str) -> str:
    """The computer and the share that PLAIN begins with; "" for a path of this one."""
    return "/".join(plain.split("/")[:4]).casefold() if plain.startswith("//") else ""
