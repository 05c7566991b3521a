# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a word's gesture is seen: the pose after it against the gestures of each meaning.

    python tests/surveys/meanings.py SPEECH_FOLDER [--checkpoint FILE] [--trials 120]

A trial is one word in a transcript that is else empty, on an accent of a recording. It is right
where the pose is as near to a gesture of the word's meaning as to any of the other meanings'. As a
control the words are dealt out anew.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.data.gestures import library
from ha2g_engine.files import SPEECH_FILES, SPEECH_SUFFIXES, by_stem
from ha2g_engine.speech import audio, prosody
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

WORDS = {
    "negation": "never", "question": "why", "me": "me", "you": "you", "we": "we", "big": "huge",
    "small": "tiny", "up": "up", "down": "down", "all": "everything", "counting": "three",
    "don't know": "don't know",
}  # fmt: skip
APEX = range(3, 8)  # frames after the accent in which the stroke has arrived


def gestures_by_meaning(synthesizer):
    """The codes of the gestures that mean it, whatever else."""
    known = synthesizer.planner.repertoire
    return {
        meaning: known.codes[[meaning in fact.meanings for fact in known.facts]]
        for meaning in WORDS
    }


def distances(motion, time, meant, coder):
    """To each meaning's nearest gesture, over the frames after TIME in which the stroke holds."""
    frames = [min(int(time * FPS) + i, len(motion) - 1) for i in APEX]
    codes = np.stack([coder.code(motion[frame], 1.3) for frame in frames])
    return {
        meaning: np.linalg.norm(codes[:, None] - known, axis=-1).mean(axis=0).min()
        for meaning, known in meant.items()
    }


def trial(synthesizer, speech, time, word, seed, folder):
    path = folder / "words.json"
    length = 0.3 / len(word.split())
    rows = [[w, time - 0.1 + i * length, time - 0.1 + (i + 1) * length]
            for i, w in enumerate(word.split())]  # fmt: skip
    path.write_text(json.dumps(rows))
    settings = Settings(seed=seed, identity_seed=seed, transcript=path)
    return synthesizer.generate(speech, settings).directions


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--trials", type=int, default=120)
    asked = parser.parse_args()
    synthesizer, coder = Synthesizer(asked.checkpoint), library.load().coder
    meant = gestures_by_meaning(synthesizer)
    print(", ".join(f"{meaning} {len(codes)}" for meaning, codes in meant.items()))
    speeches = list(by_stem(asked.folder, SPEECH_SUFFIXES, SPEECH_FILES).values())
    heard = {speech: prosody.accents(audio.load_speech(speech)) for speech in speeches}
    random, right, found = np.random.default_rng(0), {}, []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(asked.trials):
            meaning = list(WORDS)[i % len(WORDS)]
            speech = speeches[i % len(speeches)]
            times = [accent.time for accent in heard[speech] if accent.time > 1.0]
            time = times[int(random.integers(len(times)))]
            motion = trial(synthesizer, speech, time, WORDS[meaning], i, Path(folder))
            away = distances(motion, time, meant, coder)
            found.append(away)
            right.setdefault(meaning, []).append(away[meaning] <= min(away.values()) + 1e-9)
    print(", ".join(f"{meaning} {np.mean(hits):.0%}" for meaning, hits in right.items()))
    said = [list(WORDS)[i % len(WORDS)] for i in range(asked.trials)]
    others = random.permutation(said)
    control = np.mean([a[m] <= min(a.values()) + 1e-9 for a, m in zip(found, others, strict=True)])
    every = np.mean([hit for hits in right.values() for hit in hits])
    print(f"right {every:.0%}, words dealt out anew {control:.0%}")


if __name__ == "__main__":
    main()
