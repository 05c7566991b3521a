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
from torch import Tensor

from ha2g_engine.errors import InputError
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.skeleton import skeleton

State = dict[str, Tensor]


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


def import_ha2g(path: str | Path) -> tuple[HA2G, dict[str, Any]]:
    """A published HA2G checkpoint → the model in evaluation mode and its notes.

    Notes: ``vocabulary`` (list of words by index), ``epoch``, ``source`` (file name).
    """
    content = read_pickle(path)
    levels = sorted(key for key in content if re.fullmatch(r"gen_dict_\d+", key))
    if not levels or "audio_dict" not in content:
        raise InputError(
            f"'{path}' is no HA2G checkpoint: expected gen_dict_1 … and audio_dict, "
            f"found {', '.join(map(str, content))}."
        )
    try:
        model = HA2G(_config(content, len(levels)))
        model.load_state_dict(_state(content, len(levels)), strict=False)
        _require_complete(model, content, len(levels))
    except (KeyError, RuntimeError, AttributeError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise InputError(f"'{path}' does not fit the published layout: {reason}.") from error
    return model.eval(), _notes(content, Path(path).name)


def _config(content: dict[str, Any], levels: int) -> ModelConfig:
    args, first, audio = content["args"], content["gen_dict_1"], content["audio_dict"]
    trunk = "feat_extractor.layer"
    count = [len({k.split(".")[2] for k in audio if k.startswith(f"{trunk}{s}.")}) for s in "1234"]
    widths = [len(audio[f"{trunk}{s}.0.conv1.weight"]) for s in "1234"]
    name = "expressive" if levels == len(skeleton("expressive").levels) else "gesture"
    words, word_dim = first["text_encoder.embedding.weight"].shape
    return ModelConfig(
        skeleton=name,
        audio_widths=(widths[0], widths[1], widths[2], widths[3]),
        audio_blocks=(count[0], count[1], count[2], count[3]),
        audio_dim=len(audio["feat_extractor.fc_low.weight"]),
        hidden=args.hidden_size,
        gru_layers=args.n_layers,
        text_layers=args.n_layers,
        dropout=args.dropout_prob,
        identity="speaker",
        n_speakers=len(first["speaker_embedding.0.weight"]),
        n_words=words,
        word_dim=word_dim,
    )


def _notes(content: dict[str, Any], source: str) -> dict[str, Any]:
    words: dict[int, str] = getattr(content.get("lang_model"), "index2word", {})
    return {
        "vocabulary": [words.get(i, "<UNK>") for i in range(len(words))],
        "epoch": int(content.get("epoch", 0)),
        "source": source,
    }


AUDIO_NAMES = (
    (r"^feat_extractor\.(conv1|bn1)\.", r"audio.\1."),
    (r"^feat_extractor\.(conv|bn|fc)_(low|mid|high)\.", r"audio.\2.\1."),
    (r"^feat_extractor\.(fc\d)\.", r"coordinator.\1."),
    (r"^feat_extractor\.speaker_embedding\.", "identity.tables.0."),
)
TEXT_NAMES = (
    (r"tcn\.network\.(\d+)\.(conv\d)\.weight_g", r"blocks.\1.\2.parametrizations.weight.original0"),
    (r"tcn\.network\.(\d+)\.(conv\d)\.weight_v", r"blocks.\1.\2.parametrizations.weight.original1"),
    (r"tcn\.network\.(\d+)\.", r"blocks.\1."),
)


def _state(content: dict[str, Any], levels: int) -> State:
    state = {_audio_name(k): v for k, v in content["audio_dict"].items()}
    for h in range(levels):
        for key, value in content[f"gen_dict_{h + 1}"].items():
            if ".net." not in key:  # the same tensors under a second name
                state[_level_name(key, h)] = value
    for key, value in content.get("text_dict", {}).items():
        if ".net." not in key:
            state["text." + _renamed(key, TEXT_NAMES)] = value
    return state


def _audio_name(key: str) -> str:
    stage = re.match(r"feat_extractor\.layer(\d)\.(.*)", key)
    if stage:
        return f"audio.stages.{int(stage[1]) - 1}.{stage[2]}"
    return _renamed(key, AUDIO_NAMES)


def _level_name(key: str, level: int) -> str:
    if key.startswith("speaker_embedding."):
        return f"identity.tables.{level + 1}." + key.removeprefix("speaker_embedding.")
    if key.startswith("text_encoder."):
        tail = _renamed(key.removeprefix("text_encoder."), TEXT_NAMES)
        return f"levels.{level}.text.{tail}"
    tail = key.replace("speaker_mu.", "mu.").replace("speaker_logvar.", "logvar.")
    return f"levels.{level}." + re.sub(r"^gru\.", "gru.gru.", tail)


def _renamed(key: str, rules: tuple[tuple[str, str], ...]) -> str:
    for pattern, replacement in rules:
        key = re.sub(pattern, replacement, key)
    return key


def _require_complete(model: HA2G, content: dict[str, Any], levels: int) -> None:
    given = set(_state(content, levels))
    wanted = set(model.state_dict()) - {"rest_pose"}
    if "text_dict" not in content:
        wanted = {name for name in wanted if not name.startswith("text.")}
    if missing := sorted(wanted - given):
        raise KeyError(f"tensor {missing[0]} is missing")
    if unknown := sorted(given - wanted):
        raise KeyError(f"tensor {unknown[0]} is not known")
