# SPDX-License-Identifier: GPL-3.0-or-later
"""Small real videos, and a finder that sees in their colours who is there."""

import subprocess
from dataclasses import replace
from functools import cache

import numpy as np
from shared_folder import ROOT

from ha2g_engine.pictures import landmarks

PEOPLE = ROOT / "tests" / "fixtures" / "people" / "landmarks.npz"
SPEECH = ROOT / "rigs" / "demo" / "jfk.flac"
SIZE = (160, 120)
ONE, NOBODY, TWO = "red", "blue", "lime"
CRASH = "yellow"


def ffmpeg(*command):
    import imageio_ffmpeg

    exe = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([exe, "-v", "error", "-y", *map(str, command)], check=True, timeout=60)


def video(path, *shots, sound=True):
    """A film of coloured SHOTS, each (colour, seconds), with real speech."""
    path.parent.mkdir(parents=True, exist_ok=True)
    inputs = [
        part
        for colour, seconds in shots
        for part in ("-f", "lavfi", "-i", f"color={colour}:s={SIZE[0]}x{SIZE[1]}:r=30:d={seconds}")
    ]
    number = len(shots)
    joined = "".join(f"[{i}:v]" for i in range(number)) + f"concat=n={number}[v]"
    total = sum(seconds for _, seconds in shots)
    heard = ["-stream_loop", -1, "-i", SPEECH, "-map", f"{number}:a"] if sound else []
    maps = ["-filter_complex", joined, "-map", "[v]", "-t", total, "-pix_fmt", "yuv420p"]
    ffmpeg(*inputs, *heard, *maps, path)
    return path


@cache
def person():
    return landmarks.load(PEOPLE)[0]


def follow(frames, fps):
    """One person whose arms swing where it is red, two where it is green, nobody elsewhere."""
    for number, frame in enumerate(frames):
        red, green, blue = frame.reshape(-1, 3).mean(axis=0)
        assert (red > 150) + (green > 150) + (blue > 150) >= 1
        if max(red, green) < 150:
            yield None
            continue
        yield replace(_swinging(number / fps), people=2 if green > 150 else 1)


def _swinging(seconds):
    one = person()
    body = one.body.copy()
    for side, phase in ((0, 0.0), (1, 1.0)):
        elbow = body[13 + side]
        angle = 0.9 * np.sin(2.5 * seconds + phase)
        turn = np.array(
            [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
        )
        for point in (15, 17, 19, 21):
            body[point + side] = elbow + turn @ (one.body[point + side] - elbow)
    size = np.array(SIZE, np.float32)
    seen = np.ones(33, np.float32)
    return replace(one, body=body.astype(np.float32), seen=seen, size=size,
                   points=np.clip(one.points / one.size, 0, 1) * size)  # fmt: skip
