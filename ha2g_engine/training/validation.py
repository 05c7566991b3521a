# SPDX-License-Identifier: GPL-3.0-or-later
"""How well a model that is being trained runs on by itself on the validation split."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import torch

from ha2g_engine.body.skeleton import INITIAL_FRAMES
from ha2g_engine.models.system import System

from .log import Motion
from .recipe import Recipe
from .streams import Streams

WINDOWS: Final = 10  # one after the other, in as many sequences as that takes
BATCH: Final = 16


@torch.no_grad()
def measure(
    recipe: Recipe, model: System, streams: Streams, device: torch.device
) -> dict[str, float]:
    """Loss and spread of ``model``, started from true poses."""
    random = np.random.default_rng(1)
    errors, spreads, targets = [], [], []
    for _ in range(math.ceil(WINDOWS / streams.windows)):
        windows = [window.to(device) for window in streams.sequence(random, BATCH)]
        identity = recipe.people(model, windows[0], random)
        initial = windows[0].poses[:, :INITIAL_FRAMES]
        for window in windows:
            poses = recipe.predict(model, window, initial, identity)
            initial = poses[:, -INITIAL_FRAMES:]
            errors.append(float(recipe.validation_loss(poses, window)))
            spreads.append(float(poses.std(dim=(0, 1)).mean()))
            targets.append(float(window.poses.std(dim=(0, 1)).mean()))
    people = recipe.people_term(model, random)
    return ({} if people is None else {"val/people": float(people)}) | {
        "val/huber": float(np.mean(errors)),
        "val/spread": sum(spreads) / max(1e-9, sum(targets)),
    }


@torch.no_grad()
def sample(
    recipe: Recipe, model: System, streams: Streams, device: torch.device
) -> tuple[Motion, Motion]:
    """A validation clip, and what ``model`` makes of its speech: (T, bones, 3) each."""
    random = np.random.default_rng(2)
    windows = [w.to(device) for w in streams.sequence(random, 1)]
    identity = recipe.people(model, windows[0], random)
    real = made = windows[0].poses[0, :INITIAL_FRAMES]
    for window in windows:
        initial = made[None, -INITIAL_FRAMES:]
        poses = recipe.predict(model, window, initial, identity)[0]
        made = torch.cat([made, poses[INITIAL_FRAMES:]])
        real = torch.cat([real, window.poses[0, INITIAL_FRAMES:]])
    table = streams.table
    return table.directions(real.cpu().numpy()), table.directions(made.cpu().numpy())
