# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a word's gesture is seen: the pose it holds against the library's of each meaning.

    python tests/surveys/meanings.py SPEECH_FOLDER [--checkpoint FILE] [--trials 120]

A trial is one word in a transcript that is else empty, on an accent of a recording. It is right
where arms, hands, collars and head are nearer to a gesture of the word's meaning, by any hand and
mirrored or not, than to all those of the other meanings. As a control the words are dealt out anew.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.data.gestures import library
from ha2g_engine.data.gestures.codes import description
from ha2g_engine.files import SPEECH_FILES, SPEECH_SUFFIXES, by_stem
from ha2g_engine.speech import audio, prosody
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

WORDS = {
    "negation": "never", "question": "why", "me": "me", "you": "you", "we": "we", "big": "huge",
    "small": "tiny", "up": "up", "down": "down", "all": "everything", "counting": "three",
    "don't know": "don't know",
}  # fmt: skip
HELD = np.arange(3, 9)  # frames after the accent in which a stroke has arrived and holds
SLOWED = 0.4  # of its speed a gesture holds on with
SHIFTS = (-1, 0, 1, 2)  # frames by which a stroke may be early or late


def seen(poses):
    """(T, …) arms, palms and fingers, collars and head of (T, 42, 3)."""
    return np.stack([[*description(pose, 0.0), *pose[[1, 2, 37]].ravel()] for pose in poses])


class Known:
    """Every gesture of the library with one of the meanings, as it looks while it holds."""

    def __init__(self):
        known = library.load()
        ways = [way for way in known.ways() if set(way.meanings) & set(WORDS)]
        self.meanings = [set(way.meanings) for way in ways]
        self.looks = np.stack([_held(known, way) for way in ways])

    def distances(self, motion, time):
        """To each meaning's nearest gesture, of the poses after TIME (s)."""
        frame = round(time * FPS)
        looks = [
            seen(motion[np.clip(frame + shift + HELD, 0, len(motion) - 1)]) for shift in SHIFTS
        ]
        gaps = [np.sqrt(np.square(self.looks - look).mean(axis=(1, 2))) for look in looks]
        gap = np.min(gaps, axis=0)
        return {
            meaning: gap[[meaning in said for said in self.meanings]].min() for meaning in WORDS
        }


def _held(known, way):
    motion = known.shown(way.gesture, way.hand, mirror=way.mirror)
    speed = wrist_speed(motion.directions).max(axis=1)
    peak = motion.start + int(speed[motion.start : motion.apex + 1].argmax())
    after = motion.apex + np.maximum(HELD - (motion.apex - peak), 0) * SLOWED
    frames = np.where(motion.apex - peak > HELD, peak + HELD, after)
    return seen(motion.directions[np.minimum(frames, max(motion.end, motion.apex)).astype(int)])


def trial(synthesizer, speech, time, word, seed, folder):
    path = folder / "words.json"
    length = 0.3 / len(word.split())
    rows = [[w, time - 0.1 + i * length, time - 0.1 + (i + 1) * length]
            for i, w in enumerate(word.split())]  # fmt: skip
    path.write_text(json.dumps(rows))
    settings = Settings(seed=seed, identity_seed=seed, transcript=path)
    return synthesizer.generate(speech, settings).directions


def _accents(speech):
    """Times at which a word can be said: neither at once nor when hands go home for good."""
    sound = audio.load_speech(speech)
    last = len(sound) / audio.SAMPLE_RATE - 2.1
    return [accent.time for accent in prosody.accents(sound) if 1.0 < accent.time < last]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--trials", type=int, default=120)
    asked = parser.parse_args()
    synthesizer, known = Synthesizer(asked.checkpoint), Known()
    files = by_stem(asked.folder, SPEECH_SUFFIXES, SPEECH_FILES).values()
    speeches = {speech: times for speech in files if (times := _accents(speech))}
    random, right, found = np.random.default_rng(0), {}, []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(asked.trials):
            meaning = list(WORDS)[i % len(WORDS)]
            speech = list(speeches)[i % len(speeches)]
            time = speeches[speech][int(random.integers(len(speeches[speech])))]
            away = known.distances(
                trial(synthesizer, speech, time, WORDS[meaning], i, Path(folder)), time
            )
            found.append(away)
            right.setdefault(meaning, []).append(away[meaning] <= min(away.values()))
    print(", ".join(f"{meaning} {np.mean(hits):.0%}" for meaning, hits in right.items()))
    said = [list(WORDS)[i % len(WORDS)] for i in range(asked.trials)]
    others = random.permutation(said)
    control = np.mean([a[m] <= min(a.values()) for a, m in zip(found, others, strict=True)])
    every = np.mean([hit for hits in right.values() for hit in hits])
    print(f"right {every:.0%}, words dealt out anew {control:.0%}")


if __name__ == "__main__":
    main()
