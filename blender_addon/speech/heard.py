# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sequencer lets hear: which part of which file, from which frame, on whose channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from .. import compat
from ..keys import actions

if TYPE_CHECKING:
    from bpy.types import Scene


@dataclass(frozen=True)
class Stretch:
    """A part of a file that is heard in one go.

    channel: its channel's name. zero: the frame on which the whole file would begin, end: on
    which it would have ended. first, behind: the first frame heard and the one after the last.
    """

    speech: Path
    channel: str
    zero: int
    end: int
    first: int
    behind: int

    def part(self, fps: float) -> tuple[float, float] | None:
        """The first and last second of the file that are heard; None for all of it."""
        if self.first <= self.zero and self.behind >= self.end:
            return None
        return (self.first - self.zero) / fps, (self.behind - 1 - self.zero) / fps


def heard(scene: Scene) -> tuple[list[Stretch], list[str]]:
    """What is heard of SCENE's sound strips, in order of time; and a sentence for each left out.

    Pieces of a file that was cut and not moved are one stretch. Muted strips and channels are
    silent; strips inside of meta strips and those played at another speed are left out.
    """
    if scene.sequence_editor is None:
        return [], []
    strips, editor = compat.sequencer_strips(scene), scene.sequence_editor
    sounding = list(_sounding(strips, editor.channels))
    usable = [strip for strip in sounding if strip.type == "SOUND" and not compat.retimed(strip)]
    left_out = [sentence for strip in sounding for sentence in _why_left_out(strip)]
    fps = actions.scene_fps(scene)
    found = [_stretch(strip, editor.channels[strip.channel].name, fps) for strip in usable]
    return sorted(_joined(found), key=lambda stretch: stretch.first), left_out


def _sounding(strips: Any, channels: Any) -> Iterator[Any]:
    """The sound and meta strips that are not muted."""
    for strip in strips:
        kind = strip.type == "META" or (strip.type == "SOUND" and strip.sound is not None)
        if kind and not strip.mute and not channels[strip.channel].mute:
            yield strip


def _why_left_out(strip: Any) -> Iterator[str]:
    """A sentence if STRIP is played at another speed, or for each sound inside a meta strip."""
    if strip.type == "META":
        for inner in _sounds_within(strip):
            name = _file(inner).name
            yield f"'{name}' is in the meta strip '{strip.name}': separate it to have a take."
    elif compat.retimed(strip):
        name = _file(strip).name
        yield f"'{name}' is played at another speed: reset the retiming of '{strip.name}'."


def _sounds_within(meta: Any) -> Iterator[Any]:
    for strip in _sounding(compat.strips_in(meta), meta.channels):
        if strip.type == "META":
            yield from _sounds_within(strip)
        else:
            yield strip


def _file(strip: Any) -> Path:
    return Path(bpy.path.abspath(strip.sound.filepath))


def _stretch(strip: Any, channel: str, fps: float) -> Stretch:
    begin = strip.frame_start - strip.animation_offset_start + compat.sound_delay(strip) * fps
    end = strip.frame_final_end + strip.frame_offset_end + strip.animation_offset_end
    zero, first = round(begin), max(strip.frame_final_start, round(begin))
    return Stretch(_file(strip), channel, zero, round(end), first, strip.frame_final_end)


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    """STRETCHES, those in one where one goes on with the same sound on the same channel."""

    def sound(one: Stretch) -> tuple[Path, str, int]:
        return one.speech, one.channel, one.zero

    joined: list[Stretch] = []
    for one in sorted(stretches, key=lambda one: (*sound(one), one.first)):
        if joined and sound(joined[-1]) == sound(one) and one.first <= joined[-1].behind:
            behind, end = (max(getattr(joined[-1], n), getattr(one, n)) for n in ("behind", "end"))
            joined[-1] = replace(joined[-1], behind=behind, end=end)
        else:
            joined.append(one)
    return joined
