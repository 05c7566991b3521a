# SPDX-License-Identifier: GPL-3.0-or-later
"""A small share of the fuzz: what it does in full, tests/surveys/fuzz says."""

import subprocess
import sys

import pytest
from shared_folder import ROOT

FUZZ = ROOT / "tests" / "surveys" / "fuzz"


def fuzz(*counts):
    """The lines of its table, one a kind."""
    command = [sys.executable, str(FUZZ), *counts, "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    return [line for line in done.stdout.splitlines() if " cases, " in line]


@pytest.mark.slow
def test_files_and_requests_of_strangers_are_taken_or_refused():
    counts = ("sounds=40", "pictures=40", "checkpoints=12", "pickles=8", "transcripts=40",
              "plans=40", "styles=20", "configs=20", "vectors=40", "requests=60")  # fmt: skip
    lines = fuzz(*counts)
    assert len(lines) == len(counts)
    assert all(" 0 taken" not in line for line in lines[:3])  # some are whole, or it tests nothing


def test_the_same_seed_is_the_same_damage():
    sys.path.insert(0, str(FUZZ))
    try:
        import damage
        import numpy as np
    finally:
        sys.path.remove(str(FUZZ))
    tree = {"a": [1, 2, {"b": 3}], "c": "x"}
    for seed in range(30):
        first, again = (
            (damage.bytes_of(rng, bytes(300)), damage.json_of(rng, tree))
            for rng in map(np.random.default_rng, (seed, seed))
        )
        assert first == again
    assert tree == {"a": [1, 2, {"b": 3}], "c": "x"}


def test_a_fault_is_found(tmp_path, monkeypatch):
    """What must not be is told from what may be: or the fuzz could not fail."""
    sys.path.insert(0, str(FUZZ))
    try:
        import running
    finally:
        sys.path.remove(str(FUZZ))

    monkeypatch.setattr(running, "MEMORY", float("inf"))  # this process has all the tests' memory

    def case(rng, folder):
        kind = int(rng.integers(4))
        if kind == 0:
            raise ValueError("a refusal")
        if kind == 1:
            raise ZeroDivisionError
        if kind == 2:
            running.finite([1.0, float("nan")])

    tally = running.run("all", case, range(80), 0, ValueError, tmp_path)
    kinds = [text.strip().splitlines()[-1] for _, text in tally.faults]
    assert {kind.split(":")[0] for kind in kinds} == {"ZeroDivisionError", "AssertionError"}
    assert tally.refused > 5
    assert tally.taken > 5
