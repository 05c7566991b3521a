# SPDX-License-Identifier: GPL-3.0-or-later
"""What a checkpoint says of itself, checked before a number of it is read.

Checkpoints are handed around: nothing in a header may cost more than the file is worth, open
another file, or surface as a traceback once a speech is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from ha2g_engine import paths
from ha2g_engine.errors import InputError
from ha2g_engine.gestures.homes import homes
from ha2g_engine.gestures.plan import NUMBERS
from ha2g_engine.gestures.repertoire import CODE, Facts
from ha2g_engine.models.config import ModelConfig

FORMAT: Final = "ha2g-1"
DEFAULT: Final = Path(__file__).parents[1] / "weights" / "default.safetensors"
WHISPER: Final = re.compile(r"openai/whisper-[\w.-]+")  # what may be downloaded for a stranger's
DAMAGE: Final = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


def parsed(metadata: Mapping[str, str] | None, path: str | Path) -> dict[str, Any]:
    """`system`, `config` and `notes` of a header. Raises InputError for what is none."""
    found = dict(metadata or {})
    if found.get("format") != FORMAT:
        raise InputError(f"'{path}' was not written by this engine: no '{FORMAT}' in its header.")
    found.setdefault("system", '"ha2g"')
    try:
        header = {key: json.loads(found[key]) for key in ("system", "config", "notes")}
    except DAMAGE as error:
        raise _damaged(path) from error
    kinds = {"system": str, "config": dict, "notes": dict}
    if not all(isinstance(header[key], kind) for key, kind in kinds.items()):
        raise _damaged(path)
    # files from before the setting: imported ones name their source, the others are of our training
    header["config"].setdefault("composed", "source" not in header["notes"])
    return header


def settings(header: Mapping[str, Any], path: str | Path) -> ModelConfig:
    """The model's sizes, its notes fitting them. Raises InputError, naming the file."""
    try:
        config = ModelConfig.from_dict(header["config"])
    except InputError as error:
        reason = paths.shown(str(error))
        raise InputError(f"'{path}' has settings that no model can have. {reason}") from error
    except DAMAGE as error:
        raise _damaged(path) from error
    _check_whisper(config.whisper, path)
    try:
        _check_notes(header["notes"], config)
    except DAMAGE as error:
        raise _damaged(path) from error
    return config


def _damaged(path: str | Path) -> InputError:
    return InputError(f"The header of '{path}' is damaged: download or train the checkpoint again.")


def _check_whisper(source: str, path: str | Path) -> None:
    """A checkpoint may name weights of OpenAI's, or a folder on this computer."""
    text = source.replace("\\", "/")
    here = not text.startswith("//") and len(text) < 4096 and Path(source).is_dir()
    if source and not (WHISPER.fullmatch(source) or here):
        raise InputError(
            f"'{path}' hears by '{paths.shown(source)}', which is neither one of openai/whisper "
            "nor a folder on this computer: choose another checkpoint."
        )


def _check_notes(notes: Mapping[str, Any], config: ModelConfig) -> None:
    """Raises one of DAMAGE where they are not what synthesis reads."""
    for names in ("vocabulary", "speakers"):
        if not all(isinstance(one, str) for one in _rows(notes, names)):
            raise ValueError(names)
    if config.n_gestures:
        _check_gestures(notes, config)


def _check_gestures(notes: Mapping[str, Any], config: ModelConfig) -> None:
    facts = [Facts.of(row) for row in _rows(notes, "gestures")]
    texts = (text for f in facts for text in (f.way.name, f.way.hand, f.hands, f.kind))
    fits = len(facts) == config.n_gestures and config.code_dim == NUMBERS
    if not (fits and config.identity_dim >= CODE and all(isinstance(one, str) for one in texts)):
        raise ValueError("gestures")
    if not np.isfinite([fact.size for fact in facts]).all():
        raise ValueError("sizes")
    places, hands = (np.array(_rows(notes, key), np.float32) for key in ("places", "hands"))
    if not places.size:
        return
    wide = places.ndim == 2 and CODE <= places.shape[1] <= config.identity_dim
    if not (wide and hands.shape == (len(places), 3) and (hands >= 0).all()):
        raise ValueError("people")
    if not (np.isfinite(places).all() and np.isfinite(hands).all()):
        raise ValueError("people")
    for home, like, place in _rows(notes, "sitters"):
        number = np.array(place, np.float32)
        if home not in homes().poses or like not in range(len(places)):
            raise ValueError("sitters")
        if number.shape != places.shape[1:] or not np.isfinite(number).all():
            raise ValueError("sitters")


def _rows(notes: Mapping[str, Any], key: str) -> list[Any]:
    rows = notes.get(key, [])
    if not isinstance(rows, list):
        raise TypeError(key)
    return rows
