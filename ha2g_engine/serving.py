# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on talks to: JSON lines in, JSON lines and raw arrays out.

Request: ``{"id": 7, "method": "generate", "params": {…}}``. Replies carry the id and an
``event``: ``progress`` (fraction, message), ``result`` (result, arrays; the arrays' bytes
follow in order, little-endian C order) or ``error`` (kind input, failure or cancelled; one
sentence). ``cancel`` is heard while a job runs. The end of stdin ends the process.
``worker`` and ``light_worker`` are processes that serve so, each with an engine of its own.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from . import __version__, log
from .checkpoints.header import DEFAULT
from .errors import Cancelled, InputError
from .gestures.plan import Plan
from .speech import audio, phrases
from .speech.sizes import SAMPLE_RATE
from .synthesis.answer import introduction, of
from .synthesis.performer import Performer
from .synthesis.settings import Settings
from .synthesis.windows import Progress

LOG: Final = logging.getLogger(f"{log.NAME}.worker")
Json = dict[str, Any]
Reply = tuple[Json, dict[str, np.ndarray[Any, Any]]]
Load = Callable[[str], Performer]  # of a checkpoint; raises InputError


class Worker:
    """One client, one job at a time; the last checkpoint used stays loaded.

    load: the engine. computed_by: what it computes with, for the log.
    """

    def __init__(self, requests: BinaryIO, replies: BinaryIO, load: Load, computed_by: str) -> None:
        self.requests = requests
        self.replies = replies
        self.load, self.computed_by = load, computed_by
        self.waiting: queue.Queue[Json | None] = queue.Queue()
        self.cancelled: set[Any] = set()
        self.loaded: tuple[tuple[str, float], Performer] | None = None
        self.methods: dict[str, Callable[[Json, Progress], Reply]] = {
            "hello": self.hello,
            "style": self.style,
            "generate": self.generate,
            "exchange": self.exchange,
            "phrases": self.phrases,
        }

    def run(self) -> None:
        """Serve until ``shutdown`` or the end of the requests."""
        LOG.info(
            "engine %s begins: Python %s, %s",
            *(__version__, platform.python_version(), self.computed_by),
        )
        threading.Thread(target=self._listen, daemon=True).start()
        while (request := self.waiting.get()) is not None:
            self._serve(request)
        LOG.info("engine ends")

    def hello(self, params: Json, progress: Progress) -> Reply:
        """Load the default model, warm the mel filters, say what this is."""
        progress(0.1, "Loading the model")
        performer = self._performer(params)
        audio.mel_spectrogram(np.zeros(SAMPLE_RATE, np.float32))
        return introduction(performer), {}

    def style(self, params: Json, progress: Progress) -> Reply:
        """The style coordinator's 3 × H matrix for a picture or an identity seed."""
        progress(0.1, "Looking at the picture")
        style = self._performer(params).style(_settings(params))
        return {"style": style.tolist()}, {}

    def generate(self, params: Json, progress: Progress) -> Reply:
        """A take; see ``Performer.generate``.

        Asked again with another style, only what the style changes is run: see ``session``.
        """
        speech = _speech(params)
        return of(self._performer(params).generate(speech, _settings(params), progress), speech)

    def exchange(self, params: Json, progress: Progress) -> Reply:
        """The ``plan`` with another gesture, drawn by ``exchange_seed``, for one ``stroke``."""
        progress(0.1, "Looking for another gesture")
        plan = Plan.from_dict(params.get("plan"))
        number, seed = (int(params.get(key) or 0) for key in ("stroke", "exchange_seed"))
        changed = self._performer(params).exchange(plan, number, seed, _settings(params))
        return {"plan": changed.to_dict()}, {}

    def phrases(self, params: Json, progress: Progress) -> Reply:
        """First and last second of each phrase, and the speech's length."""
        progress(0.1, "Listening")
        found, seconds = phrases.phrases(_speech(params))
        return {"phrases": found.tolist(), "seconds": seconds}, {}

    def _performer(self, params: Json) -> Performer:
        path = str(params.get("checkpoint") or DEFAULT)
        modified = Path(path).stat().st_mtime if Path(path).is_file() else 0.0
        if self.loaded is None or self.loaded[0] != (path, modified):
            LOG.info("loading '%s'", path)
            self.loaded = ((path, modified), self.load(path))
        return self.loaded[1]

    def _listen(self) -> None:
        try:
            for line in self.requests:
                if not self._hear(line):
                    break
        finally:
            self.waiting.put(None)

    def _hear(self, line: bytes) -> bool:
        """Take in one request; False for the last one."""
        try:
            request = json.loads(line)
            method = request["method"]
            if method == "cancel":
                self.cancelled.add((request.get("params") or {}).get("id"))
        except (ValueError, TypeError, KeyError, AttributeError):
            message = "A request is not JSON as the engine reads it."
            LOG.error(message)
            self._send(None, event="error", kind="failure", message=message)
            return True
        if method not in ("cancel", "shutdown"):
            self.waiting.put(request)
        return bool(method != "shutdown")

    def _serve(self, request: Json) -> None:
        job, began = request.get("id"), time.monotonic()
        LOG.debug("request %s: %s", job, request["method"])

        def progress(fraction: float, message: str) -> None:
            if job in self.cancelled:
                raise Cancelled("Stopped.")
            self._send(job, event="progress", fraction=round(fraction, 4), message=message)

        try:
            method = self.methods.get(request["method"])
            if method is None:
                raise InputError(f"The engine has no method '{request['method']}'.")
            result, arrays = method(request.get("params") or {}, progress)
        except Exception as error:  # noqa: BLE001 - the worker outlives any job
            self._fail(request, error)
            return
        self._send(job, arrays, event="result", result=result)
        LOG.info("request %s, %s: %.2f s", job, request["method"], time.monotonic() - began)

    def _fail(self, request: Json, error: Exception) -> None:
        job, method = request.get("id"), request["method"]
        if isinstance(error, Cancelled):
            kind, message = "cancelled", str(error)
            LOG.info("request %s, %s: cancelled", job, method)
        elif isinstance(error, InputError):
            kind, message = "input", str(error)
            LOG.warning("request %s, %s: refused: %s", job, method, message)
        else:
            LOG.error("request %s, %s: failed", job, method, exc_info=error)
            kind = "failure"
            message = (
                f"The engine failed ({type(error).__name__}: {error}); its log has the details."
            )
        self._send(job, event="error", kind=kind, message=message)

    def _send(
        self, job: Any, arrays: dict[str, np.ndarray[Any, Any]] | None = None, **reply: Any
    ) -> None:
        data = {
            k: np.ascontiguousarray(v, v.dtype.newbyteorder("<")) for k, v in (arrays or {}).items()
        }
        if reply["event"] == "result":
            reply["arrays"] = [
                {"name": k, "dtype": v.dtype.str, "shape": list(v.shape)} for k, v in data.items()
            ]
        packet = json.dumps({"id": job, **reply}).encode() + b"\n"
        self.replies.write(packet + b"".join(v.tobytes() for v in data.values()))
        self.replies.flush()


