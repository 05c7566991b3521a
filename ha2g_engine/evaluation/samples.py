# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips of a data set as a model moves them, beside the real motion: npz, wav and a video."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.body.stick_figure import write_comparison
from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.data.store import ClipEntry, Split, Store
from ha2g_engine.files import replacing
from ha2g_engine.speech.sizes import SAMPLE_RATE

from . import generation
from .clips import Clips, Motion, select, waveform
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
) -> Iterator[Path]:
    """Make up to ``count`` clips, evenly over the split, and yield each file that is written.

    checkpoint: None for the default model. seed: 0 = z at its mean. Without a waveform in the
    data there is no wav and the video is silent. Raises InputError as ``evaluate`` does.
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
        yield from _files(stem, store, clips, clip, made, clips.real_takes[i], seed)


def _files(
    stem: Path,
    store: Store,
    clips: Clips,
    clip: ClipEntry,
    made: Motion,
    real: Motion,
    seed: int,
) -> Iterator[Path]:
    with replacing(stem.with_suffix(".npz")) as part, part.open("wb") as file:
        np.savez(
            file,
            directions=made,
            real=real,
            fps=np.float32(FPS),
            bones=np.array(clips.skeleton.bone_names),
            seed=np.int64(seed),
            clip=np.array(clip.name),
            speaker=np.array(store.speakers[clip.speaker].name),
        )
    yield stem.with_suffix(".npz")
    sound = _wav(stem.with_suffix(".wav"), store, clip, len(made))
    if sound:
        yield sound
    film = stem.with_suffix(".mp4")
    write_comparison(film, {"real": real, "generated": made}, clips.skeleton, sound)
    yield film


def _wav(path: Path, store: Store, clip: ClipEntry, frames: int) -> Path | None:
    """The clip's speech as long as its motion; None where the data keeps none."""
    wave = waveform(store, clip)
    if wave is None:
        return None
    with replacing(path) as part:
        soundfile.write(part, wave[: round(frames * SAMPLE_RATE / FPS)], SAMPLE_RATE)
    return path
