# SPDX-License-Identifier: GPL-3.0-or-later
"""A long motion -> rotations, a stretch at a time, so that nothing waits for all of it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from ..body import rotations as rot
from ..body.limits import LimitReport
from ..body.rotations import Floats, continuous
from ..body.skeleton import FPS
from ..body.smoothing import smooth, through
from ..errors import GestureError
from . import solve
from .rest import Calibration
from .solve import PoseTrack

STRETCH: Final = 20.0  # seconds retargeted at once
MARGIN: Final = 6.0  # seconds heard on either side: beyond what smoothing and contacts look at


def retargeting(
    directions: Floats,
    calibration: Calibration,
    *,
    smoothing: float,
    fps: float = FPS,
    **options: Any,
) -> Generator[float, None, PoseTrack]:
    """The steps of smoothing and retargeting DIRECTIONS (T, 42, 3); yields the part done, 0..1.

    smoothing: see `smooth`. options: those of `solve.retarget`. Returns the whole track,
    as if it had been made at once.
    """
    count = len(directions)
    step, margin = round(STRETCH * fps), round(MARGIN * fps)
    tracks: list[PoseTrack] = []
    for first in range(0, max(count - margin, 1), step):
        last = count if first + step + margin >= count else first + step
        before, after = max(first - margin, 0), min(last + margin, count)
        part = smooth(np.asarray(directions[before:after], np.float64), smoothing, fps)
        track = solve.retarget(part, calibration, fps=fps, **options)
        tracks.append(_cut(track, first - before, last - before))
        yield last / count
        if last == count:
            break
    return joined(tracks)


def _cut(track: PoseTrack, first: int, last: int) -> PoseTrack:
    """The frames FIRST to LAST (not included) of TRACK."""
    report = replace(track.violations, excess=track.violations.excess[first:last])
    touches = tuple(frame - first for frame in track.touches if first <= frame < last)
    return replace(
        track, quaternions=track.quaternions[first:last], violations=report, touches=touches
    )


def joined(tracks: Sequence[PoseTrack]) -> PoseTrack:
    """TRACKS one after the other."""
    starts = np.cumsum([0, *(len(track.quaternions) for track in tracks)])
    report: LimitReport = tracks[0].violations
    excess = np.concatenate([track.violations.excess for track in tracks])
    pairs = zip(starts[:-1], tracks, strict=True)
    return replace(
        tracks[0],
        quaternions=continuous(np.concatenate([track.quaternions for track in tracks])),
        violations=replace(report, excess=excess),
        touches=tuple(int(start) + frame for start, track in pairs for frame in track.touches),
    )


def resample(track: PoseTrack, fps_out: float) -> PoseTrack:
    """TRACK at FPS_OUT, the first frame still at time 0, none after the last one.

    Between frames a Catmull-Rom curve through the quaternions, normalised: it meets every given
    rotation and, unlike slerp, keeps the speed continuous. (E. Catmull, R. Rom, "A class of
    local interpolating splines", 1974.)
    """
    if not fps_out > 0.0:
        raise GestureError(
            f"A motion cannot have {fps_out} frames a second: choose a rate above 0."
        )
    count = len(track.quaternions)
    total = int(np.floor((count - 1) * fps_out / track.fps + 1e-6)) + 1
    times = np.minimum(np.arange(total) * (track.fps / fps_out), count - 1.0)
    quaternions = through(track.quaternions, times)
    return replace(track, quaternions=rot.continuous(quaternions), fps=float(fps_out))