def _speech(params: Json) -> str:
    if not params.get("speech"):
        raise InputError("Choose a speech file first.")
    return str(params["speech"])


def _settings(params: Json) -> Settings:
    style = params.get("style")
    return Settings(
        images=[params["image"]] if params.get("image") else [],
        identity_seed=int(params.get("identity_seed") or 0),
        seed=int(params.get("seed") or 0),
        style=None if style is None else np.asarray(style, np.float32),
        transcript=params.get("transcript") or None,
        rest=None if params.get("rest") is None else bool(params["rest"]),
        energy=None if params.get("energy") is None else float(params["energy"]),
        fade=None if params.get("fade") is None else bool(params["fade"]),
        plan=Plan.from_dict(params["plan"]) if params.get("plan") else None,
    )


def main(load: Load, computed_by: str, log_file: Path | None = None) -> None:
    """Serve on stdin and stdout; anything printed goes to stderr. log_file: see ``log.begin``.

    Raises InputError if that cannot be written.
    """
    replies, sys.stdout = sys.stdout.buffer, sys.stderr
    try:
        log.begin(log_file)
    except OSError as error:
        raise InputError(
            f"The log '{log_file}' cannot be written ({error.strerror}): choose another file."
        ) from error
    try:
        Worker(sys.stdin.buffer, replies, load, computed_by).run()
    except Exception:  # such as an add-on that is gone
        LOG.critical("engine fails", exc_info=True)
        raise SystemExit(1) from None


def log_file_asked(arguments: list[str] | None = None) -> Path | None:
    """The file that the command line says to log to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path, help="the file to log to; stderr if left out")
    asked: Path | None = parser.parse_args(arguments).log
    return asked
