# SPDX-License-Identifier: GPL-3.0-or-later
"""A page on which clips play with the skeleton that was found drawn over the video."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any, Final

import numpy as np

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.data.store import ClipEntry, Store
from ha2g_engine.errors import InputError
from ha2g_engine.files import write_text

from .build import ORIGINS, STEPS
from .people import Seen

PAGE: Final = Path(__file__).with_name("review.html")
DATA: Final = "/*CLIPS*/"
LINES: Final = (  # of the body's points: head, shoulders, arms, hands, trunk
    (7, 3), (3, 0), (0, 6), (6, 8), (11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (15, 19),
    (16, 20), (15, 17), (16, 18), (15, 21), (16, 22), (11, 23), (12, 24), (23, 24),
)  # fmt: skip
DIGITS: Final = 4  # of a share of the picture

Origin = tuple[str, str, int, int]  # video, folder of its steps, shot, first frame


def write(folder: Path, out: Path, count: int) -> int:
    """A page of COUNT clips of a data set that was built from videos; how many it shows.

    Raises InputError where the steps of the build are gone.
    """
    data = Store(folder)
    kept = folder.resolve().with_name(folder.resolve().name + STEPS)
    origins = _origins(kept)
    every = max(1, math.ceil(len(data.clips) / count))
    clips = [_shown(data, clip, origins, kept, out) for clip in data.clips[::every]]
    page = PAGE.read_text("utf-8").replace(DATA, _script({"lines": LINES, "clips": clips}))
    write_text(out, page)
    return len(clips)


def _script(content: Any) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


def _origins(kept: Path) -> dict[str, Origin]:
    try:
        return dict(json.loads((kept / ORIGINS).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"'{kept}' with what was found in the videos is not there: build the data set again."
        ) from error


def _shown(
    data: Store, clip: ClipEntry, origins: dict[str, Origin], kept: Path, out: Path
) -> dict[str, Any]:
    """One clip for the page: paths relative to it, seconds, the body's points frame by frame."""
    name, _, offset = clip.name.rpartition("@")
    whole = clip.name in origins
    video, steps, shot, first = origins[clip.name if whole else name]
    begin, _ = json.loads((kept / steps / "shots.json").read_text("utf-8"))[shot]
    first += 0 if whole else int(offset)
    frames = clip.motion[1] - clip.motion[0]
    points = Seen.load(kept / steps / f"poses-{shot:04d}.npz").points[first : first + frames]
    start = begin + first / FPS
    return {
        "name": clip.name,
        "speaker": data.speakers[clip.speaker].name,
        "split": clip.split,
        "video": _address(Path(video), out),
        "start": round(start, 3),
        "end": round(start + frames / FPS, 3),
        "words": " ".join(word for word, _, _ in clip.words or ()),
        "points": [_rounded(frame) for frame in points],
    }


def _rounded(frame: Any) -> Any:
    """None for a frame in which nobody was found."""
    return None if np.isnan(frame).any() else np.round(frame.astype(float), DIGITS).tolist()


def _address(video: Path, out: Path) -> str:
    try:
        return Path(os.path.relpath(video, out.resolve().parent)).as_posix()
    except ValueError:  # on another drive
        return video.as_uri()
