# SPDX-License-Identifier: GPL-3.0-or-later
"""How gestures are measured: Fréchet distance, beat consistency, diversity, and what one sees.

All take unit directions (N, T, bones, 3), or latent features of an autoencoder where said.
"""

from __future__ import annotations

import warnings
from typing import Any, Final

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from .body.skeleton import FPS, Skeleton, joint_positions
from .errors import InputError
from .speech.compiled import librosa
from .speech.sizes import SAMPLE_RATE

Array = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]

BEAT_THRESHOLD: Final = 0.03  # drop of normalised angle speed that makes a beat
BEAT_SIGMA: Final = 0.1  # seconds
DIVERSITY_CLIPS: Final = 60  # the paper's protocol
DIVERSITY_PAIRS: Final = 500
TRUNK_LENGTH: Final = 0.5  # metres
TRUNK_RADIUS: Final = 0.11


def bone_angles(directions: Floats, skeleton: Skeleton) -> Array:
    """Angles between the skeleton table's bone pairs, over π.

    directions: (…, bones, 3) unit. Returns (…, angles) in [0, 1]. Bones past the skeleton's
    own are the palm normals: Expressive 42 = left, 43 = right.
    """
    vectors = np.asarray(directions, np.float64)
    normals = [palm_normal(vectors, *pair) for pair in skeleton.palms]
    if normals:
        vectors = np.concatenate([vectors, np.stack(normals, axis=-2)], axis=-2)
    first, second = skeleton.angle_pairs.T
    cosine = (vectors[..., first, :] * vectors[..., second, :]).sum(axis=-1)
    return np.asarray(np.arccos(np.clip(cosine, -1, 1)) / np.pi)


def palm_normal(directions: Array, first: int, second: int) -> Array:
    """Normalised cross product of two of a hand's bones, (…, 3)."""
    normal = np.cross(directions[..., first, :], directions[..., second, :])
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9))


def motion_speed(directions: Floats, skeleton: Skeleton) -> Array:
    """(N, T, bones, 3) → (N, T) angle speed over the data set's mean speed, frame 0 = 0."""
    change = np.abs(np.diff(bone_angles(directions, skeleton), axis=-2))
    speed = (change / skeleton.angle_speed).mean(axis=-1)
    return np.concatenate([np.zeros((*speed.shape[:-1], 1)), speed], axis=-1)


def motion_beats(
    directions: Floats, skeleton: Skeleton, threshold: float = BEAT_THRESHOLD
) -> list[Array]:
    """Seconds of each clip's local minima of speed, (N, T, bones, 3) → N arrays.

    A minimum counts when the speed a frame before or after is higher by ``threshold``;
    frames 2 to T - 2 are looked at, as in the published code.
    """
    speed = motion_speed(directions, skeleton)
    before, here, after = speed[:, 1:-2], speed[:, 2:-1], speed[:, 3:]
    dip = np.maximum(before, after) - here >= threshold
    beats = (here < before) & (here < after) & dip
    return [(np.flatnonzero(row) + 2) / FPS for row in beats]


def audio_beats(waveform: Floats) -> Array:
    """Seconds of librosa's onsets in (samples,) mono at SAMPLE_RATE."""
    return np.asarray(
        librosa.onset.onset_detect(y=np.asarray(waveform), sr=SAMPLE_RATE, units="time")
    )


def beat_consistency(motion: list[Array], sound: list[Array], sigma: float = BEAT_SIGMA) -> float:
    """Mean over all audio beats of exp(-d² / 2σ²), d = seconds to the nearest motion beat.

    motion, sound: beats of each clip, seconds. Clips without motion beats are left out, as in
    the published code; with none left the answer is 0.
    """
    scores = [_clip_scores(m, s, sigma) for m, s in zip(motion, sound, strict=True) if len(m)]
    every = np.concatenate([np.zeros(0), *scores])
    return float(every.mean()) if len(every) else 0.0


def _clip_scores(motion: Array, sound: Array, sigma: float) -> Array:
    distance = np.abs(sound[:, None] - motion[None]).min(axis=1)
    return np.asarray(np.exp(-(distance**2) / (2 * sigma**2)))


def frechet_distance(real: Array, generated: Array) -> float:
    """Fréchet distance of two Gaussians fitted to features (N, F) and (M, F).

    |μ₁ - μ₂|² + tr(Σ₁ + Σ₂ - 2 (Σ₁Σ₂)^½) (Heusel et al., 2017; Yoon et al., 2020 for
    gestures). Raises InputError for fewer than two rows.
    """
    for features in (real, generated):
        if len(features) < 2:
            raise InputError("The Fréchet distance needs at least two clips on each side.")
    mean = real.mean(axis=0) - generated.mean(axis=0)
    first, second = np.cov(real, rowvar=False), np.cov(generated, rowvar=False)
    root = _product_root(first, second)
    return float(mean @ mean + np.trace(first) + np.trace(second) - 2 * np.trace(root))


