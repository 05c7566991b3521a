# SPDX-License-Identifier: GPL-3.0-or-later
"""The published TED Gesture and TED-Expressive LMDBs → recordings, in their own splits."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS, Skeleton
from ha2g_engine.data.source import Source, Tried, directions_of, tried
from ha2g_engine.data.store import Split
from ha2g_engine.errors import InputError
from ha2g_engine.speech.transcript import Word

from . import arrow_objects, lmdb_file

SPLITS: Final[tuple[Split, ...]] = ("train", "val", "test")


def sources(root: Path, skeleton: Skeleton) -> Iterator[Tried]:
    """Every clip of ``lmdb_train|val|test`` or ``train|val|test`` in ``root``, or what is wrong.

    Values as ``pyarrow.serialize`` wrote them, of pyarrow 0.14 (the published sets) to 11.
    Raises InputError when the folder or an LMDB cannot be used.
    """
    for split, folder in split_folders(root).items():
        for number, (video, clip) in enumerate(_clips(folder)):
            yield tried(partial(_source, video, clip, skeleton, split, number))


def split_folders(root: Path) -> dict[Split, Path]:
    """The LMDB of each split that is there."""
    found: dict[Split, Path] = {}
    for split in SPLITS:
        for folder in (root / f"lmdb_{split}", root / split):
            if (folder / "data.mdb").is_file():
                found.setdefault(split, folder)
    if not found:
        raise InputError(
            f"'{root}' holds no LMDB: name the folder of lmdb_train, lmdb_val and lmdb_test "
            "(or train, val, test)."
        )
    return found


def _clips(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each clip with its video's name; raises InputError for what is no such data set."""
    try:
        for packed in lmdb_file.values(folder / "data.mdb"):
            video = _named(arrow_objects.read(packed))
            for clip in video["clips"]:
                yield _text(video["vid"]), _named(clip)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"'{folder}' cannot be read as a TED LMDB: {error}.") from error


def _named(record: dict[Any, Any]) -> dict[str, Any]:
    """With names as text, which Python 2 may have kept as bytes."""
    return {_text(name): value for name, value in record.items()}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _source(
    video: str, clip: dict[str, Any], skeleton: Skeleton, split: Split, number: int
) -> Source:
    name = f"{split}/{number:05d}-{video}"
    try:
        start, end = float(clip["start_time"]), float(clip["end_time"])
        frames = np.asarray(clip["skeletons_3d"], np.float32)
        words = [Word(_text(word), a - start, b - start) for word, a, b in clip["words"]]
        waveform = _sound(np.asarray(clip["audio_raw"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"'{name}' is no clip of a TED data set: {error}.") from error
    positions = resampled(_shaped(frames, skeleton, name), end - start)
    return Source(
        name=name,
        speaker=video,
        directions=directions_of(positions, skeleton),
        waveform=waveform,
        words=words,
        positions=positions,
        split=split,
    )


def _sound(audio: NDArray[Any]) -> NDArray[np.float32]:
    """float32 in [-1, 1] from floats or integers."""
    scale = np.iinfo(audio.dtype).max if audio.dtype.kind == "i" else 1
    return audio.astype(np.float32) / np.float32(scale)


def _shaped(frames: NDArray[np.float32], skeleton: Skeleton, name: str) -> NDArray[np.float32]:
    """(T, joints, 3) or flat (T, joints · 3) → (T, joints, 3)."""
    joints = len(skeleton.joints)
    if frames.ndim < 2 or not len(frames) or frames[0].size != 3 * joints:
        raise InputError(
            f"'{name}' has skeletons of shape {frames.shape} and the {skeleton.name} skeleton has "
            f"{joints} joints: pass the other --skeleton."
        )
    return frames.reshape(len(frames), joints, 3)


def resampled(frames: NDArray[np.float32], seconds: float) -> NDArray[np.float32]:
    """(n, J, 3) evenly over ``seconds`` → (seconds × 15, J, 3), linearly, as the authors do."""
    count = max(1, int(seconds * FPS + 1e-6))
    places = np.arange(count) * len(frames) / (seconds * FPS) if seconds > 0 else np.zeros(1)
    low = np.minimum(places.astype(int), len(frames) - 1)
    high = np.minimum(low + 1, len(frames) - 1)
    part = (places - low)[:, None, None]
    return np.asarray(frames[low] * (1 - part) + frames[high] * part, np.float32)
