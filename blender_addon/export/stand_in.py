# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the character, made to be exported: wanted bones only, a key on every frame.

It lives in a scene of its own, which is gone afterwards. The character itself is only looked at,
so control rigs, NLA tracks, constraints and parents all come out as they are seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

from ..keys import actions
from .build import Builder, StandIn, unnamed
from .meshes import attached
from .recording import parts, record, wanted_bones

if TYPE_CHECKING:
    from bpy.types import Object, Scene

    from .targets import Target


@contextmanager
def stand_in(
    armature: Object,
    target: Target,
    frames: tuple[int, int],
    *,
    name: str,
    rate: float | None = None,
    meshes: bool = True,
    deform_only: bool = False,
) -> Iterator[StandIn]:
    """ARMATURE, animated on scene FRAMES, as TARGET wants it; afterwards all is as before.

    name: of the animation. rate: frames a second of the file, None for the scene's.
    Raises GestureError when there is no bone to write, or the armature is being edited.
    """
    scene = bpy.context.scene
    assert scene is not None
    fps = actions.scene_fps(scene)
    out_fps = rate or fps
    bones = wanted_bones(armature, deform_only)
    shown = parts(armature)[1:] if meshes else []
    times = np.arange(frames[0], frames[1] + 1e-6, fps / out_fps)
    first = 0 if target.from_zero else round(frames[0] * out_fps / fps)
    with ExitStack() as stack:
        workshop = stack.enter_context(_workshop(scene, name))
        seen = record(armature, bones, shown, workshop, times, out_fps)
        recording, sources = attached(seen, armature)
        _set_clock(workshop, target, out_fps, first, len(times))
        metres = 1.0 if not target.applied else scene.unit_settings.scale_length
        yield Builder(target, recording, armature, metres, stack).build(sources, first)


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
