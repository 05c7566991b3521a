# SPDX-License-Identifier: GPL-3.0-or-later
"""How a take's keys are spaced: one a frame, as few as it takes, or stepped on twos."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..body import runs
from ..retarget.tracks import resample
from . import arrays, channels, fitting

if TYPE_CHECKING:
    from bpy.types import Object
    from numpy.typing import NDArray

    from ..body.rotations import Floats
    from ..retarget.solve import PoseTrack
    from .arrays import Keys
    from .chains import Chain

    Flags = NDArray[np.bool_]

KINDS: Final = ("EVERY", "REDUCED", "TWOS")
LEAST, MOST = 0.1, 10.0  # degrees
WRIST: Final = 0.0085  # of the arm's length, for a degree: 1 cm at 2 degrees of a grown person
TIGHTER: Final = 0.7  # degrees of an arm's bones shrink by it where the wrist is off too far


@dataclass(frozen=True)
class Spacing:
    """kind: one of KINDS. degrees: how far a REDUCED take's bones may be off on any frame."""

    kind: str = "EVERY"
    degrees: float = 1.0


EVERY: Final = Spacing()


@dataclass(frozen=True)
class Thinned:
    """Which frames of one bone have a key. knots: (T,); degrees: (T,) a frame may be off.

    Without degrees the keys hold their values up to the next one.
    """

    knots: Flags
    degrees: Floats | None = None

    def keys(
        self, mode: str, values: Floats, frames: Floats, new: Flags, needed: Flags
    ) -> list[Keys]:
        """The keys of each channel of VALUES (T, C) on FRAMES (T,), where they are NEW (T,).

        mode: of the rotation. needed: (T,) frames that have a key anyway, beside others.
        """
        made: list[list[Keys]] = [[] for _ in values.T]
        for first, last in runs.of_flags(new):
            part = slice(first, last + 1)
            for found, keys in zip(
                made, self._run(mode, values, frames, part, needed), strict=True
            ):
                found.append(keys)
        none = arrays.generated(np.zeros(0), np.zeros(0))
        return [arrays.joined([none, *parts]) for parts in made]

    def _run(
        self, mode: str, values: Floats, frames: Floats, part: slice, needed: Flags
    ) -> Iterator[Keys]:
        """The keys of each channel on one run of frames without any others between."""
        own, knots = values[part], self.knots[part] | needed[part]
        knots[[0, -1]] = True
        if self.degrees is None:
            yield from (arrays.held(frames[part][knots], v) for v in own[knots].T)
            return
        knots = fitting.inserted(mode, own, self.degrees[part], knots)
        inclines = fitting.slopes(own, knots)
        for v, slopes in zip(own[knots].T, inclines.T, strict=True):
            yield arrays.curved(frames[part][knots], v, slopes)


def thinning(
    armature: Object, track: PoseTrack, fps: float, spacing: Spacing, arms: Sequence[Chain]
) -> Generator[float, None, dict[str, Thinned]]:
    """The steps of choosing the frames that TRACK's bones get keys on, FPS frames a second.

    Of a REDUCED take every bone stays within SPACING's degrees on every frame, and the wrist at
    the end of each of ARMS within WRIST; where it does not, the bones above get more keys.
    {} for a key on every frame. Yields the part done, 0..1.
    """
    if spacing.kind == "EVERY":
        return {}
    whole = resample(track, fps) if abs(track.fps - fps) > 1e-6 else track
    if spacing.kind == "TWOS":
        even = np.arange(len(whole.quaternions)) % 2 == 0
        return dict.fromkeys(track.bones, Thinned(even))
    fits: dict[str, _Fit] = {}
    bones: Any = armature.pose.bones  # type: ignore[union-attr]
    modes = {name: str(bones[name].rotation_mode) for name in track.bones if name in bones}
    for column, name in enumerate(track.bones):
        if name in modes:
            fits[name] = _Fit.of(modes[name], whole.quaternions[:, column], spacing.degrees)
        yield 0.8 * (column + 1) / len(track.bones)
    yield from _tightened(arms, fits, spacing.degrees)
    return {name: Thinned(fit.knots, fit.degrees) for name, fit in fits.items()}


@dataclass
class _Fit:
    """One bone's rotations (T, 4) wanted, its channels' values (T, C), and where it has keys."""

    mode: str
    wanted: Floats
    values: Floats
    degrees: Floats
    knots: Flags

    @classmethod
    def of(cls, mode: str, wanted: Floats, degrees: float) -> _Fit:
        values, allowed = channels.rotation_values(mode, wanted), np.full(len(wanted), degrees)
        knots = fitting.fitted(mode, values, allowed, np.zeros(len(wanted), bool))
        return cls(mode, wanted, values, allowed, knots)

    @property
    def shown(self) -> Floats:
        """The rotations (T, 4) that the keys give."""
        inclines = fitting.slopes(self.values, self.knots)
        between = fitting.curve(self.values, self.knots, inclines)
        return channels.quaternions_of(self.mode, between)

    def tighten(self, where: Flags) -> None:
        """Allow less on the frames WHERE (T,), with more keys if need be."""
        self.degrees = np.where(where, TIGHTER * self.degrees, self.degrees)
        self.knots = fitting.inserted(self.mode, self.values, self.degrees, self.knots)


def _tightened(
    arms: Sequence[Chain], fits: dict[str, _Fit], degrees: float
) -> Generator[float, None, None]:
    """More keys for the bones of ARMS until no wrist is more than WRIST off for DEGREES.

    Arms share the torso's bones: all are looked at again when one has changed.
    """
    arms = [arm for arm in arms if not fits.keys().isdisjoint(arm.bones)]
    wanted = [arm.ends({name: fit.wanted for name, fit in fits.items()}) for arm in arms]
    found = True
    while found:
        found = False
        for arm, ends in zip(arms, wanted, strict=True):
            own = [name for name in arm.bones if name in fits]
            shown = arm.ends({name: fits[name].shown for name in own})
            beyond = np.linalg.norm(shown - ends, axis=-1) > degrees * WRIST * arm.length
            for name in own if beyond.any() else ():
                fits[name].tighten(beyond)
                found = True
            yield 0.9
