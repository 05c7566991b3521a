# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a published TED LMDB and writes plain .npz archives to stdout, one a clip.

A program of its own: ``python -I ted_reader.py LMDB``. It runs in an environment with pyarrow
below 12, the last that reads ``pyarrow.serialize``, and therefore imports nothing of ours.
Stream: 8 bytes little-endian length, then that many bytes of .npz; length 0 ends it. Each .npz
holds ``skeleton`` (T, J, 3), ``audio`` (samples,) and ``facts``, JSON as bytes. Nothing stored as
a pickle is unpickled: such a value ends the reading (pyarrow_hotfix closes the other way in,
CVE-2023-47248).
"""

from __future__ import annotations

import io
import json
import struct
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import lmdb
import numpy as np
import pyarrow
import pyarrow_hotfix  # type: ignore[import-not-found]  # noqa: F401 - works by import


class PlainContext(pyarrow.SerializationContext):  # type: ignore[misc]
    """Knows numbers, text, lists, dicts and arrays; refuses objects, whose pickles run code."""

    def _deserialize_callback(self, value: dict[str, Any]) -> Any:
        raise ValueError(f"it holds an object of type {value.get('_pytype_')}, not plain data")


def videos(folder: str) -> Iterator[dict[str, Any]]:
    """Every value of the LMDB."""
    environment = lmdb.open(folder, readonly=True, lock=False, readahead=False)
    with environment.begin() as transaction:
        for _, value in transaction.cursor():
            yield pyarrow.deserialize(value, context=PlainContext())
    environment.close()


def archives(video: dict[str, Any]) -> Iterator[bytes]:
    """An .npz for each clip of a video."""
    for clip in video["clips"]:
        facts = {
            "video": str(video["vid"]),
            "start": float(clip["start_time"]),
            "end": float(clip["end_time"]),
            "words": [[str(word), float(start), float(end)] for word, start, end in clip["words"]],
        }
        packed = io.BytesIO()
        np.savez(
            packed,
            skeleton=np.asarray(clip["skeletons_3d"], np.float32),
            audio=_sound(np.asarray(clip["audio_raw"])),
            facts=np.frombuffer(json.dumps(facts).encode(), np.uint8),
        )
        yield packed.getvalue()


def _sound(audio: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """float32 in [-1, 1] from floats or integers."""
    scale = np.iinfo(audio.dtype).max if audio.dtype.kind == "i" else 1
    return audio.astype(np.float32) / np.float32(scale)


def main(folder: str, out: BinaryIO) -> None:
    """Stream all clips, then the end."""
    for video in videos(folder):
        for archive in archives(video):
            out.write(struct.pack("<Q", len(archive)))
            out.write(archive)
    out.write(struct.pack("<Q", 0))
    out.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.stdout.buffer)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - one line for the main process to show
        sys.exit(f"{type(error).__name__}: {error}")
