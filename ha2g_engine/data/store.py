# SPDX-License-Identifier: GPL-3.0-or-later
"""The on-disk format of a data set: a folder of plain arrays and one JSON index.

``index.json``       format, skeleton, speakers, clips, facts of the build
``mel.npy``          (M, 128) float16 dB, spectrograms of all speech, one after another
``directions.npy``   (P, bones, 3) float16 unit, motion of all clips at 15 fps
``portraits.npy``    (F, 224, 224, 3) uint8, reference frames
``wave.npy``         (S,) int16 at 16 kHz, all speech one after another; where there is sound
``codes.npy``        (P, K) float16, z(t), the gesture under way, a row a pose; default data only
``gestures.npy``     (W, 14) float16, codes of the gestures that it may be; default data only

A clip names its rows: ``mel`` and ``motion`` are [first, end). Several clips may share a
spectrogram (the same speech by several speakers). Why not LMDB: training reads fixed slices
at random, which a memory map serves without a copy, a lock or a dependency, and any tool that
reads .npy can look inside; the index stays readable text.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.windows import Windows
from ha2g_engine.errors import InputError
from ha2g_engine.files import write_text
from ha2g_engine.gestures.repertoire import Facts, Repertoire

FORMAT: Final = "ha2g-data-1"
Split = Literal["train", "val", "test"]
Span = tuple[int, int]  # [first row, end row)
TimedWord = tuple[str, float, float]  # text, start s, end s


@dataclass(frozen=True)
class ClipEntry:
    """One paired clip. speaker: index into ``speakers``. mel, motion: rows of the arrays.

    wave: samples of ``wave.npy``. words: (text, start s, end s) from the clip's first frame.
    style: (3, H) of low, mid and high, that the motion obeys. All three are None where the data
    set has none.
    """

    name: str
    split: Split
    speaker: int
    mel: Span
    motion: Span
    wave: Span | None = None
    words: tuple[TimedWord, ...] | None = None
    style: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True)
class SpeakerEntry:
    """One person. portraits: rows of ``portraits.npy``.

    style: (3, H) their own. hands: share of strokes by the left one, the right and both. Both are
    None where the data set does not say.
    """

    name: str
    portraits: Span
    style: tuple[tuple[float, ...], ...] | None = None
    hands: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class SitterEntry:
    """Somebody who is only pictured. home: in which posture (``gestures.homes``).

    like: the number of the speaker whose gestures such a person makes. portraits: as a speaker's.
    """

    home: str
    like: int
    portraits: Span


class Store:
    """A data set on disk, opened for reading with memory maps."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.index = _index(self.folder)
        self.speakers = [_speaker(entry) for entry in self._of("speakers")]
        self.sitters = [
            SitterEntry(entry["home"], entry["like"], _span(entry["portraits"]))
            for entry in self.index.get("sitters", ())
        ]
        self.clips = [_clip(entry) for entry in self._of("clips")]
        self.mel = self._array("mel")
        self.directions = self._array("directions")
        self.portraits = self._array("portraits")
        has_wave = (self.folder / "wave.npy").is_file()
        self.wave = self._array("wave") if has_wave else None  # (S,) int16, or nothing
        self.codes = self._array("codes") if self.index.get("codes") else None
        for clip in self.clips:
            self._check(clip)

    @property
    def skeleton(self) -> str:
        """Name of the skeleton, ``expressive`` or ``gesture``."""
        return str(self.index["skeleton"])

    @cached_property
    def cut(self) -> Windows:
        """Its windows; the published ones where the index names none."""
        named = self.index.get("cut", {})
        try:
            return Windows(**named)
        except (InputError, TypeError) as error:
            raise InputError(
                f"'{self.folder / 'index.json'}' names windows there cannot be: build it again."
            ) from error

    def split(self, name: Split) -> list[ClipEntry]:
        """The clips of a split; raises InputError when there is none."""
        clips = self.within(name)
        if not clips:
            there = ", ".join(sorted({clip.split for clip in self.clips})) or "no clip at all"
            raise InputError(
                f"'{self.folder}' has no clip in its {name} split (there is: {there}): "
                "build it again or choose another split."
            )
        return clips

    def within(self, name: Split) -> list[ClipEntry]:
        """The clips of a split, be there none."""
        return [clip for clip in self.clips if clip.split == name]

    @cached_property
    def trained(self) -> dict[int, int]:
        """The speakers of the train split → their rows in a model that learns one for each.

        All speakers where there is no train split.
        """
        of_train = {clip.speaker for clip in self.within("train")}
        return {s: row for row, s in enumerate(sorted(of_train) or range(len(self.speakers)))}

    def number(self, speaker: int) -> int:
        """The row of SPEAKER in such a model; one who is not in training has a trained one's."""
        return self.trained.get(speaker, speaker % len(self.trained))

    def finite(self, rows: NDArray[Any], clip: ClipEntry, what: str) -> NDArray[Any]:
        """``rows`` of a clip; raises InputError, naming it, where they are no numbers."""
        if not np.isfinite(rows).all():
            raise InputError(
                f"Clip '{clip.name}' of '{self.folder}' has {what} that is not finite: mend it "
                "and build the data again."
            )
        return rows

    def _check(self, clip: ClipEntry) -> None:
        """That the arrays hold the rows a clip names."""
        parts = [("mel", self.mel, clip.mel), ("directions", self.directions, clip.motion)]
        if self.codes is not None:
            parts.append(("codes", self.codes, clip.motion))
        if self.wave is not None and clip.wave is not None:
            parts.append(("wave", self.wave, clip.wave))
        for name, array, (first, end) in parts:
            if not 0 <= first <= end <= len(array):
                raise InputError(
                    f"'{self.folder / name}.npy' ends before clip '{clip.name}' does "
                    f"({len(array)} rows of {end}): build the data again."
                )

    @cached_property
    def gestures(self) -> Repertoire | None:
        """The gestures that z(t) may tell of; None where the data set has none."""
        if self.codes is None:
            return None
        facts = tuple(Facts.of(row) for row in self._of("gestures"))
        return Repertoire(facts, np.asarray(self._array("gestures"), np.float32))

    def _of(self, key: str) -> list[Any]:
        if key not in self.index:
            raise InputError(f"'{self.folder / 'index.json'}' lacks '{key}': build it again.")
        return list(self.index[key])

    def _array(self, name: str) -> NDArray[Any]:
        path = self.folder / f"{name}.npy"
        try:
            return np.asanyarray(np.load(path, mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError) as error:
            raise InputError(f"'{path}' is missing or cut short: build the data again.") from error


def _index(folder: Path) -> dict[str, Any]:
    path = folder / "index.json"
    if not path.is_file():
        raise InputError(
            f"'{folder}' holds no data set: build one with 'ha2g data build' of videos, 'convert' "
            "or 'build-default'."
        )
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"'{path}' is cut short or damaged: build the data again.") from error
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        raise InputError(f"'{path}' is not in the format '{FORMAT}': build the data again.")
    return index


