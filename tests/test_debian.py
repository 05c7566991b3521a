# SPDX-License-Identifier: GPL-3.0-or-later
"""The Debian for the window's tests: what stands in its way, and where it comes from."""

import subprocess
import sys
from pathlib import Path

import pytest

import build

sys.path.append(str(build.WINDOW_TESTS))

import debian


def test_a_room_that_is_there_is_used(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(debian, "ROOMS", tmp_path)
    (tmp_path / "sid").mkdir()
    assert debian.main(["--suite", "sid"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "sid")


def test_without_leave_to_mount_there_is_none_and_a_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(debian, "ROOMS", tmp_path / "windows")
    monkeypatch.setattr(debian, "may_mount", lambda: False)
    assert debian.main([]) == 1
    assert capsys.readouterr().out.strip().endswith(".")
    assert not (tmp_path / "windows").exists()


def test_the_mirror_is_the_machines_own(monkeypatch, tmp_path):
    monkeypatch.setattr(debian, "APT", tmp_path)
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("# deb http://old/debian sid main\n")
    with pytest.raises(build.BuildError, match="names no Debian mirror"):
        debian.debian_mirror()
    sources = "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n"
    (tmp_path / "sources.list.d" / "debian.sources").write_text(sources)
    assert debian.debian_mirror() == "http://mirror.example/debian"
    (tmp_path / "sources.list").write_text(
        "deb [arch=amd64] https://near.example/debian/ sid main\n"
    )
    assert debian.debian_mirror() == "https://near.example/debian/"


def test_the_command_line_needs_no_environment():
    """A suite that nobody knows is one sentence, from a Python without anything installed."""
    command = [sys.executable, "-I", "-S", str(Path(debian.__file__)), "--suite", "potato"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 2 and "Traceback" not in answer.stderr
    assert "potato" in answer.stdout and answer.stdout.count("\n") == 1
