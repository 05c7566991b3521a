# SPDX-License-Identifier: GPL-3.0-or-later
"""The default data set: synthesised speech, performed by rule with gestures of the library.

One seed gives one data set, as long as the same synthesisers are installed; their names are
written into the index. The test split is performed with gestures that no other split shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.body.windows import PUBLISHED, Windows
from ha2g_engine.data import store
from ha2g_engine.data.gestures import library as gestures_library
from ha2g_engine.gestures import meanings, planner
from ha2g_engine.gestures.plan import NUMBERS, Plan, codes_over_time
from ha2g_engine.gestures.repertoire import Repertoire as Known
from ha2g_engine.speech import rhythm
from ha2g_engine.speech.audio import mel_spectrogram
from ha2g_engine.speech.sizes import SAMPLE_RATE
from ha2g_engine.speech.transcript import Word

from . import choreography, known, people, recording, sentences, sitters
from .heard import Heard, listen, silence
from .postures import SITTERS, Sitter
from .repertoire import SPEAKERS, Repertoire, Speaker, repertoires
from .voices import installed, manner

Array = NDArray[np.float32]
Progress = Callable[[str], None]

TAKE_SECONDS: Final = 30.0
SILENT_SHARE: Final = 0.06  # of the takes hold no speech: noise and silence teach rest
SHARES: Final = {"val": 0.06, "test": 0.1}  # of the takes of speech
ANY_SHARE: Final = 0.3  # of the strokes are any gesture of all
SAID_SHARE: Final = 0.5  # of the words that have a gesture get it
PORTRAITS: Final = 250  # drawn, a speaker


@dataclass(frozen=True)
class SpokenTake:
    """A take of speech.

    mel: (frames, 128) float16 dB. wave: (samples,) int16. heard: in the clean speech. words: with
    times by their share of the sentence's letters. felt: (frames, 2), in what is recorded.
    """

    voice: str
    mel: NDArray[np.float16]
    wave: NDArray[np.int16]
    words: tuple[store.TimedWord, ...]
    heard: Heard
    felt: NDArray[np.float64]

    @property
    def frames(self) -> int:
        """Poses at 15 fps."""
        return self.heard.frames


@dataclass(frozen=True)
class Performance:
    """Every take performed by one speaker.

    motion: (frames, 42, 3). codes: (frames, NUMBERS), z(t). styles: (takes, 3, 6).
    """

    motion: NDArray[np.float16]
    codes: NDArray[np.float16]
    styles: NDArray[np.float32]


def build(
    folder: Path,
    gestures: Path,
    *,
    minutes: float = 60.0,
    seed: int = 0,
    speakers: Sequence[Speaker] = SPEAKERS,
    renders: Path | None = None,
    workers: int = 2,
    overwrite: bool = False,
    cut: Windows = PUBLISHED,
    progress: Progress = lambda _message: None,
) -> None:
    """Build the data set into ``folder``, which appears only when it is whole.

    gestures: folder of the SmartBody clips, for the speakers' homes and pictures. minutes: of
    speech; each speaker performs all of it. renders: a folder of rendered reference frames,
    ``speaker_number.png``, beside the drawn ones. cut: what its index names; takes
    are whole, of any windows. Raises InputError for missing files, and for a
    data set that is there unless ``overwrite``.
    """
    with store.in_place(folder, overwrite) as part:
        _build(part, gestures, minutes, seed, speakers, renders, workers, cut, progress)


def _build(
    folder: Path,
    gestures: Path,
    minutes: float,
    seed: int,
    speakers: Sequence[Speaker],
    renders: Path | None,
    workers: int,
    cut: Windows,
    progress: Progress,
) -> None:
    rendered = sitters.rendered(renders, len(speakers) + len(SITTERS)) if renders else None
    shown = repertoires(gestures, speakers)
    people = dict(zip(speakers, shown, strict=True))
    pictured = [sitter for sitter in SITTERS if sitter.like in people]
    count = max(4, round(minutes * 60 / TAKE_SECONDS))
    voices = _voices()
    jobs = [(seed, i, voices[i % len(voices)]) for i in range(count)]
    with ProcessPoolExecutor(workers) as pool:
        takes = _tracked(pool.map(_take, jobs), count, "speech", progress)
        splits = _splits(count)
        work = [(seed, i, speakers[i], shown[i].home, takes, splits) for i in range(len(speakers))]
        performed = _tracked(pool.map(_performance, work), len(work), "speaker", progress)
        likes = [people[sitter.like] for sitter in pictured]
        who: list[Speaker | Sitter] = [*speakers, *pictured]
        pictures = list(pool.map(_drawn, [*shown, *likes], who, range(len(who))))
    if rendered:
        pictures = [np.concatenate(both) for both in zip(pictures, rendered, strict=True)]
    facts = {"seed": seed, "voices": voices, "cut": asdict(cut)}
    _write(folder, takes, splits, performed, pictures, who, facts)


def _voices() -> list[str]:
    """The installed synthesisers; the neural one, nearest to people, takes every second turn."""
    found = sorted(installed())
    others = [name for name in found if name != "piper"]
    return [name for other in others for name in (other, "piper")] if "piper" in found else found


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
    speech, words = _speech(voice, random)
    clean, heard = recording.recorded(speech, random)
    return _heard_take(voice, heard, words, listen(clean, _frames(heard)))


def _silent_take(random: np.random.Generator) -> SpokenTake:
    samples = int(TAKE_SECONDS * SAMPLE_RATE)
    level = random.choice((0.0, 10 ** random.uniform(-4, -0.7)))
    heard = (recording.noise(samples, random) * level).astype(np.float32)
    return _heard_take("none", heard, [], silence(_frames(heard)))


def _frames(sound: Array) -> int:
    return int(np.ceil(len(sound) / SAMPLE_RATE * FPS))


def _heard_take(
    voice: str,
    sound: Array,
    words: Sequence[store.TimedWord],
    heard: Heard,
) -> SpokenTake:
    mel = mel_spectrogram(sound).T.astype(np.float16)
    wave = np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)
    felt = rhythm.felt(sound, heard.frames, FPS)
    return SpokenTake(voice, mel, wave, tuple(words), heard, felt)


def _speech(voice: str, random: np.random.Generator) -> tuple[Array, list[store.TimedWord]]:
    """TAKE_SECONDS of sentences in one manner of speaking, with pauses between them."""
    speak = manner(voice, random)
    parts = [np.zeros(int(random.uniform(0, 1.5) * SAMPLE_RATE), np.float32)]
    words: list[store.TimedWord] = []
    while (start := sum(map(len, parts)) / SAMPLE_RATE) < TAKE_SECONDS:
        text = sentences.sentence(random)
        spoken = np.trim_zeros(speak(text))
        words += _timed(text, start, start + len(spoken) / SAMPLE_RATE)
        pause = random.uniform(0.1, 0.45) if random.random() < 0.5 else random.uniform(0.7, 2.5)
        parts += [spoken, np.zeros(int(pause * SAMPLE_RATE), np.float32)]
    speech = np.concatenate(parts)[: int(TAKE_SECONDS * SAMPLE_RATE)]
    return speech, [word for word in words if word[2] <= TAKE_SECONDS]


def _timed(text: str, start: float, end: float) -> list[store.TimedWord]:
    """The words of a sentence spoken from ``start`` to ``end`` (s), as long as their letters."""
    words = [word.strip(".,;:!?").lower() for word in text.split()]
    borders = np.cumsum([0, *(len(word) + 1 for word in words)])
    times = start + (end - start) * borders / borders[-1]
    return [
        (word, round(float(a), 3), round(float(b), 3))
        for word, a, b in zip(words, times, times[1:], strict=False)
    ]


def _splits(count: int) -> list[store.Split]:
    """The split of each take: the last ones validate and test."""
    test, val = (max(1, round(SHARES[name] * count)) for name in ("test", "val"))
    sizes: dict[store.Split, int] = {"train": count - val - test, "val": val, "test": test}
    return [name for name, size in sizes.items() for _ in range(size)]


def _performance(
    work: tuple[int, int, Speaker, NDArray[np.float32], list[SpokenTake], list[store.Split]],
) -> Performance:
    """One speaker performing every take, those of the test split with gestures kept for it."""
    seed, number, speaker, home, takes, splits = work
    library = gestures_library.load()
    learned, kept = (known.repertoire(library, test=test) for test in (False, True))
    who = people.person(speaker)
    motions, codes, styles = [], [], []
    for i, (take, split) in enumerate(zip(takes, splits, strict=True)):
        random = np.random.default_rng([seed, 1, number, i])
        style = people.performed_style(who, random)
        gestures = kept if split == "test" else learned
        plan = _planned(take, gestures, who, random)
        motions.append(choreography.perform(home, plan, take.heard, style, library, who.leading))
        codes.append(codes_over_time(plan, gestures, take.felt, take.frames))
        styles.append(style)
    motion, told = (np.concatenate(parts).astype(np.float16) for parts in (motions, codes))
    return Performance(motion, told, np.stack(styles))


def _planned(
    take: SpokenTake, gestures: Known, who: people.Person, random: np.random.Generator
) -> Plan:
    """What this person does with what is heard and said."""
    heard = take.heard
    meant = meanings.meant([Word(*word) for word in take.words], heard.accents)
    said = [one for one in meant if random.random() < SAID_SHARE]
    return planner.drawn(
        heard.accents, heard.pauses, heard.frames / FPS, gestures, random, who.taste, said,
        any_share=ANY_SHARE,
    )  # fmt: skip


def _drawn(repertoire: Repertoire, who: Speaker | Sitter, number: int) -> NDArray[np.uint8]:
    random = np.random.default_rng([7, number])
    if isinstance(who, Sitter):
        return sitters.drawn_in_posture(who, repertoire, PORTRAITS, random)
    return sitters.drawn(repertoire, who, PORTRAITS, random)


def _write(
    folder: Path,
    takes: Sequence[SpokenTake],
    splits: Sequence[store.Split],
    performed: Sequence[Performance],
    pictures: Sequence[NDArray[np.uint8]],
    who: Sequence[Speaker | Sitter],
    facts: dict[str, Any],
) -> None:
    speakers = [one for one in who if isinstance(one, Speaker)]
    mel_spans = list(store.spans([len(take.mel) for take in takes]))
    wave_spans = list(store.spans([len(take.wave) for take in takes]))
    motion_spans = list(store.spans([take.frames for take in takes] * len(speakers)))
    entries = [
        store.ClipEntry(
            name=f"{speaker.name}/{i:04d}-{take.voice}",
            split=splits[i],
            speaker=s,
            mel=mel_spans[i],
            motion=motion_spans[s * len(takes) + i],
            wave=wave_spans[i],
            words=take.words,
            style=tuple(tuple(row) for row in performed[s].styles[i].round(5).tolist()),
        )
        for s, speaker in enumerate(speakers)
        for i, take in enumerate(takes)
    ]
    rows = list(store.spans([len(p) for p in pictures]))
    entered = [_entry(s, span) for s, span in zip(speakers, rows, strict=False)]
    seen = zip(who[len(speakers) :], rows[len(speakers) :], strict=True)
    gestures = known.repertoire(gestures_library.load())
    facts = {
        "skeleton": "expressive",
        "fps": FPS,
        "home": "silence",
        "codes": NUMBERS,
        "gestures": [fact.row() for fact in gestures.facts],
        "sitters": [
            asdict(store.SitterEntry(one.home, speakers.index(one.like), span))
            for one, span in seen
            if isinstance(one, Sitter)
        ],
        **facts,
    }
    arrays = {
        "mel": np.concatenate([take.mel for take in takes]),
        "wave": np.concatenate([take.wave for take in takes]),
        "directions": np.concatenate([one.motion for one in performed]),
        "portraits": np.concatenate(pictures),
        "codes": np.concatenate([one.codes for one in performed]),
        "gestures": gestures.codes.astype(np.float16),
    }
    store.write(folder, facts, entered, entries, arrays)


def _entry(speaker: Speaker, pictures: store.Span) -> store.SpeakerEntry:
    who = people.person(speaker)
    style = tuple(tuple(row) for row in who.style.tolist())
    return store.SpeakerEntry(speaker.name, pictures, style, who.taste.hands)
