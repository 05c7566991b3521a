# SPDX-License-Identifier: GPL-3.0-or-later
"""Published checkpoints: torch pickles read without running what they name.

``torch.load(weights_only=True)`` builds tensors and containers only; this module adds
``argparse.Namespace``, numpy arrays and a stand-in for the authors' vocabulary class.
"""

from __future__ import annotations

import argparse
import codecs
import pickle
import re
import struct
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from ha2g_engine import paths
from ha2g_engine.errors import InputError
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.system import System

from . import fitting
from .layouts import layout_of

DAMAGE: Final = (  # what files that are not what they say raise on the way
    RuntimeError, EOFError, OSError, LookupError, ValueError, TypeError, AttributeError,
    ArithmeticError, MemoryError, AssertionError, struct.error, zipfile.BadZipFile,
)  # fmt: skip


class Vocab:
    """Stands in for the authors' ``model.vocab.Vocab``; holds what the pickle sets."""

    word2index: dict[str, int]
    index2word: dict[int, str]
    n_words: int


def _allowed() -> list[Any]:
    reconstruct = np.empty(0).__reduce__()[0]  # its module moved between numpy 1 and 2
    scalar = np.float64(0).__reduce__()[0]
    dtypes = {type(np.dtype(code)) for code in "?bBhHiIlLqQefdU"}
    old, new = "numpy.core.multiarray.", "numpy._core.multiarray."
    return [
        argparse.Namespace,
        (Vocab, "model.vocab.Vocab"),
        np.ndarray,
        np.dtype,
        *dtypes,
        *((reconstruct, module + "_reconstruct") for module in (old, new)),
        *((scalar, module + "scalar") for module in (old, new)),
        (codecs.encode, "_codecs.encode"),
    ]


def read_pickle(path: str | Path) -> dict[str, Any]:
    """The dictionary inside a published ``.bin``.

    Raises InputError when the file is missing, damaged, or names anything that is not a
    tensor, a container, a Namespace, a numpy array or the vocabulary; nothing is run.
    """
    path = paths.regular(path, "an existing checkpoint")
    try:
        _check_sizes(path)
        with torch.serialization.safe_globals(_allowed()):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(_refusal(path, str(error))) from error
    except DAMAGE as error:
        raise InputError(f"'{path}' is damaged or cut short: download it again.") from error
    if not isinstance(content, dict):
        raise InputError(f"'{path}' holds no published checkpoint: expected a dictionary.")
    return content


def _check_sizes(path: Path) -> None:
    """Raise ValueError where the file holds less than its table of contents declares.

    torch stores its tensors as they are; what unfolds to more was made to fill memory.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        declared = sum(entry.file_size for entry in archive.infolist())
    if declared > path.stat().st_size:
        raise ValueError(f"{declared} bytes declared")


def _refusal(path: Path, message: str) -> str:
    found = re.search(r"GLOBAL (\S+)|class (\S+)|function (\S+)", message)
    if found is None:
        return f"'{path}' is no checkpoint, or is damaged: download it again."
    name = next(group for group in found.groups() if group)
    return (
        f"'{path}' was refused: it names '{name}', which a checkpoint has no need of; "
        "nothing in it was run."
    )


def import_published(path: str | Path) -> tuple[System, dict[str, Any]]:
    """A published checkpoint of any system → the model in evaluation mode and its notes.

    Notes: ``vocabulary`` and ``speakers`` (names by index), ``epoch``, ``source`` (file name).
    Raises InputError when the file is none of the published layouts or is incomplete.
    """
    content = read_pickle(path)
    layout = layout_of(content)
    if layout is None:
        raise InputError(f"'{path}' is no published checkpoint: it holds {_names(content)}.")
    try:
        config, state = layout.config(content), layout.state(content)
        state = {"rest_pose": torch.zeros(config.table.pose_dim), **state}
        model = fitting.empty(layout.system, config, {k: v.shape for k, v in state.items()})
        notes = _notes(content, config, Path(path).name)
    except DAMAGE as error:
        reason = (str(error).splitlines() or ["damaged"])[-1].strip().rstrip(".")
        reason = paths.shown(reason)
        raise InputError(f"'{path}' does not fit the published layout: {reason}.") from error
    return fitting.fill(model, state, path), notes


def _names(content: dict[str, Any]) -> str:
    return paths.shown(", ".join(key for key in content if isinstance(key, str)))


def _in_order(vocabulary: Any, rows: int) -> list[str]:
    """What VOCABULARY calls the ROWS of a table; nothing if it is none, or there is no table.

    A name beyond them was never learned, and one for row 10⁹ would fill the memory.
    """
    names: dict[int, str] = getattr(vocabulary, "index2word", {})
    count = min(max(names, default=-1) + 1, rows)
    return [str(names.get(i, "<UNK>")) for i in range(count)]


def _notes(content: dict[str, Any], config: ModelConfig, source: str) -> dict[str, Any]:
    return {
        "vocabulary": _in_order(content.get("lang_model"), config.n_words),
        "speakers": _in_order(content.get("speaker_model"), config.n_speakers),
        "epoch": int(content.get("epoch", 0)),
        "source": source,
    }
