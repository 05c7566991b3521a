# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings from anywhere → a data set: checked, filtered, cut, split, and written in a stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS, Skeleton
from ha2g_engine.body.windows import PUBLISHED, Windows
from ha2g_engine.errors import InputError
from ha2g_engine.speech.audio import mel_spectrogram
from ha2g_engine.speech.sizes import MEL_PER_POSE, N_MELS, SAMPLE_RATE
from ha2g_engine.speech.transcript import Word

from . import filters, portraits, splits, store
from .growing import GrowingArray
from .source import Source, Tried, checked

Progress = Callable[[str], None]

Dealt = Literal["speaker", "take", "time", "nothing"]  # what no two splits share

DEALT: Final[dict[Dealt, str]] = {
    "speaker": "",
    "take": "Too few speakers: each is in several splits, on different takes.",
    "time": (
        "Too few recordings: each is parted in time, its first 80 % for train, then val, then "
        "test; figures on those say how well it is remembered, not how new speech goes."
    ),
    "nothing": "Too few and too short recordings: all are in train; val and test are empty.",
}
NOTICED: Final = 0.05  # seconds
PORTRAIT_SHAPE: Final = (224, 224, 3)


@dataclass(frozen=True)
class Settings:
    """keep_all: no filters, whole recordings. skip_bad: leave faulty recordings out.

    pictures: a folder with one of pictures for each speaker, by name. cut: the windows that are
    filtered, of which no kept stretch is shorter.
    """

    keep_all: bool = False
    skip_bad: bool = False
    by: splits.By = "auto"
    overwrite: bool = False
    pictures: Path | None = None
    cut: Windows = PUBLISHED


@dataclass
class Report:
    """What became of the recordings. windows: counts by reason; kept ones under ``kept``.

    cut: seconds of motion and of sound without the other. remarks: sentences on recordings.
    """

    cut_into: Windows = PUBLISHED
    recordings: int = 0
    clips: int = 0
    speakers: int = 0
    seconds: dict[str, float] = field(default_factory=dict)  # kept motion, by split
    windows: Counter[str] = field(default_factory=Counter)
    short: int = 0  # recordings under one window
    bad: list[str] = field(default_factory=list)  # sentences of those left out
    remarks: list[str] = field(default_factory=list)
    cut: dict[str, float] = field(default_factory=lambda: {"motion": 0.0, "sound": 0.0})
    dealt: Dealt = "speaker"

    @property
    def by_speaker(self) -> bool:
        """Whether no speaker is in two splits."""
        return self.dealt == "speaker"

    def sentences(self) -> list[str]:
        """For the user, a line each."""
        dropped = {k: v for k, v in sorted(self.windows.items()) if k != "kept"}
        minutes = ", ".join(f"{split} {s / 60:.1f} min" for split, s in self.seconds.items())
        lines = [
            f"{self.recordings} recordings of {self.speakers} speakers give {self.clips} clips",
            minutes,
            f"{self.cut_into}: {self.windows['kept']} kept"
            + "".join(f", {count} {reason}" for reason, count in dropped.items()),
        ]
        if self.short:
            lines.append(f"{self.short} recordings are shorter than a window and were left out.")
        if any(seconds > NOTICED for seconds in self.cut.values()):
            lines.append(
                f"cut to the same length: {self.cut['motion']:.1f} s of motion without sound, "
                f"{self.cut['sound']:.1f} s of sound without motion"
            )
        if DEALT[self.dealt]:
            lines.append(DEALT[self.dealt])
        return lines + self.remarks + self.bad


@dataclass
class _Kept:
    """A recording that is on disk. pieces: [first, end) frames that become clips."""

    source: Source  # its arrays are dropped
    pieces: list[tuple[int, int]]
    motion: int  # first row
    mel: tuple[int, int]
    wave: tuple[int, int]


@dataclass
class _Arrays:
    directions: GrowingArray
    mel: GrowingArray
    wave: GrowingArray
    portraits: GrowingArray


