# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs damaged cases, one after the other, and says what went wrong that must not.

A case may be taken or refused with one sentence. Faults are: any other exception, over PATIENCE
seconds, a number that is none in what comes out, a part of a file that is left, and a process that
has grown beyond MEMORY.
"""

import contextlib
import faulthandler
import re
import resource
import signal
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

PATIENCE = 10  # s
MEMORY = 1500  # MB, of the whole process


class Hang(BaseException):
    """A case takes too long."""


@dataclass
class Tally:
    """cases = taken + refused + faults; slowest: s; peak: MB of the process."""

    kind: str
    taken: int = 0
    refused: int = 0
    faults: list = field(default_factory=list)
    slowest: float = 0.0
    peak: float = 0.0

    def __str__(self):
        cases = self.taken + self.refused + len(self.faults)
        return (
            f"{self.kind:12} {cases:6} cases, {self.taken} taken, {self.refused} refused, "
            f"{len(self.faults)} faults, slowest {self.slowest:.2f} s, peak {self.peak:.0f} MB"
        )


def peak():
    """MB that this process had at most; getrusage counts what its parent had, too."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:  # not Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def run(kind, case, numbers, seed, refusals, folder):
    """CASE(rng, folder) for each of NUMBERS, with a generator of its own.

    refusals: the exceptions that are one sentence for the user.
    """
    tally = Tally(kind)
    for number in numbers:
        began = time.perf_counter()
        try:
            with _patience():
                case(np.random.default_rng([seed, number]), folder)
            tally.taken += 1
        except refusals as error:
            tally.refused += 1
            if (message := str(error)).count("\n") or len(message) > 5000:
                tally.faults.append((number, f"no sentence: {message[:300]!r}"))
        except (Exception, Hang):  # noqa: BLE001 - whatever comes is what is looked for
            tally.faults.append((number, traceback.format_exc(-6)))
        tally.slowest = max(tally.slowest, time.perf_counter() - began)
        if left := [path.name for path in folder.rglob(".part-*")]:
            tally.faults.append((number, f"left: {left}"))
    tally.peak = peak()
    if tally.peak > MEMORY:
        tally.faults.append((numbers[-1], f"{tally.peak:.0f} MB"))
    return tally


@contextlib.contextmanager
def _patience():
    def stop(_signal, _frame):
        raise Hang(f"over {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(PATIENCE)
    faulthandler.dump_traceback_later(6 * PATIENCE, exit=True)  # where Python does not come to it
    try:
        yield
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)


def finite(*arrays):
    """Fail where one of the ARRAYS has a number that is none."""
    for array in arrays:
        assert np.isfinite(np.asarray(array, float)).all(), "not finite"
