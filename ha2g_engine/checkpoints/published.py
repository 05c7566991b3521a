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
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ha2g_engine.errors import InputError
from ha2g_engine.models.registry import build
from ha2g_engine.models.system import System

from .layouts import layout_of


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
    path = Path(path)
    if not path.is_file():
        raise InputError(f"'{path}' is not there: choose an existing checkpoint.")
    try:
        with torch.serialization.safe_globals(_allowed()):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(_refusal(path, str(error))) from error
    except (RuntimeError, EOFError, OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"'{path}' is damaged or cut short: download it again.") from error
    if not isinstance(content, dict):
        raise InputError(f"'{path}' holds no published checkpoint: expected a dictionary.")
    return content


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
        raise InputError(
            f"'{path}' is no published checkpoint: it holds {', '.join(map(str, content))}."
        )
    try:
        model = build(layout.system, layout.config(content))
        state = {"rest_pose": model.rest_pose, **layout.state(content)}
        model.load_state_dict(state)
    except (KeyError, RuntimeError, AttributeError, TypeError) as error:
        reason = str(error).splitlines()[-1].strip().rstrip(".")
        raise InputError(f"'{path}' does not fit the published layout: {reason}.") from error
    return model.eval(), _notes(content, Path(path).name)


def _in_order(vocabulary: Any) -> list[str]:
    """What VOCABULARY calls its rows; nothing if it is none."""
    names: dict[int, str] = getattr(vocabulary, "index2word", {})
    return [names.get(i, "<UNK>") for i in range(max(names, default=-1) + 1)]


def _notes(content: dict[str, Any], source: str) -> dict[str, Any]:
    return {
        "vocabulary": _in_order(content.get("lang_model")),
        "speakers": _in_order(content.get("speaker_model")),
        "epoch": int(content.get("epoch", 0)),
        "source": source,
    }