def _product_root(first: Array, second: Array) -> Array:
    """(Σ₁Σ₂)^½; a hair of noise on the diagonal where the product is singular."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scipy.linalg.LinAlgWarning)  # singular: few clips
        root = scipy.linalg.sqrtm(first @ second)
    if not np.isfinite(root).all():
        noise = 1e-6 * np.eye(len(first))
        root = scipy.linalg.sqrtm((first + noise) @ (second + noise))
    return np.asarray(root.real)


def diversity(features: Array, seed: int = 0) -> float:
    """Mean distance of features over 500 random pairs of 60 clips (paper's protocol).

    features: (N, F), N ≥ 2; with fewer than 60 clips all of them are used.
    """
    rng = np.random.default_rng(seed)
    clips = rng.permutation(len(features))[:DIVERSITY_CLIPS]
    if len(clips) < 2:
        raise InputError("Diversity needs at least two clips.")
    first = rng.integers(len(clips), size=DIVERSITY_PAIRS)
    second = (first + rng.integers(1, len(clips), size=DIVERSITY_PAIRS)) % len(clips)
    gap = features[clips[first]] - features[clips[second]]
    return float(np.linalg.norm(gap, axis=-1).mean())


def joint_error(generated: Floats, real: Floats, skeleton: Skeleton) -> float:
    """Mean absolute difference of joint positions, metres, over all axes."""
    return float(np.abs(_joints(generated, skeleton) - _joints(real, skeleton)).mean())


def acceleration_difference(generated: Floats, real: Floats, skeleton: Skeleton) -> float:
    """Mean distance of joint accelerations, m/s²."""
    gap = np.diff(_joints(generated, skeleton) - _joints(real, skeleton), n=2, axis=-3)
    return float(np.linalg.norm(gap, axis=-1).mean() * FPS**2)


def wrist_jerk(directions: Floats, skeleton: Skeleton) -> float:
    """Mean jerk of both wrists, m/s³; (N, T, bones, 3)."""
    jerk = np.diff(_joints(directions, skeleton)[..., skeleton.wrists, :], n=3, axis=-3)
    return float(np.linalg.norm(jerk, axis=-1).mean() * FPS**3)


def seam_jump(directions: Floats, starts: NDArray[np.int64]) -> float:
    """Largest change at window borders over the 99th percentile of all changes.

    directions: (T, bones, 3) of one take. starts: first frame of each window.
    At most 1 means that no seam stands out; 0 that nothing moves.
    """
    change = np.linalg.norm(np.diff(np.asarray(directions, np.float64), axis=0), axis=-1).max(-1)
    borders = [int(s) + j for s in starts[1:] for j in range(-1, 4) if int(s) + j < len(change)]
    ordinary = np.percentile(change, 99)
    return float(change[borders].max() / ordinary) if borders and ordinary > 0 else 0.0


def finger_speed(directions: Floats, skeleton: Skeleton) -> float:
    """Mean speed of all finger bones against the hand's, degrees a second; (T, bones, 3)."""
    names = skeleton.bone_names
    fingers = [i for i, name in enumerate(names) if name[-1] in "23"]
    hands = [names.index(f"{names[i].split('_')[0]}_wrist>" + names[i].split(">")[0][:-1] + "1")
             for i in fingers]  # fmt: skip
    here = np.asarray(directions, np.float64)
    cosine = (here[..., fingers, :] * here[..., hands, :]).sum(axis=-1)
    bend = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return float(np.abs(np.diff(bend, axis=0)).mean() * FPS)


def hand_in_body(directions: Floats, skeleton: Skeleton) -> float:
    """Share of frames in which a wrist or knuckle is inside the trunk.

    The trunk is a capsule of radius 0.11 m from the neck 0.5 m down along the spine.
    """
    joints = _joints(directions, skeleton)
    names = [f"{s}_{p}" for s in ("left", "right") for p in ("wrist", "index_1", "pinky_1")]
    hands = joints[..., [skeleton.joints.index(name) for name in names], :]
    neck = joints[..., [skeleton.joints.index("neck")], :]
    down = -np.asarray(directions, np.float64)[..., [0], :]
    along = np.clip(((hands - neck) * down).sum(-1, keepdims=True), 0.0, TRUNK_LENGTH)
    distance = np.linalg.norm(hands - neck - along * down, axis=-1)
    return float((distance < TRUNK_RADIUS).any(axis=-1).mean())


def _joints(directions: Floats, skeleton: Skeleton) -> Array:
    flat = np.asarray(directions, np.float32).reshape(-1, *directions.shape[-2:])
    joints = joint_positions(flat, skeleton)
    return np.asarray(joints.reshape(*directions.shape[:-2], *joints.shape[1:]), np.float64)
