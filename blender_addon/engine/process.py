# SPDX-License-Identifier: GPL-3.0-or-later
"""The one engine process of this Blender: which Python it needs, starting it, its state."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import bpy

from .. import compat, log
from ..errors import GestureError
from ..paths import ENGINE_DIR, PACKAGE
from . import client as engine_client
from . import install, light, preferences, recipe
from .client import EngineClient, Failure, Progress, Reply, Result
from .parts import Made

LOG: Final = logging.getLogger(__name__)
SETUP_HINT: Final = "Set up the engine first (Gestures tab, or the add-on's preferences)"
OPTIONAL: Final = (
    "The light engine is built in: the default model, on the processor. The full engine is for "
    "other checkpoints, transcripts in all forms, a graphics card and training."
)
OUTDATED: Final = "This version of the add-on needs other packages: set up the engine anew"
OWN_FOLDER: Final = "gestures-engine"  # in a folder that the user chose
BUILT_MARKER: Final = "complete"  # a file that a finished set-up leaves: what it was made from


@dataclass
class _Session:
    """What is known about the engine; None and "" while it does not run."""

    client: EngineClient | None = None
    hello: int = 0
    since: float = 0.0
    info: dict[str, Any] = field(default_factory=dict)
    died: str = ""
    light: bool = False
    remark: str = ""


_session = _Session()


# --- which engine, and which Python -----------------------------------------------------


def is_light() -> bool:
    """Whether the light engine is the one to run: as chosen, or because no other is set up."""
    return preferences.get().engine == "LIGHT" or python_path() is None


def running_python() -> Path | None:
    """The Python of the engine that is the one to run; None when there is none."""
    return light.python() if is_light() else python_path()


def python_path() -> Path | None:
    """The full engine's Python: as chosen, or the first one found; None when there is none."""
    chosen = preferences.get().engine_python
    if chosen:
        return Path(bpy.path.abspath(chosen))
    return next((path for path in _candidates() if path.is_file()), None)


def why_missing() -> str:
    """What to do when there is no Python for any engine; "" when there is one."""
    return "" if running_python() else SETUP_HINT


def why_outdated() -> str:
    """What to do when the engine was set up for other packages than are needed; "" if not."""
    built = install.finished_in(setup_folder(), BUILT_MARKER)
    if built is None or running_python() != venv_python(built):
        return ""
    with contextlib.suppress(OSError, GestureError):
        made_from = (built / BUILT_MARKER).read_text(encoding="utf-8").splitlines()
        made = Made.of(made_from)
        needed = set(recipe.requirements_of(ENGINE_DIR))
        if not made.is_current() if made else made_from and set(made_from) != needed:
            return OUTDATED
    return ""


def is_built() -> bool:
    """Whether the add-on's own full engine is set up."""
    return install.finished_in(setup_folder(), BUILT_MARKER) is not None


def made() -> Made | None:
    """What the add-on's own full engine was made from; None without one, or without a lock file."""
    built = install.finished_in(setup_folder(), BUILT_MARKER)
    with contextlib.suppress(OSError):
        if built is not None:
            return Made.of((built / BUILT_MARKER).read_text(encoding="utf-8").splitlines())
    return None


def _candidates() -> list[Path]:
    given = os.environ.get("HA2G_PYTHON")
    built = install.finished_in(setup_folder(), BUILT_MARKER)
    return [
        *([Path(given)] if given else []),
        *([venv_python(built)] if built else []),
        venv_python(ENGINE_DIR.parent / ".venv"),
    ]


def venv_python(folder: Path) -> Path:
    """The Python inside a virtual environment."""
    return Path(recipe.built_python(folder))


def setup_folder() -> Path:
    """Where `Set up the engine` builds its virtual environment."""
    chosen = preferences.get().engine_folder
    return Path(chosen) / OWN_FOLDER if chosen else user_folder() / "venv"


def models_folder() -> Path:
    """Where the models that were brought in lie."""
    return user_folder() / "models"


def _model() -> dict[str, str]:
    """What `hello` is to load: the model of the preferences, or the default."""
    name = preferences.get().model
    path = models_folder() / name
    return {"checkpoint": str(path)} if name and path.is_file() else {}


def log_path() -> Path:
    """The file that holds what the engine wrote to stderr: errors, and native code's words."""
    return user_folder() / "engine.log"


def worker_log_path() -> Path:
    """The file that the engine logs its requests to."""
    return user_folder() / "worker.log"


