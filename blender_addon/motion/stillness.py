# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character does that does not speak: breathe, sway, listen; and where its head looks.

No engine is needed. Hips and legs are never part of the motion, so feet stay where they are.

Breathing at rest: 12 to 18 breaths a minute, the way out half as long again as the way in,
followed by a pause (J. West, "Respiratory Physiology", and W. Tobin et al., "Breathing patterns",
Chest 84(2), 1983). Listeners nod where phrases end, soon after and not always (V. Yngve, "On
getting a word in edgewise", 1970; N. Ward, W. Tsukahara, "Prosodic features which cue
back-channel responses", J. Pragmatics 32, 2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..body import rotations as rot
from ..body.angles import Angles, torso_frame
from ..body.limits import soft_clamp
from ..body.posture import STILL, directions, relaxed
from ..body.rotations import Floats
from ..body.skeleton import FACE, FINGERS, FPS, SIDES, SIGN, checked, to_body, to_engine
from ..body.smoothing import gaussian

BREATH: Final = 4.2  # seconds
INHALE: Final = 0.36  # of a breath: the end of the way in
EXHALE: Final = 0.80  # the end of the way out; the rest is a pause
UNEVEN: Final = 0.1  # how much breaths differ in length and depth
SWAY_BAND: Final = (0.05, 0.3)  # Hz
WAVES: Final = 6  # sinusoids that make a slow drift
NOD_DELAY: Final = (0.15, 0.4)  # seconds after a phrase
NOD_CHANCE: Final = 0.75
NOD_DEGREES: Final = (7.0, 10.0)
NOD_SECONDS: Final = 0.55  # one dip
NOD_DAMPING: Final = 0.55  # of each further dip
EASE: Final = 0.5  # seconds, sigma of attitudes that come and go
LOOK_YAW: Final = 65.0  # degrees a head turns aside for a look
LOOK_PITCH: Final = 35.0  # degrees up and down
LOOK_SMOOTHING: Final = 0.15  # seconds, sigma: heads do not jump


@dataclass(frozen=True)
class Stillness:
    """How someone stands. breathing, sway: 1 as people do at rest, 0 not at all."""

    seconds: float
    seed: int = 0
    breathing: float = 1.0
    sway: float = 1.0


def idle(how: Stillness, fps: float = FPS) -> Floats:
    """Standing at rest and breathing: (T, 42, 3) unit, engine frame, T = ceil(seconds · fps)."""
    return to_engine(directions(_standing(how, fps)))


def listening(how: Stillness, phrases: Floats, fps: float = FPS) -> Floats:
    """Standing and listening: nods after PHRASES (P, 2) seconds, a lean and a tilt while they last.

    Returns (T, 42, 3) unit, engine frame.
    """
    angles = _standing(how, fps)
    count = len(angles["torso"])
    times = np.arange(count) / fps
    spoken = np.asarray(phrases, np.float64).reshape(-1, 2)
    rng = np.random.default_rng([how.seed, 1])
    angles["neck"][:, 0] += np.radians(nods(times, spoken[:, 1], rng))
    attention, tilt = _attitudes(times, spoken, rng)
    angles["torso"][:, 0] += np.radians(1.8) * gaussian(attention, EASE * fps)
    angles["neck"][:, 1] += np.radians(gaussian(tilt, EASE * fps))
    return to_engine(directions(angles))


def _standing(how: Stillness, fps: float) -> Angles:
    count = max(1, int(np.ceil(round(how.seconds * fps, 6))))
    times = np.arange(count) / fps
    angles = relaxed(count)
    _sway(angles, times, how.seed, how.sway)
    _breathe(angles, how.breathing * breath(times, how.seed))
    return angles


# --- breathing and sway -----------------------------------------------------------------


def breath(times: Floats, seed: int) -> Floats:
    """How full the lungs are at TIMES (T,) seconds, about 0 to 1; no two breaths are alike."""
    rng = np.random.default_rng([seed, 0])
    number = int(np.ceil(times[-1] / (BREATH * (1.0 - UNEVEN)))) + 2
    lengths = BREATH * rng.uniform(1.0 - UNEVEN, 1.0 + UNEVEN, number)
    depths = rng.uniform(1.0 - UNEVEN, 1.0 + UNEVEN, number)
    starts = np.cumsum(lengths) - lengths - rng.uniform(0.0, lengths[0])
    which = np.searchsorted(starts, times, side="right") - 1
    phase = (times - starts[which]) / lengths[which]
    rising = 0.5 - 0.5 * np.cos(np.pi * np.clip(phase / INHALE, 0.0, 1.0))
    falling = 0.5 + 0.5 * np.cos(np.pi * np.clip((phase - INHALE) / (EXHALE - INHALE), 0.0, 1.0))
    return np.asarray(depths[which] * np.where(phase < INHALE, rising, falling))


def _breathe(angles: Angles, full: Floats) -> None:
    """The chest opens, shoulders rise and fall, the head stays level."""
    angles["torso"][:, 0] -= np.radians(1.6) * full
    angles["neck"][:, 0] += np.radians(1.2) * full
    for side in SIDES:
        angles[f"collar.{side}"][:, 1] -= SIGN[side] * np.radians(2.6) * full
        angles[f"shoulder.{side}"][:, 1] += np.radians(1.2) * full


def _sway(angles: Angles, times: Floats, seed: int, amount: float) -> None:
    """Weight that wanders: the trunk drifts, the head keeps looking ahead, arms hang along."""

    def drift(channel: int, degrees: float) -> Floats:
        rng = np.random.default_rng([seed, 2, channel])
        return np.asarray(np.radians(amount * degrees) * _wandering(times, rng))

    for axis, degrees in enumerate((0.8, 0.9, 1.2)):
        lean = drift(axis, degrees)
        angles["torso"][:, axis] += lean
        angles["neck"][:, axis] += drift(3 + axis, 1.2) - 0.7 * lean
    for number, side in enumerate(SIDES):
        angles[f"shoulder.{side}"][:, 0] += drift(10 + number, 0.8) - angles["torso"][:, 0]
        angles[f"elbow.{side}"][:, 0] += drift(20 + number, 1.5)
        angles[f"wrist.{side}"][:, 0] += drift(30 + number, 2.0)
        curl = drift(40 + number, 2.5)
        for finger in FINGERS[1:]:
            angles[f"{finger}_1.{side}"][:, 0] += curl


def _wandering(times: Floats, rng: np.random.Generator) -> Floats:
    """A slow, never repeating signal (T,) of standard deviation 1."""
    frequencies, phases = rng.uniform(*SWAY_BAND, WAVES), rng.uniform(0.0, 2.0 * np.pi, WAVES)
    waves = np.sin(2.0 * np.pi * np.outer(times, frequencies) + phases)
    return np.asarray(waves.sum(axis=1) * np.sqrt(2.0 / WAVES))


# --- listening -------------------------------------------------------------------------


def nods(times: Floats, ends: Floats, rng: np.random.Generator) -> Floats:
    """Degrees (T,) by which the head dips after the phrase ENDS (P,) seconds."""
    total = np.zeros(len(times))
    for number, end in enumerate(ends):
        delay, depth = rng.uniform(*NOD_DELAY), rng.uniform(*NOD_DEGREES)
        dips, chance = int(rng.integers(1, 4)), rng.uniform()
        if number == 0 or chance < NOD_CHANCE:
            total += _nod(times - end - delay, depth, dips)
    return total


def _nod(times: Floats, depth: float, dips: int) -> Floats:
    """DIPS dips in a row, each shallower; quick down, slower up. times: from its beginning."""
    number = np.floor(times / NOD_SECONDS)
    phase = times / NOD_SECONDS - number
    shape = np.sin(np.pi * phase**0.8) ** 2
    nodding = (number >= 0) & (number < dips)
    return np.asarray(np.where(nodding, depth * NOD_DAMPING ** np.maximum(number, 0) * shape, 0.0))


def _attitudes(times: Floats, phrases: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Attention (T,), 1 while a phrase lasts, and the tilt (T,) in degrees taken up with it."""
    attention, tilt = np.zeros(len(times)), np.zeros(len(times))
    for begin, end in phrases:
        attention[(times >= begin) & (times < end)] = 1.0
        tilt[times >= begin + 0.3] = rng.uniform(-4.0, 4.0)
    return attention, tilt


# --- looking ---------------------------------------------------------------------------


def look(motion: Floats, gaze: Floats, amount: float, fps: float = FPS) -> Floats:
    """MOTION (T, 42, 3), engine frame, with the head turned to GAZE on top of what it does.

    gaze: (T, 3) from the head to what it looks at, body frame, any length. amount: 0 to 1.
    No head turns further than LOOK_YAW and LOOK_PITCH for it.
    """
    body = to_body(checked(motion))
    torso = torso_frame(body) @ torso_frame(STILL).T
    x, y, z = np.moveaxis(rot.apply(rot.transposed(torso), rot.unit(gaze)), -1, 0)
    yaw = soft_clamp(np.degrees(np.arctan2(x, -y)), -LOOK_YAW, LOOK_YAW)
    pitch = soft_clamp(np.degrees(np.arcsin(np.clip(z, -1.0, 1.0))), -LOOK_PITCH, LOOK_PITCH)
    turn = amount * np.radians(gaussian(np.stack([yaw, pitch], axis=-1), LOOK_SMOOTHING * fps))
    looking = torso @ rot.about_z(turn[:, 0]) @ rot.about_x(-turn[:, 1]) @ rot.transposed(torso)
    body[:, list(FACE)] = rot.apply(looking[:, None], body[:, list(FACE)])
    return to_engine(body)
