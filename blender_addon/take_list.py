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
from typing import TYPE_CHECKING, Any

import bpy

from . import compat, keyframes, take_place
from .errors import GestureError
from .merging import Source
from .properties_takes import character

if TYPE_CHECKING:
    from bpy.types import Action, Object


# --- looking --------------------------------------------------------------------------


def entries(armature: Object) -> list[Any]:
    """ARMATURE's takes in the order they were made, without those whose action is gone."""
    return [entry for entry in character(armature).takes if entry.action is not None]


def find(armature: Object, name: str = "") -> Any:
    """The entry of the take NAME, or of the one chosen in the list; None if there is none."""
    own = character(armature)
    if name:
        return next((e for e in entries(armature) if e.action.name == name), None)
    chosen = own.takes[own.active] if 0 <= own.active < len(own.takes) else None
    return chosen if chosen is not None and chosen.action is not None else None


def entry_of(armature: Object, action: Action | None) -> Any:
    """The entry of the take ACTION; None for other actions."""
    same = (entry for entry in entries(armature) if entry.action == action)
    return next(same, None) if action is not None else None


def shown(armature: Object) -> Any:
    """The entry of the take on show; None when something else or nothing is active."""
    return entry_of(armature, keyframes.current_action(armature))


def visible_takes(armature: Object) -> list[Any]:
    """The entries whose keys are seen: the one on show, and accepted ones."""
    on_top = shown(armature)
    accepted = (entry for entry in entries(armature) if entry.accepted and entry != on_top)
    return [*([on_top] if on_top else []), *accepted]


def source_of(armature: Object) -> Source:
    """What ARMATURE shows, for new motion to leave alone what is protected of it.

    The active action or, without one, the accepted take that was made last. Tracks of another
    origin go on below a take by themselves.
    """
    action = seen_action(armature)
    if action is None:
        return Source()
    moved = 0.0
    strip = _strip(armature, action)
    if strip is not None and keyframes.current_action(armature) is None:
        moved = strip.frame_start - strip.action_frame_start
    slot, take = compat.slot_for(action, armature), keyframes.is_take(action)
    return Source.of(action, slot, moved=moved, take=take)


def seen_action(armature: Object) -> Action | None:
    """The active action of ARMATURE or, without one, that of the last accepted take."""
    action = keyframes.current_action(armature)
    accepted = [entry.action for entry in entries(armature) if entry.accepted]
    return action or (accepted[-1] if accepted else None)


def seen_frames(armature: Object) -> tuple[int, int] | None:
    """The first and last frame of the active action and of accepted takes; None without any."""
    action = keyframes.current_action(armature)
    ranges: list[Any] = [action.frame_range] if action is not None else []
    for entry in entries(armature):
        strip = (
            _strip(armature, entry.action) if entry.accepted and entry.action != action else None
        )
        if strip is not None:
            ranges.append((strip.frame_start, strip.frame_end))
    if not ranges:
        return None
    return round(min(first for first, _ in ranges)), round(max(last for _, last in ranges))


# --- changing -------------------------------------------------------------------------


def add(armature: Object, action: Action) -> Any:
    """Put the take ACTION on the list, on a track of its own, and on show; its entry."""
    own = character(armature)
    data: Any = armature.animation_data or armature.animation_data_create()
    before, slot = keyframes.current_action(armature), compat.action_slot(armature)
    extrapolation, pose = data.action_extrapolation, _pose_under(armature, action)
    track = keyframes.keep_current_action(armature)
    entry = own.takes.add()
    entry.action = action
    entry.before, entry.before_track = before, track
    entry.before_slot = slot.identifier if slot else ""
    entry.before_extrapolation, entry.before_pose = extrapolation, pose
    _new_track(armature, action)
    own.active = len(own.takes) - 1
    show(armature, entry)
    return entry


def show(armature: Object, entry: Any) -> None:
    """Make the take of ENTRY the one on show; the one before it is what A/B goes back to."""
    check_free(armature)
    before = shown(armature)
    if before is not None and before != entry:
        character(armature).other = before.action
        _set_pose(armature, before.before_pose)
    if before is None and keyframes.current_action(armature) is not None:
        keyframes.keep_current_action(armature)
    take_place.bring_keys(armature, entry.action)
    compat.assign_action(armature, entry.action, compat.slot_for(entry.action, armature))
    _choose(armature, entry)
    _refresh(armature)


def accept(armature: Object, entry: Any) -> None:
    """Let the take of ENTRY play as its NLA track; it can still be edited there, or shown again."""
    check_free(armature)
    data: Any = armature.animation_data
    extrapolation = data.action_extrapolation if shown(armature) == entry else "NOTHING"
    if shown(armature) == entry:
        compat.assign_action(armature, None)
    entry.accepted = True
    _fit_strip(armature, entry.action).extrapolation = extrapolation
    _refresh(armature)


def remove(armature: Object, entry: Any) -> None:
    """Take the take of ENTRY out of the file; what was shown before it comes back."""
    check_free(armature)
    own, action = character(armature), entry.action
    was_shown, pose = shown(armature) == entry, entry.before_pose
    before = {name: getattr(entry, name) for name in BEFORE}
    for other in entries(armature):
        if other.before == action:
            for name, value in before.items():
                setattr(other, name, value)
    own.takes.remove(next(i for i, e in enumerate(own.takes) if e.action == action))
    own.active = min(own.active, len(own.takes) - 1)
    _drop_track(armature, action)
    if was_shown:
        compat.assign_action(armature, None)
    bpy.data.actions.remove(action)
    _set_pose(armature, pose)
    if was_shown or (keyframes.current_action(armature) is None and not entries(armature)):
        _bring_back(armature, **before)
    _refresh(armature)


