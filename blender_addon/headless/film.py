# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a take: a contact sheet and a film with sound."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from .. import compat
from ..errors import GestureError
from ..export.recording import parts
from ..files import replacing, settle, why
from . import mannequin, pixels, stage

if TYPE_CHECKING:
    from bpy.types import Object, Scene
    from numpy.typing import NDArray

    from .perform import Take
    from .pixels import Pixels

MOMENTS: Final = 8
COLUMNS: Final = 4
PANEL: Final = (300, 320)  # pixels of the front and the side picture of a moment
CLOSE: Final = (300, 220)  # of a hand
CLOSE_MARGIN: Final = 1.35  # there is flesh around the bones
GAP: Final = 8  # pixels between moments
FRONT, SIDE = (14.0, 4.0), (72.0, 6.0)  # degrees to the character's left and up
SAMPLES: Final = 40  # frames looked at to frame the whole take

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Set:
    """A lit scene with its camera."""

    scene: Any
    take: Take
    camera: Object


def prepare(take: Take) -> Set:
    """Light and colour TAKE's scene, with the camera where the film is shot from."""
    scene = bpy.context.scene
    assert scene is not None
    stage.light(scene)
    stage.colour(parts(take.armature)[1:])
    return Set(scene, take, stage.camera(scene))


def only_the_character(shown: Set) -> None:
    """Leave everything else in the scene out of the pictures."""
    if len(parts(shown.take.armature)) == 1:
        stage.colour([mannequin.build(shown.take)])
    without_lost_textures()
    keep = [*parts(shown.take.armature), shown.camera]
    for other in shown.scene.objects:
        other.hide_render = other not in keep
    for strip in compat.sequencer_strips(shown.scene):
        strip.mute = strip.mute or strip.type != "SOUND"


def without_lost_textures() -> None:
    """Take textures whose file is gone out of the materials, which would be bright magenta."""
    lost = {one for one in bpy.data.images if one.source == "FILE" and not _is_there(one)}
    for material in bpy.data.materials:
        tree: Any = material.node_tree
        for node in list(tree.nodes) if tree else []:
            if getattr(node, "image", None) in lost:
                tree.nodes.remove(node)


def _is_there(image: Any) -> bool:
    return bool(image.packed_file) or Path(bpy.path.abspath(image.filepath)).is_file()


def frame_front(shown: Set, size: tuple[int, int]) -> None:
    """Aim the camera at the whole person, with both hands in the picture on every frame."""
    first, last = shown.take.frames
    frames = sorted({int(f) for f in np.linspace(first, last, SAMPLES)})
    feet = stage.soles(shown.take, parts(shown.take.armature)[1:])
    points = np.concatenate([stage.upper_body(shown.take, frames), feet])
    stage.aim(shown.camera, shown.take, stage.View(*FRONT, points), size)
    shown.scene.render.resolution_x, shown.scene.render.resolution_y = size
    shown.scene.render.resolution_percentage = 100
    shown.scene.frame_set(first)


# --- film -------------------------------------------------------------------------------


def shoot(shown: Set, path: Path, size: tuple[int, int], progress: Progress) -> None:
    """Render the take to PATH (.mp4, H.264, with AAC when the scene has sound)."""
    scene = shown.scene
    frame_front(shown, size)
    _film_format(scene)
    report = _frame_reporter(shown.take.frames, progress)
    bpy.app.handlers.render_write.append(report)
    try:
        with replacing(path) as part:
            scene.render.filepath = str(part)
            bpy.ops.render.render(animation=True)
    except (RuntimeError, OSError) as error:
        raise GestureError(f"Blender could not render '{path.name}': {why(error)}.") from error
    finally:
        bpy.app.handlers.render_write.remove(report)


def _film_format(scene: Any) -> None:
    scene.display.render_aa = stage.FILM_SMOOTHING
    scene.render.use_stamp = False
    image: Any = scene.render.image_settings
    if hasattr(image, "media_type"):
        image.media_type = "VIDEO"
    image.file_format = "FFMPEG"
    film: Any = scene.render.ffmpeg
    film.format, film.codec, film.audio_codec = "MPEG4", "H264", "AAC"
    film.constant_rate_factor, film.ffmpeg_preset = "HIGH", "REALTIME"
    film.gopsize = 24
    scene.render.use_file_extension = False
    scene.render.use_sequencer = True  # without it the film is silent