def addon_log_path() -> Path:
    """The file that the add-on logs to."""
    return user_folder() / "gestures.log"


def user_folder() -> Path:
    """The add-on's own folder among the user's files."""
    return Path(compat.extension_folder(PACKAGE))


def command() -> list[str]:
    """The worker's command line. Raises GestureError when there is no Python for it."""
    python = running_python()
    if python is None:
        raise GestureError(f"{SETUP_HINT}.")
    if not (python.is_file() or shutil.which(str(python))):
        raise GestureError(
            f"The engine's Python '{python}' does not exist: choose another one in the "
            "add-on's preferences, or clear the field to let it be found."
        )
    module = light.MODULE if is_light() else engine_client.WORKER_MODULE
    return [*engine_client.worker_command(str(python), module), "--log", str(worker_log_path())]


# --- the process ----------------------------------------------------------------------


def client() -> EngineClient:
    """The running engine, started if need be. Raises GestureError if it cannot start."""
    current = _session.client
    free = current is not None and current.alive and current.open <= {_session.hello}
    if current is not None and free and _session.light == is_light():
        return current
    stop()
    _session.client, _session.since = _started(), time.monotonic()
    _session.light = is_light()
    _session.hello = _session.client.request("hello", **_model())
    return _session.client


def _started() -> EngineClient:
    source, wanted = ENGINE_DIR.parent, preferences.get()
    environment = engine_client.worker_environment(source, wanted.device)
    if is_light():
        environment = light.environment(environment)
    if wanted.detailed_log:
        environment.setdefault(log.LEVEL, "DEBUG")
    try:
        started = EngineClient(command(), log_path(), cwd=source, environment=environment)
    except GestureError as error:
        LOG.error("the engine does not start: %s", error)
        raise
    LOG.info("%s engine starts (%s)", "light" if is_light() else "full", wanted.device)
    return started


def poll() -> list[Reply]:
    """What the engine said since the last call, without its answer to `hello`.

    Loading the model is shown as progress of request 0.
    """
    if _session.client is None:
        return []
    replies = [_noted(reply) for reply in _session.client.poll()]
    return [reply for reply in replies if reply is not None]


def _noted(reply: Reply) -> Reply | None:
    """Keep what concerns the engine itself; None for what nobody else needs."""
    killed = _session.client is not None and _session.client.killed
    if isinstance(reply, Failure) and reply.kind == "died" and not killed:
        _note_death(reply.message)
    if isinstance(reply, Result) and reply.values.get("remark"):
        _session.remark = str(reply.values["remark"])
        _session.info["device"] = str(reply.values.get("device", "?"))
    if reply.id != _session.hello:
        return reply
    if isinstance(reply, Result):
        _session.info = reply.values
        known = ", ".join(f"{name} {value}" for name, value in reply.values.items())
        LOG.info("engine ready after %.1f s: %s", time.monotonic() - _session.since, known)
    return Progress(0, reply.fraction, reply.message) if isinstance(reply, Progress) else None


def cancel(number: int) -> None:
    """Ask the engine, if it runs, to stop request NUMBER."""
    if _session.client is not None:
        _session.client.cancel(number)


def info() -> dict[str, Any]:
    """The engine's own words: version, engine, device, checkpoint; {} before it said so."""
    return dict(_session.info)


def remark() -> str:
    """What the engine said of itself while it worked, such as that its device was too small."""
    return _session.remark


def is_ready() -> bool:
    """Whether the engine runs and has loaded its model."""
    return bool(_session.client and _session.client.alive and _session.info)


def is_starting() -> bool:
    """Whether the engine runs and has not said yet whether it could load its model."""
    current = _session.client
    return current is not None and current.alive and _session.hello in current.open


def death() -> str:
    """Why the engine stopped by itself; "" when it did not."""
    ended = _session.client if _session.client and not _session.client.alive else None
    if ended and not ended.killed and not _session.died:
        _note_death(ended.death_sentence())
    return _session.died


def _note_death(sentence: str) -> None:
    """Keep why the engine ended by itself."""
    if not _session.died:
        status = _session.client.status if _session.client else None
        LOG.error("engine died (status %s): %s", status, sentence)
    _session.died = sentence


def stop() -> None:
    """End the engine, if it runs, and forget how it ended."""
    global _session
    ending, _session = _session, _Session()
    if ending.client is not None:
        LOG.info("engine ends")
        ending.client.close()
