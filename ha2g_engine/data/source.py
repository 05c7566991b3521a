# SPDX-License-Identifier: GPL-3.0-or-later
"""One recording of a person who speaks and moves, whatever file it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS, Skeleton, unit
from ha2g_engine.errors import InputError
from ha2g_engine.speech.sizes import SAMPLE_RATE
from ha2g_engine.speech.transcript import Word

from .store import Split

Array = NDArray[np.float32]

WORTH_A_LINE: Final = 1.0  # seconds by which sound and motion differ; the longer is always cut


@dataclass(frozen=True)
class Source:
    """A recording.

    directions: (T, bones, 3) unit at 15 fps. waveform: (samples,) mono at SAMPLE_RATE; empty
    where the motion has no sound, which makes silence. words: None without a transcript;
    seconds from the recording's start. positions: (T, joints, 3) measured joints in metres,
    y down, where the source has them. take: recordings of one take never part over splits.
    split: given by the source, else chosen. remarks: sentences for the user.
    """

    name: str
    speaker: str
    directions: Array
    waveform: Array
    words: Sequence[Word] | None = None
    positions: Array | None = None
    take: str = ""
    split: Split | None = None
    remarks: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Length of the motion."""
        return len(self.directions) / FPS


Tried = Source | InputError  # a recording, or the sentence that says why there is none


def tried(make: Callable[[], Source]) -> Tried:
    """What ``make`` returns, or the InputError that it raises: one bad file is not the end."""
    try:
        return make()
    except InputError as error:
        return error


def checked(source: Source, skeleton: Skeleton) -> Source:
    """The recording as long as its sound and its motion overlap, with a remark on what that cuts.

    Raises InputError, one sentence with the recording's name, when its shape or its numbers are
    wrong.
    """
    _check_motion(source, skeleton)
    if not np.isfinite(source.waveform).all():
        raise InputError(f"'{source.name}' has sound that is not finite: export its sound again.")
    if not len(source.waveform):
        return replace(source, waveform=np.zeros(_samples(len(source.directions)), np.float32))
    frames = min(len(source.directions), int(np.ceil(len(source.waveform) * FPS / SAMPLE_RATE)))
    positions = None if source.positions is None else source.positions[:frames]
    return replace(
        source,
        directions=source.directions[:frames],
        positions=positions,
        waveform=source.waveform[: _samples(frames)],
        remarks=(*source.remarks, *_what_is_cut(source)),
    )


def _samples(frames: int) -> int:
    return round(frames * SAMPLE_RATE / FPS)


def _check_motion(source: Source, skeleton: Skeleton) -> None:
    shape = source.directions.shape
    if len(shape) != 3 or shape[1:] != (len(skeleton.bones), 3):
        raise InputError(
            f"'{source.name}' has motion of shape {shape}: the {skeleton.name} skeleton needs "
            f"(frames, {len(skeleton.bones)}, 3)."
        )
    lengths = np.linalg.norm(source.directions, axis=-1)
    wrong = np.argwhere(~(np.abs(lengths - 1) < 0.01))  # NaN is wrong too
    if len(wrong):
        frame, bone = wrong[0]
        raise InputError(
            f"'{source.name}' has no direction for {skeleton.bone_names[bone]} in frame {frame} "
            f"(length {lengths[frame, bone]:.3g}): mend it or leave the clip out with --skip-bad."
        )


def _what_is_cut(source: Source) -> Iterator[str]:
    sound = len(source.waveform) / SAMPLE_RATE
    if abs(sound - source.seconds) > WORTH_A_LINE:
        longer = "motion" if source.seconds > sound else "sound"
        yield (
            f"'{source.name}' has {source.seconds:.2f} s of motion and {sound:.2f} s of sound: "
            f"the last {abs(sound - source.seconds):.2f} s of {longer} are left out."
        )


def directions_of(positions: NDArray[np.floating[Any]], skeleton: Skeleton) -> Array:
    """Joints (T, joints, 3) in any unit → unit directions (T, bones, 3).

    Joints that are not numbers or fall together give directions that ``checked`` refuses.
    """
    index = {name: i for i, name in enumerate(skeleton.joints)}
    parents = [index[parent] for parent, _ in skeleton.bones]
    children = [index[child] for _, child in skeleton.bones]
    return unit((positions[:, children] - positions[:, parents]).astype(np.float32))
