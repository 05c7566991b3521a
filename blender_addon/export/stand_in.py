# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the character, made to be exported: wanted bones only, a key on every frame.

It lives in a scene of its own, which is gone afterwards. The character itself is only looked at,
so control rigs, NLA tracks, constraints and parents all come out as they are seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

from ..keys import actions
from .build import Builder, StandIn, unnamed
from .meshes import attached
from .recording import joined, parts, record, wanted_bones

if TYPE_CHECKING:
    from bpy.types import Object, Scene

    from .targets import Target


@dataclass(frozen=True)
class Clip:
    """One animation of a file. frames: of the scene, first and last. seen: shows it for a while."""

    name: str
    frames: tuple[int, int]
    seen: Callable[[], AbstractContextManager[None]] = nullcontext


@contextmanager
def stand_in(
    armature: Object,
    target: Target,
    clips: Sequence[Clip],
    *,
    rate: float | None = None,
    meshes: bool = True,
    deform_only: bool = False,
) -> Iterator[StandIn]:
    """ARMATURE, animated by CLIPS one after the other, as TARGET wants it; then all is as before.

    rate: frames a second of the file, None for the scene's.
    Raises GestureError when there is no bone to write, or the armature is being edited.
    """
    scene = bpy.context.scene
    assert scene is not None
    fps = actions.scene_fps(scene)
    out_fps = rate or fps
    bones = wanted_bones(armature, deform_only)
    shown = parts(armature)[1:] if meshes else []
    first = 0 if target.from_zero else round(clips[0].frames[0] * out_fps / fps)
    with ExitStack() as stack:
        workshop = stack.enter_context(_workshop(scene, clips[0].name))
        seen = []
        for clip in clips:
            times = np.arange(clip.frames[0], clip.frames[1] + 1e-6, fps / out_fps)
            with clip.seen():
                seen.append(record(armature, bones, shown, workshop, times, out_fps))
        recording, sources = attached(joined(seen), armature)
        _set_clock(workshop, target, out_fps, first, len(recording.poses))
        metres = 1.0 if not target.applied else scene.unit_settings.scale_length
        made = Builder(target, recording, armature, metres, stack).build(sources, first)
        ends = first + np.cumsum([len(one.poses) for one in seen])
        starts = [first, *ends[:-1]]
        spans = zip(clips, starts, ends, strict=True)
        named = tuple((clip.name, int(start), int(end) - 1) for clip, start, end in spans)
        yield replace(made, clips=named)


@contextmanager
def _workshop(user: Scene, name: str) -> Iterator[Scene]:
    """A scene NAME to work in, shown instead of USER's for as long as the work takes."""
    window: Any = bpy.context.window or bpy.context.window_manager.windows[0]  # type: ignore[union-attr]
    layer, frame = window.view_layer, (user.frame_current, user.frame_subframe)
    with unnamed(bpy.data.scenes, name):
        scene = bpy.data.scenes.new(name)
        try:
            scene.unit_settings.scale_length = user.unit_settings.scale_length
            window.scene = scene
            yield scene
        finally:
            window.scene, window.view_layer = user, layer
            bpy.data.scenes.remove(scene)
            user.frame_set(frame[0], subframe=frame[1])


def _set_clock(scene: Scene, target: Target, fps: float, first: int, count: int) -> None:
    scene.render.fps = whole = max(1, round(fps))
    # Blender's glTF exporter multiplies by the base that all else divides by
    scene.render.fps_base = fps / whole if target.format == "gltf" else whole / fps
    scene.frame_start, scene.frame_end = first, first + count - 1
