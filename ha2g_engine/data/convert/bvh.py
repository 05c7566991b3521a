# SPDX-License-Identifier: GPL-3.0-or-later
"""BVH files: hierarchy, channels, and where the joints are.

Why a reader of our own: of the maintained ones, pybvh (0.9) refuses position channels below the
root, which MotionBuilder and Mixamo files have, and bvhio (1.5) cuts names at the first space,
which makes 3ds Max Biped's joints indistinguishable. The tests compare with Blender's importer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp

from ha2g_engine.errors import InputError

Array = NDArray[np.float64]

AXES: Final = "XYZ"


@dataclass(frozen=True)
class Joint:
    """One joint. parent: index, -1 for the root. channels: like ``Zrotation``, in file order."""

    name: str
    parent: int
    offset: tuple[float, float, float]
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Motion:
    """A BVH file. values: (frames, all channels), degrees and the file's unit of length."""

    joints: tuple[Joint, ...]
    frame_time: float  # seconds
    values: Array

    @property
    def seconds(self) -> float:
        """From the first to the last frame."""
        return (len(self.values) - 1) * self.frame_time


@dataclass(frozen=True)
class Placed:
    """Joints in the file's frame: positions (T, J, 3), rotations (T, J, 3, 3) from the rest."""

    positions: Array
    rotations: Array


