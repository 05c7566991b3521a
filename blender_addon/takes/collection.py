# SPDX-License-Identifier: GPL-3.0-or-later
"""An armature's takes: shown, accepted, rejected, compared.

Each take is an action of its own on an NLA track of its own, which is muted until the take is
accepted. The take on show is the armature's active action: on top of all tracks, and its keys
can be edited. Accepting it hands it to its track and leaves the top free for the animator.
Everything is undone in one step by the operators that call this.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import compat, touched
from ..errors import GestureError
from ..keys import actions, intensity, restoring
from ..properties.character import PREFIX, character
from . import nla
from .style import silently

if TYPE_CHECKING:
    from bpy.types import Action, Object


# --- looking --------------------------------------------------------------------------


def entries(armature: Object) -> list[Any]:
    """ARMATURE's takes in the order they were made, without those whose action is gone."""
    return [entry for entry in character(armature).takes if entry.action is not None]


def find(armature: Object, name: str = "", *, gone: bool = False) -> Any:
    """The entry of the take NAME, or of the one chosen in the list; None if there is none.

    gone: whether the one chosen may be an entry whose action is gone.
    """
    own = character(armature)
    if name:
        return next((e for e in entries(armature) if e.action.name == name), None)
    chosen = own.takes[own.active] if 0 <= own.active < len(own.takes) else None
    return chosen if chosen is not None and (gone or chosen.action is not None) else None


def entry_of(armature: Object, action: Action | None) -> Any:
    """The entry of the take ACTION; None for other actions."""
    same = (entry for entry in entries(armature) if entry.action == action)
    return next(same, None) if action is not None else None


def on_top(armature: Object) -> Any:
    """The entry of the take that is the active action; None when it is none, or nothing is."""
    return entry_of(armature, actions.current_action(armature))


def accepted(armature: Object) -> list[Any]:
    """The entries that play as tracks, as they were made, without one that is on top."""
    top = on_top(armature)
    return [entry for entry in entries(armature) if entry.accepted and entry != top]


def visible_takes(armature: Object) -> list[Any]:
    """The entries whose keys are seen: the one on show, and accepted ones."""
    top = on_top(armature)
    return [*([top] if top else []), *accepted(armature)]


def seen_frames(armature: Object) -> tuple[int, int] | None:
    """The first and last frame of the active action and of accepted takes; None without any."""
    action = actions.current_action(armature)
    ranges: list[Any] = [action.frame_range] if action is not None else []
    for entry in entries(armature):
        if not entry.accepted or entry.action == action:
            continue
        strip = nla.find(armature, entry.action)
        if strip is not None:
            ranges.append((strip.frame_start, strip.frame_end))
    if not ranges:
        return None
    return round(min(first for first, _ in ranges)), round(max(last for _, last in ranges))


def channel(armature: Object, path: str) -> Any:
    """What PATH leads to on ARMATURE; None when it is gone, say with a bone that was removed."""
    try:
        return armature.path_resolve(path)
    except ValueError:
        return None


# --- changing -------------------------------------------------------------------------


def add(armature: Object, action: Action) -> Any:
    """Put the take ACTION on the list, on a track of its own, and on show; its entry."""
    with restoring.all_or_nothing(*remembered(armature)):
        return _added(armature, action)


def remembered(armature: Object) -> tuple[restoring.PutBack, ...]:
    """What puts ARMATURE's list, tracks, active action and pose back; no action or track gone."""
    own, active = character(armature), actions.current_action(armature)
    poses: dict[str, Any] = {}
    for entry in visible_takes(armature):
        poses |= {path: channel(armature, path) for path in _pose_before(entry)}
    pose = {path: _plain(value) for path, value in poses.items() if value is not None}
    kept = restoring.values(active, "use_fake_user") if active else (lambda: None)
    return (
        lambda: _set_pose(armature, pose),
        kept,
        restoring.values(armature, f"{PREFIX}active", f"{PREFIX}other"),
        restoring.rows(own.takes),
        restoring.animation(armature),
    )


def _added(armature: Object, action: Action) -> Any:
    own = character(armature)
    data: Any = armature.animation_data or armature.animation_data_create()
    before, slot = actions.current_action(armature), compat.action_slot(armature)
    extrapolation, pose = data.action_extrapolation, _pose_under(armature, action)
    blend, influence = data.action_blend_type, data.action_influence
    track = actions.keep_current_action(armature)
    entry = own.takes.add()
    entry.action = action
    entry.before, entry.before_track = before, track
    entry.before_slot = slot.identifier if slot else ""
    entry.before_extrapolation, entry.before_pose = extrapolation, pose
    entry.before_blend, entry.before_influence = blend, influence
    nla.new(armature, action)
    own.active = len(own.takes) - 1
    show(armature, entry)
    return entry


