# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine's process writes to stderr, whoever in it does."""

import subprocess
import sys
import time

import pytest

from blender_addon import log
from blender_addon.engine.stderr import Stderr


def follow(path, code):
    """The Stderr of a process that has run CODE to its end."""
    stderr = Stderr(path)
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as process:
        stderr.follow(process.stderr)
        stderr.wait(20.0)
    return stderr


def test_it_is_kept_with_the_time_and_its_last_line_is_known(tmp_path):
    native = "import os; os.write(2, b'from native code\\n\\nand the last\\r\\n\\n')"
    stderr = follow(tmp_path / "logs" / "engine.log", native)
    begin, *said = (tmp_path / "logs" / "engine.log").read_text().splitlines()
    assert begin.startswith(f"--- {time.strftime('%Y-%m-')}")
    assert said == ["from native code", "", "and the last", ""]
    assert stderr.last_line == "and the last"


def test_of_a_crash_in_native_code_its_kind_is_the_last_word(tmp_path):
    crash = "import faulthandler, numpy; faulthandler.enable(); faulthandler._sigsegv()"
    stderr = follow(tmp_path / "engine.log", crash)
    assert stderr.last_line == "Fatal Python error: Segmentation fault"
    assert "most recent call first" in (tmp_path / "engine.log").read_text()


def test_the_file_stays_small_and_the_end_is_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr(log, "BYTES", 20_000)
    follow(tmp_path / "engine.log", "import sys\nfor n in range(9999): print(n, file=sys.stderr)")
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 20_000 * (1 + log.KEPT)
    assert (tmp_path / "engine.log").read_text().endswith("9998\n")


def test_lines_that_never_end_are_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(log, "BYTES", 20_000)
    follow(tmp_path / "engine.log", "import sys; sys.stderr.write('x' * 100_000)")
    assert all(file.stat().st_size <= 20_000 for file in tmp_path.iterdir())


def test_another_process_adds_to_it(tmp_path):
    first = follow(tmp_path / "engine.log", "import sys; sys.exit('the first')")
    second = follow(tmp_path / "engine.log", "pass")
    assert (first.last_line, second.last_line) == ("the first", "")
    assert (tmp_path / "engine.log").read_text().count("--- ") == 2


def test_bytes_that_are_no_text_do_no_harm(tmp_path):
    assert (
        follow(tmp_path / "engine.log", "import os; os.write(2, b'\\xff!')").last_line == "\ufffd!"
    )


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OSError, match="directory"):
        Stderr(tmp_path)
