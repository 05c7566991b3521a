# SPDX-License-Identifier: GPL-3.0-or-later
"""The edits of a plan, one after the other: what lies out of an edit's reach is as it was."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from pathlib import Path

from ha2g_engine.body.skeleton import EXPRESSIVE, FPS
from ha2g_engine.gestures.plan import Edit, Plan, Stroke, edited, within_reach
from ha2g_engine.gestures.repertoire import Way
from ha2g_engine.models.network import Array

from .directing import Made
from .finishing import around, exchanged
from .landing import landed, paced, quickest
from .listening import heard_by
from .session import Performance, Recent, stamp
from .settings import Settings


def known_by(speech: str | Path, settings: Settings, style: Array) -> Hashable:
    """What the motion of a plan is known by, beside the plan."""
    files = heard_by(speech, settings), *stamp(*settings.images, *settings.texts)
    asked = settings.person, settings.seed, settings.rest, settings.energy, settings.fade
    taken = None if settings.taken is None else tuple(settings.taken)
    return files, asked, settings.home, settings.moods, taken, style.tobytes()


@dataclass(frozen=True)
class Editing:
    """What a plan is edited in.

    perform: a plan, after another's performance. move: what a performance of a plan looks like up
    to a frame. hands: which ones make a gesture. shape: a motion with the hand shapes of a plan.
    kept: the last edited motions, by `known_by` and their plan.
    """

    perform: Callable[[Plan, Performance], Performance]
    move: Callable[[Performance, Plan, slice], Array]
    hands: Callable[[Way], str]
    shape: Callable[[Array, Plan], Array]
    kept: Recent[Made]
    known_by: Hashable

    def edited(self, plan: Plan, made: Made) -> tuple[Array, int]:
        """The motion with all edits of the plan, and the levels that ran; what is known is kept.

        made: the performance of the plan without its edits, and its motion.
        """
        steps, run = plan.steps(), 0
        keys = [(self.known_by, replace(plan, edits=plan.edits[:n])) for n in range(len(steps))]
        known = (n for n in range(len(plan.edits), 0, -1) if keys[n] in self.kept)
        first = next(known, 0)
        if first:
            made = self.kept.get(keys[first], lambda: made)
        for number in range(first, len(plan.edits)):
            made = self._one_edited(steps[number], plan.edits[number], made)
            run += made[0].levels_run
            self.kept.keep(keys[number + 1], made)
        return made[1], run

    def _one_edited(self, plan: Plan, edit: Edit, made: Made) -> Made:
        """MADE of a plan with one edit of it; windows out of its reach are not performed for it."""
        before, moved = made
        changed = replace(plan, strokes=edited(plan.strokes, edit))
        performance = self.perform(changed, before)
        share = within_reach(plan, edit, len(moved))
        if not share.any():
            return performance, moved
        other = self.move(performance, changed, around(share))
        for stroke in (s for s in changed.strokes if not s.muted):
            if share[min(max(round(stroke.time * FPS), 0), len(share) - 1)] > 0:
                other = self._as_put(other, stroke)
        return performance, exchanged(moved, self.shape(other, changed), share)

    def _as_put(self, motion: Array, stroke: Stroke) -> Array:
        """The motion with the stroke when and as quick as an animator put it."""
        hands = self.hands(stroke.way)
        if stroke.placed:
            motion = landed(motion, stroke.time, hands)
        if not stroke.paced or motion.shape[1] != len(EXPRESSIVE.bones):
            return motion
        return paced(motion, [(quickest(motion, stroke.time, hands), stroke.tempo)])
