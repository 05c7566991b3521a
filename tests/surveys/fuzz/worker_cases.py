# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to a real worker process, some of which are none."""

import json
import select
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from engine_cases import picture, request, sound, words
from running import MEMORY, PATIENCE, Tally, finite

FILES = 12  # of each kind, that requests name


class Worker:
    """The engine's worker behind its pipes, and its log."""

    def __init__(self, folder):
        self.log = folder / "worker.log"
        self.stderr = (folder / "worker.stderr").open("a+")
        command = [sys.executable, "-u", "-m", "ha2g_engine.worker", "--log", str(self.log)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.stderr, bufsize=0,
            cwd=Path(__file__).parents[3],
        )  # fmt: skip
        self.unread = b""

    def ask(self, line):
        self.process.stdin.write(line + b"\n")

    def answer(self):
        """The reply that ends a request, and its arrays. Raises TimeoutError, EOFError."""
        until = time.monotonic() + PATIENCE
        while True:
            reply = json.loads(self._line(until))
            arrays = [self._array(one, until) for one in reply.get("arrays", [])]
            if reply["event"] != "progress":
                return reply, arrays

    def _array(self, facts, until):
        dtype = np.dtype(facts["dtype"])
        size = int(np.prod(facts["shape"])) * dtype.itemsize
        while len(self.unread) < size:
            self._more(until)
        content, self.unread = self.unread[:size], self.unread[size:]
        return np.frombuffer(content, dtype)

    def _line(self, until):
        while b"\n" not in self.unread:
            self._more(until)
        line, _, self.unread = self.unread.partition(b"\n")
        return line

    def _more(self, until):
        ready, _, _ = select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))
        if not ready:
            raise TimeoutError(f"over {PATIENCE} s")
        if not (content := self.process.stdout.read(1 << 20)):
            raise EOFError(f"the worker ended: {self.process.wait()}")
        self.unread += content

    def memory(self):
        """MB that it has now, and had at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        facts = dict(line.split(":", 1) for line in status.splitlines())
        return tuple(int(facts[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))

    def end(self):
        self.process.kill()
        self.process.wait()
        self.stderr.close()


def requests(engine, count, seed, folder):
    """COUNT lines to one worker; it must answer each, and stay."""
    rng = np.random.default_rng([seed, count])
    paths = _files(rng, folder)
    tally, worker = Tally("requests"), Worker(folder)
    worker.ask(b'{"id": 0, "method": "hello"}')
    time.sleep(0.1)
    _loaded(worker)
    for number in range(count):
        line = request(np.random.default_rng([seed, number]), engine, paths)
        if b'"shutdown"' in line or b'"cancel"' in line:
            continue
        began = time.monotonic()
        try:
            worker.ask(line)
            _judge(tally, *worker.answer())
        except (AssertionError, TimeoutError, EOFError, ValueError, OSError) as error:
            tally.faults.append((number, f"{error!r}: {line[:600]!r}"))
            if not isinstance(error, AssertionError):
                worker.end()
                worker = Worker(folder)
        tally.slowest = max(tally.slowest, time.monotonic() - began)
    tally.peak = worker.memory()[1]
    if tally.peak > MEMORY:
        tally.faults.append((count, f"{tally.peak:.0f} MB"))
    worker.end()
    for path in (worker.log, folder / "worker.stderr"):
        if "Traceback" in (said := path.read_text("utf-8", "replace")):
            tally.faults.append((count, said[said.index("Traceback") :][:3000]))
    return tally


def _loaded(worker):
    """Wait until it has begun, which is not the time of a request."""
    while True:
        try:
            return worker.answer()
        except TimeoutError:
            continue


def _judge(tally, reply, arrays):
    if reply["event"] == "result":
        json.dumps(reply, allow_nan=False)
        finite(*arrays)
        tally.taken += 1
        return
    bad_line = reply["id"] is None and "not JSON" in reply["message"]
    assert reply["kind"] == "input" or bad_line, reply
    assert "\n" not in reply["message"], reply
    tally.refused += 1


def _files(rng, folder):
    """Damaged and whole files that requests name."""
    made = []
    for number in range(FILES):
        for kind, content in (("sound", sound), ("picture", picture), ("words", words)):
            path = folder / f"{kind}{number}"
            path.write_bytes(content(rng))
            made.append(path)
    return made
