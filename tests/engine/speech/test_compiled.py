# SPDX-License-Identifier: GPL-3.0-or-later
"""Only one process at a time imports librosa, and none waits for ever."""

import subprocess
import sys
import time

from ha2g_engine.speech import compiled

OTHER = """
import pathlib, sys
from ha2g_engine.speech.compiled import alone
print("ready", flush=True)
with alone(pathlib.Path(sys.argv[1])):
    print("in", flush=True)
"""


def test_another_process_waits(tmp_path):
    with compiled.alone(tmp_path / "lock"):
        command = [sys.executable, "-c", OTHER, tmp_path / "lock"]
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert other.stdout.readline() == "ready\n"
        time.sleep(1)
        assert other.poll() is None
    assert other.communicate(timeout=60)[0] == "in\n"


def test_a_lock_that_cannot_be_had_is_done_without(tmp_path):
    entered = []
    with compiled.alone(tmp_path / "none" / "x" / "lock"):
        entered.append("no folder")
    with compiled.alone(tmp_path / "lock"), compiled.alone(tmp_path / "lock", patience=0.1):
        entered.append("taken")
    assert entered == ["no folder", "taken"]
