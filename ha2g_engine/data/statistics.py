# SPDX-License-Identifier: GPL-3.0-or-later
"""What a data set's motion is like, in the form of ``skeleton.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import TABLE, Skeleton, skeleton
from ha2g_engine.errors import InputError
from ha2g_engine.files import write_text
from ha2g_engine.metrics import bone_angles

from . import filters
from .store import ClipEntry, Store

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Statistics:
    """Over all frames of all clips.

    mean_direction: (bones, 3), the mean of unit directions. mean_pose: (joints, 3) metres in
    the size of the published data. angle_mean, angle_variance: (angles,) over π and π²;
    angle_speed: (angles,) mean absolute change a frame, over π (MAAC by angle).
    """

    frames: int
    mean_direction: Array
    mean_pose: Array
    angle_mean: Array
    angle_variance: Array
    angle_speed: Array

    @property
    def maac(self) -> float:
        """Mean absolute angle change a frame over all angles, over π."""
        return float(self.angle_speed.mean())


def measure(data: Store, clips: list[ClipEntry] | None = None) -> Statistics:
    """Statistics of a data set, or of some of its clips; a clip at a time, in float64.

    Raises InputError when there is no clip or a clip's motion is not finite, naming it.
    """
    table = skeleton(data.skeleton)
    directions, angles, changes = _Moments(), _Moments(), _Moments()
    for name, motion in _motions(data, data.clips if clips is None else clips):
        if not np.isfinite(motion).all():
            raise InputError(f"Clip '{name}' of '{data.folder}' is not finite: build it again.")
        turned = bone_angles(motion, table)
        directions.add(motion)
        angles.add(turned)
        changes.add(np.abs(np.diff(turned, axis=0)))
    if not directions.count:
        raise InputError(f"'{data.folder}' holds no motion: build it again.")
    pose = filters.positions(directions.mean[None], table)[0]
    return Statistics(
        directions.count, directions.mean, pose, angles.mean, angles.variance, changes.mean
    )


def _motions(data: Store, clips: list[ClipEntry]) -> Iterator[tuple[str, Array]]:
    for clip in clips:
        yield clip.name, np.asarray(data.directions[slice(*clip.motion)], np.float64)


class _Moments:
    """Running count, mean and variance over the first axis (Chan et al. 1983)."""

    def __init__(self) -> None:
        self.count = 0
        self.mean: Array = np.zeros(())
        self._squares: Array = np.zeros(())

    def add(self, rows: Array) -> None:
        if not len(rows):
            return
        total, mean = self.count + len(rows), rows.mean(axis=0)
        gap = mean - self.mean
        self._squares = self._squares + ((rows - mean) ** 2).sum(axis=0)
        self._squares = self._squares + gap**2 * (self.count * len(rows) / total)
        self.mean = self.mean + gap * (len(rows) / total)
        self.count = total

    @property
    def variance(self) -> Array:
        return self._squares / max(self.count, 1)


def as_table(measured: Statistics, table: Skeleton) -> dict[str, Any]:
    """``{skeleton name: entry}`` as ``skeleton.json`` has it, with the measured numbers in place.

    Joints, bones, levels and bone lengths stay the table's own.
    """
    entry: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))[table.name]
    entry["mean_direction"] = np.round(measured.mean_direction, 7).tolist()
    entry["mean_pose_m"] = np.round(measured.mean_pose, 7).tolist()
    for angle, mean, variance, speed in zip(
        entry["angles"],
        measured.angle_mean,
        measured.angle_variance,
        measured.angle_speed,
        strict=True,
    ):
        angle["mean_over_pi"] = float(mean)
        angle["variance_over_pi2"] = float(variance)
        angle["mean_abs_change_over_pi_per_frame"] = float(speed)
    entry["maac_over_pi_per_frame"] = measured.maac
    entry["frames"] = measured.frames
    return {table.name: entry}


def write(path: Path, table: dict[str, Any]) -> None:
    """JSON, put in place when it is whole."""
    write_text(path, json.dumps(table, indent=1) + "\n")


def angles(path: Path, table: Skeleton) -> tuple[Array, Array]:
    """(angles,) means over π and variances of a file as ``write`` leaves it.

    Raises InputError for another file, for another skeleton, and for an angle that never varies.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))[table.name]["angles"]
        pairs = [entry["bones"] for entry in entries]
        mean = np.array([entry["mean_over_pi"] for entry in entries], np.float64)
        variance = np.array([entry["variance_over_pi2"] for entry in entries], np.float64)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"'{path}' holds no statistics of the skeleton '{table.name}': write them with "
            "'ha2g data statistics FOLDER --out FILE'."
        ) from error
    if pairs != table.angle_pairs.tolist() or not np.isfinite([mean, variance]).all():
        raise InputError(f"'{path}' has other angles than the skeleton's: write it anew.")
    if (variance <= 0).any():
        number = int(np.argmin(variance))
        raise InputError(
            f"'{path}' is of motion in which angle {number} never varies, which no loss can be "
            "measured by: use more motion, or set weights.physical to 0."
        )
    return mean, variance