def _frame_reporter(frames: tuple[int, int], progress: Progress) -> Callable[..., None]:
    first, last = frames
    step = max(1, (last - first + 1) // 5)

    def report(scene: Scene, *_: object) -> None:
        done = scene.frame_current - first + 1
        if done % step == 0:
            progress(f"rendering frame {done} of {last - first + 1}")

    return report


# --- contact sheet ------------------------------------------------------------------------


def contact_sheet(shown: Set, path: Path) -> None:
    """MOMENTS evenly over the take, each from the front, the side, and both hands close."""
    first, last = shown.take.frames
    times = np.linspace(first, last, 2 * MOMENTS + 1)[1::2]
    frames = [round(float(t)) for t in times]
    points = stage.upper_body(shown.take, frames)
    with tempfile.TemporaryDirectory() as folder:
        camera = _StillCamera(shown, Path(folder) / "still.png")
        cells = [_moment(camera, frame, points) for frame in frames]
    pixels.save(_grid(cells), path)


@dataclass(frozen=True)
class _StillCamera:
    shown: Set
    file: Path

    def take(self, frame: int, view: stage.View, size: tuple[int, int], note: str = "") -> Pixels:
        """One picture (height, width, 3), top row first."""
        scene = self.shown.scene
        stage.aim(self.shown.camera, self.shown.take, view, size)
        scene.frame_set(frame)
        _still_format(scene, self.file, size, note)
        try:
            bpy.ops.render.render(write_still=True)
            settle(self.file)
        except (RuntimeError, OSError) as error:
            raise GestureError(f"Blender could not render a picture: {why(error)}.") from error
        return pixels.read(self.file)[..., :3]


def _moment(camera: _StillCamera, frame: int, points: NDArray[np.float64]) -> Pixels:
    """Front and side above, right and left hand below, as the front view has them."""
    take = camera.shown.take
    seconds = (frame - take.frames[0]) / take.fps
    above = [
        camera.take(frame, stage.View(*FRONT, points), PANEL, f"{seconds:.1f} s"),
        camera.take(frame, stage.View(*SIDE, points), PANEL),
    ]
    below = []
    for side, yaw in (("R", -20.0), ("L", 20.0)):
        hand = stage.hand(take, side, frame)
        below.append(camera.take(frame, stage.View(yaw, 10.0, hand, CLOSE_MARGIN), CLOSE))
    return np.concatenate([np.concatenate(row, axis=1) for row in (above, below)], axis=0)


def _still_format(scene: Any, file: Path, size: tuple[int, int], note: str) -> None:
    render: Any = scene.render
    render.resolution_x, render.resolution_y = size
    render.resolution_percentage = 100
    render.filepath, render.use_file_extension = str(file), False
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format = "PNG"
    render.image_settings.color_mode, render.image_settings.compression = "RGB", 0
    for prop in render.bl_rna.properties:
        if prop.identifier.startswith("use_stamp_"):
            setattr(render, prop.identifier, False)
    scene.display.render_aa = stage.STILL_SMOOTHING
    render.use_stamp, render.use_stamp_note, render.stamp_note_text = bool(note), True, note
    render.stamp_background, render.stamp_font_size = (0.0, 0.0, 0.0, 0.45), 16


def _grid(cells: list[Pixels]) -> Pixels:
    height, width, _ = cells[0].shape
    rows = -(-len(cells) // COLUMNS)
    sheet = np.ones((rows * (height + GAP) - GAP, COLUMNS * (width + GAP) - GAP, 3), np.float32)
    for index, cell in enumerate(cells):
        row, column = divmod(index, COLUMNS)
        top, left = row * (height + GAP), column * (width + GAP)
        sheet[top : top + height, left : left + width] = cell
    return sheet
