# SPDX-License-Identifier: GPL-3.0-or-later
"""A published checkpoint as a run to go on with: its discriminator judges from the first step."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from ha2g_engine.checkpoints.layouts import DISCRIMINATOR_RULES, renamed
from ha2g_engine.checkpoints.published import read_pickle
from ha2g_engine.errors import InputError
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.discriminators import MotionDiscriminator, PoseDiscriminator
from ha2g_engine.models.registry import name_of
from ha2g_engine.models.system import System

from .adversary import LEAST_SQUARES, LOGARITHMIC, Adversary
from .state import BETAS, Standing

TRIMODAL_SLOPE: Final = 1.0  # published: no nonlinearity


def adversary(system: str, config: ModelConfig, rate: float) -> Adversary | None:
    """The discriminator a published system was trained with; None where it had none."""
    dim, frames = config.table.pose_dim, config.frames
    match system:
        case "ha2g":
            return Adversary(PoseDiscriminator(dim, frames=frames), LOGARITHMIC, rate)
        case "trimodal":
            return Adversary(PoseDiscriminator(dim, TRIMODAL_SLOPE, frames), LOGARITHMIC, rate)
        case "speech2gesture":
            return Adversary(MotionDiscriminator(dim), LEAST_SQUARES, rate)
    return None


def training_state(path: Path, model: System, epoch: int) -> dict[str, Any]:
    """What ``ha2g train --resume`` goes on from: generator, discriminator, fresh optimisers.

    path: the published file; model: what was imported from it. Raises InputError when its
    discriminator is missing or has other sizes.
    """
    content = read_pickle(path)
    rate = float(getattr(content["args"], "learning_rate", 1e-4))
    judge = adversary(name_of(model), model.config, rate)
    if judge:
        _fill(judge.network, content, path)
    weights = model.state_dict()
    optimiser = torch.optim.Adam(model.parameters(), rate, BETAS)
    return {
        "model": weights,
        "average": weights,
        "updates": 0,
        "optimiser": optimiser.state_dict(),
        "adversary": judge.state() if judge else None,
        "standing": vars(Standing(epoch)).copy(),
    }


def _fill(network: nn.Module, content: dict[str, Any], path: Path) -> None:
    published = content.get("dis_dict")
    if not published:
        raise InputError(f"'{path}' holds no discriminator ('dis_dict'): leave --state out.")
    try:
        network.load_state_dict(renamed(published, DISCRIMINATOR_RULES))
    except RuntimeError as error:
        raise InputError(f"The discriminator in '{path}' has another layout.") from error
