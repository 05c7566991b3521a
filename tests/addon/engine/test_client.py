# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's client, against a script that speaks the protocol (well or badly)."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import REPOSITORY

from blender_addon.engine import client as engine_client
from blender_addon.engine.client import EngineClient, Failure, Progress, Result
from blender_addon.errors import GestureError

HERE = Path(__file__).parents[1] / "support"


@pytest.fixture
def client(tmp_path):
    environment = engine_client.worker_environment(HERE)
    command = [sys.executable, "-u", str(HERE / "fake_worker.py")]
    started = EngineClient(command, tmp_path / "log", cwd=HERE, environment=environment)
    yield started
    started.kill()


def ask(client, stem):
    params = {"speech": f"{stem}.wav", "style": None, "seed": 5, "image": None}
    return client.request("generate", **params)


def replies(client, seconds=10.0):
    """All replies until one that is no progress."""
    got, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        got += client.poll()
        if got and not isinstance(got[-1], Progress):
            return got
        time.sleep(0.01)
    raise AssertionError(f"no answer within {seconds} s")


def test_a_result_brings_its_array(client):
    number = ask(client, "hello")
    *progress, result = replies(client)
    assert progress == [Progress(number, 0.5, "Half way")]
    assert isinstance(result, Result)
    assert result.values["seed"] == 5
    assert result.arrays["directions"].shape == (60, 42, 3)
    assert np.allclose(np.linalg.norm(result.arrays["directions"], axis=-1), 1.0, atol=1e-6)
    assert not client.open


def test_poll_returns_at_once_while_the_worker_thinks(client):
    ask(client, "slow")
    longest = 0.0
    for _ in range(50):
        begin = time.perf_counter()
        client.poll()
        longest = max(longest, time.perf_counter() - begin)
        time.sleep(0.005)
    assert longest < 0.05


def test_a_refusal_is_passed_on(client):
    number = ask(client, "refused")
    assert replies(client)[-1] == Failure(number, "input", "'refused.wav' is no sound.")
    assert client.alive


def test_a_crash_says_what_the_log_says_last(client):
    number = ask(client, "crash")
    failure = replies(client)[-1]
    assert (failure.id, failure.kind) == (number, "died")
    assert "something broke" in failure.message
    assert str(client.log) in failure.message
    assert not client.alive


def test_a_failure_says_where_the_log_is(client):
    client._open[7] = None  # a request that the worker answers so:
    client._replies.put(Failure(7, "failure", "It failed; its log has the details."))
    message = f"It failed; its log has the details ('{client.log}')."
    assert client.poll() == [Failure(7, "failure", message)]


def test_what_is_no_reply_ends_the_worker(client):
    ask(client, "garbage")
    failure = replies(client)[-1]
    assert failure.kind == "died"
    assert "no reply" in failure.message


def test_a_worker_that_listens_survives_cancelling(client):
    number = ask(client, "slow")
    time.sleep(0.2)
    client.cancel(number)
    assert replies(client, 1.0)[-1].kind == "cancelled"
    assert client.alive


def test_a_worker_that_does_not_listen_is_killed_after_a_second(client):
    number = ask(client, "deaf")
    while not client.poll():
        time.sleep(0.01)
    client.cancel(number)
    begin = time.monotonic()
    assert replies(client, 3.0)[-1].kind == "cancelled"
    assert 0.9 < time.monotonic() - begin < 2.0
    assert not client.alive


def test_closing_ends_the_worker_even_at_work(client):
    ask(client, "deaf")
    begin = time.monotonic()
    client.close()
    assert not client.alive
    assert time.monotonic() - begin < 1.5


def test_a_python_that_is_none_is_one_sentence(tmp_path):
    with pytest.raises(GestureError, match="preferences"):
        EngineClient([str(tmp_path / "python")], tmp_path / "log", cwd=tmp_path, environment={})


def test_the_device_processor_hides_graphics_cards():
    assert engine_client.worker_environment(HERE, "CPU")["CUDA_VISIBLE_DEVICES"] == ""
    assert "PYTHONHOME" not in engine_client.worker_environment(HERE)


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="there is no SIGPIPE here")
def test_a_worker_that_is_gone_never_takes_blender_along(tmp_path):
    """Blender does not ignore SIGPIPE as Python does: a write to a dead worker would end it."""
    script = (
        "import signal, sys; from pathlib import Path; "
        "signal.signal(signal.SIGPIPE, signal.SIG_DFL); "
        "from blender_addon.engine.client import EngineClient, worker_environment; "
        f"here = Path({str(HERE)!r}); "
        "command = [sys.executable, '-u', str(here / 'fake_worker.py')]; "
        f"log = Path({str(tmp_path / 'log')!r}); "
        "client = EngineClient(command, log, cwd=here, environment=worker_environment(here)); "
        "client.kill(); client.request('hello'); client.close(); print('still here')"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stdout) == (0, "still here\n"), done.stderr
