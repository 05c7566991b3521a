# SPDX-License-Identifier: GPL-3.0-or-later
"""The NLA strips that play an armature's takes, and where in the scene that lets them be seen."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import compat
from ..errors import GestureError
from ..keys import actions, arrays, intensity, restoring
from ..keys.arrays import SAME_FRAME
from . import record

if TYPE_CHECKING:
    from bpy.types import Action, Object

AS_KEYED: Final = {"scale": 1.0, "repeat": 1.0, "use_reverse": False, "use_animated_time": False}
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


# --- where they play --------------------------------------------------------------------


def moved(armature: Object, action: Action) -> float:
    """Frames by which ACTION is seen later than it is keyed; 0 for the active action."""
    strip = _strip_seen(armature, action)
    return round(float(strip.frame_start - strip.action_frame_start), 3) if strip else 0.0


def begins(armature: Object, action: Action) -> float:
    """The scene's frame on which the take ACTION is seen to begin, or would without being cut."""
    strip, start = _strip_seen(armature, action), keyed_start(action)
    if strip is None:
        return start
    at = float(strip.frame_start + (start - strip.action_frame_start) * strip.scale)
    return round(at, 3)


def fps(armature: Object, action: Action) -> float:
    """Frames of the scene that a second of the take ACTION lasts where it is seen."""
    made, strip = record.of(action) or record.Record(), _strip_seen(armature, action)
    return keyed_fps(made) * (float(strip.scale) if strip is not None else 1.0)


def keyed_fps(made: record.Record) -> float:
    """Frames that a second of the take with the record MADE lasts in its keys."""
    return made.scene_fps or actions.scene_fps(bpy.context.scene)  # type: ignore[arg-type]


def plays_at(armature: Object, action: Action, frame: float) -> bool:
    """Whether the scene's FRAME is one of those that ACTION is seen on."""
    if actions.current_action(armature) == action:
        span: Any = action.frame_range
        return bool(span[0] <= frame <= span[1])
    strips = (strip for strip in playing(armature, action) if not strip.mute)
    return any(strip.frame_start <= frame <= strip.frame_end for strip in strips)


def _strip_seen(armature: Object, action: Action) -> Any:
    """The strip that shows ACTION; None for the active action, and without any."""
    active = actions.current_action(armature) == action
    return None if active else find(armature, action)


def only_moved(armature: Object, action: Action) -> bool:
    """Whether ACTION is seen as it is keyed, or only moved in time."""
    strip = _strip_seen(armature, action)
    if strip is None:
        return True
    return all(abs(getattr(strip, name) - value) < 1e-4 for name, value in AS_KEYED.items())


def check(armature: Object, action: Action) -> None:
    """Raise GestureError unless ACTION is seen as it is keyed, or only moved in time."""
    if not only_moved(armature, action):
        raise GestureError(
            f"The NLA strip of '{action.name}' is scaled, repeated or reversed: set its playback "
            "scale and repeat to 1 and switch the rest of its time settings off first."
        )


def bring_keys(armature: Object, action: Action) -> None:
    """Move the keys of ACTION to where its strip plays them; all its strips play as before.

    So a take that is shown stays with the sound that its strip was moved with. A strip that
    does more than play the keys elsewhere is left alone, and so are another file's keys.
    """
    by, style = moved(armature, action), action.gestures_style  # type: ignore[attr-defined]
    if not by or action.library is not None or not only_moved(armature, action):
        return
    shows_keys = style.intensity_keys == intensity.fingerprint(action)
    ends = ("action_frame_start", "action_frame_end")
    strips = [restoring.values(strip) for strip in playing(armature, action)]
    shown = restoring.values(style, "intensity_keys")
    with _all_or_nothing(action), restoring.all_or_nothing(shown, *strips):
        move_keys(action, by)
        if shows_keys:
            style.intensity_keys = intensity.fingerprint(action)
        for strip in playing(armature, action):
            for name in ends if by < 0.0 else reversed(ends):  # the start is never behind the end
                setattr(strip, name, getattr(strip, name) + by)


def keyed_start(action: Action) -> float:
    """The frame on which the keys of a take begin, wherever they were moved to."""
    return _written_at(action) + actions.take_shift(action)


def _written_at(action: Action) -> float:
    start = (record.of(action) or record.Record()).start_frame
    return float(action.frame_range[0]) if start is None else start


def settle(action: Action) -> float:
    """Let all keys of a take count as written where they are now; the frame on which it begins.

    So keys that are written anew and those that stay have one history.
    """
    shift = actions.take_shift(action)
    start = _written_at(action) + shift
    if not shift:
        return start
    with _all_or_nothing(action):
        for curve in compat.fcurves(action):
            keys = arrays.read(curve)
            arrays.write(curve, keys.rebased(shift), keys)
        record.change(action, start_frame=start)
    return start


def move_keys(action: Action, by: float) -> None:
    """Let all keys of a take be BY frames later, as if it had been made there."""
    with _all_or_nothing(action):
        for curve in compat.fcurves(action):
            keys = arrays.read(curve)
            arrays.write(curve, keys.moved(by), keys)
        made = record.of(action)
        if made is not None and made.start_frame is not None:
            record.change(action, start_frame=made.start_frame + by)


def _all_or_nothing(action: Action) -> AbstractContextManager[None]:
    """The keys and the record of ACTION change together or not at all."""
    kept = restoring.keys(compat.fcurves(action)), restoring.custom(action, actions.TAKE_KEY)
    return restoring.all_or_nothing(*kept)