def show(armature: Object, entry: Any) -> None:
    """Make the take of ENTRY the one on show; the one before it is what A/B goes back to."""
    check_free(armature)
    with restoring.all_or_nothing(*remembered(armature)):
        _show(armature, entry)


def _show(armature: Object, entry: Any) -> None:
    before = on_top(armature)
    if before is not None and before != entry:
        character(armature).other = before.action
        _set_pose(armature, _pose_before(before))
    if before is None:
        actions.keep_current_action(armature)
        data: Any = armature.animation_data or armature.animation_data_create()
        data.action_blend_type, data.action_influence = "REPLACE", 1.0
    nla.bring_keys(armature, entry.action)
    compat.assign_action(armature, entry.action, compat.slot_for(entry.action, armature))
    nla.note_span(armature, entry)
    _choose(armature, entry)
    _refresh(armature)


def accept(armature: Object, entry: Any) -> None:
    """Let the take of ENTRY play as its NLA track; it can still be edited there, or shown again.

    A strip that was accepted before stays as the animator set it. Raises GestureError, with
    nothing changed, if the take became longer and another strip is in the way.
    """
    check_free(armature)
    with restoring.all_or_nothing(*remembered(armature)):
        _accept(armature, entry)


def _accept(armature: Object, entry: Any) -> None:
    was_on_top, strip = on_top(armature) == entry, nla.fit(armature, entry)
    if was_on_top and not entry.accepted:
        compat.mix_as_active(strip, armature)
        entry.lowered = strip.extrapolation == "NOTHING"
    if was_on_top:
        compat.assign_action(armature, None)
    entry.accepted = True
    nla.note_span(armature, entry)
    _refresh(armature)


def remove(armature: Object, entry: Any) -> None:
    """Take the take of ENTRY off ARMATURE; what was shown before it comes back.

    Its action leaves the file unless another character has it: a linked duplicate, say.
    Raises GestureError, with nothing changed, if the list of another file holds it.
    """
    check_free(armature)
    own, action = character(armature), entry.action
    was_shown, pose = on_top(armature) == entry, _pose_before(entry)
    index = next(i for i, e in enumerate(own.takes) if e == entry)
    before = {name: getattr(entry, name) for name in BEFORE}
    _take_off(armature, index)
    for other in entries(armature) if action is not None else ():
        if other.before == action:
            for name, value in before.items():
                setattr(other, name, value)
    own.active = min(own.active, len(own.takes) - 1)
    if was_shown:
        compat.assign_action(armature, None)
    if action is not None:
        nla.drop(armature, action)
        _drop_action(armature, action)
    _set_pose(armature, pose)
    if was_shown or (actions.current_action(armature) is None and not entries(armature)):
        _bring_back(armature, before)
    _refresh(armature)


def _take_off(armature: Object, index: int) -> None:
    """Take the line INDEX off the list. Raises GestureError if it is the library's."""
    try:
        character(armature).takes.remove(index)
    except TypeError as error:
        raise GestureError(
            f"'{armature.name}' has this take from the file that it is linked from: remove it "
            "there, or show another one."
        ) from error


def _drop_action(armature: Object, action: Action) -> None:
    """Remove ACTION from the file unless something else than ARMATURE uses it."""
    if bpy.data.user_map(subset=[action])[action] <= {armature}:
        bpy.data.actions.remove(action)


def duplicate(armature: Object, entry: Any) -> Any:
    """A copy of the take of ENTRY, on show; the copy's entry."""
    action = entry.action.copy()
    with restoring.all_or_nothing(restoring.fresh(action)):
        stem = actions.take_stem(entry.action.name)
        action.name = actions.unused_take_name(stem)
        if touched.by_user(entry.action):
            touched.note(action)
        return add(armature, action)


def rename(armature: Object, entry: Any, name: str) -> None:
    """Give the take of ENTRY, its track too, another name. Raises GestureError."""
    actions.check_own(entry.action)
    entry.action.name = name
    _refresh(armature)


def other(armature: Object) -> Any:
    """The entry of the take that A/B goes to; None if there is none."""
    found = entry_of(armature, character(armature).other)
    return found if found != on_top(armature) else None


def switch(armature: Object) -> Any:
    """A/B: show the take that was shown before this one; its entry. Raises GestureError."""
    found = other(armature)
    if found is None:
        raise GestureError("There is no other take to compare with: show another one first.")
    show(armature, found)
    return found


