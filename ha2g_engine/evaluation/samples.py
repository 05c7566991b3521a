# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips of a data set as a model moves them, beside the real motion: npz, wav and a video."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import soundfile

from ha2g_engine.body.skeleton import FPS, skeleton
from ha2g_engine.body.stick_figure import write_comparison, write_video
from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.data.store import ClipEntry, Split, Store
from ha2g_engine.files import replacing
from ha2g_engine.speech.sizes import SAMPLE_RATE

from . import generation
from .clips import Motion, select, waveform
from .run import load_generator

Progress = Callable[[str], None]


def write(
    data: Path,
    checkpoint: Path | None,
    folder: Path,
    split: Split,
    count: int,
    seed: int,
    progress: Progress,
    *,
    apart: bool = False,
) -> Iterator[Path]:
    """Make up to ``count`` clips, evenly over the split, and yield each file that is written.

    checkpoint: None for the default model. seed: 0 = z at its mean. apart: also a film of each
    motion alone, in the folders ``real`` and ``generated``, as a viewer study takes them. Without
    a waveform in the data there is no wav and the video is silent. Raises InputError as
    ``evaluate`` does.
    """
    store = Store(data)
    model, notes = load_generator(checkpoint or DEFAULT, store)
    clips = select(store, split).counted_in(notes)
    every = len(clips.takes)
    chosen = np.unique(np.linspace(0, every - 1, min(count, every)).round().astype(int))
    if store.wave is None:
        progress(f"'{data}' keeps no waveform: the videos are silent and there is no wav.")
    for number, i in enumerate(chosen):
        clip = clips.streams.clips[i]
        progress(f"{number + 1}/{len(chosen)} {clip.name}")
        made = generation.take(model, clips, int(i), seed)
        stem = folder / f"{number:03d}-{re.sub(r'[^0-9A-Za-z-]+', '_', clip.name)}"
        motions = {"real": clips.real_takes[i], "generated": made}
        sound = _wav(stem.with_suffix(".wav"), store, clip, len(made))
        yield _motions(stem.with_suffix(".npz"), store, clip, motions, seed)
        if sound:
            yield sound
        film = stem.with_suffix(".mp4")
        write_comparison(film, motions, clips.skeleton, sound)
        yield film
        for name, motion in motions.items() if apart else ():
            alone = folder / name / film.name
            write_video(alone, motion, clips.skeleton, sound)
            yield alone


def _motions(
    path: Path, store: Store, clip: ClipEntry, motions: Mapping[str, Motion], seed: int
) -> Path:
    with replacing(path) as part, part.open("wb") as file:
        np.savez(
            file,
            directions=motions["generated"],
            real=motions["real"],
            fps=np.float32(FPS),
            bones=np.array(skeleton(store.skeleton).bone_names),
            seed=np.int64(seed),
            clip=np.array(clip.name),
            speaker=np.array(store.speakers[clip.speaker].name),
        )
    return path


def _wav(path: Path, store: Store, clip: ClipEntry, frames: int) -> Path | None:
    """The clip's speech as long as its motion; None where the data keeps none."""
    wave = waveform(store, clip)
    if wave is None:
        return None
    with replacing(path) as part:
        soundfile.write(part, wave[: round(frames * SAMPLE_RATE / FPS)], SAMPLE_RATE)
    return path
