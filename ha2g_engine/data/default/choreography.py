# SPDX-License-Identifier: GPL-3.0-or-later
"""Accents of speech → gestures of one speaker, placed so that strokes fall on the accents.

Rules: the stroke's greatest wrist speed falls on the stressed syllable and its apex follows
(Leonard & Cummins 2011); hands hold after the stroke and rest in pauses (Kendon 2004);
louder accents get larger gestures; between strokes the hands that are raised mark lesser peaks
with small beats (McNeill 1992); heads nod on accents (Hadar et al. 1983). Which clip an accent
gets is a fixed map of what can be heard, the take's habit (see ``repertoire``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ha2g_engine.body.poses import FACE, Poses, blend
from ha2g_engine.body.skeleton import FPS, NEUTRAL, unit
from ha2g_engine.body.strokes import wrist_speed
from ha2g_engine.data.clips import Clip
from ha2g_engine.speech.prosody import PAUSE, Accent

from .repertoire import Habit

Array = NDArray[np.floating[Any]]

RISE: Final = (0.38, 0.32)  # s before and after the accent in which a gesture takes over
SUSTAIN: Final = 2.2  # s, the longest hold before hands sink although speech goes on
SINK: Final = 2.0  # s, the way back to rest: slow, so that it makes no stroke of its own
HOLD_RATE: Final = 0.4  # of the clip's own speed while holding
LEVEL_RANGE: Final = (-14.0, 0.0)  # dB, accents from soft to loud
SIZE: Final = (0.75, 1.05)  # of a soft and a loud gesture
TIRING: Final = 0.12  # of its size a held gesture loses in a second and a half
NOD: Final = (2.0, 7.0)  # degrees, on a soft and a loud accent
NOD_WIDTH: Final = 0.25  # s
BEAT: Final = (9.0, 12.0)  # degrees a raised forearm and its wrist dip in a small beat
BEAT_SHAPE: Final = (0.09, 0.2)  # s, widths of the fall and of the recovery
ARMS: Final = ((3, 4, tuple(range(5, 20))), (20, 21, tuple(range(22, 37))))  # upper, fore, hand


def perform(
    habit: Habit, accents: Sequence[Accent], pauses: Sequence[tuple[float, float]], frames: int
) -> NDArray[np.float32]:
    """(frames, 42, 3) unit directions at 15 fps for accents and pauses in seconds."""
    rest = Poses.of(np.repeat(habit.home[None].astype(np.float64), frames, axis=0))
    poses = rest
    for i, accent in enumerate(accents):
        following = accents[i + 1].time if i + 1 < len(accents) else np.inf
        end = _sink_time(accent.time, following, pauses)
        until = following + 1.0 if np.isinf(end) else end + SINK
        poses = _placed(poses, rest, habit, accent, (end, until))
    return _nodding(_beating(poses.together(), accents), accents)


def _sink_time(time: float, following: float, pauses: Sequence[tuple[float, float]]) -> float:
    """When the hands start back to rest; inf when the next gesture comes first."""
    silence = min((start for start, end in pauses if end > time), default=np.inf)
    sink = min(silence + 0.25 * PAUSE, time + SUSTAIN)
    sink = max(sink, time + 0.6)
    return np.inf if following - RISE[0] < sink + 0.2 else sink


def _placed(
    poses: Poses, rest: Poses, habit: Habit, accent: Accent, end: tuple[float, float]
) -> Poses:
    """``poses`` with the clip's stroke on the accent, moved until its peak is really there."""
    shift = 0.0
    result = _overlaid(poses, rest, habit, accent, end, shift)
    for _ in range(2):
        error = _peak_time(result, accent.time) - accent.time
        if abs(error) < 0.5 / FPS:
            break
        shift = float(np.clip(shift - 0.7 * error, -0.3, 0.3))
        result = _overlaid(poses, rest, habit, accent, end, shift)
    return result


