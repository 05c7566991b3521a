# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of a data set → indices, as the published vocabularies have them."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.data.store import ClipEntry
from ha2g_engine.data.vectors import Vectors
from ha2g_engine.errors import InputError
from ha2g_engine.speech.transcript import Index, Word, spelled, word_frames, words_under_way

SPECIAL: Final = ("<PAD>", "<SOS>", "<EOS>", "<UNK>")


def vocabulary(clips: list[ClipEntry], least: int = 1) -> list[str]:
    """The special words, then all said at least ``least`` times, most frequent first."""
    counts = Counter(spelled(text) for clip in clips for text, _, _ in clip.words or ())
    words = sorted(
        (w for w, n in counts.items() if n >= least and w), key=lambda w: (-counts[w], w)
    )
    return [*SPECIAL, *words]


def clip_words(clip: ClipEntry, index: Index) -> NDArray[np.int64]:
    """(frames,) the index of the word that starts in each frame of the clip, else 0."""
    said, frames = _said(clip), clip.motion[1] - clip.motion[0]
    return word_frames([w for w in said if w.start < frames / FPS], index, frames)


def clip_words_under_way(clip: ClipEntry, index: Index) -> NDArray[np.int64]:
    """(frames,) the index of the word that began before each frame and sounds on, else 0."""
    return words_under_way(_said(clip), index, clip.motion[1] - clip.motion[0])


def begin_with(model: nn.Module, words: list[str], vectors: Vectors) -> int:
    """Let MODEL's embeddings of WORDS start from VECTORS; how many do.

    Others start at random, as far from zero as those. Raises InputError for a model without
    words, and for vectors of another length.
    """
    tables = [
        part
        for name, part in model.named_modules()
        if name.split(".")[-1] == "embedding" and isinstance(part, nn.Embedding)
    ]
    if not tables:
        raise InputError("This model reads no words: leave vectors out, or set model.n_words = 1.")
    known = [i for i, word in enumerate(words) if word in vectors]
    if not known:
        raise InputError("None of the data's words has a vector: make them from this data set.")
    rows = torch.from_numpy(np.stack([vectors[words[i]] for i in known]))
    for table in tables:
        if table.embedding_dim != rows.shape[1]:
            raise InputError(
                f"The vectors have {rows.shape[1]} numbers and model.word_dim is "
                f"{table.embedding_dim}: set it to {rows.shape[1]}."
            )
        with torch.no_grad():
            table.weight *= rows.std()
            table.weight[known] = rows.to(table.weight)
    return len(known)


def _said(clip: ClipEntry) -> list[Word]:
    return [Word(text, start, end) for text, start, end in clip.words or ()]