def check_free(armature: Object) -> None:
    """Raise GestureError while ARMATURE's tracks cannot be changed."""
    actions.check_writable(armature)


# --- tracks ---------------------------------------------------------------------------

SINGLE: Final = (bool, int, float, str)  # what a channel of one value is
BEFORE: Final = (
    "before",
    "before_slot",
    "before_track",
    "before_extrapolation",
    "before_blend",
    "before_influence",
)


def _refresh(armature: Object) -> None:
    """Mute what is not to be seen; let takes count on their own frames only if need be.

    With nothing below it, a take holds its first and last pose, as any action does.
    """
    top = on_top(armature)
    for entry in entries(armature):
        track = nla.track_of(armature, entry.action)
        if track is not None:
            track.name, track.mute = entry.action.name, not entry.accepted or entry == top
    covered = _hold_lowest(armature)
    if top is not None:
        data: Any = armature.animation_data
        data.action_extrapolation = "NOTHING" if covered else "HOLD"


def _hold_lowest(armature: Object) -> bool:
    """Let takes on tracks hold their poses only with nothing below; whether any track is seen."""
    lines = {entry.action: entry for entry in entries(armature) if entry.accepted}
    covered = False
    for track in nla.tracks(armature):
        if track.mute or not track.strips:
            continue
        for strip in track.strips:
            if strip.action in lines:
                nla.hold(strip, lines[strip.action], covered)
        covered = True
    return covered


def _bring_back(armature: Object, before: dict[str, Any]) -> None:
    """Show what was there before a take; from its strip, if the animator changed that.

    before: the values of BEFORE in the take's entry.
    """
    data: Any = armature.animation_data or armature.animation_data_create()
    action = before["before"]
    entry = entry_of(armature, action)
    if entry is not None and not entry.accepted:
        show(armature, entry)
        return
    if entry is None and action is not None:
        if not nla.lift(armature, action, before["before_track"]):
            return
        slot = compat.slot_named(action, before["before_slot"])
        compat.assign_action(armature, action, slot)
    data.action_extrapolation = before["before_extrapolation"] or "HOLD"
    data.action_blend_type = before["before_blend"] or "REPLACE"
    data.action_influence = before["before_influence"]


def _pose_under(armature: Object, action: Action) -> str:
    """What ACTION's channels are without any take, as JSON: they keep it once it is gone.

    The intensity is among them, for it may be keyed later.
    """
    known: dict[str, Any] = {}
    for entry in visible_takes(armature):
        known = _pose_before(entry) | known
    paths = {intensity.PROPERTY, *(curve.data_path for curve in compat.fcurves(action))}
    now = {path: channel(armature, path) for path in sorted(paths - set(known))}
    plain = {path: _plain(value) for path, value in now.items() if value is not None}
    return json.dumps(known | plain)


def _plain(value: Any) -> Any:
    return value if isinstance(value, SINGLE) else list(value)


def pose_stored(entry: Any) -> dict[str, Any]:
    """What the channels of ENTRY's take were before it; {} if that is no JSON of it."""
    with contextlib.suppress(ValueError, RecursionError):
        pose = json.loads(entry.before_pose or "{}")
        return pose if isinstance(pose, dict) else {}
    return {}


def _pose_before(entry: Any) -> dict[str, Any]:
    """What the channels of ENTRY's take were before it; the intensity only if it keys that."""
    pose = pose_stored(entry)
    if intensity.curve_of(entry.action) is None:
        pose.pop(intensity.PROPERTY, None)
    return pose


def _set_pose(armature: Object, pose: dict[str, Any]) -> None:
    """Set the channels of ARMATURE to POSE, without any take following that."""
    with silently():
        for path, value in pose.items():
            # it was removed, renamed or changed, or is another file's
            with contextlib.suppress(ValueError, TypeError, AttributeError, OverflowError):
                _put(armature, path, value)
    armature.update_tag()


def _put(armature: Object, path: str, value: Any) -> None:
    """Set what PATH leads to on ARMATURE to VALUE. Raises ValueError if it is gone."""
    found: Any = armature.path_resolve(path)
    if isinstance(value, list):
        found[:] = value
        return
    own = path.endswith('"]')  # a custom property
    above, _, name = path.rpartition('["' if own else ".")
    owner: Any = armature.path_resolve(above) if above else armature
    if own:
        owner[bpy.utils.unescape_identifier(name[:-2])] = value
    else:
        setattr(owner, name, value)


def _choose(armature: Object, entry: Any) -> None:
    own = character(armature)
    own.active = next(i for i, e in enumerate(own.takes) if e == entry)
