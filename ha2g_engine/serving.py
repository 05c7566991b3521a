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

from . import __version__, log, paths, protocol
from .checkpoints.header import DEFAULT
from .errors import Cancelled, InputError
from .gestures import edits, hand_shapes, moods, proposing, tags
from .gestures.plan import Plan
from .speech import alignment, audio, phrases
from .speech.sizes import SAMPLE_RATE
from .speech.voices import cleaning
from .synthesis import asking, people
from .synthesis.answer import introduction, of
from .synthesis.performer import Performer
from .synthesis.windows import Progress

LOG: Final = logging.getLogger(f"{log.NAME}.worker")
Json = dict[str, Any]
Reply = tuple[Json, dict[str, np.ndarray[Any, Any]]]
Load = Callable[[str], Performer]  # of a checkpoint; raises InputError
Rescue = Callable[[Exception], str]  # what to say of an error that a second try, elsewhere, avoids


def nothing_helps(error: Exception) -> str:
    """For an engine that has one device."""
    return ""


class Worker:
    """One client, one job at a time; the last checkpoint used stays loaded.

    load: the engine. computed_by: what it computes with, for the log. rescue: after it, what is
    loaded computes elsewhere; "" where that would not help.
    """

    def __init__(
        self,
        requests: BinaryIO,
        replies: BinaryIO,
        load: Load,
        computed_by: str,
        rescue: Rescue = nothing_helps,
    ) -> None:
        self.requests = requests
        self.replies = replies
        self.load, self.computed_by, self.rescue = load, computed_by, rescue
        self.waiting: queue.Queue[Json | None] = queue.Queue()
        self.cancelled: set[Any] = set()
        self.loaded: tuple[tuple[str, int, int], Performer] | None = None
        self.methods: dict[str, Callable[[Json, Progress], Reply]] = {
            "hello": self.hello,
            "style": self.style,
            "generate": self.generate,
            "exchange": self.exchange,
            "edit": self.edit,
            "moods": self.moods,
            "repertoire": self.repertoire,
            "people": self.people,
            "phrases": self.phrases,
            "words": self.words,
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
        """The style coordinator's 3 × H matrix, and the manner, for a picture or identity seed.

        pictures: what is seen in each, see ``Seen.told``; None where nobody looks for people.
        With them come arrays picture_0 …, (height, width, 3) uint8, upright and small.
        """
        progress(0.1, "Looking at the picture")
        performer, settings = self._performer(params), asking.settings(params)
        style = performer.style(settings)
        progress(0.5, "Looking at the picture")
        manner = performer.manner(settings)
        found = performer.eyes.look(settings)
        told = [one.told() for one in found.seen] if found else None
        small = {f"picture_{n}": one.small for n, one in enumerate(found.seen)} if found else {}
        return {"style": style.tolist(), "manner": manner.to_dict(), "pictures": told}, small

    def generate(self, params: Json, progress: Progress) -> Reply:
        """A take; see ``Performer.generate``.

        Asked again with another style, only what the style changes is run: see ``session``.
        """
        speech, settings = asking.speech(params), asking.settings(params)
        performer = self._performer(params)
        take = performer.generate(speech, settings, progress)
        return of(take, speech, *settings.meant(performer.notes).sound)

    def exchange(self, params: Json, progress: Progress) -> Reply:
        """The ``plan`` with another gesture, drawn by ``exchange_seed``, for one ``stroke``."""
        progress(0.1, "Looking for another gesture")
        plan = Plan.from_dict(params.get("plan"))
        number, seed = (asking.whole(params, key) for key in ("stroke", "exchange_seed"))
        change = {"do": "exchange", "stroke": number, "seed": seed}
        changed = self._performer(params).edit(plan, change, asking.settings(params))
        return {"plan": changed.to_dict()}, {}

    def edit(self, params: Json, progress: Progress) -> Reply:
        """The take of the ``plan`` with one more edit, ``change``: see ``gestures.edits.changed``.

        `reach`: first and last second of what the edit changes, one or two pairs, or none.
        """
        progress(0.1, "Changing the stroke")
        plan, change = Plan.from_dict(params.get("plan")), params.get("change")
        if not isinstance(change, dict):
            raise InputError("'change' says what becomes of a stroke: an object is expected.")
        settings = asking.settings(params)
        performer = self._performer(params)
        changed = performer.edit(plan, change, settings)
        values, arrays = self.generate({**params, "plan": changed.to_dict()}, progress)
        acted = [performer.acted(one, settings) for one in (plan, changed)]
        return {**values, "reach": edits.reach(*acted)}, arrays

    def moods(self, params: Json, progress: Progress) -> Reply:
        """The take in the moods that its voice suggests; `moods` says which."""
        progress(0.0, "Listening to the voice")
        asked = asking.settings(params)
        heard = cleaning.hear(asking.speech(params), asked.channel, asked.voice_only is not False)
        found = proposing.proposed(heard)
        return self.generate({**params, "moods": moods.told(found)}, progress)

    def repertoire(self, params: Json, progress: Progress) -> Reply:
        """The gestures that the model knows, and the hand shapes there are."""
        progress(0.1, "Looking at the gestures")
        gestures = self._performer(params).repertoire()
        return {"gestures": gestures, "shapes": hand_shapes.names()}, {}

    def people(self, params: Json, progress: Progress) -> Reply:
        """Imagined people on a map: see ``synthesis.people.on_map``."""
        progress(0.1, "Looking for people")
        performer = self._performer(params)
        config = performer.config
        known = config.n_speakers if config.identity == "speaker" else None
        return {"people": people.on_map(known, performer.described)}, {}

    def phrases(self, params: Json, progress: Progress) -> Reply:
        """First and last second of each phrase, and the speech's length."""
        progress(0.1, "Listening")
        heard = asking.settings(params)
        voice_only = heard.voice_only is not False
        found, seconds = phrases.phrases(asking.speech(params), heard.channel, voice_only)
        return {"phrases": found.tolist(), "seconds": seconds}, {}

    def words(self, params: Json, progress: Progress) -> Reply:
        """When the words of a ``text`` are said, and what gestures they ask for.

        words: rows of text, start and end that are known already, instead of the text; without
        them the text is aligned with the speech, and what is said is recognised where there is
        none either. suggestions: number of a word and of words,
        meaning, how sure. told: sentences on a text that is hardly what is said, and on tags that
        ask for nothing.
        """
        progress(0.0, "Reading the speech")
        speech, said = asking.speech(params), asking.words(params)
        doubts: list[str] = []
        if said is None:
            text, sound = asking.text(params, "text"), audio.load_speech(speech)
            if text is None:
                said = tuple(alignment.recognised(sound, speech, progress))
            else:
                said = tuple(alignment.aligned(sound, text, speech, progress, doubts.append))
        planner = self._performer(params).planner
        found = planner.suggested(speech, said) if planner else []
        told = tags.remarks(said, planner.repertoire) if planner else ()
        return {
            "words": [word.row for word in said],
            "suggestions": [[one.word, one.count, one.meaning, one.sure] for one in found],
            "told": [*doubts, *told],
        }, {}

    def _performer(self, params: Json) -> Performer:
        path = asking.text(params, "checkpoint") or str(DEFAULT)
        stamp = paths.stamp(path)
        if self.loaded is None or self.loaded[0] != stamp:
            LOG.info("loading '%s'", paths.shown(path))
            self.loaded = stamp, self.load(path)
        return self.loaded[1]

    def _listen(self) -> None:
        try:
            for line in protocol.lines(self.requests):
                if not self._hear(line):
                    break
        finally:
            self.waiting.put(None)

    def _hear(self, line: bytes) -> bool:
        """Take in one request; False for the last one."""
        try:
            request = protocol.request(line)
            method = request["method"]
            if method == "cancel":
                self.cancelled.add(request["params"].get("id"))
        except (ValueError, TypeError):  # TypeError: an id that no request has
            message = "A request is not JSON as the engine reads it."
            LOG.error(message)
            self._send(None, event="error", kind="failure", message=message)
            return True
        if method not in ("cancel", "shutdown"):
            self.waiting.put(request)
        return bool(method != "shutdown")

    def _serve(self, request: Json) -> None:
        job, began = request["id"], time.monotonic()
        LOG.debug("request %s: %s", job, paths.shown(request["method"]))

        def progress(fraction: float, message: str) -> None:
            if job in self.cancelled:
                raise Cancelled("Stopped.")
            self._send(job, event="progress", fraction=round(fraction, 4), message=message)

        try:
            method = self.methods.get(request["method"])
            if method is None:
                raise InputError(f"The engine has no method '{paths.shown(request['method'])}'.")
            result, arrays = self._answer(method, request["params"], progress)
        except Exception as error:  # noqa: BLE001 - the worker outlives any job
            self._fail(request, error)
            return
        self._send(job, arrays, event="result", result=result)
        LOG.info("request %s, %s: %.2f s", job, request["method"], time.monotonic() - began)

    def _answer(
        self, method: Callable[[Json, Progress], Reply], params: Json, progress: Progress
    ) -> Reply:
        """What METHOD answers; on another device, and saying so, where the first is too small."""
        try:
            return method(params, progress)
        except Exception as error:
            remark = "" if isinstance(error, Cancelled | InputError) else self.rescue(error)
            if not remark:
                raise
        LOG.warning(remark)
        self.loaded = None
        progress(0.0, remark)
        result, arrays = method(params, progress)
        device = self.loaded[1].device if self.loaded else ""
        return {**result, "remark": remark, "device": device}, arrays

    def _fail(self, request: Json, error: Exception) -> None:
        job, method = request["id"], paths.shown(request["method"])
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


def main(
    load: Load, computed_by: str, log_file: Path | None = None, rescue: Rescue = nothing_helps
) -> None:
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
        Worker(sys.stdin.buffer, replies, load, computed_by, rescue).run()
    except Exception:  # such as an add-on that is gone
        LOG.critical("engine fails", exc_info=True)
        raise SystemExit(1) from None


def log_file_asked(arguments: list[str] | None = None) -> Path | None:
    """The file that the command line says to log to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path, help="the file to log to; stderr if left out")
    asked: Path | None = parser.parse_args(arguments).log
    return asked