def _clip(entry: dict[str, Any]) -> ClipEntry:
    wave, words, style = (entry.get(key) for key in ("wave", "words", "style"))
    return ClipEntry(
        entry["name"],
        entry["split"],
        entry["speaker"],
        _span(entry["mel"]),
        _span(entry["motion"]),
        wave=None if wave is None else _span(wave),
        words=None if words is None else tuple((w, float(s), float(e)) for w, s, e in words),
        style=_matrix(style),
    )


def _speaker(entry: dict[str, Any]) -> SpeakerEntry:
    hands = entry.get("hands")
    own = _matrix(entry.get("style"))
    return SpeakerEntry(
        entry["name"], _span(entry["portraits"]), own, None if hands is None else tuple(hands)
    )


def _matrix(rows: Any) -> tuple[tuple[float, ...], ...] | None:
    return None if rows is None else tuple(tuple(map(float, row)) for row in rows)


def _span(rows: list[int]) -> Span:
    return rows[0], rows[1]


@contextmanager
def in_place(folder: Path, overwrite: bool) -> Iterator[Path]:
    """A folder beside ``folder`` that takes its place at the end, or vanishes.

    Raises InputError for a data set that is there, unless ``overwrite``, and for anything else.
    """
    folder = folder.resolve()
    if folder.exists() and any(folder.iterdir()) and not overwrite:
        raise InputError(f"'{folder}' is not empty: choose another folder or pass --overwrite.")
    if folder.exists() and any(folder.iterdir()) and not (folder / "index.json").is_file():
        raise InputError(f"'{folder}' holds something else than a data set: choose another folder.")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        if folder.exists():
            shutil.rmtree(folder)
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write(
    folder: str | Path,
    index: dict[str, Any],
    speakers: list[SpeakerEntry],
    clips: list[ClipEntry],
    arrays: dict[str, NDArray[Any]],
) -> None:
    """Write a data set; the index comes last, so that a half-written one is not a data set."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.json").unlink(missing_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    entries = {"speakers": [_known(s) for s in speakers], "clips": [_known(c) for c in clips]}
    text = json.dumps({"format": FORMAT, **index, **entries}, indent=1)
    write_text(folder / "index.json", text)


def _known(entry: ClipEntry | SpeakerEntry) -> dict[str, Any]:
    return {key: value for key, value in asdict(entry).items() if value is not None}


def spans(lengths: list[int]) -> Iterator[Span]:
    """Consecutive rows for parts of these lengths."""
    first = 0
    for length in lengths:
        yield first, first + length
        first += length
