# SPDX-License-Identifier: GPL-3.0-or-later
"""The NLA strips that play an armature's takes, each on a track of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .. import compat
from ..errors import GestureError
from ..keys.arrays import SAME_FRAME

if TYPE_CHECKING:
    from bpy.types import Action, Object

UNKNOWN: Final = (0.0, 0.0)  # span of a take whose file is older than spans
SHORT: Final = 1e-3  # scale of a strip while its ends are set: longer, it moves those behind it
PLAIN: Final = {  # a strip that nothing was set of
    "repeat": 1.0,
    "use_reverse": False,
    "use_animated_time": False,
    "blend_in": 0.0,
    "blend_out": 0.0,
    "mute": False,
}


def tracks(armature: Object) -> Any:
    """The NLA tracks of ARMATURE, the lowest first."""
    return armature.animation_data.nla_tracks if armature.animation_data else ()


def playing(armature: Object, action: Action) -> list[Any]:
    """The NLA strips of ARMATURE that play ACTION."""
    return [s for track in tracks(armature) for s in track.strips if s.action == action]


def find(armature: Object, action: Action) -> Any:
    """The NLA strip that plays the take ACTION, wherever it was moved to; None if none does."""
    return next(iter(playing(armature, action)), None)


def track_of(armature: Object, action: Action) -> Any:
    """The NLA track of that strip; None if there is none."""
    return next((t for t in tracks(armature) if any(s.action == action for s in t.strips)), None)


def new(armature: Object, action: Action) -> Any:
    """A muted track named after the take, with a strip of the whole action."""
    data: Any = armature.animation_data or armature.animation_data_create()
    track = data.nla_tracks.new()
    track.name, track.mute = action.name, True
    return compat.new_strip(track, action, armature)


def fit(armature: Object, entry: Any) -> Any:
    """The strip of ENTRY's take, as long as the action is now unless it was trimmed.

    It stays where it was moved to, at its speed. Raises GestureError, with nothing changed, if
    there is no room for it.
    """
    strip = find(armature, entry.action)
    if strip is None:
        return new(armature, entry.action)
    first, last = _frames(entry.action)
    trimmed = tuple(entry.span) not in (UNKNOWN, _played(strip))
    if trimmed or (first, last) == _played(strip):
        return strip
    start = strip.frame_start + (first - strip.action_frame_start) * strip.scale
    end = start + (last - first) * strip.scale * strip.repeat
    _check_room(track_of(armature, entry.action), strip, start, end)
    kept = {name: getattr(strip, name) for name in ("scale", "blend_in", "blend_out")}
    strip.scale = SHORT
    strip.action_frame_end = max(last, strip.action_frame_end)
    strip.action_frame_start, strip.action_frame_end = first, last
    strip.frame_start_ui = start
    for name, value in kept.items():
        setattr(strip, name, value)
    return strip


def note_span(armature: Object, entry: Any) -> None:
    """Remember the frames of ENTRY's take if its strip plays all of them."""
    strip = find(armature, entry.action)
    if strip is not None and _played(strip) == _frames(entry.action):
        entry.span = _played(strip)


def drop(armature: Object, action: Action) -> None:
    """Remove all strips of the take ACTION, and tracks that nothing else is on."""
    while (track := track_of(armature, action)) is not None:
        _drop_strip(armature, track, find(armature, action))


def lift(armature: Object, action: Action, track_name: str) -> bool:
    """Remove the strip on the track TRACK_NAME that ACTION was pushed down to.

    Returns whether ACTION may be active again: not while a strip plays it that the animator
    changed or made instead, for such a strip stays.
    """
    if not track_name:
        return True
    track: Any = armature.animation_data.nla_tracks.get(track_name)  # type: ignore[union-attr]
    strip = next((s for s in track.strips if s.action == action), None) if track else None
    if strip is None:
        return find(armature, action) is None
    if not _as_pushed_down(strip):
        return False
    _drop_strip(armature, track, strip)
    return True


def hold(strip: Any, entry: Any, covered: bool) -> None:
    """Set whether STRIP holds its poses; what else the animator chose for it stays."""
    if covered and strip.extrapolation == "HOLD":
        strip.extrapolation, entry.lowered = "NOTHING", True
    elif entry.lowered and not covered:
        entry.lowered = False
        if strip.extrapolation == "NOTHING":
            strip.extrapolation = "HOLD"


def _drop_strip(armature: Object, track: Any, strip: Any) -> None:
    track.strips.remove(strip)
    if not track.strips:
        armature.animation_data.nla_tracks.remove(track)  # type: ignore[union-attr]


def _as_pushed_down(strip: Any) -> bool:
    """Whether STRIP still plays all of its action once, on the frames it was keyed on."""
    at = strip.frame_start, strip.frame_end, *_played(strip)
    frames = _frames(strip.action) * 2
    placed = all(abs(a - b) < SAME_FRAME for a, b in zip(at, frames, strict=True))
    keyed = any(len(curve.keyframe_points) > 1 for curve in strip.fcurves)
    return placed and not keyed and all(getattr(strip, n) == v for n, v in PLAIN.items())


def _check_room(track: Any, strip: Any, start: float, end: float) -> None:
    """Raise GestureError if STRIP could not be on TRACK from START to END."""
    for other in track.strips:
        overlap = min(end, other.frame_end) - max(start, other.frame_start)
        if other != strip and overlap > SAME_FRAME:
            raise GestureError(
                f"'{strip.action.name}' now plays from frame {start:.0f} to {end:.0f}, where the "
                f"strip '{other.name}' is on its track: move that strip away, then accept again."
            )


def _played(strip: Any) -> tuple[float, float]:
    """The first and last frame of its action that STRIP plays."""
    return strip.action_frame_start, strip.action_frame_end


def _frames(action: Action) -> tuple[float, float]:
    """The first and last frame of ACTION as a strip has them: 1 frame apart at least."""
    frames: Any = action.frame_range
    first, last = frames
    return first, max(last, first + 1.0)
