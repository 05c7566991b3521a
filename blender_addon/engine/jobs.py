# SPDX-License-Identifier: GPL-3.0-or-later
"""The one request the engine is working on, and how far it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from ..errors import GestureError
from . import process
from .client import Failure, Progress, Reply, Result

PAUSE: Final = 0.02  # seconds between two looks while waiting


@dataclass
class Job:
    """A request under way. outcome: None until it ended. fraction: 0..1.

    quiet: nobody waits for it: it is not shown, and gives way to any other request.
    held: whether it is answered, and the answer is being put to use.
    """

    number: int
    message: str
    fraction: float = 0.0
    outcome: Result | Failure | None = None
    cancelling: bool = False
    quiet: bool = False
    held: bool = False


_current: Job | None = None


def start(method: str, params: dict[str, Any], message: str, *, quiet: bool = False) -> Job:
    """Send a request; MESSAGE is shown until the engine says more.

    Raises GestureError while another one is under way, or if the engine cannot start.
    """
    global _current
    _make_way()
    if _current is not None:
        raise GestureError("The engine is busy: wait for it, or cancel.")
    _current = Job(process.client().request(method, **params), message, quiet=quiet)
    return _current


def _make_way() -> None:
    """End the job under way if nobody waits for it."""
    if _current is not None and _current.quiet:
        cancel()
        wait(_current)  # the engine looks for it before each level it runs: moments


def current() -> Job | None:
    """The job under way that the user waits for, if any."""
    return None if _current is None or _current.quiet else _current


def idle() -> bool:
    """Whether nothing is under way, not even what nobody waits for."""
    return _current is None


def why_not_now(needs_engine: bool = True) -> str:
    """Why nothing can be begun now, in a few words; "" if it can."""
    if current():
        return "The engine is busy"
    return process.why_missing() if needs_engine else ""


def poll() -> None:
    """Take in what the engine said; returns at once."""
    global _current
    for reply in process.poll():
        _take_in(reply)
    if _current is not None and _current.outcome is not None and not _current.held:
        _current = None


def _take_in(reply: Reply) -> None:
    job = _current
    if job is None or reply.id not in (job.number, 0):
        return
    if isinstance(reply, Progress):
        job.fraction, job.message = (reply.fraction if reply.id else 0.0), reply.message
    else:
        job.outcome = reply


def hold(job: Job, message: str) -> None:
    """Show JOB as still under way: its answer is being put to use."""
    global _current
    if _current is not job:
        _make_way()
    _current, job.message, job.held = job, message, True


def release(job: Job) -> None:
    """JOB's answer was put to use, or will not be."""
    global _current
    if _current is job:
        _current = None


def wait(job: Job) -> Result | Failure:
    """Block until JOB has ended: for scripts and tests, never for the window."""
    while job.outcome is None:
        poll()
        time.sleep(PAUSE)
    return job.outcome


def cancel() -> None:
    """Ask the engine to stop the job; it ends by a later poll(), after 1 s at most."""
    if _current is not None and not _current.cancelling:
        _current.cancelling, _current.message = True, "Cancelling"
        process.cancel(_current.number)


def abandon() -> None:
    """Forget the job and end the engine that works on it (a new file is being loaded)."""
    global _current
    if _current is not None:
        dropped, _current = _current, None
        dropped.outcome = Failure(dropped.number, "cancelled", "Cancelled.")
        if not dropped.held:
            process.stop()
