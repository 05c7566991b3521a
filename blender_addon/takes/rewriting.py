# SPDX-License-Identifier: GPL-3.0-or-later
"""The motion that a take keeps -> its keys again, in place, shaped by its sliders."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import bpy
import numpy as np

from .. import redraw, references
from ..errors import GestureError
from ..keys import actions, intensity, restoring, spacing, writing
from ..properties import character
from ..retarget.tracks import retargeting
from ..rig import reading, status
from ..steps import exhausted, scaled
from . import nla, posing, record, stored, style

if TYPE_CHECKING:
    from bpy.types import Action, Object
    from numpy.typing import NDArray

    from ..keys.protection import Protection
    from ..keys.spacing import Thinned
    from ..motion.moods import Moods
    from ..motion.plan import KeptPlan
    from ..motion.shaping import Shaping
    from ..retarget.rest import Calibration
    from ..retarget.solve import PoseTrack

Place: TypeAlias = "Callable[[], tuple[Object, Action]]"
Steps: TypeAlias = Generator[float, None, None]  # yields the part done, 0..1
STEP: Final = 0.06  # seconds of planning keys in one step
DRAG: Final = 2.0  # seconds after a change in which another one belongs to the same drag


class Gone(Exception):
    """What was to be written on is no longer there."""


def rewriting(
    place: Place,
    track: PoseTrack,
    then: Callable[[Action], None] = lambda action: None,
    stays: tuple[tuple[float, float], ...] = (),
) -> Steps:
    """The steps of replacing the motion of a take by TRACK, in place; the one way to do so.

    Masked bones, locked frames and keys that the animator set stay exactly as they are, and the
    motion is led through them. A take whose keys were all moved in time stays where it is.
    Each step is short; yields the part done, 0..1.
    place: looks for the armature and the take anew, for between two steps anything may happen to
    the scene; what it raises ends this. All keys change together, in the last step, and with
    them what THEN does to the take; after an error all is as it was. stays: frames, first and
    last, that stay as if they were locked.
    """
    armature, action = place()
    by, found = nla.moved(armature, action), character.protection_of(armature)
    locks = tuple((first - by, last - by) for first, last in found.locks)
    guarded = replace(found, locks=(*locks, *stays), keep_keys=True)
    thinned = yield from scaled(_thinning(armature, action, track), 0.0, 0.5)
    plans: list[list[writing.ChannelPlan]] = []
    while len(plans) < len(track.bones):
        yield 0.5 + 0.5 * len(plans) / len(track.bones)
        armature, action = place()
        keying, until = _in_place(armature, action, guarded, thinned), time.perf_counter() + STEP
        for column in range(len(plans), len(track.bones)):
            plans.append(writing.plan_bone(armature, action, track, column, keying))
            if time.perf_counter() > until:
                break
    yield 1.0
    armature, action = place()
    keying = _in_place(armature, action, guarded, thinned)
    for column, planned in enumerate(plans):
        if not writing.still_holds(planned, keying.source):  # edited meanwhile
            plans[column] = writing.plan_bone(armature, action, track, column, keying)
    back = (partial(writing.take_back, action, planned, keying.source) for planned in plans)
    with restoring.all_or_nothing(*back, *_remembered(action)):
        for bone, planned in zip(track.bones, plans, strict=True):
            writing.carry_out(action, bone, planned, keying.source)
        then(action)


def _remembered(action: Action) -> tuple[restoring.PutBack, ...]:
    """What puts the record, the motion and the sliders of the take ACTION back."""
    kept = actions.TAKE_KEY, *stored.MOTION_KEYS, stored.PLAN_KEY

    def strokes() -> None:  # once its plan is back: what is remembered last is put back first
        stored.list_strokes(action)
        stored.list_moods(action)

    return strokes, restoring.custom(action, *kept), style.remembered(action)


def _thinning(
    armature: Object, action: Action, track: PoseTrack
) -> Generator[float, None, dict[str, Thinned]]:
    """The steps of choosing the frames of TRACK that the take ACTION has keys on."""
    fps = nla.keyed_fps(record.of(action) or record.Record())
    arms = reading.arms(armature, status.shown_status(armature).drives)
    return spacing.thinning(armature, track, fps, style.spacing(style.style_of(action)), arms)


def _in_place(
    armature: Object, action: Action, protection: Protection, thinned: Mapping[str, Thinned]
) -> writing.Keying:
    """When the take ACTION, as it stands now, is keyed anew, and what of it stays, in what keys."""
    start, made = nla.settle(action), record.of(action) or record.Record()
    source = actions.source_in(action, armature)
    return writing.Keying(start, nla.keyed_fps(made), source, protection, thinned)


# --- shaped by the sliders --------------------------------------------------------------


@dataclass(frozen=True)
class NewMotion:
    """Another motion for a take: directions (T, 42, 3), FPS frames a second.

    style: what the engine made it with; None for a motion that was changed by hand.
    plan, moods: what it was made by, if those are others now. reach: seconds from the take's start,
    first and last, in which alone it differs; None for all.
    """

    directions: NDArray[np.float32]
    fps: float
    style: record.Style | None = None
    plan: KeptPlan | None = None
    moods: Moods | None = None
    reach: tuple[tuple[float, float], ...] | None = None


def show(armature: Object, action: Action, new: NewMotion | None = None) -> None:
    """Write the motion of the take ACTION, shaped by its sliders, into its keys at once.

    new: what it is to move by from now on. Raises GestureError, with all as it was.
    """
    exhausted(showing(lambda: (armature, action), new))


def showing(place: Place, new: NewMotion | None = None) -> Steps:
    """The steps of writing the take's motion, shaped by its sliders, into its keys.

    place: looks for the armature and the take anew. new: the motion, if it gets another one.
    The take is no longer pending in the end, unless a slider has moved meanwhile.
    Raises GestureError, and Gone when the take is gone.
    """
    armature, action = place()
    motion = (new.directions, new.fps) if new else stored.load(action)
    if motion is None:
        raise GestureError(
            f"'{action.name}' was made by an older version, without its motion: generate it again."
        )
    actions.check_own(action)
    actions.check_writable(armature)
    nla.check(armature, action)
    shaping, keyed = style.shaping(style.style_of(action)), intensity.fingerprint(action)
    keys = style.spacing(style.style_of(action))
    _calibration(armature)
    yield 0.0
    armature, action = place()
    reach = _reach(armature, action)
    track = yield from _retargeting(armature, action, motion, shaping)

    def then(action: Action) -> None:
        changes = {"shaping": shaping, "spacing": keys, "intensity": reach}
        changes |= posing.measured(track)
        _keep(action, new, changes)
        settings = style.style_of(action)
        settings.intensity_keys = keyed
        if settings.pending != "STYLE" or (new and style.style_rows(settings) == new.style):
            same = (style.shaping(settings), style.spacing(settings)) == (shaping, keys)
            settings.pending = "NONE" if same else "SHAPE"

    yield from rewriting(place, track, then, _beyond(armature, action, new))
    redraw.redraw_panels(bpy.context)


def _beyond(
    armature: Object, action: Action, new: NewMotion | None
) -> tuple[tuple[float, float], ...]:
    """The frames, first and last, that stay where NEW differs from a take in its reach alone.

    None where sliders have moved since the keys were written: all of them change then.
    """
    made = record.of(action)
    if new is None or new.reach is None or made is None or _is_behind(armature, action, made):
        return ()
    start, rate = nla.keyed_start(action), nla.keyed_fps(made)
    edges = [-float(record.FRAMES)]
    for first, last in sorted(new.reach):
        edges += [start + first * rate, start + last * rate]
    edges.append(float(record.FRAMES))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple((first, last) for first, last in pairs if first < last)


def _is_behind(armature: Object, action: Action, made: record.Record) -> bool:
    settings = style.style_of(action)
    shaped = style.shaping(settings) != made.shaping or settings.pending != "NONE"
    return shaped or _reach(armature, action) != made.intensity


def _keep(action: Action, new: NewMotion | None, changes: dict[str, Any]) -> None:
    """Let the take ACTION keep NEW and how it was made, and CHANGES of its record."""
    if new is not None:
        made = any(one is not None for one in (new.style, new.plan, new.moods))
        stored.store(action, new.directions, new.fps, made=made)
        stored.store_plan(action, new.plan)
    if new is not None and new.style is not None:
        changes |= {"style": new.style, "own_style": True}
    if new is not None and new.moods is not None:
        changes |= {"moods": new.moods}
    record.change(action, **changes)
    stored.list_moods(action)


def _reach(armature: Object, action: Action) -> float | None:
    """ARMATURE's intensity; None where ACTION keys it."""
    keyed = intensity.curve_of(action) is not None
    return None if keyed else float(getattr(armature, intensity.PROPERTY))


