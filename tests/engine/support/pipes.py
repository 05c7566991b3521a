# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the worker's protocol, and a Python that has numpy and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from shared_folder import ROOT


class Client:
    def __init__(self, module, environment=None, options=()):
        self.process = subprocess.Popen(
            [sys.executable, *options, "-u", "-m", module],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment,
        )  # fmt: skip

    def send(self, **request):
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()

    def reply(self):
        reply = json.loads(self.process.stdout.readline())
        data = {}
        for array in reply.get("arrays", []):
            dtype = np.dtype(array["dtype"])
            count = int(np.prod(array["shape"]))
            raw = self.process.stdout.read(count * dtype.itemsize)
            data[array["name"]] = np.frombuffer(raw, dtype).reshape(array["shape"])
        return reply, data

    def last(self):
        while (answer := self.reply())[0]["event"] == "progress":
            pass
        return answer


def bare(folder):
    """The environment of a Python that, with -S, sees its own library, numpy and the engine."""
    site = Path(np.__file__).parents[1]
    for name in ("numpy", "numpy.libs"):
        if (site / name).is_dir() and not (folder / name).exists():
            (folder / name).symlink_to(site / name)
    path = os.pathsep.join((str(ROOT), str(folder)))
    return {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
