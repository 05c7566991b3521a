# SPDX-License-Identifier: GPL-3.0-or-later
"""How well a model that is being trained runs on by itself on the validation split."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from ha2g_engine import metrics
from ha2g_engine.body.windows import check_alike
from ha2g_engine.checkpoints.files import load
from ha2g_engine.data.store import Store
from ha2g_engine.errors import InputError
from ha2g_engine.models.autoencoder import Autoencoder
from ha2g_engine.models.system import System

from .log import Motion
from .recipe import Recipe
from .streams import WINDOW_STRIDE, Streams

WINDOWS: Final = 10  # one after the other, in as many sequences as that takes
BATCH: Final = 16
FRECHET_BATCH: Final = 64


@torch.no_grad()
def measure(
    recipe: Recipe, model: System, streams: Streams, device: torch.device
) -> dict[str, float]:
    """Loss and spread of ``model``, started from true poses."""
    random = np.random.default_rng(1)
    errors, judged, spreads, targets = [], [], [], []
    for _ in range(math.ceil(WINDOWS / streams.windows)):
        windows = [window.to(device) for window in streams.sequence(random, BATCH)]
        identity = recipe.people(model, windows[0], random)
        initial = windows[0].poses[:, : streams.cut.given]
        for window in windows:
            poses = recipe.predict(model, window, initial, identity)
            initial = poses[:, streams.cut.handed_on]
            errors.append(float(recipe.validation_loss(poses, window)))
            judged.append(float(recipe.selecting_loss(poses, window)))
            spreads.append(float(poses.std(dim=(0, 1)).mean()))
            targets.append(float(window.poses.std(dim=(0, 1)).mean()))
    people = recipe.people_term(model, random)
    select = recipe.config.training.select
    own = {} if select in ("huber", "frechet") else {f"val/{select}": float(np.mean(judged))}
    return (
        own
        | ({} if people is None else {"val/people": float(people)})
        | {
            "val/huber": float(np.mean(errors)),
            "val/spread": sum(spreads) / max(1e-9, sum(targets)),
        }
    )


@torch.no_grad()
def frechet(recipe: Recipe, model: System, streams: Streams, encoder: Autoencoder) -> float:
    """Fréchet distance of all of the split's windows, each from its own true initial poses.

    As published they stand 10 frames apart; speakers are their own, where they are known, and
    not drawn anew for each batch.
    """
    random, device = np.random.default_rng(1), model.rest_pose.device
    places = streams.places(WINDOW_STRIDE)
    parts: list[tuple[Tensor, Tensor]] = []
    for first in range(0, len(places), FRECHET_BATCH):
        window = streams.batch(places[first : first + FRECHET_BATCH]).to(device)
        identity = recipe.people(model, window, random)
        poses = recipe.predict(model, window, window.poses[:, : streams.cut.given], identity)
        parts.append((encoder.encode(window.poses), encoder.encode(poses)))
    real, made = (torch.cat(part).double().cpu().numpy() for part in zip(*parts, strict=True))
    return max(0.0, metrics.frechet_distance(real, made))


def too_few(windows: int, encoder: Autoencoder) -> str:
    """A sentence where the Fréchet distance of so many windows means little, else nothing."""
    numbers = encoder.config.latent_dim
    if windows >= numbers:
        return ""
    return (
        f"The Fréchet distance is of {windows} windows, fewer than the {numbers} latent numbers: "
        "it says little, and nothing beside that of more windows."
    )


def load_encoder(path: Path, store: Store) -> Autoencoder:
    """The autoencoder of a checkpoint; InputError for another system or skeleton."""
    model, _ = load(path)
    if not isinstance(model, Autoencoder):
        raise InputError(f"'{path}' is no autoencoder: train one with system = \"autoencoder\".")
    check_fits(path, model, store)
    return model


def check_fits(path: Path, model: System, store: Store) -> None:
    """Raise InputError where a model is of another skeleton or other windows than the data."""
    if model.config.skeleton != store.skeleton:
        raise InputError(
            f"'{path}' is of the skeleton '{model.config.skeleton}' but '{store.folder}' of "
            f"'{store.skeleton}': leave it out."
        )
    check_alike(model.config.windows, f"'{path}' is made for", store.cut, f"'{store.folder}' has")


@torch.no_grad()
def sample(
    recipe: Recipe, model: System, streams: Streams, device: torch.device
) -> tuple[Motion, Motion]:
    """A validation clip, and what ``model`` makes of its speech: (T, bones, 3) each."""
    random = np.random.default_rng(2)
    windows = [w.to(device) for w in streams.sequence(random, 1)]
    identity = recipe.people(model, windows[0], random)
    shared = streams.cut.overlap
    real = made = windows[0].poses[0, :shared]
    for window in windows:
        initial = made[None, -shared:][:, : streams.cut.given]
        poses = recipe.predict(model, window, initial, identity)[0]
        made = torch.cat([made, poses[shared:]])
        real = torch.cat([real, window.poses[0, shared:]])
    table = streams.table
    return table.directions(real.cpu().numpy()), table.directions(made.cpu().numpy())
