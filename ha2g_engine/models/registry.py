# SPDX-License-Identifier: GPL-3.0-or-later
"""The systems by the name that configurations and checkpoints use."""

from __future__ import annotations

from typing import Final

from ha2g_engine.errors import InputError

from .autoencoder import Autoencoder
from .config import ModelConfig
from .ha2g import HA2G
from .joint_embedding import JointEmbedding
from .seq2seq import Seq2Seq
from .speech2gesture import Speech2Gesture
from .system import System
from .trimodal import Trimodal

SYSTEMS: Final[dict[str, type[System]]] = {
    "ha2g": HA2G,
    "seq2seq": Seq2Seq,
    "speech2gesture": Speech2Gesture,
    "joint_embedding": JointEmbedding,
    "trimodal": Trimodal,
    "autoencoder": Autoencoder,
}


def build(name: str, config: ModelConfig) -> System:
    """A fresh, untrained system; raises InputError for a name there is not."""
    if name not in SYSTEMS:
        raise InputError(f"There is no system '{name}': choose one of {', '.join(SYSTEMS)}.")
    return SYSTEMS[name](config)


def name_of(model: System) -> str:
    """The registered name of a model's class."""
    return next(name for name, kind in SYSTEMS.items() if type(model) is kind)
