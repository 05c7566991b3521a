# SPDX-License-Identifier: GPL-3.0-or-later
"""A model that is built only once its file is known to hold all of it, and numbers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ha2g_engine.errors import InputError
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.registry import build
from ha2g_engine.models.system import System
from ha2g_engine.models.whisper import load_encoder

Shapes = Mapping[str, Sequence[int]]


class _Undrawn(TorchFunctionMode):
    """Leaves normal numbers out: for a tensor without memory torch loads its compiler, 3 s."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if getattr(func, "__name__", "") == "normal_":
            return args[0] if args else given["tensor"]
        return func(*args, **given)


def empty(system: str, config: ModelConfig, shapes: Shapes) -> System:
    """An untrained SYSTEM whose state has these SHAPES, by name.

    It is first made without memory for its numbers: a file whose settings ask for a terabyte is
    refused as soon as one that asks for a row too many. Raises InputError for an unknown system
    and ValueError, naming the first tensor, for other shapes.
    """
    if config.whisper:
        # remembered, and not to be remembered without its numbers
        load_encoder(config.whisper, config.frames)
    with torch.device("meta"), _Undrawn():
        wanted = {k: tuple(v.shape) for k, v in build(system, config).state_dict().items()}
    there = {name: tuple(shape) for name, shape in shapes.items()}
    if wrong := sorted(k for k in wanted.keys() | there if wanted.get(k) != there.get(k)):
        raise ValueError(f"'{wrong[0]}' is {there.get(wrong[0])}, not {wanted.get(wrong[0])}")
    return build(system, config)


def fill(model: System, state: Mapping[str, Tensor], path: str | Path) -> System:
    """MODEL with the numbers of STATE, in evaluation mode. Raises InputError for NaN and Inf."""
    floats = {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
    if wrong := next((k for k, v in floats.items() if not bool(torch.isfinite(v).all())), None):
        raise InputError(
            f"'{path}' has weights that are not numbers, in '{wrong}': download or train it again."
        )
    model.load_state_dict(floats)
    return model.eval()
