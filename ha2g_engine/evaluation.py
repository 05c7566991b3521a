# SPDX-License-Identifier: GPL-3.0-or-later
"""Models against a data set: one row of numbers each, and the ground truth's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ha2g_engine import checkpoints, metrics
from ha2g_engine.data.store import Split, Store
from ha2g_engine.errors import InputError
from ha2g_engine.files import replacing
from ha2g_engine.models.autoencoder import Autoencoder
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.models.system import System
from ha2g_engine.models.window import Prediction
from ha2g_engine.skeleton import INITIAL_FRAMES, STRIDE, WINDOW_FRAMES, Skeleton, unit
from ha2g_engine.synthesis import cross_fade
from ha2g_engine.training.streams import Streams, Window

Array = NDArray[np.float64]
Progress = Callable[[str], None]
Row = dict[str, Any]

BATCH: Final = 64
CHAIN: Final = 5  # windows of a take in which jerk and seams are looked for
PORTRAITS: Final = 4  # reference frames of a speaker
COLUMNS: Final = (
    "FGD", "BC", "Diversity", "MAE m", "acceleration m/s2", "jerk m/s3", "backward bends",
    "hand in body", "seam jump",
)  # fmt: skip


@dataclass(frozen=True)
class Clips:
    """The windows that are compared.

    where: (clip, first frame) of each. real: (N, 34, bones, 3) unit. beats: audio onsets of
    each in seconds, or None without sound. takes: (clip, first frame) where long takes start.
    """

    streams: Streams
    where: list[tuple[int, int]]
    real: NDArray[np.float32]
    beats: list[Array] | None
    takes: list[tuple[int, int]]

    @property
    def skeleton(self) -> Skeleton:
        """The data set's skeleton."""
        from ha2g_engine.skeleton import skeleton

        return skeleton(self.streams.store.skeleton)


def evaluate(
    files: Sequence[Path],
    data: Path,
    autoencoder: Path,
    *,
    split: Split = "test",
    seeds: int = 3,
    progress: Progress = lambda _m: None,
) -> tuple[list[Row], dict[str, Any]]:
    """A row for the ground truth and one for each checkpoint: mean and spread over seeds.

    Returns the rows and what they were measured with. Raises InputError for a checkpoint of
    another skeleton, an autoencoder that is none, or a split without a whole window.
    """
    encoder = _encoder(autoencoder)
    store = Store(data)
    rows: list[Row] = []
    for file in [None, *files]:
        progress(f"Measuring {file or 'the ground truth'}")
        rows.append(_row(file, store, split, encoder, seeds))
    facts = {
        "split": split,
        "seeds": seeds,
        "windows": rows[0]["windows"],
        "BC threshold": metrics.BEAT_THRESHOLD,
        "BC sigma s": metrics.BEAT_SIGMA,
        "autoencoder": autoencoder.name,
        "autoencoder sha256": hashlib.sha256(autoencoder.read_bytes()).hexdigest()[:16],
        "data": str(data),
    }
    return rows, facts


def _encoder(path: Path) -> Autoencoder:
    model, _ = checkpoints.load(path)
    if not isinstance(model, Autoencoder):
        raise InputError(f"'{path}' is no autoencoder: train one with system = \"autoencoder\".")
    return model


def _row(file: Path | None, store: Store, split: Split, encoder: Autoencoder, seeds: int) -> Row:
    if file is None:
        clips = select(store, split)
        scores = measure(clips, clips.real, _real_takes(clips), encoder)
        return {"model": "ground truth", "windows": len(clips.where), **_spread([scores])}
    model, notes = checkpoints.load(file)
    if isinstance(model, Autoencoder) or model.config.skeleton != store.skeleton:
        raise InputError(f"'{file}' does not generate '{store.skeleton}': leave it out.")
    clips = select(store, split, notes.get("vocabulary"))
    results = []
    for seed in range(seeds):
        windows, takes = generate(model, clips, seed), generate_takes(model, clips, seed)
        results.append(measure(clips, windows, takes, encoder))
    return {"model": file.stem, "windows": len(clips.where), **_spread(results)}


def select(store: Store, split: Split, words: list[str] | None = None) -> Clips:
    """All disjoint windows of a split, and where long takes start."""
    streams = Streams(store, split, 1, augment=False, words=words)
    lengths = [clip.motion[1] - clip.motion[0] for clip in streams.clips]
    where = [(i, f) for i, n in enumerate(lengths) for f in _firsts(n, WINDOW_FRAMES)]
    long = INITIAL_FRAMES + STRIDE * CHAIN
    takes = [(i, f) for i, n in enumerate(lengths) for f in _firsts(n, long)]
    poses = streams.batch(where).poses.numpy().reshape(len(where), WINDOW_FRAMES, -1, 3)
    real = unit(poses + streams.mean)
    beats = None
    if store.wave is not None:
        beats = [metrics.audio_beats(streams.batch([w]).waveform[0].numpy()) for w in where]
    return Clips(streams, where, real, beats, takes)


def _firsts(frames: int, length: int) -> range:
    return range(0, frames - length + 1, length)


@torch.inference_mode()
def generate(model: System, clips: Clips, seed: int) -> NDArray[np.float32]:
    """(N, 34, bones, 3): each window from its own true initial poses; seed 0 is z = mu."""
    parts = []
    for first in range(0, len(clips.where), BATCH):
        window = clips.streams.batch(clips.where[first : first + BATCH])
        initial = window.poses[:, :INITIAL_FRAMES]
        parts.append(_predict(model, clips, window, initial, seed).numpy())
    poses = np.concatenate(parts)
    return unit(poses.reshape(*poses.shape[:2], -1, 3) + clips.streams.mean)


