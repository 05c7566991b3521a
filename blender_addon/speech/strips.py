# SPDX-License-Identifier: GPL-3.0-or-later
"""The speech in the sequencer, where the take begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from .. import compat
from ..errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Scene


def add(scene: Scene, speech: Path, frame: int) -> Any:
    """The sound strip of SPEECH at FRAME: the one that is there, or a new one.

    It goes to the lowest channel that is free over its whole length.
    Raises GestureError if Blender cannot read the file as sound.
    """
    strips = compat.sequencer_strips(scene)
    existing = find(scene, speech, frame)
    if existing is not None:
        return existing
    top = max((strip.channel for strip in strips), default=0)
    try:
        strip = strips.new_sound(speech.stem, str(speech), channel=top + 1, frame_start=frame)
    except (RuntimeError, AttributeError) as error:
        raise GestureError(
            f"Blender cannot play '{speech.name}': the take has no sound."
        ) from error
    strip.channel = _lowest_free(strips, strip)
    return strip


def find(scene: Scene, speech: Path, frame: int) -> Any:
    """The sound strip of SPEECH that begins at FRAME; None if there is none."""
    here = (strip for strip in playing(scene, speech) if round(strip.frame_start) == frame)
    return next(here, None)


def playing(scene: Scene, speech: Path) -> list[Any]:
    """The sound strips of SPEECH."""
    return [strip for strip in _all(scene) if strip.type == "SOUND" and _plays(strip, speech)]


def remembered(scene: Scene) -> Callable[[], None]:
    """What takes the sound strips and sounds away that come from now on, and the syncing."""
    sync, sounds = (scene.sync_mode, scene.use_audio_scrub), set(bpy.data.sounds)
    known = {one.as_pointer() for one in _all(scene)} if scene.sequence_editor else None

    def put_back() -> None:
        for strip in [one for one in _all(scene) if one.as_pointer() not in (known or ())]:
            compat.sequencer_strips(scene).remove(strip)
        if known is None:
            scene.sequence_editor_clear()
        for sound in set(bpy.data.sounds) - sounds:
            bpy.data.sounds.remove(sound)
        scene.sync_mode, scene.use_audio_scrub = sync

    return put_back


def _all(scene: Scene) -> list[Any]:
    return list(compat.sequencer_strips(scene)) if scene.sequence_editor else []


def play_in_sync(scene: Scene) -> None:
    """Let playback follow the sound, and scrubbing sound."""
    scene.sync_mode = "AUDIO_SYNC"
    scene.use_audio_scrub = True


def _plays(strip: Any, speech: Path) -> bool:
    sound = strip.sound
    return sound is not None and Path(bpy.path.abspath(sound.filepath)).resolve() == speech


def _lowest_free(strips: Any, strip: Any) -> int:
    others = [other for other in strips if other != strip]
    taken = {
        other.channel
        for other in others
        if other.frame_final_start < strip.frame_final_end
        and strip.frame_final_start < other.frame_final_end
    }
    return next(channel for channel in range(1, strip.channel + 1) if channel not in taken)
