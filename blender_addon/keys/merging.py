# SPDX-License-Identifier: GPL-3.0-or-later
"""New rotations of a bone and the keys it has -> the keys it gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .. import compat
from ..body import rotations as rot
from ..body import runs
from . import arrays, channels
from .arrays import SAME_FRAME, Keys
from .protection import REACH, Protection, edges, led_through

if TYPE_CHECKING:
    from bpy.types import Action, FCurve, PoseBone
    from numpy.typing import NDArray

    from .spacing import Thinned

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

LONG_TAKE: Final = 3000  # frames, 2 min at 24 a second: from here on a key a frame is too many
TOLERANCE: Final = 0.1  # degrees that the frames of a long take may be off for having fewer keys
LONGEST_GAP: Final = 32  # frames between two of its keys at most, a power of 2


@dataclass(frozen=True)
class Source:
    """What animated an armature before: an action, and how its keys are to be understood.

    moved: frames by which the keys are seen later than they were keyed (an NLA strip).
    take: whether this add-on made it; in other actions only keys of type "Extreme" are pins.
    shift: frames by which the keys of a take were moved since they were written.
    """

    action: Action | None = None
    moved: float = 0.0
    take: bool = False
    curves: dict[tuple[str, int], FCurve] = field(default_factory=dict)
    shift: float = 0.0

    @classmethod
    def of(cls, action: Action, slot: Any = None, *, moved: float = 0.0, take: bool) -> Source:
        """ACTION with its curves in SLOT (None: in all slots)."""
        curves = {(c.data_path, c.array_index): c for c in compat.fcurves(action, slot)}
        shift = arrays.shift(curves.values()) if take else 0.0
        return cls(action, moved, take, curves, shift)

    def keys(self, curve: FCurve) -> Keys:
        """The keys of CURVE as they are seen, and as if they had been written there."""
        keys = arrays.read(curve)
        if self.moved:
            keys = keys.moved(self.moved)
        return keys.rebased(self.shift) if self.shift else keys


@dataclass(frozen=True)
class Channel:
    """One number of a bone as it is: a curve of SOURCE, or just a value."""

    value: float
    curve: FCurve | None
    source: Source

    def keys(self) -> Keys:
        """Its keys; none of a mere value."""
        if self.curve is None:
            return arrays.generated(np.zeros(0), np.zeros(0))
        return self.source.keys(self.curve)

    def sample(self, frames: Floats) -> Floats:
        """Its value on FRAMES (N,)."""
        if self.curve is None:
            return np.full(len(frames), self.value)
        moved = self.source.moved
        return np.array([self.curve.evaluate(float(f) - moved) for f in frames], np.float64)


def channels_of(bone: PoseBone, source: Source) -> list[Channel]:
    """The rotation channels of BONE in SOURCE; where it has no curve, as posed now."""
    path = channels.rotation_path(bone)
    now: Any = getattr(bone, channels.rotation_property(bone.rotation_mode))
    curves = [source.curves.get((path, index)) for index in range(len(now))]
    return [Channel(value, curve, source) for value, curve in zip(now, curves, strict=True)]


class BoneMerge:
    """One bone: what it has, what stays of it, and what it gets.

    span: the frames outside of which nothing that it has is taken over.
    """

    def __init__(
        self, bone: PoseBone, source: Source, protection: Protection, span: tuple[float, float]
    ) -> None:
        self.mode = str(bone.rotation_mode)
        self.channels = channels_of(bone, source)
        self.old = [_within(channel.keys(), span) for channel in self.channels]
        self.protection = protection
        own = [keys.frames[_by_hand(keys, source.take)] for keys in self.old]
        frames = np.unique(np.concatenate(own)) if protection.keep_keys else np.zeros(0)
        self.pins = frames[~protection.kept(frames)]

    def keys(
        self, quaternions: Floats, frames: Floats, fps: float, thinned: Thinned | None = None
    ) -> list[Keys]:
        """The keys of each channel with QUATERNIONS (T, 4) on FRAMES (T,), FPS a second.

        Protected keys stay as they are and the new motion is led through where they begin.
        thinned: which frames have a key; nearly every one if left out.
        """
        kept = self._kept(frames)
        pins = np.union1d(self.pins, frames[edges(kept)])
        if len(pins):
            poses = channels.rotation_quaternions(self.mode, self._sample(pins))
            quaternions = led_through(quaternions, frames, pins, poses, REACH * fps)
        new = ~(kept | _beside(frames, self.pins))
        values = self._values(quaternions, frames, new)
        if thinned is None:
            chosen = _needed(quaternions) | _next_to(~new) if len(frames) > LONG_TAKE else new
            made = [arrays.generated(frames[new & chosen], v[new & chosen]) for v in values.T]
        else:
            beside = _beside(frames, self.pins, 1.0)
            made = thinned.keys(self.mode, values, frames, new, beside)
        return [
            arrays.joined([*self._staying(i, frames, kept), keys]) for i, keys in enumerate(made)
        ]

    def _kept(self, frames: Floats) -> Flags:
        """Which FRAMES keep their pose: those protected, as far as the keys reach."""
        kept = self.protection.kept(frames)
        ends = [keys.frames[[0, -1]] for keys in self.old if len(keys)]
        if ends:
            kept &= (frames >= np.min(ends) - SAME_FRAME) & (frames <= np.max(ends) + SAME_FRAME)
        return kept

    def _sample(self, frames: Floats) -> Floats:
        return np.stack([channel.sample(frames) for channel in self.channels], axis=-1)

    def _values(self, quaternions: Floats, frames: Floats, new: Flags) -> Floats:
        """(T, channels), each run of NEW frames going on from the key before it."""
        values = np.zeros((len(frames), len(self.channels)))
        for first, last in runs.of_flags(new):
            before = self._sample(frames[first - 1 : first])[0] if first else None
            part = slice(first, last + 1)
            values[part] = channels.rotation_values(self.mode, quaternions[part], before)
        return values

    def _staying(self, index: int, frames: Floats, kept: Flags) -> Iterator[Keys]:
        """What channel INDEX keeps: protected keys, pins, and keys where a stretch begins."""
        keys, channel = self.old[index], self.channels[index]
        locked = self.protection.kept(keys.frames)
        yield keys.at(~locked & _beside(keys.frames, self.pins))
        ends = [(frames[a], frames[b]) for a, b in runs.of_flags(kept)]
        stretches = [_stretch(channel, keys, *end, frames) for end in ends]
        for stretch in stretches:
            yield from stretch
        yield keys.at(locked)


def _stretch(
    channel: Channel, keys: Keys, first: float, last: float, frames: Floats
) -> tuple[Keys, ...]:
    """What keeps CHANNEL as it is from FIRST to LAST: its keys there, ends held, gaps filled."""
    inside = keys.at((keys.frames >= first - SAME_FRAME) & (keys.frames <= last + SAME_FRAME))
    begin, end = inside.frames[[0, -1]] if len(inside) else (last + 1.0, last)
    gaps = frames[(frames >= first) & (frames <= last)]
    gaps = gaps[(gaps < begin - SAME_FRAME) | (gaps > end + SAME_FRAME)]
    filled = arrays.generated(gaps, channel.sample(gaps))
    if not len(gaps):
        return (inside,)
    return inside.with_free_ends(), filled


def _by_hand(keys: Keys, take: bool) -> Flags:
    """Which of KEYS the animator set to be passed through."""
    if take:
        return ~arrays.is_generated(keys)
    return np.asarray(keys.columns["type"] == arrays.number("type", "EXTREME"))


def _within(keys: Keys, span: tuple[float, float]) -> Keys:
    return keys.at((keys.frames >= span[0]) & (keys.frames <= span[1]))


def _beside(frames: Floats, others: Floats, reach: float = SAME_FRAME) -> Flags:
    """Which of FRAMES (N,) have one of OTHERS (M,), ascending, nearer than REACH frames."""
    if not len(others):
        return np.zeros(len(frames), bool)
    after = np.searchsorted(others, frames)
    near = [others[np.clip(after - i, 0, len(others) - 1)] for i in (0, 1)]
    return np.asarray(np.min(np.abs(np.stack(near) - frames), axis=0) < reach)


def _next_to(chosen: Flags) -> Flags:
    return np.asarray(np.convolve(chosen, [True, True, True], mode="same") > 0)


def _needed(quaternions: Floats) -> Flags:
    """Which frames of QUATERNIONS (T, 4) need a key for all to be met within TOLERANCE.

    Stretches of 32, 16, ... 2 frames, beginning at multiples of their length, lose the keys
    inside where straight lines between the ends do.
    """
    needed = np.ones(len(quaternions), bool)
    gap = 2
    while gap <= LONGEST_GAP:
        count = (len(quaternions) - 1) // gap
        starts = np.arange(count) * gap
        ends = quaternions[starts], quaternions[starts + gap]
        worst = np.zeros(count)
        for step in range(1, gap):
            line = rot.unit(ends[0] + (ends[1] - ends[0]) * (step / gap))
            off = np.linalg.norm(line - quaternions[starts + step], axis=1)
            worst = np.maximum(worst, 2.0 * np.degrees(off))
        inside = starts[worst < TOLERANCE, None] + np.arange(1, gap)
        needed[inside.ravel()] = False
        gap *= 2
    return needed