@torch.inference_mode()
def generate_takes(model: System, clips: Clips, seed: int) -> NDArray[np.float32]:
    """(takes, 154, bones, 3): windows that start from the model's own last frames."""
    if not clips.takes:
        return np.zeros((0, INITIAL_FRAMES + STRIDE * CHAIN, *clips.streams.mean.shape), np.float32)
    initial, windows = None, []
    for step in range(CHAIN):
        window = clips.streams.batch([(i, f + STRIDE * step) for i, f in clips.takes])
        initial = window.poses[:, :INITIAL_FRAMES] if initial is None else initial
        poses = _predict(model, clips, window, initial, seed)
        initial = poses[:, -INITIAL_FRAMES:]
        windows.append(poses.numpy())
    joined = np.stack([cross_fade(take) for take in np.stack(windows, axis=1)])
    return unit(joined.reshape(*joined.shape[:2], -1, 3) + clips.streams.mean)


def _predict(model: System, clips: Clips, window: Window, initial: Tensor, seed: int) -> Tensor:
    noise = torch.Generator().manual_seed(seed) if seed else False
    if not isinstance(model, HA2G):
        inputs = window.inputs(initial)
        inputs.speaker = inputs.speaker % model.config.n_speakers
        return cast(Prediction, model(inputs, noise)).poses
    words = window.words if model.text is not None else None
    identity = _identity(model, clips, window.speakers)
    return cast(Tensor, model(window.mel, initial, identity, words, noise).levels[-1])


def _identity(model: HA2G, clips: Clips, speakers: Tensor) -> Tensor:
    """f_id of each sample's speaker: by number, from the pictures, or imagined."""
    if model.config.identity == "speaker":
        return model.identity_from_speakers(speakers % model.config.n_speakers)
    known = {int(s): _person(model, clips, int(s)) for s in set(speakers.tolist())}
    return torch.cat([known[int(s)] for s in speakers])


def _person(model: HA2G, clips: Clips, speaker: int) -> Tensor:
    frames = clips.streams.reference_frames(speaker, PORTRAITS)
    return (
        model.identity_from_seed(speaker) if frames is None else model.identity_from_images(frames)
    )


def _real_takes(clips: Clips) -> NDArray[np.float32]:
    long = INITIAL_FRAMES + STRIDE * CHAIN
    store = clips.streams.store
    starts = [clips.streams.clips[i].motion[0] + f for i, f in clips.takes]
    empty = np.zeros((0, long, *clips.streams.mean.shape), np.float32)
    rows = [np.asarray(store.directions[s : s + long], np.float32)[None] for s in starts]
    return unit(np.concatenate([empty, *rows]))


def measure(
    clips: Clips,
    windows: NDArray[np.float32],
    takes: NDArray[np.float32],
    encoder: Autoencoder,
) -> dict[str, float]:
    """Every column of the table for one set of generated (or real) windows and takes."""
    table = clips.skeleton
    real, made = (features(encoder, part, clips.streams.mean) for part in (clips.real, windows))
    scores = {
        "FGD": metrics.frechet_distance(real, made),
        "Diversity": metrics.diversity(made),
        "MAE m": metrics.joint_error(windows, clips.real, table),
        "acceleration m/s2": metrics.acceleration_difference(windows, clips.real, table),
    }
    if clips.beats is not None:
        beats = metrics.motion_beats(windows, table)
        scores["BC"] = metrics.beat_consistency(beats, clips.beats)
    if len(takes):
        starts = np.arange(CHAIN) * STRIDE
        scores["jerk m/s3"] = metrics.wrist_jerk(takes, table)
        scores["seam jump"] = max(metrics.seam_jump(take, starts) for take in takes)
        if table.palms:
            scores["backward bends"] = metrics.backward_bends(takes, table)
            scores["hand in body"] = metrics.hand_in_body(takes, table)
    return scores


@torch.inference_mode()
def features(
    encoder: Autoencoder, directions: NDArray[np.float32], mean: NDArray[np.float32]
) -> Array:
    """(N, 34, bones, 3) unit → (N, latent) of the autoencoder."""
    poses = torch.from_numpy((directions - mean).reshape(*directions.shape[:2], -1))
    return np.asarray(encoder.encode(poses), np.float64)


def _spread(results: list[dict[str, float]]) -> Row:
    names = [name for name in COLUMNS if name in results[0]]
    columns = {name: np.array([result[name] for result in results]) for name in names}
    return {
        name: {"mean": float(values.mean()), "spread": float(values.std())}
        for name, values in columns.items()
    }


def as_markdown(rows: list[Row], facts: dict[str, Any]) -> str:
    """The table, and below it what it was measured with."""
    columns = [name for name in COLUMNS if any(name in row for row in rows)]
    lines = ["| model | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = [_cell(row.get(name)) for name in columns]
        lines.append(f"| {row['model']} | " + " | ".join(cells) + " |")
    notes = "; ".join(f"{key}: {value}" for key, value in facts.items())
    return "\n".join([*lines, "", notes, ""])


def _cell(value: dict[str, float] | None) -> str:
    if value is None:
        return "–"
    spread = f" ± {value['spread']:.3f}" if value["spread"] else ""
    return f"{value['mean']:.3f}{spread}"


def write_tables(rows: list[Row], facts: dict[str, Any], path: Path) -> None:
    """Markdown at ``path`` and JSON beside it, each by a rename."""
    content = {
        path: as_markdown(rows, facts),
        path.with_suffix(".json"): json.dumps({"facts": facts, "rows": rows}, indent=1),
    }
    for target, text in content.items():
        with replacing(target) as part:
            part.write_text(text, encoding="utf-8")
