# SPDX-License-Identifier: GPL-3.0-or-later
"""The moods of a take, one after the other: what lies out of their reach is as it was without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ha2g_engine.body.skeleton import EXPRESSIVE
from ha2g_engine.gestures import moods
from ha2g_engine.gestures.plan import Plan
from ha2g_engine.models.network import Array

from .finishing import around, exchanged
from .session import Performance
from .settings import Settings

Made = tuple[Performance, Array]  # a performance and its motion


def directed(
    made: Made,
    plan: Plan | None,
    settings: Settings,
    act: Callable[[Plan, Settings], Plan],
    perform: Callable[[Plan, Performance], Performance],
    move: Callable[[Settings, Performance, Plan | None, slice], Array],
    shape: Callable[[Array, Plan | None], Array],
) -> tuple[Made, int]:
    """MADE of a plan without edits and without moods → in the moods of settings; levels that ran.

    act: the plan as it is made in such moods. perform, move: a plan, what that looks like on some
    frames. shape: that with the hand shapes of the plan. Moods whose reaches overlap are performed
    together. Motion of the smaller skeleton is left as it is.
    """
    performance, moved = made
    run = 0
    for ranges in moods.apart(settings.moods) if moved.shape[1] == len(EXPRESSIVE.bones) else ():
        asked, share = replace(settings, moods=ranges), moods.reach(ranges, len(moved))
        if not share.any():
            continue
        acted = plan and act(plan, asked)
        acting = perform(acted, performance) if acted else performance
        other = move(asked, acting, acted, around(share))
        run += acting.levels_run
        moved = exchanged(moved, shape(other, acted), share)
    return (performance, moved), run