def read(path: Path) -> Motion:
    """The hierarchy and motion of a BVH file.

    Raises InputError, naming the file and line, when it is not one or is cut short.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputError(f"'{path}' cannot be read: choose an existing BVH file.") from error
    joints, first = _hierarchy(path, lines)
    count, frame_time, first = _header(path, lines, first)
    values = _numbers(path, lines[first:], sum(len(joint.channels) for joint in joints))
    if len(values) < count:
        raise InputError(
            f"'{path}' is cut short: it announces {count} frames and holds {len(values)}."
        )
    return Motion(tuple(joints), frame_time, values[:count])


def _hierarchy(path: Path, lines: list[str]) -> tuple[list[Joint], int]:
    """The joints, and the line of MOTION. End sites are passed over."""
    joints: list[Joint] = []
    open_blocks: list[int] = []  # joint index of each open brace, -1 for an end site
    coming = -1
    for number, line in enumerate(lines):
        words = line.split()
        keyword = words[0].upper() if words else ""
        try:
            if keyword in ("ROOT", "JOINT"):
                parent = open_blocks[-1] if open_blocks else -1
                joints.append(Joint(line.split(None, 1)[1].strip(), parent, (0, 0, 0), ()))
                coming = len(joints) - 1
            elif keyword == "END":
                coming = -1
            elif keyword == "{":
                open_blocks.append(coming)
            elif keyword == "}":
                open_blocks.pop()
            elif keyword == "MOTION":
                return _whole(path, joints), number + 1
            elif open_blocks and open_blocks[-1] >= 0:
                joints[open_blocks[-1]] = _with(joints[open_blocks[-1]], keyword, words[1:])
        except (IndexError, ValueError) as error:
            raise InputError(
                f"'{path}' is no BVH file: line {number + 1} reads '{line}'."
            ) from error
    raise InputError(f"'{path}' is no BVH file: it has no MOTION part.")


def _whole(path: Path, joints: list[Joint]) -> list[Joint]:
    if not joints:
        raise InputError(f"'{path}' is no BVH file: it has no joint.")
    return joints


def _with(joint: Joint, keyword: str, words: list[str]) -> Joint:
    if keyword == "OFFSET":
        x, y, z = (float(word) for word in words)
        return Joint(joint.name, joint.parent, (x, y, z), joint.channels)
    if keyword == "CHANNELS":
        channels = tuple(word[0].upper() + word[1:].lower() for word in words[1:])
        if len(channels) != int(words[0]) or not all(map(_known, channels)):
            raise ValueError(channels)
        return Joint(joint.name, joint.parent, joint.offset, channels)
    return joint


def _known(channel: str) -> bool:
    return channel[0] in AXES and channel[1:] in ("position", "rotation")


def _header(path: Path, lines: list[str], first: int) -> tuple[int, float, int]:
    """``Frames:`` and ``Frame Time:`` → frames, seconds, and the line after them."""
    found: dict[str, float] = {}
    for number in range(first, len(lines)):
        key, _, value = lines[number].partition(":")
        try:
            found[" ".join(key.lower().split())] = float(value)
        except ValueError:
            break
        if {"frames", "frame time"} <= found.keys() and found["frame time"] > 0:
            return int(found["frames"]), found["frame time"], number + 1
    raise InputError(f"'{path}' is no BVH file: 'Frames:' and 'Frame Time:' are missing.")


def _numbers(path: Path, lines: list[str], channels: int) -> Array:
    rows = [line.split() for line in lines if line.strip()]
    wrong = next((i for i, row in enumerate(rows) if len(row) != channels), None)
    if wrong is not None:
        raise InputError(
            f"'{path}' has {len(rows[wrong])} numbers in frame {wrong + 1} where its joints "
            f"have {channels} channels: export it again."
        )
    try:
        values = np.asarray(rows, np.float64).reshape(len(rows), channels)
    except ValueError as error:
        raise InputError(f"'{path}' has words among its motion: export it again.") from error
    if not len(values) or not np.isfinite(values).all():
        raise InputError(f"'{path}' has no frame, or numbers that are not finite: export it again.")
    return values


def rest(motion: Motion) -> Placed:
    """The pose of the offsets alone, all rotations 0: T = 1."""
    joints = len(motion.joints)
    steps = np.array([joint.offset for joint in motion.joints])[None]
    return _placed(motion, np.tile(np.eye(3), (1, joints, 1, 1)), steps)


def at(motion: Motion, times: Array) -> Placed:
    """Joints at these seconds (T,): rotations slerped, positions interpolated linearly."""
    turns, steps, start = [], [], 0
    for joint in motion.joints:
        columns = motion.values[:, start : start + len(joint.channels)]
        start += len(joint.channels)
        turns.append(_turns(joint, columns, times / motion.frame_time))
        steps.append(_steps(joint, columns, times / motion.frame_time))
    return _placed(motion, np.stack(turns, axis=1), np.stack(steps, axis=1))


def _turns(joint: Joint, columns: Array, frames: Array) -> Array:
    """(T, 3, 3) rotation against the parent; channels apply in file order, intrinsically."""
    chosen = [i for i, c in enumerate(joint.channels) if c.endswith("rotation")]
    if not chosen:
        return np.tile(np.eye(3), (len(frames), 1, 1))
    order = "".join(joint.channels[i][0] for i in chosen)
    keys = Rotation.from_euler(order, columns[:, chosen], degrees=True)
    if len(columns) == 1:
        return np.repeat(keys.as_matrix(), len(frames), axis=0)
    times = np.clip(frames, 0, len(columns) - 1)
    return np.asarray(Slerp(np.arange(len(columns)), keys)(times).as_matrix())


def _steps(joint: Joint, columns: Array, frames: Array) -> Array:
    """(T, 3) position against the parent: the offset, or position channels in its place.

    Channels that are 0 throughout were never filled by the exporter and do not count.
    """
    steps = np.tile(np.array(joint.offset, np.float64), (len(frames), 1))
    chosen = [i for i, c in enumerate(joint.channels) if c.endswith("position")]
    if joint.parent < 0 or np.any(columns[:, chosen]):
        for i in chosen:
            axis = AXES.index(joint.channels[i][0])
            steps[:, axis] = np.interp(frames, np.arange(len(columns)), columns[:, i])
    return steps


def _placed(motion: Motion, turns: Array, steps: Array) -> Placed:
    """Forward kinematics of turns (T, J, 3, 3) and steps (T, J, 3); parents come first."""
    positions, rotations = steps.copy(), turns.copy()
    for i, joint in enumerate(motion.joints):
        if joint.parent >= 0:
            above = rotations[:, joint.parent]
            rotations[:, i] = above @ turns[:, i]
            moved = np.einsum("tij,tj->ti", above, steps[:, i])
            positions[:, i] = positions[:, joint.parent] + moved
    return Placed(positions, rotations)
