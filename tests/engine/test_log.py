# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's log: what is in it, what is not, and how large it becomes."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest

from ha2g_engine import __version__, log

FAULTY = """
from ha2g_engine import serving, worker
serving.Worker.style = lambda *asked: float("no number")  # a mistake of ours, not of the user's
worker.main(serving.log_file_asked())
"""


@pytest.fixture
def logger():
    """The package's logger; no handler of it outlives the test."""
    yield logging.getLogger(log.NAME)
    log.end()


def serve(requests, *options, command=("-m", "ha2g_engine.worker"), level=None):
    """A worker's whole life: (exit status, replies' lines, stderr)."""
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    environment = {k: v for k, v in os.environ.items() if k != log.LEVEL}
    run = subprocess.run(
        [sys.executable, *command, *map(str, options)],
        input=lines.encode(),
        capture_output=True,
        timeout=120,
        env=environment | ({log.LEVEL: level} if level else {}),
    )
    return run.returncode, run.stdout, run.stderr.decode()


def test_a_file_never_grows_beyond_its_size(logger, tmp_path, monkeypatch):
    monkeypatch.setattr(log, "BYTES", 2000)
    log.begin(tmp_path / "logs" / "worker.log")
    for number in range(500):
        logger.info("line %d", number)
    files = sorted((tmp_path / "logs").iterdir())
    assert [file.name for file in files] == ["worker.log", "worker.log.1", "worker.log.2"]
    assert all(file.stat().st_size <= 2000 for file in files)
    assert files[0].read_text().endswith("line 499\n")


def test_a_file_that_cannot_be_renamed_begins_anew(logger, tmp_path, monkeypatch):
    def held(*_):
        raise PermissionError("another process has it open")

    monkeypatch.setattr(log, "BYTES", 2000)
    monkeypatch.setattr(RotatingFileHandler, "rotate", held)
    log.begin(tmp_path / "worker.log")
    for number in range(500):
        logger.info("line %d", number)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size <= 2000
    assert file.read_text().endswith("line 499\n")


@pytest.mark.parametrize(
    ("asked", "level"),
    [(None, "INFO"), ("debug", "DEBUG"), ("WARNING", "WARNING"), ("loud", "INFO")],
)
def test_the_environment_chooses_the_level(asked, level, monkeypatch):
    monkeypatch.delenv(log.LEVEL, raising=False)
    if asked:
        monkeypatch.setenv(log.LEVEL, asked)
    assert logging.getLevelName(log.wanted_level()) == level


def test_nothing_reaches_the_root_logger(logger, tmp_path):
    heard = []
    listener = logging.Handler()
    listener.emit = heard.append
    logging.getLogger().addHandler(listener)
    try:
        log.begin(tmp_path / "worker.log")
        logger.error("ours")
    finally:
        logging.getLogger().removeHandler(listener)
    assert not heard


def test_each_request_its_method_its_seconds_and_its_end(tmp_path, small_checkpoint, write_speech):
    model = {"checkpoint": str(small_checkpoint)}
    words = tmp_path / "words.json"
    words.write_text('[["confidential", 0.1, 0.5]]')
    speech = {"speech": str(write_speech(seconds=2)), **model}
    file = tmp_path / "worker.log"
    requests = (
        {"id": 1, "method": "generate", "params": {**speech, "transcript": str(words)}},
        {"id": 2, "method": "generate", "params": {**model, "speech": "gone.wav"}},
        {"id": 3, "method": "style", "params": model},
    )
    status, _, stderr = serve(requests, "--log", file, command=("-c", FAULTY), level="DEBUG")
    assert status == 0
    text = file.read_text()
    assert f"engine {__version__} begins: Python 3." in text
    assert "DEBUG" in text
    assert "INFO" in text.split("request 1, generate: ")[0].splitlines()[-1]
    assert 0.0 < float(text.split("request 1, generate: ")[1].split(" s\n")[0]) < 60.0
    assert "WARNING" in text.split("request 2, generate: refused: 'gone.wav'")[0].splitlines()[-1]
    failed = text.split("request 3, style: failed\n")[1]
    assert failed.startswith("Traceback (most recent call last)")
    assert "could not convert string to float" in failed
    assert text.endswith("engine ends\n")
    assert "confidential" not in text
    assert "could not convert string to float" in stderr  # errors, for whoever looks there
    assert "gone.wav" not in stderr


def test_the_command_logs_too_and_to_stderr_without_a_file(tmp_path):
    command = ("-m", "ha2g_engine.cli", "worker")
    file = tmp_path / "logs" / "worker.log"
    nothing = [{"id": 1, "method": "shutdown"}]
    assert serve(nothing, "--log", file, command=command) == (0, b"", "")
    assert "engine ends" in file.read_text()
    status, replies, stderr = serve(nothing, command=command)
    assert (status, replies) == (0, b"")
    assert "engine ends" in stderr


def test_a_log_that_cannot_be_written_is_one_sentence(tmp_path):
    status, _, stderr = serve([], "--log", tmp_path, command=("-m", "ha2g_engine.cli", "worker"))
    assert status == 2
    assert stderr.count("\n") == 1
    assert f"'{tmp_path}' cannot be written" in stderr


TWO = """
import logging, sys, time
from pathlib import Path
from ha2g_engine import log
log.BYTES = 2000
handler = log.BoundedFile(Path(sys.argv[1]))
for number in range(300):
    text = f"{sys.argv[2]} says {number:03d} in a line of some length"
    handler.handle(logging.makeLogRecord({"msg": text}))
    time.sleep(0.001)
    if number == 279:
        print(flush=True)
        sys.stdin.readline()  # the other one may be slow
"""


def test_two_processes_share_a_log_without_losing_what_was_said_last(tmp_path):
    """Each goes on in the file of that name, not in one that the other has put aside."""
    path = tmp_path / "shared.log"
    commands = [[sys.executable, "-c", TWO, str(path), who] for who in ("Ada", "Bob")]
    root = str(Path(__file__).resolve().parents[2])
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(one, cwd=root, **pipes) for one in commands]
    for one in both:
        one.stdout.readline()
    for one in both:
        one.stdin.write("\n")
        one.stdin.flush()
    assert [one.communicate(timeout=60) and one.returncode for one in both] == [0, 0]
    names = sorted(one.name for one in tmp_path.iterdir())
    assert set(names) <= {"shared.log", "shared.log.1", "shared.log.2"}
    lines = [line for name in names for line in (tmp_path / name).read_text().splitlines()]
    assert all(re.fullmatch(r"(Ada|Bob) says \d{3} in a line of some length", one) for one in lines)
    for who in ("Ada", "Bob"):
        said = {int(line.split()[2]) for line in lines if line.startswith(who)}
        assert set(range(290, 300)) <= said
