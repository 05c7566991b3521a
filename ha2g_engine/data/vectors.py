# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors of a data set's words, from files that others trained: fastText's, or a spaCy pipeline's.

Of two million words a data set keeps the few thousand that it says.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.errors import InputError
from ha2g_engine.files import replacing
from ha2g_engine.models.config import WIDEST
from ha2g_engine.speech.transcript import spelled

from .store import Store

Array = NDArray[np.float32]
Vectors = dict[str, Array]

FILE: Final = "vectors.npz"  # beside the data set's arrays
MURMUR: Final = 0xC6A4A7935BD1E995
SPACY: Final = ("vectors", "key2row")  # of a pipeline, in its folder vocab
DAMAGE: Final = (
    OSError, ValueError, LookupError, EOFError, TypeError, RuntimeError, AttributeError,
    NotImplementedError, zipfile.BadZipFile,
)  # fmt: skip


def said(data: Store) -> list[str]:
    """The words of all clips as vocabularies spell them, sorted."""
    words = {spelled(text) for clip in data.clips for text, _, _ in clip.words or ()}
    return sorted(words - {""})


def find(words: Iterable[str], source: Path) -> Vectors:
    """Those of WORDS that the file or folder SOURCE knows, each (D,).

    source: fastText's or GloVe's text (.vec, .txt), fastText's model (.bin), which makes vectors of
    words that it never saw from their letters, or a spaCy pipeline, its folder or its wheel. Raises
    InputError.
    """
    if not source.exists():
        raise InputError(f"'{source}' is not there: name a file of word vectors.")
    try:
        found = _reader(source)(list(words), source)
    except DAMAGE as error:
        raise InputError(
            f"'{source}' holds no word vectors that can be read: name fastText's .vec or .bin, or "
            "the folder or wheel of a spaCy pipeline with vectors."
        ) from error
    if any(not np.isfinite(vector).all() for vector in found.values()):
        raise InputError(f"'{source}' has vectors that are not numbers: download it again.")
    return found


def _reader(source: Path) -> Callable[[list[str], Path], Vectors]:
    if source.is_dir() or source.suffix in (".whl", ".zip"):
        return _of_spacy
    return _of_model if source.suffix == ".bin" else _of_text


def _of_text(words: list[str], source: Path) -> Vectors:
    """A word and its numbers a line, after a line of how many and how long, or without it."""
    wanted, found, size = set(words), dict[str, Array](), 0
    with source.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines):
            word, _, numbers = line.rstrip().partition(" ")
            if number == 0 and numbers.isdigit():
                continue
            size = size or len(numbers.split(" "))
            if not 1 < size <= WIDEST or len(line) > 64 * (size + 1):
                raise ValueError("no numbers")
            if word in wanted or number < 2:  # the first ones tell whether these are numbers
                vector = np.array(numbers.split(" "), np.float32)
                if len(vector) != size:
                    raise ValueError("another length")
                found |= {word: vector} if word in wanted else {}
    if not size:
        raise ValueError("nothing")
    return found


def _of_model(words: list[str], source: Path) -> Vectors:
    models = _library("gensim.models.fasttext", "gensim")
    known = models.load_facebook_vectors(str(source))
    return {word: np.asarray(known[word], np.float32) for word in words if word in known}


def _of_spacy(words: list[str], source: Path) -> Vectors:
    """A table of rows, and the row of each word's key."""
    packed = _library("msgpack", "msgpack")
    table, keys = (_part(source, name) for name in SPACY)
    rows = np.load(io.BytesIO(table), allow_pickle=False)
    pairs = packed.unpackb(keys, strict_map_key=False)
    places = {int(key) % 2**64: int(row) for key, row in dict(pairs).items()}
    found: Vectors = {}
    for word in words:
        if (row := places.get(spacy_key(word), -1)) >= 0:
            found[word] = np.asarray(rows[row], np.float32)
    return found


def spacy_key(word: str) -> int:
    """What spaCy knows WORD by: MurmurHash64A (Appleby) of its UTF-8, seed 1."""
    content = word.encode()
    whole = len(content) // 8 * 8
    key = 1 ^ (len(content) * MURMUR % 2**64)
    for start in range(0, whole, 8):
        part = int.from_bytes(content[start : start + 8], "little") * MURMUR % 2**64
        key = (key ^ ((part ^ part >> 47) * MURMUR)) * MURMUR % 2**64
    if rest := content[whole:]:
        key = (key ^ int.from_bytes(rest, "little")) * MURMUR % 2**64
    key = (key ^ key >> 47) * MURMUR % 2**64
    return key ^ key >> 47


def _part(source: Path, name: str) -> bytes:
    """The one file vocab/NAME within a pipeline."""
    if source.is_dir():
        return next(source.rglob(f"vocab/{name}")).read_bytes()
    with zipfile.ZipFile(source) as wheel:
        return wheel.read(next(n for n in wheel.namelist() if n.endswith(f"vocab/{name}")))


def _library(module: str, package: str) -> Any:
    """Raises InputError without it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise InputError(
            f"'{package}' reads these vectors and is not here: pip install 'ha2g-engine[vectors]'."
        ) from error


def save(path: Path, vectors: Vectors) -> None:
    """VECTORS as a file for the setting `vectors`. Raises InputError where there is none."""
    if not vectors:
        raise InputError("None of the words has a vector: choose vectors of the same language.")
    names = sorted(vectors)
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, words=np.array(names), vectors=np.stack([vectors[n] for n in names]))


def load(path: Path) -> Vectors:
    """What ``save`` wrote. Raises InputError for another file."""
    try:
        with np.load(path, allow_pickle=False) as content:
            names, rows = content["words"].tolist(), content["vectors"].astype(np.float32)
        if rows.ndim != 2 or len(names) != len(rows) or not np.isfinite(rows).all():
            raise ValueError("no vectors")
    except DAMAGE as error:
        raise InputError(
            f"'{path}' holds no word vectors: make them with 'ha2g data vectors'."
        ) from error
    return dict(zip(names, rows, strict=True))
