# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Pythons of this computer can hold the full engine."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from typing import Final

from ..errors import GestureError
from . import lock
from .client import no_console

NEWEST, OLDEST = (3, 13), (3, 11)  # Pythons the engine's packages exist for
VERSION: Final = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
WHICH: Final = (
    "import json, platform, sys; "
    "print(json.dumps([sys.version_info[:2], sys.platform, platform.machine()]))"
)


def find_python() -> str:
    """A Python that can hold the engine. Raises GestureError if there is none."""
    names = [f"python3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    found = list(filter(None, map(shutil.which, [sys.executable, *names, "python3", "python"])))
    fitting = [python for python in found if _says(python, VERSION)]
    for python in fitting:
        if _says(python, "import venv, ensurepip"):
            return python
    if fitting:
        raise GestureError(
            f"'{fitting[0]}' cannot make virtual environments: install its venv (on Debian and "
            "Ubuntu the package python3-venv) and try again."
        )
    raise GestureError(
        "No Python 3.11 to 3.13 was found to build the engine with: install one and try again."
    )


def _says(python: str, code: str) -> bool:
    """Whether CODE runs in PYTHON without an error."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        run = subprocess.run(
            [python, "-c", code],
            capture_output=True,
            timeout=10,
            check=False,
            creationflags=no_console(),
        )
        return run.returncode == 0
    return False


def target(python: str) -> str:
    """What the lock file for PYTHON is called. Raises GestureError if it does not start."""
    try:
        answer = subprocess.run(
            [python, "-c", WHICH],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
            creationflags=no_console(),
        )
        version, system, machine = json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise GestureError(f"The Python '{python}' does not start: {error}.") from error
    return lock.target(tuple(version), system, machine)


def likely_target() -> str:
    """The same for the Python that will probably be taken, without starting any."""
    own = sys.version_info[:2]
    return lock.target(min(max(own, OLDEST), NEWEST))
