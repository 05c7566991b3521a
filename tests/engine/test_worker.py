# SPDX-License-Identifier: GPL-3.0-or-later
"""The workers as processes: the protocol over real pipes, the same of both."""

from __future__ import annotations

import io
import json
from pipes import Client, bare

import numpy as np
import pytest
import soundfile
import torch

from ha2g_engine import serving, worker
from ha2g_engine.synthesis import synthesizer

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


def test_nested_json_and_wrong_kinds_are_answered_and_leave_no_trace(
    client, small_checkpoint, write_speech
):
    model = {"checkpoint": str(small_checkpoint), "speech": str(write_speech())}
    for line in (b"[" * 1_000_000, b'{"id": ' + b"[" * 9999, b'{"method": []}', b"\xff"):
        client.process.stdin.write(line + b"\n")
        client.process.stdin.flush()
        reply, _ = client.last()
        assert (reply["id"], reply["kind"]) == (None, "failure")
        assert "not JSON as the engine reads it" in reply["message"]
    strange = ({"energy": float("nan")}, {"seed": "x"}, {"style": [[1], 2]}, {"image": 3},
               {"checkpoint": ["a"]}, {"speech": {"a": 1}}, {"speech": "//server/a.wav"},
               {"speech": "x" * 9999}, {"transcript": "\ud800"}, {"plan": [1]})  # fmt: skip
    for number, params in enumerate(strange):
        client.send(id=number, method="generate", params=model | params)
        reply, _ = client.last()
        assert (reply["id"], reply["event"], reply["kind"]) == (number, "error", "input"), reply
        assert "\n" not in reply["message"]
    client.send(id=99, method="generate", params=model)
    assert client.last()[0]["event"] == "result"


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


def test_a_stroke_is_edited_and_the_take_made_in_one_answer(client, told_checkpoint, jfk, tmp_path):
    speech = tmp_path / "speech.wav"
    soundfile.write(speech, *soundfile.read(jfk))
    params = {"speech": str(speech), "checkpoint": str(told_checkpoint), "seed": 2}
    client.send(id=1, method="generate", params=params)
    reply, first = client.last()
    told = reply["result"]
    change = {"do": "change", "stroke": 1, "size": 0.5}
    client.send(id=2, method="edit", params={**params, "plan": told["plan"], "change": change})
    reply, second = client.last()
    ((begin, end),) = reply["result"]["reach"]
    assert end - begin == pytest.approx(3.0)
    assert reply["result"]["strokes"][1]["size"] == 0.5
    assert told["strokes"][1]["size"] > 0.9
    times = np.arange(len(first["directions"])) / 15
    far = (times < begin) | (times > end)
    np.testing.assert_array_equal(first["directions"][far], second["directions"][far])
    assert np.abs(first["directions"] - second["directions"]).max() > 1e-3
    client.send(id=3, method="edit", params={**params, "plan": told["plan"], "change": 7})
    assert "'change' says" in client.last()[0]["message"]
    client.send(id=4, method="repertoire", params=params)
    known = client.last()[0]["result"]
    assert {"name", "title", "meanings", "hands", "kind"} == set(known["gestures"][0])
    assert "fist" in known["shapes"]


def test_the_voice_proposes_moods_which_the_take_is_in(client, told_checkpoint, jfk, tmp_path):
    speech = tmp_path / "speech.wav"
    soundfile.write(speech, *soundfile.read(jfk))
    params = {"speech": str(speech), "checkpoint": str(told_checkpoint), "seed": 2}
    client.send(id=1, method="moods", params=params)
    reply, first = client.last()
    found = reply["result"]["moods"]
    assert {one["mood"] for one in found} & {"tense", "lively", "joyful"}
    client.send(id=2, method="generate", params={**params, "moods": found})
    _, second = client.last()
    np.testing.assert_array_equal(first["directions"], second["directions"])
    client.send(id=3, method="generate", params=params)
    _, plain = client.last()
    assert np.abs(plain["directions"] - second["directions"]).max() > 0.05
    client.send(id=4, method="generate", params={**params, "moods": [{"mood": "sad"}]})
    assert "'start' and 'end'" in client.last()[0]["message"]


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
    assert changed["edits"][0]["put"]["way"] != plan["strokes"][1]["way"]
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


def test_a_full_graphics_card_gives_way_to_the_processor(
    small_checkpoint, write_speech, monkeypatch
):
    """Whatever is loaded on the card runs out of memory; nothing here needs a card."""
    device = worker.Device()
    device.name = "cuda"
    loaded = []

    def load(checkpoint):
        loaded.append(device.name)
        made = synthesizer.Synthesizer(checkpoint, "cpu")
        made.device = device.name
        if device.name == "cuda":

            def full(*_):
                raise torch.OutOfMemoryError("CUDA out of memory")

            made.generate = full
        return made

    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    requests, replies = io.BytesIO(), io.BytesIO()
    params = {"speech": str(write_speech(seconds=2)), "checkpoint": str(small_checkpoint)}
    for number in (1, 2):
        line = {"id": number, "method": "generate", "params": params}
        requests.write(json.dumps(line).encode() + b"\n")
    requests.seek(0)
    serving.Worker(requests, replies, load, "a test", device.give_way).run()
    lines = [line for line in replies.getvalue().split(b"\n") if line.startswith(b"{")]
    results = [one for one in map(json.loads, filter(is_json, lines)) if one["event"] == "result"]
    assert loaded == ["cuda", "cpu"]
    assert results[0]["result"]["remark"] == worker.MEMORY_FULL
    assert results[0]["result"]["device"] == "cpu"
    assert "remark" not in results[1]["result"]


def test_other_errors_are_not_tried_again(small_checkpoint, write_speech):
    device = worker.Device()
    device.name = "cuda"
    assert not device.give_way(RuntimeError("no memory to speak of"))
    assert device.name == "cuda"
    device.name = "cpu"
    assert not device.give_way(torch.OutOfMemoryError("full"))


def is_json(line):
    try:
        return bool(json.loads(line))
    except ValueError:
        return False
