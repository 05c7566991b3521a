# SPDX-License-Identifier: GPL-3.0-or-later
"""Models on recordings of speech alone: whether strokes meet accents and hands rest in pauses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np

from ha2g_engine.body.skeleton import FPS, Skeleton, joint_positions
from ha2g_engine.body.strokes import stroke_times
from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.files import SPEECH_FILES, SPEECH_SUFFIXES, by_stem
from ha2g_engine.metrics import finger_speed
from ha2g_engine.speech import audio, prosody
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

from . import life
from .clips import Array, Motion
from .report import Row, Run
from .scores import Scores
from .systems import Group

Progress = Callable[[str], None]

SHIFTS: Final = 40  # circular shifts of the control
LEAST_SHIFT: Final = 0.7  # s
TESTS: Final = 1999  # draws of a shift for each file
PAUSE: Final = 1.0  # s, hands should be at rest in longer ones
SETTLE: Final = 1.0  # s from a pause's start in which hands still sink


@dataclass(frozen=True)
class Speech:
    """A recording. peaks: prosodic, seconds. pauses: (start, end) of those over a second."""

    path: Path
    seconds: float
    peaks: Array
    pauses: list[tuple[float, float]]


def read(folder: Path) -> list[Speech]:
    """Every recording in a folder; raises InputError when it holds none."""
    return [_speech(file) for file in by_stem(folder, SPEECH_SUFFIXES, SPEECH_FILES).values()]


def _speech(path: Path) -> Speech:
    sound = audio.read_speech(path)
    pauses = [p for p in prosody.pauses(sound.waveform) if p[1] - p[0] > PAUSE]
    return Speech(path, sound.seconds, prosody.peaks(sound.waveform)[0], pauses)


def measure(groups: Sequence[Group], folder: Path, people: int, progress: Progress) -> list[Row]:
    """A row a system; ``people`` imagined identities speak each recording.

    Two scores stand beside the strokes on peaks: ``shifted``, the same of strokes moved around
    the recording by 0.7 s and more, and ``p``, how often random moves do as well.
    """
    speeches = read(folder)
    rows = []
    for group in groups:
        row = Row(group.name)
        for file in group.files:
            progress(f"Speaking: {group.name}, {file}")
            row.runs.append(Run(str(file), 0, _scores(Synthesizer(file), speeches, people)))
        rows.append(row)
    return rows


def _scores(synthesizer: Synthesizer, speeches: Sequence[Speech], people: int) -> Scores:
    table = synthesizer.skeleton
    takes = [_takes(synthesizer, s, [Settings(identity_seed=k) for k in range(people)])
             for s in speeches]  # fmt: skip
    varied = [_takes(synthesizer, s, [Settings(seed=k + 1) for k in range(people)])
              for s in speeches]  # fmt: skip
    scores = _strokes(takes, speeches, table) | _hands(takes, speeches, table)
    if table.palms:
        scores |= life.measure([take for some in takes for take in some], table)
    if people > 1:
        scores["seeds apart m"] = float(np.mean([_apart(v, table) for v in varied]))
    return scores


def _takes(synthesizer: Synthesizer, speech: Speech, settings: Sequence[Settings]) -> list[Motion]:
    return [synthesizer.generate(speech.path, s).directions for s in settings]


def _strokes(
    takes: Sequence[Sequence[Motion]], speeches: Sequence[Speech], table: Skeleton
) -> Scores:
    """hits: (files, 1 + SHIFTS) strokes on peaks, first as they are, then moved around."""
    hits = np.zeros((len(speeches), 1 + SHIFTS))
    totals = np.zeros(len(speeches))
    for row, (some, speech) in enumerate(zip(takes, speeches, strict=True)):
        times = np.concatenate([stroke_times(take, table) for take in some])
        shifts = np.linspace(LEAST_SHIFT, max(0.8, speech.seconds - LEAST_SHIFT), SHIFTS)
        for column, shift in enumerate((0.0, *shifts)):
            moved = (times + shift) % speech.seconds if shift else times
            hits[row, column] = prosody.near(moved, speech.peaks).sum()
        totals[row] = len(times)
    random = np.random.default_rng(0)
    drawn = random.integers(1 + SHIFTS, size=(TESTS, len(speeches)))
    chance = hits[np.arange(len(speeches)), drawn].sum(axis=1)
    return {
        "strokes on peaks": float(hits[:, 0].sum() / totals.sum()),
        "strokes on peaks, shifted": float(hits[:, 1:].mean(axis=1).sum() / totals.sum()),
        "strokes on peaks, p": float((1 + (chance >= hits[:, 0].sum()).sum()) / (1 + TESTS)),
        "worst file": float((hits[:, 0] / np.maximum(totals, 1)).min()),
        **{f"{s.path.name}": float(h / max(n, 1))
           for s, h, n in zip(speeches, hits[:, 0], totals, strict=True)},
    }  # fmt: skip


def _hands(
    takes: Sequence[Sequence[Motion]], speeches: Sequence[Speech], table: Skeleton
) -> Scores:
    """How much hands and fingers move, in speech and in pauses, and how evenly."""
    speeds = [[wrist_speed(take, table) for take in some] for some in takes]
    resting = [_resting(s, len(some[0])) for s, some in zip(speeches, takes, strict=True)]
    pairs = [(v, r) for some, r in zip(speeds, resting, strict=True) for v in some]
    spoken = np.concatenate([v[~r] for v, r in pairs])
    paused = np.concatenate([v[r] for v, r in pairs])
    travel = np.array([v.sum(axis=0) for v, _ in pairs])
    scores = {
        "wrists m/s": float(spoken.mean()),
        "lesser hand": float((travel.min(axis=1) / np.maximum(travel.sum(axis=1), 1e-9)).mean()),
    }
    if len(paused):
        scores["in pauses m/s"] = float(paused.mean())
    if table.palms:
        every = [take for some in takes for take in some]
        scores["fingers °/s"] = float(np.mean([finger_speed(take, table) for take in every]))
    return scores


def _resting(speech: Speech, frames: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(frames,) whether hands should be at rest: in a long pause, a second after it began."""
    times = np.arange(frames) / FPS
    quiet = [(times > start + SETTLE) & (times < end) for start, end in speech.pauses]
    return np.asarray(np.any([np.zeros(frames, bool), *quiet], axis=0))


def _apart(takes: Sequence[Motion], table: Skeleton) -> float:
    """Mean distance in m between the wrists of each two takes."""
    places = [joint_positions(take, table)[:, table.wrists] for take in takes]
    gaps = [np.linalg.norm(a - b, axis=-1).mean() for a, b in combinations(places, 2)]
    return float(np.mean(gaps))
