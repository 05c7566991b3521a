# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that this process cannot read itself, read by another program.

In Blender's own Python there is nothing that reads mp3 or jpg; Blender does. The add-on names it
in the environment: a command as JSON, which is given the file and where to put its content.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import tempfile
from functools import cache
from itertools import count
from pathlib import Path
from typing import Final

from . import log

LOG: Final = logging.getLogger(f"{log.NAME}.decoder")
COMMAND: Final = "HA2G_DECODER"  # environment variable
PATIENCE: Final = 300.0  # s
KEPT: Final = 6  # files that stay decoded; each is as large as its sound or picture

_decoded: dict[tuple[str, int, int], Path] = {}
_numbers: Final = count()


def decoded(path: Path, suffix: str) -> Path | None:
    """The content of ``path`` as a .wav or .npy file; None where nothing here can read it.

    A file that was decoded stays so until it changes, or others were decoded after it.
    """
    facts = path.stat()
    key = str(path), facts.st_mtime_ns, facts.st_size
    if key not in _decoded or not _decoded[key].is_file():
        target = _folder() / f"{next(_numbers)}{suffix}"
        if not _read(path, target):
            return None
        _decoded[key] = target
    for oldest in list(_decoded)[:-KEPT]:
        _decoded.pop(oldest).unlink(missing_ok=True)
    return _decoded[key]


def _read(path: Path, target: Path) -> bool:
    command = os.environ.get(COMMAND)
    if not command:
        return False
    try:
        run = subprocess.run(
            [*json.loads(command), str(path), str(target)],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        LOG.warning("'%s' is not decoded: %s", path, error)
        return False
    if run.returncode or not target.is_file():
        LOG.warning("'%s' is not decoded: %s", path, run.stderr.decode(errors="replace")[-500:])
        with contextlib.suppress(OSError):
            target.unlink(missing_ok=True)
        return False
    return True


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="gestures-"))
