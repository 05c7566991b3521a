# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the style's sliders act, and as they are labelled; whether hands are twins.

    python tests/surveys/controls.py SPEECH_FOLDER [--checkpoint FILE] [--seeds 3]

Every recording in the folder, each with several seeds. Degrees, metres, seconds.
"""

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

sys.path.insert(0, str(Path(__file__).parents[2]))

from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, LEVELS, joint_positions
from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.files import SPEECH_FILES, SPEECH_SUFFIXES, by_stem
from ha2g_engine.metrics import wrist_jerk
from ha2g_engine.speech import audio, prosody
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

ROWS = ("low", "mid", "high")
NAMES = ("torso and head", "upper arms", "forearms", "knuckles", "proximal", "middle phalanges")
SLOW = 0.45  # s, of a phrase's rise and fall
FAST = 0.5  # m/s, quicker wrists stroke or beat


def angle(a, b):
    return np.degrees(np.arccos(np.clip((a * b).sum(-1), -1, 1))).mean(axis=0)


def sliders(synthesizer, speech):
    """Own change of each level's bones, and the share of it that spills into coarser ones."""
    base = Settings(identity_seed=1, seed=1)
    style = np.array(synthesizer.generate(speech, base).style)
    for level, bones in enumerate(LEVELS):
        takes = []
        for row in range(3):
            column = style.copy()
            column[:, level] = np.eye(3)[row]
            settings = Settings(identity_seed=1, seed=1, style=column)
            takes.append(synthesizer.generate(speech, settings).directions)
        coarser = list(LEVELS[level - 1]) if level else []
        own = sorted(set(bones) - set(coarser))
        changes = [angle(a, b) for a, b in itertools.combinations(takes, 2)]
        most = max(changes, key=lambda change: change[own].mean())
        spill = most[coarser].mean() / most[own].mean() if coarser else 0.0
        yield most[own].mean(), spill


def facts(motion, speech):
    """What of a take is compared with its speech."""
    sound = audio.read_speech(speech)
    level, rate = prosody.envelope(sound.waveform)
    loud = np.interp(np.arange(len(motion)) / FPS, np.arange(len(level)) / rate, level)
    speed = wrist_speed(motion)
    wrists = joint_positions(motion, EXPRESSIVE)[:, EXPRESSIVE.wrists]
    height = -wrists[..., 1]
    peaks, _ = find_peaks(speed.max(axis=1), height=FAST)
    return {
        "speed ~ loudness": np.corrcoef(speed.mean(axis=1), loud)[0, 1],
        "height ~ phrase": np.corrcoef(height.mean(axis=1), gaussian_filter1d(loud, SLOW * FPS))[
            0, 1
        ],
        "left ~ right height": np.corrcoef(height.T)[0, 1],
        "m/s": speed.mean(),
        "strokes a s": len(peaks) / len(motion) * FPS,
        "m from home": np.quantile(np.linalg.norm(wrists - wrists[:1], axis=-1).max(axis=1), 0.95),
        "jerk": wrist_jerk(motion[None], EXPRESSIVE),
    }


def told(name, rows):
    means = {key: np.mean([row[key] for row in rows]) for key in rows[0]}
    print(f"{name:10} " + "  ".join(f"{key} {value:.2f}" for key, value in means.items()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    synthesizer = Synthesizer(asked.checkpoint)
    speeches = list(by_stem(asked.folder, SPEECH_SUFFIXES, SPEECH_FILES).values())
    changes = np.mean([list(sliders(synthesizer, speech)) for speech in speeches], axis=0)
    for name, (own, spill) in zip(NAMES, changes, strict=True):
        print(f"{name}: own change {own:.1f}°, spill {spill:.2f}")
    seeds = range(1, asked.seeds + 1)
    styles = {"own": None} | {row: np.eye(3)[i][:, None].repeat(6, 1) for i, row in enumerate(ROWS)}
    for name, style in styles.items():
        rows = [
            facts(
                synthesizer.generate(
                    speech, Settings(identity_seed=seed, seed=seed, style=style)
                ).directions,
                speech,
            )
            for speech in speeches
            for seed in seeds
        ]
        told(name, rows)


if __name__ == "__main__":
    main()
