# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stranger's file may be to data sets: videos with subtitles, word vectors."""

import shutil

import made_videos
import numpy as np
from damage import bytes_of, pick, text_of
from engine_cases import words

from ha2g_engine.data import vectors
from ha2g_engine.data.videos import task
from ha2g_engine.errors import InputError

NAMES = ("a.mp4", "a.mkv", "a.avi", "a.mov")
SPOKEN = ("a.srt", "a.vtt", "a.json", "a.txt", "a.TextGrid", "a.tsv")


class Data:
    """The cases, with one small film of each form."""

    def __init__(self, folder):
        self.folder = folder / "films"
        self.vectors = "3 4\nhuge 1 2 3 4\nno 0.5 -1e-3 2 7\nyes 1 1 1 1\n"

    @property
    def kinds(self):
        return {"videos": self.videos, "vectors": self.words}

    def videos(self, rng, folder):
        name = pick(rng, NAMES)
        path = self.folder / name
        if not path.is_file():
            made_videos.video(path, (made_videos.ONE, 2), (made_videos.TWO, 1))
        shutil.rmtree(folder / "talks", ignore_errors=True)
        (folder / "talks").mkdir()
        content = path.read_bytes()
        (folder / "talks" / name).write_bytes(bytes_of(rng, content, len(content)))
        if rng.random() < 0.5:
            (folder / "talks" / pick(rng, SPOKEN)).write_bytes(words(rng))
        (one,) = task.tasks(folder / "talks", folder / "talks" / "steps")
        task.do(one, made_videos.follow)
        assert one.done
        if one.failure:
            raise InputError(one.failure)
        for number in range(len(one.shots)):
            assert np.isfinite(one.seen(number).directions).all()

    def words(self, rng, folder):
        path = folder / "a.vec"
        path.write_bytes(bytes_of(rng, text_of(rng, self.vectors)))
        found = vectors.find(["huge", "no", "yes"], path)
        assert all(np.isfinite(row).all() for row in found.values())
