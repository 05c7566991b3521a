# SPDX-License-Identifier: GPL-3.0-or-later
"""One worker, many takes: how much it grows, and what it leaves open.

    python tests/surveys/soak.py [300]

With the default model. Speeches of 2 to 11 s follow each other, each with another seed, some with
a style, an exchanged stroke, or a picture; every seventh request is refused. Exit status 1 where
the worker grew by GROWTH MB or more after the WARM-th, or has more threads or open files than then.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/surveys/fuzz"), str(ROOT / "tests/engine/support")]

from worker_cases import Worker  # noqa: E402 - from the fuzz beside this

COUNT, WARM, GROWTH = 300, 20, 40
SPEECHES = 10


def main(count):
    with tempfile.TemporaryDirectory(prefix="gestures-soak-") as folder:
        speeches, picture = _files(Path(folder))
        worker = Worker(Path(folder))
        worker.ask(b'{"id": 0, "method": "hello"}')
        _reply(worker)
        plan, warm, facts = None, None, None
        for number in range(1, count + 1):
            plan = _one(worker, number, speeches, picture, plan)
            facts = _facts(worker)
            if number == min(WARM, count):
                warm = facts
            if number % 20 == 0:
                print("take {}: {:.1f} MB, {} threads, {} files".format(number, *facts), flush=True)
        worker.end()
    grown = facts[0] - warm[0]
    print(f"{count} takes: {grown:+.1f} MB after the {WARM}th, at most {GROWTH} are allowed")
    sys.exit(grown >= GROWTH or facts[1] > warm[1] or facts[2] > warm[2])


def _files(folder):
    rng, speeches = np.random.default_rng(0), [ROOT / "rigs/demo/jfk.flac"]
    for number in range(1, SPEECHES):
        time = np.arange((1 + number) * 16_000) / 16_000
        noise = 0.2 * (np.sin(6 * np.pi * time) > 0) * rng.standard_normal(len(time))
        speeches.append(folder / f"{number}.wav")
        soundfile.write(speeches[-1], noise, 16_000)
    picture = folder / "a.png"
    Image.fromarray(rng.integers(0, 255, (300, 200, 3), np.uint8)).save(picture)
    return speeches, picture


def _one(worker, number, speeches, picture, plan):
    """Ask for take NUMBER; its plan."""
    params = {"speech": str(speeches[number % SPEECHES]), "seed": number}
    if number % 3 == 0:
        params["style"] = np.random.default_rng(number).dirichlet((1, 1, 1), 6).T.tolist()
    if number % 5 == 0:
        params["image"] = str(picture)
    if number % 7 == 0:
        worker.ask(json.dumps({"id": 1, "method": "generate", "params": {"speech": "no"}}).encode())
        assert _reply(worker)["event"] == "error"
    if number % 4 == 0 and plan and plan["strokes"]:
        asked = {"plan": plan, "stroke": 0, "exchange_seed": number}
        worker.ask(json.dumps({"id": 2, "method": "exchange", "params": asked}).encode())
        params["plan"] = _reply(worker)["result"]["plan"]
        params["speech"] = str(speeches[(number - 1) % SPEECHES])
    worker.ask(json.dumps({"id": number, "method": "generate", "params": params}).encode())
    reply = _reply(worker)
    assert reply["event"] == "result", reply
    return reply["result"]["plan"]


def _reply(worker):
    """Its last one, however long it takes."""
    while True:
        try:
            return worker.answer()[0]
        except TimeoutError:
            continue


def _facts(worker):
    """MB, threads and open files of the worker."""
    status = Path(f"/proc/{worker.process.pid}/status").read_text()
    threads = next(line for line in status.splitlines() if line.startswith("Threads:"))
    files = len(list(Path(f"/proc/{worker.process.pid}/fd").iterdir()))
    return worker.memory()[0], int(threads.split()[1]), files


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
