# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g evaluate``: systems against a data set, a row each, and the ground truth's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final

from ha2g_engine import metrics
from ha2g_engine.body.skeleton import FPS
from ha2g_engine.checkpoints.files import load
from ha2g_engine.data.store import Split, Store
from ha2g_engine.errors import InputError
from ha2g_engine.models.autoencoder import Autoencoder
from ha2g_engine.models.system import System
from ha2g_engine.training.streams import Streams
from ha2g_engine.training.validation import check_fits, load_encoder, too_few

from . import generation
from .clips import Array, Clips, Heard, Motion, hear, select, windows_of
from .report import Row, Run
from .scores import Scores, features, measure
from .systems import Group

Progress = Callable[[str], None]

LEARNED: Final = 10_000  # windows of the train split that are looked at: they lie in memory


@dataclass(frozen=True)
class Table:
    """rows: the ground truth first. latents: (N, F) of the real windows, and of each system's."""

    rows: list[Row]
    facts: dict[str, Any]
    real: Array
    latents: dict[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Court:
    """What all systems are measured with."""

    clips: Clips
    heard: Heard
    encoder: Autoencoder

    def truth(self) -> Scores:
        """The real motion's scores."""
        return measure(self.clips, self.heard, self.clips.real, self.clips.real_takes, self.encoder)

    def scores(self, model: System, notes: Mapping[str, Any], seed: int) -> tuple[Scores, Array]:
        """A model's scores with one z, and its windows' latents; notes: its checkpoint's."""
        clips = self.clips.counted_in(notes)
        windows = generation.windows(model, clips, seed)
        takes = generation.takes(model, clips, seed)
        return measure(clips, self.heard, windows, takes, self.encoder), self.latents(windows)

    def latents(self, windows: Motion) -> Array:
        """(N, F) of the autoencoder."""
        return features(self.encoder, windows)


def evaluate(
    groups: Sequence[Group],
    data: Path,
    autoencoder: Path,
    *,
    split: Split = "test",
    seeds: int = 3,
    progress: Progress = lambda _m: None,
) -> Table:
    """A row for the ground truth and one for each system.

    seeds: variation seeds (z) of each checkpoint. Raises InputError for a checkpoint of another
    skeleton, an autoencoder that is none, or a split without a whole window.
    """
    store = Store(data)
    encoder = load_encoder(autoencoder, store)
    models = {file: load_generator(file, store) for group in groups for file in group.files}
    progress("Measuring the ground truth")
    clips = select(store, split)
    court = Court(clips, hear(clips), encoder)
    few = too_few(len(clips.where), encoder)
    if few:
        progress(few)
    table = Table(
        [Row("ground truth", [Run(None, 0, court.truth())])],
        _facts(court, split, seeds, autoencoder)
        | _floor(court, split)
        | ({"FGD": few.rstrip(".")} if few else {}),
        court.latents(clips.real),
    )
    for group in groups:
        row = Row(group.name)
        for file, seed in product(group.files, range(seeds)):
            progress(f"Measuring {group.name}, {file}, seed {seed}")
            model, notes = models[file]
            scores, latents = court.scores(model, notes, seed)
            row.runs.append(Run(str(file), seed, scores))
            table.latents.setdefault(group.name, latents)
        table.rows.append(row)
    return table


def _facts(court: Court, split: Split, seeds: int, autoencoder: Path) -> dict[str, Any]:
    heard, takes = court.heard, court.clips.real_takes
    return {
        "data": str(court.clips.streams.store.folder),
        "split": split,
        "windows": len(court.clips.where),
        "takes": len(takes),
        "speeches": len(heard.peaks),
        "minutes of takes": round(sum(map(len, takes)) / FPS / 60, 1),
        "variation seeds": seeds,
        "BC threshold": metrics.BEAT_THRESHOLD,
        "BC sigma s": metrics.BEAT_SIGMA,
        "heard in": heard.source,
        "Diversity": f"{metrics.DIVERSITY_PAIRS} pairs of {metrics.DIVERSITY_CLIPS} clips",
        "autoencoder": autoencoder.name,
        "autoencoder sha256": hashlib.sha256(autoencoder.read_bytes()).hexdigest()[:16],
    }


def _floor(court: Court, split: Split) -> dict[str, float]:
    """What motion as it was learned from would score; {} where it is what is measured."""
    store = court.clips.streams.store
    if split == "train" or not store.within("train"):
        return {}
    _, learned = windows_of(Streams(store, "train", 1, augment=False), LEARNED)
    latents = court.latents(court.clips.real), court.latents(learned)
    return {"FGD of the train split's motion": round(metrics.frechet_distance(*latents), 3)}


def load_generator(path: Path, store: Store) -> tuple[System, dict[str, Any]]:
    """A model and its notes; InputError for an autoencoder, another skeleton or windows."""
    model, notes = load(path)
    if isinstance(model, Autoencoder):
        raise InputError(f"'{path}' is an autoencoder and generates nothing: leave it out.")
    check_fits(path, model, store)
    return model, notes
