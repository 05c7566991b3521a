# SPDX-License-Identifier: GPL-3.0-or-later
"""Imagined people on a map: neighbours move alike, by style and by whose hands gesture."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.synthesis.performer import Performer
from ha2g_engine.synthesis.settings import Settings

Floats = NDArray[np.float64]

SIDE: Final = 8  # people in a row, and rows
DRAWN: Final = 512  # seeds that they are chosen from
HANDS: Final = 0.5  # how much whose hands gesture counts beside a style's shares


def people(performer: Performer) -> list[dict[str, Any]]:
    """SIDE² people, row by row: their seed, style (3, H) and hands (left, right, both) or None.

    Along the rows they differ most, down the columns next (principal components of how they
    move). Of a model that knows its people by number, those alone. Raises InputError for a
    model without persons.
    """
    known = performer.config.n_speakers if performer.config.identity == "speaker" else DRAWN
    rows = [_person(performer, seed) for seed in range(min(known, DRAWN))]
    if len(rows) < SIDE * SIDE:
        return rows
    return [rows[number] for number in placed(np.array([_features(row) for row in rows]))]


def placed(features: Floats) -> list[int]:
    """Which of (N, F) stand in the SIDE × SIDE places of the map, row by row.

    Equal shares of all fall to each column by the first component, then to each place in it by
    the second; the one nearest to the middle of a place's share stands there.
    """
    around = features - features.mean(axis=0)
    _, _, axes = np.linalg.svd(around, full_matrices=False)
    signs = np.sign(axes[:2].sum(axis=1, keepdims=True))  # the same on every computer
    across, down = (around @ (axes[:2] * np.where(signs == 0, 1, signs)).T).T
    grid = np.zeros((SIDE, SIDE), np.int64)
    for column, members in enumerate(np.array_split(np.argsort(across, kind="stable"), SIDE)):
        ordered = members[np.argsort(down[members], kind="stable")]
        for row, share in enumerate(np.array_split(ordered, SIDE)):
            middle = around[share].mean(axis=0)
            grid[row, column] = share[np.linalg.norm(around[share] - middle, axis=1).argmin()]
    return [int(number) for number in grid.ravel()]


def _person(performer: Performer, seed: int) -> dict[str, Any]:
    settings = Settings(identity_seed=seed)
    hands = None
    if performer.planner is not None:
        hands = performer.planner.taste(performer.identity(settings)).hands
    style = performer.style(settings)
    return {
        "seed": seed,
        "style": [[round(float(value), 4) for value in row] for row in style],
        "hands": None if hands is None else [round(float(share), 4) for share in hands],
    }


def _features(person: dict[str, Any]) -> Floats:
    hands = np.array(person["hands"] or (0.0, 0.0, 0.0))
    return np.concatenate([np.ravel(person["style"]), HANDS * hands])
