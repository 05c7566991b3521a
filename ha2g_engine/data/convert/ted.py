# SPDX-License-Identifier: GPL-3.0-or-later
"""The published TED Gesture and TED-Expressive LMDBs → recordings, in their own splits."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS, Skeleton
from ha2g_engine.data.source import Source, Tried, directions_of, tried
from ha2g_engine.data.store import Split
from ha2g_engine.errors import Ha2gError, InputError
from ha2g_engine.speech.transcript import Word

READER: Final = Path(__file__).with_name("ted_reader.py")
PACKAGES: Final = (
    "pyarrow>=8,<12",
    "pyarrow-hotfix",
    "lmdb>=1.3,<2",
    "numpy<2",
)  # 12.0 lost deserialize
NEWEST_PYTHON: Final = (3, 11)  # that has those packages ready built
INSTALL_SECONDS: Final = 900.0
SPLITS: Final[tuple[Split, ...]] = ("train", "val", "test")

Say = Callable[[str], None]


def sources(
    root: Path, skeleton: Skeleton, python: Path | None = None, say: Say = lambda _m: None
) -> Iterator[Tried]:
    """Every clip of ``lmdb_train|val|test`` or ``train|val|test`` in ``root``, or what is wrong.

    python: of an environment with PACKAGES; without it one is made and kept for next time.
    Raises InputError when the folder, the environment or an LMDB cannot be used.
    """
    folders = split_folders(root)
    reader = python or own_python(say)
    _check_python(reader)
    for split, folder in folders.items():
        for number, archive in enumerate(_archives(reader, folder)):
            yield tried(partial(_source, archive, skeleton, split, number))


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


def environment_folder() -> Path:
    """Where the reader's environment is kept: HA2G_CACHE, or the user's cache folder."""
    cache = os.environ.get("HA2G_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "ha2g" / "ted-reader"


def own_python(say: Say = lambda _m: None) -> Path:
    """Python of the environment with an old pyarrow, made on the first call (network needed)."""
    folder = environment_folder()
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (folder / "complete").is_file():
        if sys.version_info[:2] > NEWEST_PYTHON:
            raise InputError(_by_hand("This Python is too new for pyarrow below 12"))
        say(f"Setting up {folder} with {', '.join(PACKAGES)} (once, about 40 MB to download)")
        _install(folder, python)
        (folder / "complete").write_text("\n".join(PACKAGES), encoding="utf-8")
    return python


def _install(folder: Path, python: Path) -> None:
    try:
        venv.create(folder, clear=True, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *PACKAGES]
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise Ha2gError(
            _by_hand(f"'{folder}' could not be set up (is there a network?)")
        ) from error


def _by_hand(trouble: str) -> str:
    return (
        f"{trouble}: make an environment of Python 3.8 to 3.11 with {', '.join(PACKAGES)} "
        "yourself and pass its Python with --python."
    )


def _check_python(python: Path) -> None:
    test = "import lmdb, numpy, pyarrow, pyarrow_hotfix; pyarrow.deserialize"
    try:
        subprocess.run(
            [str(python), "-I", "-W", "ignore", "-c", test],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError(
            _by_hand(f"'{python}' lacks lmdb, pyarrow-hotfix or pyarrow below 12")
        ) from error


def _archives(python: Path, folder: Path) -> Iterator[Any]:
    """The .npz archives that the reader streams; its last words when it fails."""
    command = [str(python), "-I", "-W", "ignore", str(READER), str(folder.resolve())]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        assert process.stdout is not None
        try:
            while packed := _message(process.stdout):
                with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
                    yield dict(archive)
        except EOFError as error:
            process.wait()
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip().splitlines() or ["it stopped"]
            raise InputError(f"'{folder}' cannot be read as a TED LMDB: {said[-1]}.") from error
        finally:
            process.kill()  # a no-op once it has ended


def _message(stream: IO[bytes]) -> bytes:
    """One message, empty at the end; EOFError when the stream breaks off."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    (length,) = struct.unpack("<Q", head)
    body = stream.read(length)
    if len(body) < length:
        raise EOFError
    return body


def _source(archive: dict[str, Any], skeleton: Skeleton, split: Split, number: int) -> Source:
    facts = json.loads(archive["facts"].tobytes())
    name = f"{split}/{number:05d}-{facts['video']}"
    seconds = facts["end"] - facts["start"]
    positions = resampled(_shaped(archive["skeleton"], skeleton, name), seconds)
    words = [Word(text, start - facts["start"], end - facts["start"])
             for text, start, end in facts["words"]]  # fmt: skip
    return Source(
        name=name,
        speaker=facts["video"],
        directions=directions_of(positions, skeleton),
        waveform=archive["audio"],
        words=words,
        positions=positions,
        split=split,
    )


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
