# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the engine's worker: speaks its protocol, waves an arm.

The stem of the speech file tells what to do: "crash", "slow" (until cancelled), "deaf" (slow,
and cancelling does not help), "garbage", "refused"; anything else is answered at once.
"""

import json
import os
import re
import sys
import threading
import time
from pathlib import Path

import numpy as np

SKELETON = Path(__file__).resolve().parents[3] / "ha2g_engine" / "body" / "skeleton.json"
FPS, SECONDS = 15.0, 4.0
LEVEL = np.abs(np.sin(np.arange(200) / 10)).astype("<f4")  # 4 s
BEATS = np.array([0.5, 1.5, 3.0], "<f4")
PAUSES = np.array([[2.0, 2.5]], "<f4")
STYLE = [[0.5] * 6, [0.3] * 6, [0.2] * 6]
MANNER = {"home": "hanging", "hands": [0.1, 0.6, 0.3], "distances": [1.0, 4.0]}

cancelled = set()
lock = threading.Lock()


def send(number, data=b"", **reply):
    with lock:
        sys.stdout.buffer.write(json.dumps({"id": number, **reply}).encode() + b"\n" + data)
        sys.stdout.buffer.flush()


def directions(seed=0, style=STYLE):
    """(T, 42, 3) unit: the neutral pose, every bone swaying a little, by SEED in its own way.

    STYLE's first weight says how far.
    """
    neutral = np.array(json.loads(SKELETON.read_text())["expressive"]["mean_direction"])
    time_axis = np.arange(int(FPS * SECONDS))[:, None, None] / FPS
    phases = np.arange(neutral.size).reshape(neutral.shape) * (1.0 + 0.37 * (seed % 1000))
    sway = (0.1 + 0.4 * style[0][0]) * np.sin(2.0 * time_axis + phases)
    moved = neutral.reshape(-1, 3) + sway.reshape(len(sway), -1, 3)
    return (moved / np.linalg.norm(moved, axis=-1, keepdims=True)).astype("<f4")


def generate(number, params):
    stem = Path(params["speech"]).stem
    if stem == "crash":
        print("something broke", file=sys.stderr, flush=True)
        os._exit(3)
    if stem == "garbage":
        sys.stdout.buffer.write(b"this is no JSON\n")
        sys.stdout.buffer.flush()
        time.sleep(60)
    if stem == "refused":
        message = f"'{params['speech']}' is no sound."
        return send(number, event="error", kind="input", message=message)
    if stem in ("slow", "deaf"):
        for step in range(600):
            send(number, event="progress", fraction=step / 600, message="Thinking")
            time.sleep(0.05)
            if number in cancelled and stem == "slow":
                return send(number, event="error", kind="cancelled", message="Stopped.")
    return answer(number, params)


def answer(number, params):
    send(number, event="progress", fraction=0.5, message="Half way")
    array = directions(params["seed"], params["style"] or STYLE)
    arrays = {"directions": array, "level": LEVEL, "beats": BEATS, "pauses": PAUSES}
    specs = [{"name": k, "dtype": "<f4", "shape": list(v.shape)} for k, v in arrays.items()]
    style = params["style"] or STYLE
    values = {"fps": FPS, "seconds": SECONDS, "style": style, "seed": params["seed"]}
    values |= {"level_rate": 50.0, "manner": MANNER, "stride": 50, "overlap": 10}
    if Path(params["speech"]).stem == "full":
        values |= {"remark": "The graphics card's memory is full.", "device": "the processor"}
    data = b"".join(v.tobytes() for v in arrays.values())
    send(number, data, event="result", result=values, arrays=specs)


def style(number, params):
    """Of a picture called "looked" also who is in it, where this is asked for."""
    values, arrays, data = {"style": STYLE, "manner": MANNER}, [], b""
    if Path(params.get("image") or "").stem == "looked" and params.get("taken"):
        lines = [[0.25, 0.5, 0.75, 0.5, "L"]]
        parts = ["face", "left arm", "right arm"]
        values["pictures"] = [{"people": 2, "parts": parts, "lines": lines}]
        arrays = [{"name": "picture_0", "dtype": "|u1", "shape": [40, 60, 3]}]
        data = bytes(40 * 60 * 3)
    send(number, data, event="result", result=values, arrays=arrays)


def words(number, params):
    """A word a quarter of a second, unless the times are told; "no" and tags ask for a gesture."""
    if params["text" if "text" in params else "speech"] == "refused":
        return send(number, event="error", kind="input", message="The text is not what is said.")
    rows = params.get("words") or [
        [word, 0.25 * i, 0.25 * i + 0.2]
        for i, word in enumerate(
            re.findall(r"(?:\[[^]]*\]\s*)?\S+", params.get("text", "no, I heard it"))
        )
    ]
    found = [[i, 1, "negation", 0.8] for i, row in enumerate(rows) if row[0] == "no"]
    values = {"words": rows, "suggestions": found, "told": []}
    if any("[xq]" in row[0] for row in rows):
        values["told"] = ["No gesture is called [xq]: try [shrug]."]
    return send(number, event="result", result=values, arrays=[])


def serve(request):
    number, method, params = request["id"], request["method"], request["params"]
    if method == "hello":
        values = {"version": "fake", "torch": "none", "device": "cpu", "checkpoint": "none"}
        send(number, event="result", result=values, arrays=[])
    elif method == "style":
        style(number, params)
    elif method == "people":
        people = [{"seed": 7 * n, "style": STYLE, "hands": [0.1, 0.6, 0.3]} for n in range(64)]
        people = [] if params.get("checkpoint") else people
        send(number, event="result", result={"people": people, "side": 8}, arrays=[])
    elif method == "phrases":
        values = {"phrases": [[0.3, 1.2], [2.0, 3.0]], "seconds": SECONDS}
        send(number, event="result", result=values, arrays=[])
    elif method == "words":
        words(number, params)
    elif method == "generate":
        generate(number, params)


def main():
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if request["method"] == "shutdown":
            break
        if request["method"] == "cancel":
            cancelled.add(request["params"]["id"])
        else:
            threading.Thread(target=serve, args=(request,), daemon=True).start()


main()
