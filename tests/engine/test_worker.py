# SPDX-License-Identifier: GPL-3.0-or-later
"""The workers as processes: the protocol over real pipes, the same of both."""

from __future__ import annotations

from pipes import Client, bare

import numpy as np
import pytest
import soundfile

WORKERS = ["ha2g_engine.worker", "ha2g_engine.light_worker"]


@pytest.fixture(params=WORKERS, ids=["full", "light"])
def client(request, tmp_path_factory):
    """The full engine, or the light one where there is numpy alone."""
    alone = request.param.endswith("light_worker")
    environment = bare(tmp_path_factory.mktemp("bare")) if alone else None
    client = Client(request.param, environment, ["-S"] if alone else [])
    yield client
    client.process.kill()
    client.process.wait()


def test_generate_over_the_pipe(client, small_checkpoint, write_speech):
    params = {
        "speech": str(write_speech(seconds=4)),
        "checkpoint": str(small_checkpoint),
        "seed": 2,
    }
    client.send(id=1, method="generate", params=params)
    first, _ = client.reply()
    assert first["event"] == "progress"
    reply, arrays = client.last()
    assert (reply["event"], reply["id"]) == ("result", 1)
    assert arrays["directions"].shape == (60, 42, 3)
    assert np.asarray(reply["result"]["style"]).shape == (3, 6)
    assert reply["result"]["seed"] == 2


def test_errors_are_sentences_and_the_worker_goes_on(client, small_checkpoint, tmp_path):
    model = {"checkpoint": str(small_checkpoint)}
    client.process.stdin.write(b"no json\n")
    client.send(id=1, method="generate", params={"speech": str(tmp_path / "no.wav"), **model})
    client.send(id=2, method="dance", params={})
    client.send(id=3, method="generate", params={"speech": "x", "checkpoint": "no.safetensors"})
    client.send(id=4, method="style", params={"identity_seed": 3, **model})
    broken = client.last()[0]
    assert (broken["event"], broken["id"]) == ("error", None)
    for number, words in ((1, "no.wav"), (2, "dance"), (3, "no.safetensors")):
        reply, _ = client.last()
        assert (reply["id"], reply["event"], reply["kind"]) == (number, "error", "input")
        assert words in reply["message"]
    assert np.asarray(client.last()[0]["result"]["style"]).shape == (3, 6)


def test_cancel_stops_a_running_job(client, small_checkpoint, write_speech):
    speech = str(write_speech(seconds=240))
    client.send(
        id=9, method="generate", params={"speech": speech, "checkpoint": str(small_checkpoint)}
    )
    client.reply()
    client.send(id=10, method="cancel", params={"id": 9})
    reply, _ = client.last()
    assert (reply["event"], reply["kind"]) == ("error", "cancelled")


def test_a_cancel_of_nothing_leaves_the_worker_at_work(client, small_checkpoint):
    for params in (None, [], {"id": [1]}, {"id": {}}):
        client.send(method="cancel", params=params)
    client.send(id=1, method="style", params={"checkpoint": str(small_checkpoint)})
    while (reply := client.last()[0])["id"] is None:
        assert (reply["event"], reply["kind"]) == ("error", "failure")
    assert (reply["id"], reply["event"]) == (1, "result")
    client.process.stdin.close()
    assert client.process.wait(timeout=60) == 0


@pytest.mark.parametrize("end", ["shutdown", "eof"])
def test_it_ends(client, end):
    if end == "shutdown":
        client.send(id=1, method="shutdown")
    else:
        client.process.stdin.close()
    assert client.process.wait(timeout=60) == 0


def test_a_plan_comes_with_a_take_and_can_be_given_back(client, told_checkpoint, jfk, tmp_path):
    speech = tmp_path / "speech.wav"
    soundfile.write(speech, *soundfile.read(jfk))
    params = {"speech": str(speech), "checkpoint": str(told_checkpoint), "seed": 2}
    client.send(id=1, method="generate", params=params)
    reply, first = client.last()
    plan = reply["result"]["plan"]
    assert plan["strokes"]
    asked = {**params, "plan": plan, "stroke": 1, "exchange_seed": 4}
    client.send(id=2, method="exchange", params=asked)
    changed = client.last()[0]["result"]["plan"]
    assert changed["strokes"] == plan["strokes"]
    assert changed["exchanged"][0][1]["way"] != plan["strokes"][1]["way"]
    client.send(id=3, method="generate", params={**params, "plan": changed})
    reply, second = client.last()
    assert reply["result"]["plan"] == changed
    apart = np.abs(first["directions"] - second["directions"]).max(axis=(1, 2))
    times = np.arange(len(apart)) / 15
    assert apart.max() > 0.01
    assert not apart[np.abs(times - plan["strokes"][1]["time"]) > 1.5].any()
    client.send(id=4, method="generate", params={**params, "plan": {"strokes": 1}})
    reply, _ = client.last()
    assert (reply["event"], reply["kind"]) == ("error", "input")
    assert "plan of gestures" in reply["message"]