def write_sources(
    folder: Path,
    sources: Iterable[Tried],
    skeleton: Skeleton,
    settings: Settings = Settings(),
    *,
    origin: str = "",
    progress: Progress = lambda _message: None,
) -> Report:
    """Write a data set into ``folder``, which appears only when it is whole.

    origin: what it was made from, kept in the index. Raises InputError for a recording that
    cannot be used (unless ``skip_bad``), or when nothing is left, naming it.
    """
    report = Report(settings.cut)
    with store.in_place(folder, settings.overwrite) as part:
        with _arrays(part, skeleton) as arrays:
            kept = list(_stored(sources, arrays, skeleton, settings, report, progress))
            if not kept:
                raise InputError(_nothing(origin or str(folder), report))
            people = _people(kept, settings.pictures, arrays.portraits, report)
        _index(part, kept, people, skeleton, settings, report, origin)
    return report


@contextmanager
def _arrays(folder: Path, skeleton: Skeleton) -> Iterator[_Arrays]:
    shapes: dict[str, tuple[tuple[int, ...], Any]] = {
        "directions": ((len(skeleton.bones), 3), np.float16),
        "mel": ((N_MELS,), np.float16),
        "wave": ((), np.int16),
        "portraits": (PORTRAIT_SHAPE, np.uint8),
    }
    with ExitStack() as stack:
        opened = {
            name: stack.enter_context(GrowingArray(folder / f"{name}.npy", row, dtype))
            for name, (row, dtype) in shapes.items()
        }
        yield _Arrays(**opened)


def _stored(
    sources: Iterable[Tried],
    arrays: _Arrays,
    skeleton: Skeleton,
    settings: Settings,
    report: Report,
    progress: Progress,
) -> Iterator[_Kept]:
    """Check, judge and write each recording; yield what is left of it."""
    for item in sources:
        report.recordings += 1
        progress(f"recording {report.recordings}")
        try:
            if isinstance(item, InputError):
                raise item
            source = checked(item, skeleton)
        except InputError as error:
            if not settings.skip_bad:
                raise
            report.bad.append(f"Left out: {error}")
            continue
        _note(report, item, source)
        if pieces := _pieces(source, skeleton, settings, report):
            yield _append(source, pieces, arrays)


def _note(report: Report, given: Source, used: Source) -> None:
    """What is said of a recording, and what of it is not used."""
    report.remarks += used.remarks
    if len(given.waveform):
        report.cut["motion"] += given.seconds - used.seconds
        report.cut["sound"] += (len(given.waveform) - len(used.waveform)) / SAMPLE_RATE


def _pieces(
    source: Source, skeleton: Skeleton, settings: Settings, report: Report
) -> list[tuple[int, int]]:
    """Stretches of frames [first, end) to keep."""
    frames = len(source.directions)
    if frames < settings.cut.frames:
        report.short += 1
        return []
    if settings.keep_all:
        report.windows["kept"] += len(filters.window_starts(frames, settings.cut))
        return [(0, frames)]
    measured = source.positions
    known = filters.positions(source.directions, skeleton) if measured is None else measured
    verdicts = filters.judged(known.astype(np.float64), skeleton, source.words, settings.cut)
    report.windows.update(reason or "kept" for _, reason in verdicts)
    return filters.runs([start for start, reason in verdicts if reason is None], settings.cut)


def _append(source: Source, pieces: list[tuple[int, int]], arrays: _Arrays) -> _Kept:
    first, _ = arrays.directions.append(source.directions)
    mel = arrays.mel.append(mel_spectrogram(source.waveform).T)
    wave = arrays.wave.append(_int16(source.waveform))
    empty = np.zeros((0, 0, 3), np.float32)
    bare = Source(source.name, source.speaker, empty, np.zeros(0, np.float32), source.words,
                  None, source.take, source.split)  # fmt: skip
    return _Kept(bare, pieces, first, mel, wave)


def _people(
    kept: list[_Kept], pictures: Path | None, array: GrowingArray, report: Report
) -> list[store.SpeakerEntry]:
    """The speakers by name, each with the rows of their pictures."""
    names = sorted({k.source.speaker for k in kept})
    if pictures is None:
        return [store.SpeakerEntry(name, (0, 0)) for name in names]
    found = portraits.read(pictures, names)
    without = [name for name, own in zip(names, found, strict=True) if not len(own)]
    if without:
        report.remarks.append(f"No pictures in '{pictures}' of: {', '.join(without)}.")
    return [
        store.SpeakerEntry(name, array.append(own)) for name, own in zip(names, found, strict=True)
    ]


