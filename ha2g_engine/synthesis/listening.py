# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two who talk: hears the own voice alone, and listens while the other one speaks.

Listeners nod where phrases end, soon after and not always (Yngve 1970; Ward & Tsukahara 2000), and
now and then with an accent; people shift where the word goes to the other one (Cassell et al.
2001); who listens looks at the speaker, who speaks looks away as they begin and back as they come
to an end (Kendon 1967). All of it is added to the motion of the own voice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import paths, series
from ha2g_engine.body.poses import slerp
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, unit
from ha2g_engine.gestures.plan import smooth
from ha2g_engine.speech import audio, phrases, prosody
from ha2g_engine.speech.activity import runs
from ha2g_engine.speech.voices import cleaning

from . import two_voices
from .settings import Settings, Take

Floats = NDArray[np.floating[Any]]

FACE: Final = slice(37, 42)  # bones that turn with the head
PAUSE: Final = 0.2  # s of silence that end a phrase
DELAY: Final = (0.15, 0.4)  # s after a phrase in which a nod begins
CHANCE: Final = 0.8  # of a phrase's end to be nodded at
DEPTH: Final = (7.0, 10.0)  # degrees
SMALL: Final = (3.5, 5.5)  # of a nod with an accent
ACCENT_CHANCE: Final = 0.3  # of an accent to be nodded at
DIP: Final = 0.55  # s, one dip
DAMPING: Final = 0.55  # of each further dip
APART: Final = 1.2  # s between two nods at least
SHIFT: Final = ((0.5, 2.0), (1.5, 4.0), (2.0, 4.5))  # degrees of pitch, yaw, roll at a turn
SHIFTING: Final = 1.0  # s
LEAN: Final = 2.0  # degrees that the trunk comes forward to listen
EASE: Final = 0.5  # s, sigma of attitudes that come and go
TURN_GAP: Final = 0.8  # s of silence that end nobody's turn
LOOKS: Final = {"listen": 1.0, "speak": 0.4, "begin": 0.1, "end": 1.0, "wait": 0.8}  # how far
STEADY: Final = 0.85  # of a head's own turning about that one leaves off who looks at the other
ABOUT: Final = 0.5  # of attention up to which one looks about
BEGIN, END = 1.0, 1.2  # s of a turn, while one looks away, and back


@dataclass(frozen=True)
class Nod:
    """time: s of its beginning. depth: degrees of the first dip. dips: how many."""

    time: float
    depth: float
    dips: int


@dataclass(frozen=True)
class Talk:
    """own, other: (T,) who speaks. phrases: (P, 2) s, accents: (A,) s of the other."""

    own: NDArray[np.bool_]
    other: NDArray[np.bool_]
    phrases: Floats
    accents: Floats


Voice = tuple[tuple[str, int, int], str]  # a file by its stamp, and the channel of it


def heard_by(speech: str | Path, settings: Settings) -> tuple[Voice, Voice | None, bool]:
    """The own voice, the other one, if there is one, and whether voices alone are heard.

    What is heard is remembered by it.
    """
    own = paths.stamp(speech), settings.channel
    if not settings.listen_to:
        return own, None, bool(settings.voice_only)
    other = paths.stamp(settings.listen_to), settings.listen_channel
    return own, other, bool(settings.voice_only)


def own_voice(speech: str | Path, settings: Settings) -> audio.Speech:
    """The voice that the take moves to. Raises InputError as ``audio.read_speech`` does."""
    return _heard(*heard_by(speech, settings))


def _heard(own: Voice, other: Voice | None, voice_only: bool) -> audio.Speech:
    if other is None:
        return cleaning.hear(own[0][0], own[1], voice_only)
    voices = [audio.read_speech(stamp[0], channel) for stamp, channel in (own, other)]
    alone = two_voices.apart(*voices)
    return cleaning.voices(alone) if voice_only else alone


def listened(take: Take, speech: str | Path, settings: Settings) -> Take:
    """The take of somebody who listens, too, where the settings name whom; else as it is."""
    if not settings.listen_to or take.skeleton is not EXPRESSIVE:
        return take
    told = talk(speech, settings, len(take.directions))
    random, attention = np.random.default_rng([settings.seed, 7]), looks(told)
    moved = nodding(facing(take.directions, attention), nods(told, random))
    moved = attending(moved, told, random)
    return replace(take, directions=moved, attention=attention)


def talk(speech: str | Path, settings: Settings, frames: int) -> Talk:
    """Who speaks when, in so many frames. Raises InputError as ``audio.read_speech`` does."""
    own, other, _ = heard_by(speech, settings)
    assert other is not None
    return _talk(own, other, frames)


@lru_cache(maxsize=4)
def _talk(own: Voice, other: Voice, frames: int) -> Talk:
    mine, theirs = (_heard(*two, voice_only=False) for two in ((own, other), (other, own)))
    speaks, says = (two_voices.speaking(voice, frames) for voice in (mine, theirs))
    accents = [accent.time for accent in prosody.accents(theirs.waveform)] if says.any() else []
    return Talk(speaks, says, phrases.of_speaking(says, PAUSE), np.array(accents))


# --- what is done ------------------------------------------------------------------------


