# SPDX-License-Identifier: GPL-3.0-or-later
"""Training configuration: a TOML file and ``key=value`` overrides → one frozen record."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal

from ha2g_engine import paths
from ha2g_engine.errors import InputError
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.settings import ANY, check


@dataclass(frozen=True)
class Optimisation:
    """How long and how fast.

    sequences: of windows in an epoch; 0 = as many as the data set has. grid: frames from one
    window of a clip to the next, each of which an epoch shows once, as published (10); 0 = windows
    from any frame, drawn with replacement.
    windows: how many a stream walks through, each from its own last frames; 1 as published.
    frames: reference pictures that one sample of a person is the mean of, as the paper has several.
    identity_steps: extra steps an epoch that train the picture encoder alone. Where identity
    is the only term, there are no others.
    own_start: share of later windows that start from the model's own last frames. rest_start,
    other_start: shares of first windows that start from the rest pose and from another clip's
    poses; else from their own true ones.
    augment: another microphone and noise in each speech's spectrogram, another camera for each
    picture; systems that hear the waveform hear it as it is.
    batch: streams at once. listeners: how many of them share one speech.
    clip: largest gradient norm. ema: decay of the averaged weights.
    final_rate: share of the learning rate at the end of half a cosine; 1 = constant. rate_step:
    epochs after which the rate is multiplied by rate_factor, again and again; 0 = never.
    patience: epochs without a better validation loss before training stops. select: by what an
    epoch is the best: ``huber``; ``l1``; ``loss``, an autoencoder's own; ``frechet``, of the
    validation windows in ``autoencoder``. keep_last: keep the last epoch's model and not the one
    of the best; a discriminator makes motion livelier and Huber worse.
    all_words: the vocabulary of every split, not of train alone. early_words: a word under way
    when a window begins stands in its first frame; else a word is only where it begins.
    kl_last: KL of the finest level alone. sample_poses: Joint Embedding's code of the true poses
    is drawn; else its mean.
    gan_warmup: epochs before the discriminator joins in. discriminator_rate: its learning rate
    as a share of `learning_rate`, the generator's at its greatest, throughout; 0 = the method's
    own (a fifth in HA2G and Trimodal).
    high_negatives, low_mid_negatives: what the contrastive loss pushes apart.
    amp: bfloat16 where it is safe, on CUDA.
    ahead: sequences that threads read in advance. compile: torch.compile, on CUDA.
    video_every: epochs from one film in TensorBoard to the next, 0 = none.
    """

    epochs: int = 40
    sequences: int = 40
    windows: int = 5
    batch: int = 32
    listeners: int = 1
    learning_rate: float = 1e-3
    final_rate: float = 0.05
    rate_step: int = 0
    rate_factor: float = 0.1
    warmup: int = 200
    clip: float = 100.0
    ema: float = 0.998
    frames: int = 1
    identity_steps: int = 0
    grid: int = 0
    own_start: float = 0.7
    rest_start: float = 0.25
    other_start: float = 0.1
    pose_noise: float = 0.03
    augment: bool = True
    patience: int = 15
    select: Literal["huber", "l1", "loss", "frechet"] = "huber"
    keep_last: bool = False
    all_words: bool = False
    early_words: bool = False
    kl_last: bool = False
    sample_poses: bool = True
    threads: int = 0
    gan_warmup: int = 10
    discriminator_rate: float = 0.0
    high_negatives: bool = True
    low_mid_negatives: bool = True
    amp: bool = True
    ahead: int = 2
    compile: bool = False
    video_every: int = 0

    def __post_init__(self) -> None:
        """Raises InputError for values of another type or out of bounds."""
        check(self, "training.", BOUNDS)
        if self.select not in SELECTED:
            raise InputError(
                f"Setting 'training.select' = {self.select!r}: choose {', '.join(SELECTED)}."
            )
        if self.grid and self.listeners > 1:
            raise InputError("training.listeners > 1 draws windows: set training.grid to 0.")


SELECTED: Final = ("huber", "l1", "loss", "frechet")
COUNTS: Final = ("epochs", "windows", "batch", "listeners", "patience", "frames")
SHARES: Final = ("final_rate", "ema", "own_start", "rest_start", "other_start")
BOUNDS: Final = {
    **{f.name: (0, ANY) for f in fields(Optimisation)},
    **dict.fromkeys(COUNTS, (1, ANY)),
    **dict.fromkeys(SHARES, (0, 1)),
    "learning_rate": (1e-9, ANY),
    "clip": (1e-9, ANY),
}


@dataclass(frozen=True)
class TrainingConfig:
    """Everything one run needs.

    data: a folder of ``ha2g data``. out: a folder for the run. system: as in the registry.
    start: a checkpoint to begin from, such as the default model for data of your own. parts: what
    alone is taken of it, such as "audio identity"; "" = all.
    autoencoder: a checkpoint in whose features training.select = "frechet" measures each epoch.
    statistics: a file of ``ha2g data statistics``, by whose angles the physical loss judges; the
    published data's if left out.
    vectors: a file of ``ha2g data vectors``, from which the words' embeddings start; they start at
    random without.
    weights: what each loss term counts, 0 = off; the system's published ones where left out.
    """

    data: Path
    out: Path
    system: str = "ha2g"
    seed: int = 0
    half: bool = True
    start: Path | None = None
    parts: str = ""
    autoencoder: Path | None = None
    statistics: Path | None = None
    vectors: Path | None = None
    model: ModelConfig = field(default_factory=ModelConfig)
    weights: dict[str, float] = field(default_factory=dict)
    training: Optimisation = field(default_factory=Optimisation)

    def __post_init__(self) -> None:
        """Raises InputError for values of another type."""
        check(self, "", {"seed": (0, 2**31)})
        if self.training.select == "frechet" and self.autoencoder is None:
            raise InputError(
                'training.select = "frechet" needs autoencoder = "FILE", a checkpoint of the '
                'system "autoencoder": train that first, or set training.select to "huber".'
            )
        if self.training.select == "loss" and self.system != "autoencoder":
            raise InputError('training.select = "loss" is for system = "autoencoder" alone.')


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> TrainingConfig:
    """Read a TOML file; ``overrides`` are ``key=value`` or ``table.key=value`` in TOML syntax.

    Raises InputError naming the file, or the key, and what is allowed.
    """
    values = _read(Path(path))
    for override in overrides:
        _override(values, override)
    config: TrainingConfig = _record(TrainingConfig, values, "")
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(paths.text_of(path, "a training configuration (.toml)"))
    except (OSError, ValueError, RecursionError) as error:
        reason = paths.shown(str(error))
        raise InputError(f"'{path}' is no valid TOML in UTF-8: {reason}.") from error


def _override(values: dict[str, Any], text: str) -> None:
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"'{text}' sets nothing: write key=value, such as training.epochs=5.")
    *tables, last = key.strip().split(".")
    for table in tables:
        values = values.setdefault(table, {})
        if not isinstance(values, dict):
            raise InputError(f"'{text}' sets nothing: '{table}' is no table of settings.")
    try:
        values[last] = tomllib.loads(f"x = {value}")["x"]
    except (ValueError, RecursionError):
        values[last] = value  # a bare word: a path or a name


def _record(kind: type[Any], values: dict[str, Any], prefix: str) -> Any:
    known = {f.name: f for f in fields(kind)}
    for key in values:
        if key not in known:
            named = paths.shown(f"{prefix}{key}")
            raise InputError(f"Setting '{named}' is unknown: use one of {sorted(known)}.")
    arguments = {key: _value(key, value, known[key].type) for key, value in values.items()}
    try:
        return kind(**arguments)
    except TypeError as error:
        raise InputError(f"A setting is missing: {error}.") from error


def _value(key: str, value: Any, annotation: Any) -> Any:
    if key in ("model", "training", "weights") and not isinstance(value, dict):
        raise InputError(f"Setting '{key}' = {value!r}: expected a table, [{key}] in the file.")
    if key == "model":
        return ModelConfig.from_dict(value)
    if key == "training":
        return _record(Optimisation, value, "training.")
    if key == "weights":
        return {name: _weight(f"weights.{name}", x) for name, x in value.items()}
    return Path(value) if "Path" in annotation and isinstance(value, str) else value


def _weight(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < ANY:
        raise InputError(f"Setting '{key}' = {value!r}: expected a number, 0 or more.")
    return value
