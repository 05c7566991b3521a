# SPDX-License-Identifier: GPL-3.0-or-later
"""One video's way to motion, words and pictures, in steps that are each kept when they are whole.

A step whose file is there is not done again, so that whatever ends the process costs one step.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final

from ha2g_engine.errors import Ha2gError, InputError
from ha2g_engine.files import remove_parts, write_text
from ha2g_engine.speech import alignment
from ha2g_engine.speech.transcript import Word, load_transcript

from . import reading
from .people import Follow, Seen, watched

SUBTITLES: Final = (".textgrid", ".json", ".srt", ".vtt", ".tsv", ".txt")  # the surest first
TIMED: Final = (".textgrid", ".json", ".tsv")  # that say when each word is spoken
FAILED, DONE = "failed.json", "done.json"


@dataclass(frozen=True)
class Task:
    """A video, the subtitles beside it, where its steps are kept, and whom it shows."""

    video: Path
    subtitles: Path | None
    folder: Path
    name: str
    speaker: str

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return (self.folder / DONE).is_file() or (self.folder / FAILED).is_file()

    @property
    def failure(self) -> str:
        """The sentence that says why it gave nothing; "" where it gave something."""
        path = self.folder / FAILED
        return str(json.loads(path.read_text("utf-8"))) if path.is_file() else ""

    @property
    def sound(self) -> Path:
        """Its sound as a wav file."""
        return self.folder / "sound.wav"

    @property
    def shots(self) -> list[reading.Shot]:
        """As the step found them."""
        return [(a, b) for a, b in json.loads((self.folder / "shots.json").read_text("utf-8"))]

    @property
    def words(self) -> list[Word] | None:
        """As the step found them; None without subtitles."""
        rows = self._words["words"]
        return None if rows is None else [Word(*row) for row in rows]

    @property
    def remark(self) -> str:
        """What is to be said of its words."""
        return str(self._words["remark"])

    @property
    def _words(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "words.json").read_text("utf-8")))

    def seen(self, number: int) -> Seen:
        """Who is seen in its shot NUMBER."""
        return Seen.load(self._poses(number))

    def _poses(self, number: int) -> Path:
        return self.folder / f"poses-{number:04d}.npz"

    def fail(self, sentence: str) -> None:
        """Note that nothing comes of it."""
        write_text(self.folder / FAILED, json.dumps(sentence))


def tasks(folder: Path, kept: Path) -> list[Task]:
    """One for each video in FOLDER, whose steps are kept in KEPT. Raises InputError for none.

    The speaker is the folder's in which a video lies, or, right in FOLDER, the video's own.
    """
    videos = list(_videos(folder))
    if not videos:
        kinds = ", ".join(reading.SUFFIXES[:-1])
        raise InputError(f"'{folder}' holds no video ({kinds} …): name the folder of the videos.")
    return [_task(folder, video, kept) for video in videos]


def _videos(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in reading.SUFFIXES:
            yield path


def _task(folder: Path, video: Path, kept: Path) -> Task:
    below = video.relative_to(folder)
    about = video.stat()
    facts = f"{below.as_posix()} {about.st_size} {about.st_mtime_ns}"
    key = hashlib.sha256(facts.encode()).hexdigest()[:10]
    plain = re.sub(r"[^\w-]+", "_", below.with_suffix("").as_posix())[-60:]
    speaker = below.parts[0] if len(below.parts) > 1 else below.stem
    name = below.with_suffix("").as_posix()
    return Task(video, _beside(video), kept / f"{plain}-{key}", name, speaker)


def _beside(video: Path) -> Path | None:
    own = [p for p in video.parent.iterdir() if p.stem == video.stem]
    found = (p for suffix in SUBTITLES for p in own if p.suffix.lower() == suffix)
    return next(found, None)


def do(task: Task, follow: Follow) -> None:
    """All steps that are left of TASK; a video that cannot be used is noted as failed."""
    task.folder.mkdir(parents=True, exist_ok=True)
    remove_parts(task.folder)
    try:
        _steps(task, follow)
    except Ha2gError as error:
        task.fail(str(error))
    except reading.DAMAGE:
        task.fail(reading.UNREADABLE.format(task.video))
    else:
        write_text(task.folder / DONE, "{}")


def _steps(task: Task, follow: Follow) -> None:
    if not task.sound.is_file():
        reading.write_sound(task.video, task.sound)
    if not (task.folder / "shots.json").is_file():
        write_text(task.folder / "shots.json", json.dumps(reading.shots(task.video)))
    for number, shot in enumerate(task.shots):
        if not task._poses(number).is_file():
            pictures = task.folder / "pictures" / f"{number:04d}"
            pictures.parent.mkdir(exist_ok=True)
            watched(reading.frames(task.video, shot), follow, pictures).save(task._poses(number))
    if not (task.folder / "words.json").is_file():
        words, remark = _said(task)
        rows = None if words is None else [astuple(word) for word in words]
        write_text(task.folder / "words.json", json.dumps({"words": rows, "remark": remark}))


def _said(task: Task) -> tuple[list[Word] | None, str]:
    """The words with their times, and what is to be said of them; None without subtitles."""
    if task.subtitles is None:
        return None, ""
    if task.subtitles.suffix.lower() not in TIMED:
        try:
            return alignment.align(task.sound, task.subtitles), ""
        except InputError as error:
            why = str(error).replace(str(task.sound), task.video.name)
    else:
        why = ""
    try:
        return load_transcript(task.subtitles), why and f"Its words have rough times: {why}"
    except InputError as error:
        return None, why or str(error)
