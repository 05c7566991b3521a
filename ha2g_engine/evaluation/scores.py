# SPDX-License-Identifier: GPL-3.0-or-later
"""Every number of the table for one set of windows and takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch

from ha2g_engine import metrics
from ha2g_engine.body import anatomy
from ha2g_engine.body.skeleton import Skeleton
from ha2g_engine.models.autoencoder import Autoencoder

from .alignment import Match, beats_on_onsets, strokes_on_peaks
from .clips import Array, Clips, Heard, Motion

Scores = dict[str, float]

BC: Final = f"BC ({metrics.BEAT_THRESHOLD:g})"  # a threshold belongs beside every value


def measure(
    clips: Clips,
    heard: Heard,
    windows: Motion,
    takes: Sequence[Motion],
    encoder: Autoencoder,
) -> Scores:
    """Scores of generated (or real) windows (N, 34, bones, 3) and takes (T, bones, 3)."""
    table, cut = clips.skeleton, clips.streams.cut
    real, made = (features(encoder, part) for part in (clips.real, windows))
    return {
        "FGD": max(0.0, metrics.frechet_distance(real, made)),
        **_matched(BC, beats_on_onsets(windows, heard, table)),
        "Diversity": metrics.diversity(made),
        "MAE m": metrics.joint_error(windows[:, cut.given :], clips.real[:, cut.given :], table),
        "acceleration m/s²": metrics.acceleration_difference(windows, clips.real, table),
        **_seen(takes, table, cut.stride),
        **_matched("strokes on peaks", strokes_on_peaks(takes, heard, table)),
    }


def _matched(name: str, match: Match | None) -> Scores:
    if match is None:
        return {}
    scores = {name: match.right, f"{name}, shuffled": match.shuffled, f"{name}, p": match.p}
    return {key: value for key, value in scores.items() if np.isfinite(value)}


def _seen(takes: Sequence[Motion], table: Skeleton, stride: int) -> Scores:
    """What a viewer notices; takes count by their length."""
    weights = [len(take) for take in takes]

    def mean(values: list[float]) -> float:
        return float(np.average(values, weights=weights))

    limits = [np.mean(list(anatomy.violations(take, table).values())) for take in takes]
    scores = {
        "jerk m/s³": mean([metrics.wrist_jerk(take[None], table) for take in takes]),
        "beyond limits": mean([float(share) for share in limits]),
    }
    long = [take for take in takes if len(take) >= 2 * stride]
    if long:
        for name, offset in (("seam jump", 0), ("seam jump, mid-window", stride // 2)):
            scores[name] = max(
                metrics.seam_jump(take, np.arange(offset, len(take) - stride + offset, stride))
                for take in long
            )
    if table.palms:
        scores["hand in body"] = mean([metrics.hand_in_body(take, table) for take in takes])
    return scores


@torch.inference_mode()
def features(encoder: Autoencoder, directions: Motion) -> Array:
    """(N, 34, bones, 3) unit → (N, latent) of the autoencoder."""
    poses = torch.from_numpy(encoder.config.table.poses(directions))
    return np.asarray(encoder.encode(poses), np.float64)
