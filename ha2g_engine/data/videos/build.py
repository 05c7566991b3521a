# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of videos → a data set, and a report of what was of no use and why."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from ha2g_engine.body.skeleton import EXPRESSIVE, FPS
from ha2g_engine.data import writer
from ha2g_engine.data.source import Source, Tried
from ha2g_engine.errors import InputError
from ha2g_engine.files import write_text
from ha2g_engine.pictures import finder
from ha2g_engine.speech.audio import Array, load_speech
from ha2g_engine.speech.sizes import SAMPLE_RATE
from ha2g_engine.speech.transcript import Word

from . import pool
from .people import Follow, Seen
from .task import Task, do, tasks

STEPS: Final = ".steps"  # after the data set's name: the folder in which steps are kept
ORIGINS: Final = "origins.json"  # there: of which video and frame each recording begins
SHORT: Final = "in stretches shorter than a window"
SEEN_HANDS: Final = "hands seen"

Progress = Callable[[str], None]


@dataclass
class Report:
    """What became of the videos. lost: frames of no use, by why; used: those in recordings.

    hands: frames of those in which a hand was seen, a half where one of two was.
    """

    videos: int = 0
    failures: list[str] = field(default_factory=list)
    shots: int = 0
    used: int = 0
    hands: float = 0.0
    lost: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)
    written: writer.Report | None = None

    def sentences(self) -> list[str]:
        """For the user, a line each."""
        lines = [f"{self.videos} videos, {len(self.failures)} of no use, {self.shots} shots"]
        lines.append(f"{self.used / FPS / 60:.1f} min of one person with both arms, left out: "
                     + (", ".join(self._left_out()) or "nothing"))  # fmt: skip
        if self.used:
            lines.append(f"{SEEN_HANDS} in {self.hands / self.used:.0%}, at rest elsewhere")
        written = self.written.sentences() if self.written else []
        return [*lines, *written, *self.remarks, *self.failures]

    def nothing(self) -> str:
        """Why no stretch of any video is of use; "" where one is, or none was looked at."""
        unread = [f"{len(self.failures)} that cannot be read"] if self.failures else []
        reasons = ", ".join([*self._left_out(), *unread])
        return "" if self.used or not reasons else (
            f"Of {self.videos} videos nothing shows one person with both arms: {reasons}."
        )  # fmt: skip

    def _left_out(self) -> list[str]:
        return [f"{frames / FPS / 60:.1f} min {why}" for why, frames in self.lost.most_common()]


def read(
    folder: Path,
    out: Path,
    workers: int = 1,
    part: tuple[int, int] = (1, 1),
    follow: Follow = finder.follow,
    progress: Progress = lambda _line: None,
) -> list[Task]:
    """Do all steps of the videos in FOLDER that are left; every task, done or failed.

    part: (k, n) for every nth video from the kth on, as one of n machines that share a disk does.
    follow: what finds the person in a shot's frames; it goes to other processes.
    """
    if follow is finder.follow and not finder.is_set_up():
        raise InputError(finder.MISSING)
    found = tasks(folder, out.with_name(out.name + STEPS))
    number, parts = part
    pool.run(found[number - 1 :: parts], partial(do, follow=follow), workers, progress)
    return found


def write(found: Sequence[Task], out: Path, settings: writer.Settings) -> Report:
    """The data set OUT of tasks that are done. Raises InputError when nothing is left."""
    report = Report(videos=len(found))
    left = [task for task in found if not task.done]
    if left:
        raise InputError(
            f"{len(left)} videos are not read yet, such as '{left[0].name}': run it again."
        )
    origins: dict[str, tuple[str, str, int, int]] = {}
    kept = out.with_name(out.name + STEPS)
    pictures = _pictures(found, kept / "speakers")
    settings = replace(settings, skip_bad=True, pictures=pictures)
    recordings = _recordings(found, report, origins, settings.cut.frames)
    try:
        report.written = writer.write_sources(
            out, recordings, EXPRESSIVE, settings, origin=str(kept.name)
        )
    except InputError as error:
        raise InputError(report.nothing() or str(error)) from error
    write_text(kept / ORIGINS, json.dumps(origins))
    return report


def _pictures(found: Sequence[Task], folder: Path) -> Path | None:
    """All reference frames, in a folder for each speaker; None where there are none."""
    shutil.rmtree(folder, ignore_errors=True)
    for task in found:
        for picture in sorted((task.folder / "pictures").glob("*.jpg")):
            own = folder / task.speaker
            own.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, own / f"{task.folder.name}-{picture.name}")
    return folder if folder.is_dir() else None


def _recordings(
    found: Sequence[Task], report: Report, origins: dict[str, tuple[str, str, int, int]], least: int
) -> Iterator[Tried]:
    """Each stretch of one person with both arms seen, LEAST frames long at least."""
    for task in found:
        if task.failure:
            report.failures.append(task.failure)
            continue
        sound, words = load_speech(task.sound), task.words
        if task.remark:
            report.remarks.append(f"'{task.name}': {task.remark}")
        for number, (begin, _) in enumerate(task.shots):
            seen = task.seen(number)
            report.shots += 1
            report.lost.update(seen.lost)
            for first, end in seen.usable:
                if end - first < least:
                    report.lost[SHORT] += end - first
                    continue
                report.used += end - first
                report.hands += float(seen.hands[first:end].sum())
                start = begin + first / FPS
                name = f"{task.name}/{start:.2f}"
                origins[name] = str(task.video.resolve()), task.folder.name, number, first
                yield _recording(task, name, seen, (first, end), start, sound, words)


def _recording(
    task: Task,
    name: str,
    seen: Seen,
    stretch: tuple[int, int],
    start: float,
    sound: Array,
    words: Sequence[Word] | None,
) -> Source:
    """A stretch of frames that begins START seconds into the video, with its sound and words."""
    first, end = stretch
    stop = start + (end - first) / FPS
    samples = sound[round(start * SAMPLE_RATE) : round(stop * SAMPLE_RATE)]
    said = None if words is None else [
        replace(word, start=word.start - start, end=word.end - start)
        for word in words if word.end > start and word.start < stop
    ]  # fmt: skip
    return Source(name, task.speaker, seen.directions[first:end], samples, said, take=task.name)
