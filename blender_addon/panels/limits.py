# SPDX-License-Identifier: GPL-3.0-or-later
"""Joint limits of the take that is shown: which joint, how far beyond, in which frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..takes import overruns

if TYPE_CHECKING:
    from bpy.types import UILayout

    from ..takes.shown import ShownTake

SHOWN_RUNS: Final = 24  # of a joint's runs of frames
RUNS_A_LINE: Final = 3
OUTCOME: Final = {"enforce": "held within limits", "warn": "beyond their limits"}


def draw_limits(layout: UILayout, take: ShownTake) -> None:
    """How many joints met their limits, in a header; opened, which ones, where, how far."""
    limits = take.made.limits
    if limits not in OUTCOME:
        layout.label(text="Joint limits: off", icon="INFO")
        return
    found = overruns.joints(take.armature, take.action)
    count = len({joint.name for joint in found})
    header, body = layout.panel("GESTURES_limits", default_closed=True)
    icon: Any = "ERROR" if count and limits == "warn" else "CHECKMARK"
    joints = f"{count} {'joint' if count == 1 else 'joints'}"
    header.label(text=f"{joints} {OUTCOME[limits]}", icon=icon, translate=False)
    if body is not None:
        for joint in found:
            _draw_joint(body, joint)


def draw_touches(layout: UILayout, take: ShownTake) -> None:
    """In how many frames a hand was led out of body or hand, in a header; opened, in which."""
    touches = overruns.touches(take.armature, take.action)
    if touches is None:
        layout.label(text="Hands off the body: off", icon="INFO")
        return
    frames = sum(last - first + 1 for first, last in touches)
    header, body = layout.panel("GESTURES_touches", default_closed=True)
    text = f"Hands kept off: {frames} frames"
    header.label(text=text, icon="CHECKMARK", translate=False)
    if body is not None:
        _draw_runs(body, touches)


def _draw_joint(layout: UILayout, joint: overruns.Joint) -> None:
    """The joint in a header; how far and in which frames, and its bones, when opened."""
    header, body = layout.panel(f"GESTURES_limit_{joint.name}_{joint.motion}", default_closed=True)
    header.label(text=joint.title, icon="CONSTRAINT_BONE", translate=False)
    if body is None:
        return
    how = f"{joint.motion.capitalize()}, up to {joint.worst:.0f}° in {joint.frames} frames"
    body.label(text=how, translate=False)
    for bone in joint.bones:
        shown: Any = body.operator("gestures.bone_show", text=bone, translate=False)
        shown.bone = bone
    _draw_runs(body, joint.runs)


def _draw_runs(layout: UILayout, runs: tuple[tuple[int, int], ...]) -> None:
    grid = layout.grid_flow(columns=RUNS_A_LINE, row_major=True, align=True)
    for first, last in runs[:SHOWN_RUNS]:
        text = f"{first}–{last}" if last > first else f"{first}"
        jump: Any = grid.operator("gestures.go_to", text=text, translate=False)
        jump.frame = first
    if len(runs) > SHOWN_RUNS:
        grid.label(text=f"+ {len(runs) - SHOWN_RUNS}", translate=False)
