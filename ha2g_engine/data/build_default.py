# SPDX-License-Identifier: GPL-3.0-or-later
"""The default data set: synthesised speech paired by rule with SmartBody's gestures.

One seed gives one data set, as long as the same synthesisers are installed; their names are
written into the index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.audio import SAMPLE_RATE, mel_spectrogram
from ha2g_engine.data import choreography, clips, portraits, prosody, recording, sentences, store
from ha2g_engine.data.voices import installed, manner
from ha2g_engine.skeleton import FPS

Array = NDArray[np.float32]
Progress = Callable[[str], None]

TAKE_SECONDS: Final = 30.0
SILENT_SHARE: Final = 0.06  # of the takes hold no speech: noise and silence teach rest
VAL_SHARE: Final = 0.08
LOUDNESS_CLASSES: Final = 4
PORTRAITS: Final = 400  # per speaker


@dataclass(frozen=True)
class Speaker:
    """A body set and posture of SmartBody, perhaps seen in a mirror."""

    body: str
    posture: str
    mirror: bool = False
    hand: str = "BOTH"  # which hand reference frames show raised: LEFT, RIGHT or BOTH

    @property
    def name(self) -> str:
        """For the index."""
        return f"{self.body}/{self.posture}" + ("/mirrored" if self.mirror else "")


SPEAKERS: Final = (
    Speaker("Gestures", "Idle01", hand="LEFT"),
    Speaker("FemaleGestures", "IdleStand01"),
    Speaker("MaleGestures", "IdleStand01", hand="RIGHT"),
)


@dataclass(frozen=True)
class SpokenTake:
    """A take of speech. mel: (frames, 128) float16 dB. accents, pauses: from the clean speech."""

    voice: str
    mel: NDArray[np.float16]
    accents: list[prosody.Accent]
    pauses: list[tuple[float, float]]
    frames: int


def build(
    folder: Path,
    gestures: Path,
    *,
    minutes: float = 60.0,
    seed: int = 0,
    speakers: Sequence[Speaker] = SPEAKERS,
    workers: int = 2,
    progress: Progress = lambda _message: None,
) -> None:
    """Build the data set into ``folder`` from the SmartBody clips in ``gestures``.

    minutes: of speech; each speaker performs all of it. Raises InputError for missing files.
    """
    count = max(4, round(minutes * 60 / TAKE_SECONDS))
    voices = sorted(installed())
    jobs = [(seed, i, voices[i % len(voices)]) for i in range(count)]
    with ProcessPoolExecutor(workers) as pool:
        takes = _tracked(pool.map(_take, jobs), count, "speech", progress)
        postures = [clips.load_posture(gestures, s.body, s.posture) for s in speakers]
        habits = _habits(postures, takes)
        work = [(h, s.mirror, takes) for h, s in zip(habits, speakers, strict=True)]
        motion = _tracked(pool.map(_motion, work), len(work), "speaker", progress)
        sitters = [(p, s, i) for i, (p, s) in enumerate(zip(postures, speakers, strict=True))]
        pictures = list(pool.map(_portraits, sitters))
    _write(folder, takes, motion, pictures, speakers, {"seed": seed, "voices": voices})


def _tracked(results: Any, count: int, what: str, progress: Progress) -> list[Any]:
    done = []
    for result in results:
        done.append(result)
        progress(f"{what} {len(done)}/{count}")
    return done


def _take(job: tuple[int, int, str]) -> SpokenTake:
    """The ``number``-th take, the same for the same seed whatever the order of work."""
    seed, number, voice = job
    random = np.random.default_rng([seed, number])
    if random.random() < SILENT_SHARE:
        return _silent_take(random)
    clean, heard = recording.recorded(_speech(voice, random), random)
    mel = mel_spectrogram(heard).T.astype(np.float16)
    accents, pauses = prosody.accents(clean), prosody.pauses(clean)
    return SpokenTake(voice, mel, accents, pauses, _frames(heard))


def _silent_take(random: np.random.Generator) -> SpokenTake:
    samples = int(TAKE_SECONDS * SAMPLE_RATE)
    level = random.choice((0.0, 10 ** random.uniform(-4, -0.7)))
    heard = (recording.noise(samples, random) * level).astype(np.float32)
    pauses = [(0.0, TAKE_SECONDS)]
    return SpokenTake(
        "none", mel_spectrogram(heard).T.astype(np.float16), [], pauses, _frames(heard)
    )


def _speech(voice: str, random: np.random.Generator) -> Array:
    """TAKE_SECONDS of sentences in one manner of speaking, with pauses between them."""
    speak = manner(voice, random)
    parts = [np.zeros(int(random.uniform(0, 1.5) * SAMPLE_RATE), np.float32)]
    while sum(map(len, parts)) < TAKE_SECONDS * SAMPLE_RATE:
        spoken = np.trim_zeros(speak(sentences.sentence(random)))
        pause = random.uniform(0.1, 0.45) if random.random() < 0.5 else random.uniform(0.7, 2.5)
        parts += [spoken, np.zeros(int(pause * SAMPLE_RATE), np.float32)]
    return np.concatenate(parts)[: int(TAKE_SECONDS * SAMPLE_RATE)]


def _frames(sound: Array) -> int:
    return int(np.ceil(len(sound) / SAMPLE_RATE * FPS))


def _habits(
    postures: Sequence[clips.Posture], takes: Sequence[SpokenTake]
) -> list[choreography.Habit]:
    """Habit maps whose loudness classes are equally frequent in this speech."""
    levels = [accent.level for take in takes for accent in take.accents if not accent.initial]
    shares = np.arange(1, LOUDNESS_CLASSES) / LOUDNESS_CLASSES
    borders = [float(q) for q in np.quantile(levels, shares)]
    return [choreography.habit(posture, borders) for posture in postures]


def _motion(work: tuple[choreography.Habit, bool, list[SpokenTake]]) -> NDArray[np.float16]:
    """(all frames, 42, 3) of one speaker performing every take."""
    habit, mirror, takes = work
    parts = [choreography.perform(habit, t.accents, t.pauses, t.frames) for t in takes]
    whole = np.concatenate(parts)
    return (clips.mirrored(whole) if mirror else whole).astype(np.float16)


def _portraits(work: tuple[clips.Posture, Speaker, int]) -> NDArray[np.uint8]:
    """PORTRAITS pictures of a speaker holding gestures of its favourite hand."""
    posture, speaker, number = work
    random = np.random.default_rng([7, number])
    shown = [clip for clip in posture.clips if clip.hand == speaker.hand] or posture.clips
    poses = [
        shown[i].directions[shown[i].hold] for i in random.integers(len(shown), size=PORTRAITS)
    ]
    if speaker.mirror:
        poses = [clips.mirrored(pose[None])[0] for pose in poses]
    return np.stack([portraits.portrait(pose, random) for pose in poses])


def _write(
    folder: Path,
    takes: Sequence[SpokenTake],
    motion: Sequence[NDArray[np.float16]],
    pictures: Sequence[NDArray[np.uint8]],
    speakers: Sequence[Speaker],
    facts: dict[str, Any],
) -> None:
    mel_spans = list(store.spans([len(take.mel) for take in takes]))
    motion_spans = list(store.spans([take.frames for take in takes] * len(speakers)))
    validation = max(1, round(VAL_SHARE * len(takes)))
    entries = [
        store.ClipEntry(
            name=f"{speaker.name}/{i:04d}-{take.voice}",
            split="val" if i < validation else "train",
            speaker=s,
            mel=mel_spans[i],
            motion=motion_spans[s * len(takes) + i],
        )
        for s, speaker in enumerate(speakers)
        for i, take in enumerate(takes)
    ]
    rows = store.spans([len(p) for p in pictures])
    people = [store.SpeakerEntry(s.name, span) for s, span in zip(speakers, rows, strict=True)]
    index = {"skeleton": "expressive", "fps": FPS, **facts}
    arrays = {
        "mel": np.concatenate([take.mel for take in takes]),
        "directions": np.concatenate(motion),
        "portraits": np.concatenate(pictures),
    }
    store.write(folder, index, people, entries, arrays)