def nods(told: Talk, random: np.random.Generator) -> list[Nod]:
    """The nods of who listens, in order of time, never while they speak.

    Who takes the word after a phrase nods once, who goes on listening up to three times.
    """
    found: list[Nod] = []
    for number, end in enumerate(told.phrases[:, 1]):
        delay, depth, dips = random.uniform(*DELAY), random.uniform(*DEPTH), random.integers(1, 4)
        if (number == 0 or random.random() < CHANCE) and _silent(told, end, end + delay):
            more = _silent(told, end, end + delay + dips * DIP)
            found.append(Nod(end + delay, depth, int(dips) if more else 1))
    for time in told.accents:
        begin, depth = time + random.uniform(*DELAY), random.uniform(*SMALL)
        free = all(abs(nod.time - begin) > APART for nod in found)
        if random.random() < ACCENT_CHANCE and free and _silent(told, time, begin + DIP):
            found.append(Nod(begin, depth, 1))
    return sorted(found, key=lambda nod: nod.time)


def _silent(told: Talk, first: float, last: float) -> bool:
    """Whether the own voice is silent between two seconds."""
    return not told.own[max(0, round(first * FPS)) : round(last * FPS) + 1].any()


def facing(directions: NDArray[np.float32], attention: Floats) -> NDArray[np.float32]:
    """(T, 42, 3) with a head that looks ahead, not about, as far as it attends to the other one.

    Where the other one is, whoever knows it turns the head from there. Other bones, and frames in
    which it looks about, are as they were bit for bit.
    """
    share = STEADY * np.clip((attention - ABOUT) / (1 - ABOUT), 0, 1)
    now = share > 0
    ahead = np.broadcast_to(EXPRESSIVE.neutral[FACE], directions[now, FACE].shape)
    moved = directions.copy()
    moved[now, FACE] = slerp(directions[now, FACE], ahead, share[now, None]).astype(np.float32)
    return moved


def nodding(directions: NDArray[np.float32], wanted: list[Nod]) -> NDArray[np.float32]:
    """(T, 42, 3) with the head dipping; other bones, and frames without a nod, bit for bit."""
    times = np.arange(len(directions)) / FPS
    pitch = np.zeros(len(times))
    for nod in wanted:
        since = (times - nod.time) / DIP
        number = np.floor(since)
        dip = np.sin(np.pi * (since - number) ** 0.8) ** 2
        under_way = (number >= 0) & (number < nod.dips)
        pitch += np.where(under_way, nod.depth * DAMPING ** np.maximum(number, 0) * dip, 0.0)
    moved, nods_now = directions.copy(), pitch > 0
    turn = _turns(np.stack([pitch, *np.zeros((2, len(pitch)))], axis=1)[nods_now])
    moved[nods_now, FACE] = _turned(directions[nods_now, FACE], turn)
    return moved


def attending(
    directions: NDArray[np.float32], told: Talk, random: np.random.Generator
) -> NDArray[np.float32]:
    """(T, 42, 3) that shifts where the word goes to the other one, and comes forward to listen."""
    times = np.arange(len(directions)) / FPS
    degrees = np.zeros((len(times), 3))
    for time in changes(told):
        sides = random.choice([-1.0, 1.0], 3)
        towards = sides * [random.uniform(*share) for share in SHIFT]
        degrees += smooth((times - time) / SHIFTING)[:, None] * (towards - degrees[-1])
    listening = (_turn(told) < 0).astype(float)
    degrees[:, 0] += LEAN * series.gaussian(listening, EASE * FPS)
    moved = _turned(directions, _turns(degrees))
    level = degrees * (-1.0, -0.5, -0.7)  # the head stays where it looks, more or less
    moved[:, FACE] = _turned(moved[:, FACE], _turns(level))
    return moved


def looks(told: Talk) -> NDArray[np.float32]:
    """(T,) how far somebody looks at the other: 1 wholly, 0 not at all."""
    turn, wanted = _turn(told), np.full(len(told.own), LOOKS["wait"])
    wanted[turn < 0] = LOOKS["listen"]
    wanted[turn > 0] = LOOKS["speak"]
    for first, last in runs(turn > 0):
        wanted[first : first + round(BEGIN * FPS)] = LOOKS["begin"]
        wanted[max(first, last - round(END * FPS)) : last] = LOOKS["end"]
    return np.asarray(series.gaussian(wanted, 0.5 * EASE * FPS), np.float32)


def changes(told: Talk) -> list[float]:
    """The seconds at which the word goes from one to the other."""
    turn = _turn(told)
    at = np.flatnonzero(np.diff(np.sign(turn[turn != 0])))
    return [float(time) for time in (np.flatnonzero(turn)[at + 1] / FPS)]


def _turn(told: Talk) -> NDArray[np.int64]:
    """(T,) whose turn it is: 1 the own, -1 the other's, 0 nobody's; short silences count along."""
    who: NDArray[np.int64] = told.own.astype(np.int64) - told.other.astype(np.int64)
    for first, last in runs(who == 0):
        if first and last - first <= TURN_GAP * FPS:
            who[first:last] = who[first - 1]
    return who


def _turns(degrees: Floats) -> Floats:
    """(T, 3) pitch forward, yaw and roll → (T, 3, 3) rotations; y points down, z back."""
    (sx, sy, sz), (cx, cy, cz) = (f(np.radians(degrees)).T for f in (np.sin, np.cos))
    zero, one = np.zeros_like(sx), np.ones_like(sx)

    def stacked(*rows: tuple[Floats, ...]) -> Floats:
        return np.moveaxis(np.array(rows), -1, 0)

    pitch = stacked((one, zero, zero), (zero, cx, -sx), (zero, sx, cx))
    yaw = stacked((cy, zero, sy), (zero, one, zero), (-sy, zero, cy))
    roll = stacked((cz, -sz, zero), (sz, cz, zero), (zero, zero, one))
    return np.asarray(yaw @ pitch @ roll)


def _turned(directions: Floats, by: Floats) -> NDArray[np.float32]:
    return unit(np.einsum("tij,tbj->tbi", by, directions).astype(np.float32))
