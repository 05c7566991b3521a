# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m ha2g_engine.training.probe CHECKPOINT SPEECH …``: what a model does with speech.

Prints, for each speech file and identity: the share of strokes (wrist-speed peaks above a third
of the take's greatest) within 0.2 s of a prosodic peak, the same for circularly shifted
speech, and how far the hands move. The model card quotes it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from ha2g_engine.audio import SAMPLE_RATE, load_speech
from ha2g_engine.data.clips import WRISTS, wrist_speed
from ha2g_engine.data.prosody import aligned_share
from ha2g_engine.skeleton import EXPRESSIVE, FPS, joint_positions
from ha2g_engine.synthesis import Settings, Synthesizer

Array = NDArray[np.floating[Any]]

SHIFTS: Final = 40  # circular shifts of the control
SEAM: Final = 30  # frames between window borders


@dataclass(frozen=True)
class Probe:
    """strokes: their number. aligned, shifted: shares. speed: m/s, greatest of both wrists.

    spread: mean standard deviation of the directions. seam: the greatest frame-to-frame
    change at window borders over the 99th percentile of the others.
    """

    strokes: int
    aligned: float
    shifted: float
    speed: float
    spread: float
    seam: float


def stroke_times(directions: Array) -> NDArray[np.float64]:
    """Times (s) of wrist-speed peaks above a third of the greatest; (T, 42, 3) at 15 fps."""
    speed = wrist_speed(directions).max(axis=1)
    found, _ = find_peaks(speed, height=speed.max() / 3)
    return np.asarray(found / FPS, np.float64)


def shifted_share(times: Array, speech: NDArray[np.float32]) -> float:
    """``aligned_share`` averaged over circular shifts of the strokes."""
    seconds = len(speech) / SAMPLE_RATE
    shifts = np.linspace(0.7, max(0.8, seconds - 0.7), SHIFTS)
    return float(np.mean([aligned_share((times + s) % seconds, speech) for s in shifts]))


def probe(directions: NDArray[np.float32], speech: NDArray[np.float32]) -> Probe:
    """Measure one take (T, 42, 3) against its speech (samples,) at SAMPLE_RATE."""
    times = stroke_times(directions)
    change = np.linalg.norm(np.diff(directions, axis=0), axis=-1).mean(axis=-1)
    border = np.zeros(len(change), bool)
    for offset in range(-1, 4):
        border[SEAM + offset :: SEAM] = True
    seam = change[border].max(initial=0) / np.quantile(change[~border], 0.99)
    return Probe(
        len(times),
        aligned_share(times, speech),
        shifted_share(times, speech),
        float(wrist_speed(directions).max()),
        float(directions.std(axis=0).mean()),
        float(seam),
    )


def wrist_distance(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Mean distance in m between the wrists of two takes of one length."""
    a, b = (joint_positions(d, EXPRESSIVE)[:, WRISTS] for d in (first, second))
    return float(np.linalg.norm(a - b, axis=-1).mean())


def main(checkpoint: str, files: Sequence[str], identities: int = 5) -> None:
    """Print a table for ``identities`` imagined people and a total."""
    synthesizer = Synthesizer(checkpoint)
    takes: dict[str, list[NDArray[np.float32]]] = {}
    rows = []
    for path in files:
        speech = load_speech(path)
        for seed in range(identities):
            take = synthesizer.generate(path, Settings(identity_seed=seed))
            takes.setdefault(path, []).append(take.directions)
            rows.append(probe(take.directions, speech))
            print(Path(path).name, seed, rows[-1])
    weights = [row.strokes for row in rows]
    for name in ("aligned", "shifted"):
        mean = np.average([getattr(row, name) for row in rows], weights=weights)
        print(f"{name} {mean:.3f} over {sum(weights)} strokes")
    apart = [wrist_distance(a, b) for t in takes.values() for a in t for b in t if a is not b]
    print(f"wrists of different identities are {np.mean(apart) * 100:.1f} cm apart")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
