# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's log: what is in it, what is not, where it ends, and how large it becomes."""

import logging
import logging.handlers
import re
import subprocess
import sys
import time
from pathlib import Path

import bpy
import pytest

from blender_addon import log
from blender_addon.errors import GestureError


@pytest.fixture
def file(tmp_path):
    """A log of its own, begun at once."""
    path = tmp_path / "gestures.log"
    log.begin(path)
    yield path
    log.end()


@pytest.fixture
def text(fake_engine):
    """text() is what the enabled add-on has logged since the test began."""
    path = fake_engine.engine.process.addon_log_path()
    begin = path.stat().st_size
    return lambda: path.read_bytes()[begin:].decode()


@pytest.fixture
def heard():
    """What reaches the root logger: the user's own, or another add-on's."""
    records = []
    listener = logging.Handler()
    listener.emit = records.append
    logging.getLogger().addHandler(listener)
    yield records
    logging.getLogger().removeHandler(listener)


def test_a_file_never_grows_beyond_its_size(file, monkeypatch):
    monkeypatch.setattr(log, "BYTES", 2000)
    log.begin(file)
    for number in range(500):
        logging.getLogger("blender_addon.takes.live").info("line %d", number)
    files = sorted(file.parent.iterdir())
    assert [one.name for one in files] == [f"gestures.log{end}" for end in ("", ".1", ".2")]
    assert all(one.stat().st_size <= 2000 for one in files)
    assert files[0].read_text().endswith("line 499\n")


def test_a_file_that_cannot_be_renamed_begins_anew(file, monkeypatch):
    def held(*_):
        raise PermissionError("another Blender has it open")

    monkeypatch.setattr(log, "BYTES", 2000)
    monkeypatch.setattr(logging.handlers.RotatingFileHandler, "rotate", held)
    log.begin(file)
    for number in range(500):
        logging.getLogger("blender_addon").info("line %d", number)
    assert [one.name for one in file.parent.iterdir()] == ["gestures.log"]
    assert file.stat().st_size <= 2000


def test_a_folder_that_is_gone_stops_nothing(tmp_path, capsys):
    log.begin(tmp_path / "gone" / "gestures.log")
    logging.getLogger("blender_addon").error("nobody reads this")
    log.end()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("asked", "detailed", "level"),
    [("", False, "INFO"), ("", True, "DEBUG"), ("warning", True, "WARNING"), ("x", False, "INFO")],
)
def test_preference_and_environment_choose_the_level(file, monkeypatch, asked, detailed, level):
    monkeypatch.setenv(log.LEVEL, asked)
    log.set_detailed(detailed)
    assert logging.getLevelName(logging.getLogger("blender_addon").level) == level


def test_a_failure_is_told_with_its_traceback_once_while_it_goes_on(file, monkeypatch):
    @log.watching("the timer")
    def broken(number):
        raise ValueError(f"no {number}")

    for number in (1, 1, 1, 2):
        with pytest.raises(ValueError, match="no"):
            broken(number)
    assert file.read_text().count("the timer failed") == 2
    assert 'raise ValueError(f"no {number}")' in file.read_text()
    monkeypatch.setattr(log, "PATIENCE", 0.0)
    time.sleep(0.001)
    with pytest.raises(ValueError, match="no"):
        broken(2)
    assert file.read_text().count("the timer failed") == 3


def test_a_refusal_has_a_traceback_only_where_something_caused_it(file):
    log.refusal("operator", GestureError("Choose a file."))
    assert "Traceback" not in file.read_text()
    try:
        try:
            Path("/no such file").read_bytes()
        except OSError as error:
            raise GestureError("It cannot be read.") from error
    except GestureError as error:
        log.refusal("operator", error)
    assert "FileNotFoundError" in file.read_text()


def test_the_add_on_logs_between_enabling_and_disabling_alone(addon, heard):
    path = addon.engine.process.addon_log_path()
    logger = logging.getLogger("blender_addon.engine.client")
    logger.warning("while it is enabled")
    assert "while it is enabled" in path.read_text()
    addon.unregister()
    try:
        logger.warning("while it is disabled")
    finally:
        addon.register()
    assert "while it is disabled" not in path.read_text()
    assert not heard
    handlers = logging.getLogger("blender_addon").handlers
    assert sum(isinstance(one, log.BoundedFile) for one in handlers) == 1


def test_a_session_is_told(text, fake_engine, character, speech_named):
    """What begins, runs, is asked, refused and dies; and nothing of what is said."""
    settings = bpy.context.scene.gestures
    settings.speech = str(speech_named("hello"))
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    settings.speech = str(speech_named("refused"))
    with pytest.raises(RuntimeError, match="is no sound"):
        bpy.ops.gestures.generate()
    settings.speech = str(speech_named("crash"))
    with pytest.raises(RuntimeError, match="something broke"):
        bpy.ops.gestures.generate()
    fake_engine.engine.process.stop()
    lines = text().splitlines()
    told = [line.split(" ", 2)[2].split(" ", 2)[0::2] for line in lines]  # level, "module: …"
    levels = {words.split(":")[0]: level for level, words in told}
    assert levels.keys() >= {"process", "journal", "log"}
    said = "\n".join(f"{level} {words}" for level, words in told)
    for expected in (
        "INFO process: full engine starts (AUTO)",
        "INFO process: engine ready after ",
        "version fake, torch none, device cpu",
        "INFO log: GESTURES_OT_generate: Made 'hello take 1'.",
        "WARNING journal: request 3, generate: 0.",
        "is no sound",
        "WARNING log: GESTURES_OT_generate: '",
        "ERROR journal: request 4, generate: 0.",
        "ERROR process: engine died (status 3): The engine stopped unexpectedly (something broke)",
        "INFO process: engine ends",
    ):
        assert expected in said, said
    assert "INFO journal: request 2, generate: " in said


def test_an_operator_that_breaks_leaves_its_traceback(text, character, speech_named, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("by itself")

    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    module = sys.modules["blender_addon.takes.request"]
    monkeypatch.setattr(module, "request_from", broken)
    with pytest.raises(RuntimeError, match="by itself"):
        bpy.ops.gestures.generate()
    assert "GESTURES_OT_generate failed\nTraceback" in text()
    assert "ZeroDivisionError: by itself" in text()


def test_a_timer_that_breaks_leaves_its_traceback(text, fake_engine, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("by itself")

    live = sys.modules["blender_addon.takes.live"]
    monkeypatch.setattr(live, "_step", broken)
    with pytest.raises(ZeroDivisionError):
        live.tick()
    assert "live sliders failed\nTraceback" in text()


def test_the_detailed_log_is_a_preference(text, fake_engine):
    preferences = fake_engine.engine.preferences.get()
    preferences.detailed_log = True
    fake_engine.engine.process.client()
    preferences.detailed_log = False
    assert "DEBUG" in text()
    assert "request 1, hello: sent" in text()


def test_the_engine_is_told_where_to_log(fake_engine, monkeypatch):
    process = fake_engine.engine.process
    assert process.command()[-2:] == ["--log", str(process.worker_log_path())]
    names = {process.addon_log_path(), process.worker_log_path(), process.log_path()}
    assert {path.name for path in names} == {"gestures.log", "worker.log", "engine.log"}
    assert {path.parent for path in names} == {process.user_folder()}


TWO = """
import logging, sys, time
from pathlib import Path
from blender_addon import log
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