def _overlaid(
    poses: Poses,
    rest: Poses,
    habit: Habit,
    accent: Accent,
    end: tuple[float, float],
    shift: float,
) -> Poses:
    """The gesture over ``poses``; end: when the hands start to sink, and when it is over (s)."""
    sinking, over = end
    frames = len(poses)
    first = max(0, int((accent.time - RISE[0] - 0.5) * FPS))
    stop = int(min(frames, over * FPS + 2))
    if first >= stop:
        return poses
    span = np.arange(first, stop)
    times = span / FPS
    clip = habit.clip(accent.level, accent.initial)
    frames_shown = _clip_frames(clip, times - accent.time - shift, habit.tempo)
    gesture = Poses.of(clip.directions.astype(np.float64)).at(frames_shown)
    size = habit.size * (SIZE[0] + (SIZE[1] - SIZE[0]) * _loudness(accent.level))
    tiring = TIRING * _smooth((times - accent.time - 0.4) / 1.5)
    sized = blend(rest.take(span), gesture, size - tiring)
    rise = _smooth((times - (accent.time + shift - RISE[0])) / sum(RISE))
    sink = _smooth((times - sinking) / SINK)
    shown = blend(poses.take(span), sized, rise)
    after = rest.take(np.arange(stop, frames))  # what earlier gestures held is over too
    return poses.put(stop, after).put(first, blend(shown, rest.take(span), sink))


def _clip_frames(clip: Clip, since: Array, tempo: float) -> Array:
    """Which (fractional) frame of the clip plays ``since`` s after the stroke's peak."""
    passed = since * FPS * tempo
    arrived = clip.hold - clip.peak
    held = clip.hold + np.maximum(passed - arrived, 0) * HOLD_RATE
    return np.where(passed < arrived, clip.peak + passed, np.minimum(held, clip.last))


def _peak_time(poses: Poses, time: float) -> float:
    """Time (s) of the greatest wrist speed within 0.4 s of ``time``."""
    first = max(0, int((time - 0.4) * FPS))
    stop = min(len(poses), int((time + 0.4) * FPS) + 2)
    window = poses.take(np.arange(max(0, first - 3), min(len(poses), stop + 3))).together()
    speed = wrist_speed(window).max(axis=1)
    lead = first - max(0, first - 3)
    return float((first + speed[lead : lead + stop - first].argmax()) / FPS)


def _loudness(level: float) -> float:
    low, high = LEVEL_RANGE
    return float(np.clip((level - low) / (high - low), 0, 1))


def _smooth(x: Array) -> NDArray[np.float64]:
    """Minimum-jerk step from 0 to 1 (Flash & Hogan 1985)."""
    t = np.clip(x, 0, 1)
    return np.asarray(t**3 * (10 - 15 * t + 6 * t**2))


def _beating(directions: NDArray[np.float32], accents: Sequence[Accent]) -> NDArray[np.float32]:
    """The same motion with small beats of the raised forearms on the lesser peaks.

    A forearm dips by extending at the elbow, the hand a little more; a hanging arm stays still.
    """
    times = np.arange(len(directions)) / FPS
    dip = np.zeros(len(directions))
    for beat in (time for accent in accents for time in accent.beats):
        width = np.where(times < beat, *BEAT_SHAPE)
        dip = np.maximum(dip, np.exp(-(((times - beat) / width) ** 2)))
    beaten = directions.astype(np.float64).copy()
    for upper, fore, hand in ARMS:
        axis = np.cross(beaten[:, fore], beaten[:, upper])  # turns the forearm to the upper arm
        bent = np.linalg.norm(axis, axis=-1, keepdims=True)  # sine of the elbow's angle: raised
        turn = np.radians(dip)[:, None] * axis / np.maximum(bent, 0.3)
        beaten[:, fore] = Rotation.from_rotvec(BEAT[0] * turn).apply(beaten[:, fore])
        for bone in hand:
            beaten[:, bone] = Rotation.from_rotvec(sum(BEAT) * turn).apply(beaten[:, bone])
    return unit(beaten.astype(np.float32))


def _nodding(directions: NDArray[np.float32], accents: Sequence[Accent]) -> NDArray[np.float32]:
    """The same motion with the face dipping just after each accent."""
    times = np.arange(len(directions)) / FPS
    angle = np.zeros(len(directions))
    for accent in accents:
        depth = NOD[0] + (NOD[1] - NOD[0]) * _loudness(accent.level)
        angle += depth * np.exp(-(((times - accent.time - 0.1) / NOD_WIDTH) ** 2))
    turns = Rotation.from_rotvec(np.radians(angle)[:, None] * NOD_AXIS).as_matrix()
    nodded = directions.copy()
    face = list(FACE)
    nodded[:, face] = np.einsum("tij,tbj->tbi", turns, directions[:, face])
    return unit(nodded)


def _nod_axis() -> NDArray[np.float64]:
    """The axis (±x) about which a positive angle moves the nose down (towards +y)."""
    axis = np.array([1.0, 0.0, 0.0])
    moved = Rotation.from_rotvec(0.1 * axis).apply(NEUTRAL[FACE[0]])
    return axis if moved[1] > NEUTRAL[FACE[0]][1] else -axis


NOD_AXIS: Final = _nod_axis()