def _int16(waveform: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.asarray(np.round(np.clip(waveform, -1, 1) * 32767), np.int16)


def _index(
    folder: Path,
    kept: list[_Kept],
    people: list[store.SpeakerEntry],
    skeleton: Skeleton,
    settings: Settings,
    report: Report,
    origin: str,
) -> None:
    parts, report.dealt = _parts(kept, settings)
    names = [person.name for person in people]
    clips = [
        _clip(k, piece, split, names.index(k.source.speaker), len(pieces) > 1)
        for k, pieces in zip(kept, parts, strict=True)
        for piece, split in pieces
    ]
    report.clips, report.speakers = len(clips), len(names)
    for split in splits.SHARES:
        frames = sum(c.motion[1] - c.motion[0] for c in clips if c.split == split)
        report.seconds[split] = frames / FPS
    facts = {
        "skeleton": skeleton.name,
        "fps": FPS,
        "origin": origin,
        "filtered": not settings.keep_all,
        "speaker_disjoint": report.by_speaker,
        "windows": dict(report.windows),
        "cut": asdict(settings.cut),
    }
    store.write(folder, facts, people, clips, {})


def _parts(
    kept: list[_Kept], settings: Settings
) -> tuple[list[list[tuple[splits.Piece, store.Split]]], Dealt]:
    """Each recording's pieces with the splits that the source gave, or dealt here."""
    given = [k.source.split for k in kept if k.source.split is not None]
    if len(given) == len(kept):
        speakers = {(k.source.speaker, k.source.split) for k in kept}
        alone = len(speakers) == len({speaker for speaker, _ in speakers})
        return _whole(kept, given), "speaker" if alone else "take"
    members = [
        splits.Member(
            k.source.name,
            k.source.speaker,
            k.source.take,
            sum(end - first for first, end in k.pieces) / FPS,
        )
        for k in kept
    ]
    if settings.by == "auto" and splits.too_few(members):
        parts = [splits.parted(k.pieces, settings.cut.frames, filters.TRAIN_STRIDE) for k in kept]
        several = {split for pieces in parts for _, split in pieces} == splits.SHARES.keys()
        return parts, "time" if several else "nothing"
    chosen, by_speaker = splits.assigned(members, settings.by)
    return _whole(kept, chosen), "speaker" if by_speaker else "take"


def _whole(
    kept: list[_Kept], chosen: Sequence[store.Split]
) -> list[list[tuple[splits.Piece, store.Split]]]:
    """All pieces of a recording in its one split."""
    return [[(p, split) for p in k.pieces] for k, split in zip(kept, chosen, strict=True)]


def _clip(
    kept: _Kept, piece: splits.Piece, split: store.Split, speaker: int, one_of_several: bool
) -> store.ClipEntry:
    """One stretch as a clip with its own part of the sound and the words that start in it."""
    first, end = piece
    name = kept.source.name + (f"@{first}" if one_of_several else "")
    mel_first = kept.mel[0] + round(first * MEL_PER_POSE)
    mel_end = min(kept.mel[1], mel_first + 1 + int(np.ceil((end - first) * MEL_PER_POSE)))
    samples = [min(kept.wave[0] + round(f * SAMPLE_RATE / FPS), kept.wave[1]) for f in piece]
    return store.ClipEntry(
        name,
        split,
        speaker,
        (mel_first, mel_end),
        (kept.motion + first, kept.motion + end),
        wave=(samples[0], samples[1]),
        words=_words(kept.source.words, first / FPS, end / FPS),
    )


def _words(
    words: Iterable[Word] | None, start: float, end: float
) -> tuple[store.TimedWord, ...] | None:
    if words is None:
        return None
    return tuple(
        (word.text, round(word.start - start, 3), round(word.end - start, 3))
        for word in words
        if word.start < end and word.end > start
    )


def _nothing(origin: str, report: Report) -> str:
    """Why no clip is left."""
    if not report.recordings:
        return f"'{origin}' holds no recording."
    if report.short == report.recordings:
        return f"No recording of '{origin}' lasts {report.cut_into.frames / FPS:.2f} s, one window."
    reasons = ", ".join(f"{count} {reason}" for reason, count in report.windows.items())
    return (
        f"Nothing of '{origin}' is left ({report.short} short, {len(report.bad)} faulty, "
        f"windows: {reasons or 'none'}): pass --keep-all to keep what the filters drop."
    )
