# SPDX-License-Identifier: GPL-3.0-or-later
"""A small share of the fuzz of what strangers send to the add-on; see tests/surveys/fuzz."""

import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).parents[2] / "surveys" / "fuzz" / "addon_cases.py"


@pytest.mark.once
def test_files_of_strangers_are_taken_or_refused():
    counts = ("presets=150", "mappings=150", "npz=40")
    command = [sys.executable, str(CASES), *counts, "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    lines = [line for line in done.stdout.splitlines() if " cases, " in line]
    assert len(lines) == len(counts)
    assert all(" 0 taken" not in line for line in lines)