def kept(armature: Object, action: Action) -> Place:
    """Where both are found again, whatever happens to the scene meanwhile."""
    return partial(_place, armature.session_uid, action.session_uid)


def _place(armature_uid: int, action_uid: int) -> tuple[Object, Action]:
    """The armature and the take, as they are now. Raises Gone."""
    armature = references.find(bpy.data.objects, armature_uid)
    action = references.find(bpy.data.actions, action_uid)
    if armature is None or action is None:
        raise Gone
    return armature, action


def _retargeting(
    armature: Object, action: Action, motion: tuple[NDArray[np.float32], float], shaping: Shaping
) -> Generator[float, None, PoseTrack]:
    """The take's MOTION (directions, fps), shaped and retargeted as its record says, in steps."""
    made = record.of(action) or record.Record()
    directions, fps = motion
    frames = nla.keyed_start(action) + nla.keyed_fps(made) / fps * np.arange(len(directions))
    amplitude = intensity.values_in(action, armature, frames)
    gaze = stored.load_gaze(action, len(directions))
    return retargeting(
        posing.shaped(directions, fps, amplitude, shaping, gaze),
        _calibration(armature),
        smoothing=made.smoothing,
        limits=made.limits,
        fps=fps,
        contacts=made.contacts,
    )


@dataclass(frozen=True)
class _Known:
    """A calibration, good while a slider moves: rigs are not edited meanwhile."""

    armature: int
    moment: float
    calibration: Calibration


_known: _Known | None = None


def forget() -> None:
    """Calibrate anew for the next change."""
    global _known
    _known = None


def _calibration(armature: Object) -> Calibration:
    global _known
    known, now = _known, time.monotonic()
    fresh = known is not None and now - known.moment < DRAG
    if known is None or not fresh or known.armature != armature.session_uid:
        known = _Known(armature.session_uid, now, reading.calibration(armature))
    _known = replace(known, moment=now)
    return known.calibration
