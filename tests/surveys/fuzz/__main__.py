# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged files and requests in great numbers: each is taken, or refused with one sentence.

    python tests/surveys/fuzz                          the counts that a release has to pass
    python tests/surveys/fuzz sounds=50 plans=200      so many of these; --seed N for others

Kinds of the engine: requests, sounds, pictures, checkpoints, pickles, transcripts, plans, styles,
configs, vectors, videos (where the extra videos is installed); of the add-on, in a process of its
own: presets, mappings, npz. A fault is shown with the number that repeats it: --only NUMBER. Exit
status 1 where there are faults; see running.py.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "engine" / "support")]

COUNTS = {
    "requests": 10_000, "sounds": 2000, "pictures": 1000, "checkpoints": 700, "pickles": 300,
    "transcripts": 1000, "plans": 1000, "styles": 1000, "configs": 300,
    "vectors": 500, "videos": 500,
}  # fmt: skip
ADDON_COUNTS = {"presets": 1000, "mappings": 1000, "npz": 300}


def main():
    given = _given()
    counts = dict(given.counts) or COUNTS | ADDON_COUNTS
    faults = 0
    with tempfile.TemporaryDirectory(prefix="gestures-fuzz-") as folder:
        for kind, tally in _tallies(counts, given, Path(folder)):
            print(tally, flush=True)
            for number, text in tally.faults[: given.shown]:
                print(f"--- {kind}, --only {number}\n{text}", flush=True)
            faults += len(tally.faults)
    theirs = {kind: count for kind, count in counts.items() if kind in ADDON_COUNTS}
    if theirs:
        command = [sys.executable, str(Path(__file__).with_name("addon_cases.py"))]
        command += [f"{kind}={count}" for kind, count in theirs.items()]
        faults += subprocess.run([*command, "--seed", str(given.seed)], check=False).returncode
    sys.exit(1 if faults else 0)


def _tallies(counts, given, folder):
    wanted = {kind: count for kind, count in counts.items() if kind in COUNTS}
    if not wanted:
        return
    import running
    from checkpoint_cases import Checkpoints
    from data_cases import Data
    from engine_cases import Engine
    from worker_cases import requests

    from ha2g_engine.errors import Ha2gError

    work = folder / "work"
    work.mkdir()
    engine = Engine(folder)
    cases = engine.kinds | Checkpoints(engine, folder).kinds | Data(folder).kinds
    for kind, count in wanted.items():
        if kind == "requests":
            yield kind, requests(engine, count, given.seed, folder)
        else:
            first = 0 if given.only is None else given.only
            last = count if given.only is None else first + 1
            yield (
                kind,
                running.run(kind, cases[kind], range(first, last), given.seed, Ha2gError, work),
            )


def _given():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("counts", nargs="*", type=_count, help="KIND=COUNT")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the number of one case")
    parser.add_argument("--shown", type=int, default=3, help="faults that are shown, of each kind")
    return parser.parse_args()


def _count(text):
    kind, _, count = text.partition("=")
    if kind not in COUNTS | ADDON_COUNTS:
        raise argparse.ArgumentTypeError(f"{kind} is none of {', '.join(COUNTS | ADDON_COUNTS)}")
    return kind, int(count or (COUNTS | ADDON_COUNTS)[kind])


if __name__ == "__main__":
    main()