def duplicate(armature: Object, entry: Any) -> Any:
    """A copy of the take of ENTRY, on show; the copy's entry."""
    action = entry.action.copy()
    stem = keyframes.take_stem(entry.action.name)
    action.name = keyframes.unused_take_name(stem)
    return add(armature, action)


def rename(armature: Object, entry: Any, name: str) -> None:
    """Give the take of ENTRY, its track too, another name."""
    entry.action.name = name
    _refresh(armature)


def other(armature: Object) -> Any:
    """The entry of the take that A/B goes to; None if there is none."""
    found = entry_of(armature, character(armature).other)
    return found if found != shown(armature) else None


def switch(armature: Object) -> Any:
    """A/B: show the take that was shown before this one; its entry. Raises GestureError."""
    found = other(armature)
    if found is None:
        raise GestureError("There is no other take to compare with: show another one first.")
    show(armature, found)
    return found


def check_shown(armature: Object, entry: Any) -> None:
    """Raise GestureError unless the take of ENTRY is what new motion would start from."""
    if source_of(armature).action != entry.action:
        raise GestureError(f"Show '{entry.action.name}' first: another take is shown.")


def check_free(armature: Object) -> None:
    """Raise GestureError while ARMATURE's tracks cannot be changed."""
    keyframes.check_writable(armature)


# --- tracks ---------------------------------------------------------------------------

BEFORE = ("before", "before_slot", "before_track", "before_extrapolation")


def _strip(armature: Object, action: Action) -> Any:
    """The NLA strip that plays the take ACTION, wherever it was moved to; None if none does."""
    tracks = armature.animation_data.nla_tracks if armature.animation_data else ()
    strips = (strip for track in tracks for strip in track.strips)
    return next((strip for strip in strips if strip.action == action), None)


def _track(armature: Object, action: Action) -> Any:
    tracks = armature.animation_data.nla_tracks if armature.animation_data else ()
    return next((t for t in tracks if any(s.action == action for s in t.strips)), None)


def _new_track(armature: Object, action: Action) -> Any:
    """A muted track named after the take, with a strip of the whole action."""
    data: Any = armature.animation_data
    track = data.nla_tracks.new()
    track.name, track.mute = action.name, True
    return compat.new_strip(track, action, armature)


def _fit_strip(armature: Object, action: Action) -> Any:
    """The strip of the take ACTION, as long as the action is now; where it was moved to."""
    strip, track = _strip(armature, action), _track(armature, action)
    if strip is None:
        return _new_track(armature, action)
    frames: Any = action.frame_range
    first, last = frames
    if (first, last) == (strip.action_frame_start, strip.action_frame_end):
        return strip
    moved = strip.frame_start - strip.action_frame_start
    track.strips.remove(strip)
    return compat.new_strip(track, action, armature, moved=moved)


def _drop_track(armature: Object, action: Action) -> None:
    """Remove the strip of the take ACTION, and its track if nothing else is on it."""
    track = _track(armature, action)
    if track is None:
        return
    track.strips.remove(_strip(armature, action))
    if not track.strips:
        armature.animation_data.nla_tracks.remove(track)  # type: ignore[union-attr]


def _refresh(armature: Object) -> None:
    """Mute what is not to be seen; let the take on show count on its own frames only if need be.

    With nothing below it, a take holds its first and last pose, as any action does.
    """
    data: Any = armature.animation_data
    on_top = shown(armature)
    for entry in entries(armature):
        track = _track(armature, entry.action)
        if track is not None:
            track.name, track.mute = entry.action.name, not entry.accepted or entry == on_top
    if on_top is not None:
        covered = any(not track.mute and track.strips for track in data.nla_tracks)
        data.action_extrapolation = "NOTHING" if covered else "HOLD"


def _bring_back(
    armature: Object,
    before: Action | None,
    before_slot: str,
    before_track: str,
    before_extrapolation: str,
) -> None:
    """Show what was there before a take."""
    data: Any = armature.animation_data
    entry = entry_of(armature, before)
    if entry is not None and not entry.accepted:
        show(armature, entry)
        return
    if entry is None and before is not None:
        _drop_track(armature, before)
        compat.assign_action(armature, before, compat.slot_named(before, before_slot))
    data.action_extrapolation = before_extrapolation or "HOLD"


def _pose_under(armature: Object, action: Action) -> str:
    """What ACTION's channels are without any take, as JSON: they keep it once it is gone."""
    on_top = shown(armature)
    known = json.loads(on_top.before_pose or "{}") if on_top is not None else {}
    paths = {curve.data_path for curve in compat.fcurves(action)} - set(known)
    now: dict[str, Any] = {path: armature.path_resolve(path) for path in sorted(paths)}
    return json.dumps(known | {p: list(v) for p, v in now.items() if hasattr(v, "__len__")})


def _set_pose(armature: Object, pose: str) -> None:
    for path, values in json.loads(pose or "{}").items():
        with contextlib.suppress(ValueError):  # the bone was removed or renamed
            channel: Any = armature.path_resolve(path)
            channel[:] = values
    armature.update_tag()


def _choose(armature: Object, entry: Any) -> None:
    own = character(armature)
    own.active = next(i for i, e in enumerate(own.takes) if e == entry)
