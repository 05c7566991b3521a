# SPDX-License-Identifier: GPL-3.0-or-later
"""Each system's recipe by the system's name."""

from __future__ import annotations

from typing import Final

import torch

from ha2g_engine.errors import InputError

from .baseline_recipes import (
    AutoencoderRecipe,
    JointEmbeddingRecipe,
    Seq2SeqRecipe,
    Speech2GestureRecipe,
    TrimodalRecipe,
)
from .config import TrainingConfig
from .ha2g_recipe import HA2GRecipe
from .recipe import Recipe
from .streams import Streams

RECIPES: Final[dict[str, type[Recipe]]] = {
    "ha2g": HA2GRecipe,
    "seq2seq": Seq2SeqRecipe,
    "speech2gesture": Speech2GestureRecipe,
    "joint_embedding": JointEmbeddingRecipe,
    "trimodal": TrimodalRecipe,
    "autoencoder": AutoencoderRecipe,
}


def recipe_for(config: TrainingConfig, streams: Streams, device: torch.device) -> Recipe:
    """The recipe of the configured system; raises InputError for a name there is not."""
    if config.system not in RECIPES:
        raise InputError(f"system = '{config.system}': choose one of {', '.join(RECIPES)}.")
    return RECIPES[config.system](config, streams, device)
