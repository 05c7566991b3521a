# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the engine's worker process, sends it requests and collects its replies.

No bpy in here. Nothing blocks: a thread reads the worker's output into a queue, and the
owner calls poll() now and then (an operator's timer, or a test).

A request is one JSON line. A reply is one JSON line; a result's line is followed by the
raw bytes of its arrays, little-endian, in the order it names them.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np

from ..errors import GestureError
from .journal import Journal
from .stderr import Stderr

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANCEL_GRACE = 1.0  # seconds a worker gets to stop by itself
CLOSE_GRACE = 1.0  # seconds it gets to end after `shutdown`
LAST_WORDS: Final = 0.5  # seconds for what an engine that ended said before
WORKER_MODULE: Final = "ha2g_engine.worker"


@dataclass(frozen=True)
class Progress:
    """How far a request is: fraction 0..1."""

    id: int
    fraction: float
    message: str


@dataclass(frozen=True)
class Result:
    """What a request gave: plain values, and arrays by name."""

    id: int
    values: dict[str, Any]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """Why a request gave nothing. kind: "input", "failure", "cancelled" or "died"."""

    id: int
    kind: str
    message: str


Reply = Progress | Result | Failure


def worker_command(python: str, module: str = WORKER_MODULE) -> list[str]:
    """The command line that starts the engine's worker, or another MODULE that serves so."""
    return [python, "-u", "-m", module]


def worker_environment(source: Path, device: str = "") -> dict[str, str]:
    """The environment of Blender, with the engine importable and Blender's Python left out.

    source: the folder that holds `ha2g_engine`. device: "CPU" hides the GPUs from the engine.
    """
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONSTARTUP")}
    environment["PYTHONPATH"] = str(source)
    environment["PYTHONIOENCODING"] = "utf-8"
    if device == "CPU":
        environment["CUDA_VISIBLE_DEVICES"] = ""
    return environment


class EngineClient:
    """One worker process; dies with close(), or by itself (then `alive` is False)."""

    def __init__(
        self, command: Sequence[str], log: Path, *, cwd: Path, environment: dict[str, str]
    ) -> None:
        """Start COMMAND in CWD, its stderr going to the end of the file LOG.

        Raises GestureError if it cannot be started.
        """
        self.log = log
        self.killed = False
        self._ids = itertools.count(1)
        self._replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        self._open: dict[int, float | None] = {}  # request -> when to kill, once cancelled
        self._journal = Journal()
        self._process, self._stderr = _start(command, log, cwd, environment)
        threading.Thread(target=self._read, name="gestures-engine", daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether the worker still runs."""
        return self._process.poll() is None

    @property
    def status(self) -> int | None:
        """The exit status of the worker, minus a signal if one ended it; None while it runs."""
        return self._process.poll()

    @property
    def open(self) -> set[int]:
        """The requests that have not been answered yet."""
        return set(self._open)

    def request(self, method: str, **params: Any) -> int:
        """Send a request; the number its replies carry."""
        number = next(self._ids)
        self._open[number] = None
        self._journal.sent(number, method)
        self._send({"id": number, "method": method, "params": params})
        return number

    def cancel(self, number: int) -> None:
        """Ask the worker to stop request NUMBER; poll() kills it when it does not in time."""
        if self._open.get(number, 0.0) is None:
            self._open[number] = time.monotonic() + CANCEL_GRACE
            self._send({"id": next(self._ids), "method": "cancel", "params": {"id": number}})

    def poll(self) -> list[Reply]:
        """The replies since the last call; returns at once.

        A worker that ended leaves one Failure for each request it had not answered.
        """
        self._kill_overdue()
        replies: list[Reply] = []
        while not self._replies.empty():
            reply = self._replies.get()
            replies += self._lost_requests() if reply is None else self._accepted(reply)
        return replies

    def close(self) -> None:
        """End the worker: politely, then by force. Waits 1 s at most."""
        self._send({"id": next(self._ids), "method": "shutdown", "params": {}})
        with contextlib.suppress(OSError), _no_sigpipe():
            _pipe(self._process.stdin).close()
        try:
            self._process.wait(timeout=CLOSE_GRACE if not self._open else 0.05)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the worker now."""
        self.killed = True
        self._process.kill()
        self._process.wait()

    def _send(self, message: dict[str, Any]) -> None:
        """Write one line; a worker that is gone shows up in poll() instead of here."""
        with contextlib.suppress(OSError, ValueError), _no_sigpipe():
            stream = _pipe(self._process.stdin)
            stream.write(json.dumps(message).encode() + b"\n")
            stream.flush()

    def _accepted(self, reply: Reply) -> list[Reply]:
        """REPLY if its request is still open; a cancelled request can only end."""
        if reply.id not in self._open:
            return []
        cancelled = self._open[reply.id] is not None
        if cancelled and isinstance(reply, Result):
            reply = Failure(reply.id, "cancelled", "Cancelled.")
        if not isinstance(reply, Progress):
            del self._open[reply.id]
            self._log(reply)
        return [self._explained(reply)]

    def _explained(self, reply: Reply) -> Reply:
        """REPLY; where it speaks of the log, with the log's path."""
        if isinstance(reply, Failure) and reply.kind == "failure":
            message = f"{reply.message.rstrip('.')} ('{self.log}')."
            return Failure(reply.id, reply.kind, message)
        return reply

    def _lost_requests(self) -> list[Reply]:
        """One Failure for each open request of a worker that ended."""
        failures: list[Reply] = [
            Failure(number, "died", self.death_sentence())
            if deadline is None
            else Failure(number, "cancelled", "Cancelled.")
            for number, deadline in self._open.items()
        ]
        self._open.clear()
        for failure in failures:
            self._log(failure)
        return failures

    def _log(self, reply: Reply) -> None:
        """Log how a request ended."""
        if isinstance(reply, Failure):
            self._journal.failed(reply.id, reply.kind, reply.message)
        else:
            self._journal.answered(reply.id)

    def death_sentence(self) -> str:
        """Why the worker ended by itself, as far as its log tells, and what to do."""
        self._stderr.wait(LAST_WORDS)
        detail = self._stderr.last_line
        return (
            f"The engine stopped unexpectedly{f' ({detail})' if detail else ''}: restart it, or "
            f"set it up anew in the add-on's preferences. '{self.log}' has the details."
        )

    def _kill_overdue(self) -> None:
        now = time.monotonic()
        if self.alive and any(limit is not None and limit < now for limit in self._open.values()):
            self.kill()

    def _read(self) -> None:
        """Reader thread: everything the worker says, then None."""
        stream = _pipe(self._process.stdout)
        try:
            while line := stream.readline():
                if reply := _parse(line, stream):
                    self._replies.put(reply)
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._stderr.note(f"The engine said something that is no reply: {error!r}")
            self._process.kill()
        self._process.wait()
        self._replies.put(None)


@contextlib.contextmanager
def _no_sigpipe() -> Iterator[None]:
    """Writing to a worker that is gone is an OSError in here, and nothing else.

    Unlike Python by itself, Blender leaves SIGPIPE as the system has it: it would end Blender.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows has no such signal
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
    try:
        yield
    finally:
        if signal.SIGPIPE in signal.sigpending():
            signal.sigwait({signal.SIGPIPE})
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(
    command: Sequence[str], log: Path, cwd: Path, environment: dict[str, str]
) -> tuple[subprocess.Popen[bytes], Stderr]:
    try:
        stderr = Stderr(log)
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=environment,
            creationflags=no_console(),
        )
        stderr.follow(_pipe(process.stderr))
        return process, stderr
    except OSError as error:
        raise GestureError(
            f"The engine's Python '{command[0]}' does not start ({error.strerror or error}): "
            "choose another one in the add-on's preferences."
        ) from error


def no_console() -> int:
    """Windows opens a console for each child unless told not to."""
    return 0x08000000 if sys.platform == "win32" else 0  # CREATE_NO_WINDOW


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("no pipe")
    return stream


def _parse(line: bytes, stream: IO[bytes]) -> Reply | None:
    """One reply; reads the arrays that follow a result's line. None for a blank line."""
    if not line.strip():
        return None
    message = json.loads(line)
    number, event = int(message["id"] or 0), message["event"]
    if event == "progress":
        return Progress(number, float(message["fraction"]), str(message["message"]))
    if event == "error":
        return Failure(number, str(message["kind"]), str(message["message"]))
    arrays = {spec["name"]: _read_array(spec, stream) for spec in message.get("arrays", ())}
    return Result(number, message["result"], arrays)


def _read_array(spec: dict[str, Any], stream: IO[bytes]) -> NDArray[Any]:
    dtype, shape = np.dtype(spec["dtype"]), tuple(spec["shape"])
    size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    data = stream.read(size)
    if len(data) != size:
        raise ValueError(f"{spec['name']} has {len(data)} of {size} bytes")
    return np.frombuffer(data, dtype=dtype).reshape(shape).copy()
