# SPDX-License-Identifier: GPL-3.0-or-later
"""Our checkpoints: safetensors with the configuration and notes in the header."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import save as serialize
from torch import Tensor

from ha2g_engine import paths
from ha2g_engine.errors import InputError
from ha2g_engine.files import replacing
from ha2g_engine.models.registry import name_of
from ha2g_engine.models.system import System

from . import fitting, header
from .header import DEFAULT, FORMAT


def save(
    path: str | Path, model: System, notes: dict[str, Any] | None = None, *, half: bool = False
) -> None:
    """Write ``model`` to ``path`` by a rename, so that no half file is ever left.

    notes: anything JSON can hold (``vocabulary``, ``epoch``, ``source`` …).
    half: store the floating-point tensors as float16.
    """
    tensors = {name: value.detach().cpu() for name, value in model.state_dict().items()}
    if half:
        tensors = {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
    facts = {
        "format": FORMAT,
        "system": json.dumps(name_of(model)),
        "config": json.dumps(model.config.to_dict()),
        "notes": json.dumps(notes or {}),
    }
    with replacing(path) as part:
        part.write_bytes(serialize({k: v.contiguous() for k, v in tensors.items()}, facts))


def info(path: str | Path) -> dict[str, Any]:
    """``system``, ``config``, ``notes``, ``tensors`` and ``parameters``, without loading it."""
    with _open(path) as file:
        head = header.parsed(file.metadata(), path)
        sizes = [int(torch.Size(shape).numel()) for shape in _shapes(file).values()]
    return {**head, "tensors": len(sizes), "parameters": sum(sizes)}


def load(path: str | Path = DEFAULT, device: str = "cpu") -> tuple[System, dict[str, Any]]:
    """A checkpoint → the model in evaluation mode, in float32, and its notes.

    Raises InputError, one sentence with the file's name, when it is missing, cut short, of
    another format, its tensors do not fit its configuration or are not numbers.
    """
    with _open(path) as file:
        head = header.parsed(file.metadata(), path)
        config = header.settings(head, path)
        try:
            model = fitting.empty(head["system"], config, _shapes(file))
        except ValueError as error:
            reason = paths.shown(str(error))
            raise InputError(
                f"'{path}' does not fit its own settings ({reason}): train it again."
            ) from error
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    return fitting.fill(model, tensors, path).to(device), head["notes"]


def adopt(model: System, path: str | Path, parts: Sequence[str] = ()) -> None:
    """Give ``model`` the weights of a checkpoint of the same system and sizes.

    parts: names of what alone is taken, such as ``audio``, of a model that may else differ.

    Tables with a row for each speaker or word stay as they are where the number of rows differs.
    Raises InputError as ``load`` does, and when other sizes differ.
    """
    theirs, mine = (_of(m.state_dict(), parts) for m in (load(path)[0], model))
    if (
        not mine
        or theirs.keys() != mine.keys()
        or any(theirs[k].shape[1:] != mine[k].shape[1:] for k in mine)
    ):
        raise InputError(
            f"'{path}' is of another system or other sizes than this configuration: copy the "
            f"'config' that 'ha2g checkpoint info {path}' prints into [model]."
        )
    model.load_state_dict(
        {k: theirs[k] if theirs[k].shape == v.shape else v for k, v in mine.items()},
        strict=not parts,
    )


def _of(state: Mapping[str, Tensor], parts: Sequence[str]) -> dict[str, Tensor]:
    return {k: v for k, v in state.items() if not parts or k.split(".")[0] in parts}


def _open(path: str | Path) -> Any:
    paths.regular(path, "an existing .safetensors checkpoint")
    try:
        return safetensors.safe_open(str(path), "pt")
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise InputError(
            f"'{path}' is no safetensors checkpoint or is cut short: "
            "bring published .bin files in with 'ha2g checkpoint import'."
        ) from error


def _shapes(file: Any) -> dict[str, list[int]]:
    return {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
