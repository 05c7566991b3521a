# SPDX-License-Identifier: GPL-3.0-or-later
"""A character that sits for portraits: posed, dressed, lit and photographed by chance."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from mathutils import Matrix, Vector

from blender_addon.body.skeleton import FOREARM, LENGTHS, UPPER_ARM
from blender_addon.export.recording import parts
from blender_addon.headless import film, mannequin, pixels, stage
from blender_addon.headless.perform import Take
from blender_addon.retarget.solve import retarget
from blender_addon.rig import reading

from .backdrops import SIZE, backdrop, finished
from .wardrobe import Wardrobe

if TYPE_CHECKING:
    from bpy.types import Object
    from numpy.random import Generator

    from blender_addon.body.rotations import Floats
    from blender_addon.headless.pixels import Pixels

OVERSAMPLE: Final = 2  # cheaper than Workbench's own smoothing
STUDIO_LIGHTS: Final = ("Default", "basic.sl", "outdoor.sl", "paint.sl", "rim.sl", "studio.sl")
SCALE: Final = (0.55, 0.85)  # of the picture's height a metre …
CLOSE_SCALE: Final = (1.0, 2.0)  # … with head and shoulders alone in view
CROWN: Final = 0.37  # metres from the neck's joint to the top of the hair
BRIGHTNESS: Final = (0.28, 0.62)  # of the sitter in the picture, sRGB
LARGEST_GAIN: Final = 4.0
UNSEEN: Final = 0.02  # of a hand's size
ARM: Final = float(LENGTHS[UPPER_ARM["L"]] + LENGTHS[FOREARM["L"]])  # metres


@dataclass(frozen=True)
class Sitter:
    """A character alone in the scene.

    world: its (4, 4) place when it is not stretched; metre: the length of one in world units.
    """

    take: Take
    wardrobe: Wardrobe
    camera: Any
    world: Matrix
    metre: float


@dataclass(frozen=True)
class View:
    """close: head and shoulders only. hidden: whether the left and right hand are in a pocket."""

    close: bool = False
    hidden: tuple[bool, ...] = (False, False)


def seat(armature: Object) -> Sitter:
    """Make ARMATURE's character ready; a rig without meshes becomes a mannequin.

    Raises GestureError when the rig cannot be used.
    """
    bone_map = reading.map_for(armature).bone_map
    take = Take(armature, reading.calibration(armature, bone_map), bone_map, (1, 1), 1.0, 0.0, 0)
    shown = film.prepare(take)
    film.only_the_character(shown)
    meshes = parts(armature)[1:]
    _raw_pictures(shown.scene)
    for bone in take.calibration.bones:
        _bone(take, bone).rotation_mode = "QUATERNION"
    world = armature.matrix_world.copy()
    return Sitter(take, Wardrobe.of(meshes), shown.camera, world, _metre(take))


def portrait(
    sitter: Sitter, directions: Floats, file: Path, random: Generator, view: View = View()
) -> Pixels:
    """SITTER in the pose DIRECTIONS (42, 3), engine frame: (SIZE, SIZE, 3), sRGB 0 to 1.

    file: where Blender puts its own picture on the way.
    """
    _stretch(sitter, random)
    _pose(sitter.take, directions)
    _hide(sitter.take, view.hidden)
    sitter.wardrobe.change(random)
    _light(bpy.context.scene, random)
    _aim(sitter, random, view.close)
    render: Any = bpy.context.scene
    render.render.filepath = str(file)
    bpy.ops.render.render(write_still=True)
    seen = _exposed(_smaller(pixels.read(file)), random)
    return finished(_composed(seen, backdrop(random)), random)


# --- the character ------------------------------------------------------------------------


def _bone(take: Take, name: str) -> Any:
    pose: Any = take.armature.pose
    return pose.bones[name]


def _metre(take: Take) -> float:
    """World units a metre, by the length of the arm."""
    chain = [take.bone_map.get(f"{part}.L")[0] for part in ("upper_arm", "forearm", "hand")]
    joints = [mannequin.rest_head(take, bone) for bone in chain]
    length = sum(float(np.linalg.norm(b - a)) for a, b in pairwise(joints))
    return length * take.armature.matrix_world.to_scale()[0] / ARM


def _stretch(sitter: Sitter, random: Generator) -> None:
    """Broader or slimmer, deeper or flatter, with a larger or smaller head."""
    size = (random.uniform(0.9, 1.1), random.uniform(0.92, 1.1), 1.0, 1.0)
    sitter.take.armature.matrix_world = Matrix.Diagonal(size) @ sitter.world
    for bone in sitter.take.bone_map.get("head")[:1]:
        _bone(sitter.take, bone).scale = [random.uniform(0.93, 1.1)] * 3


def _pose(take: Take, directions: Floats) -> None:
    track = retarget(directions[None], take.calibration, limits="enforce", contacts=True)
    for bone, quaternion in zip(track.bones, track.quaternions[0], strict=True):
        _bone(take, bone).rotation_quaternion = quaternion


def _hide(take: Take, hidden: tuple[bool, ...]) -> None:
    """Hands in a pocket are not seen: they shrink into their sleeves."""
    for side, unseen in zip("LR", hidden, strict=True):
        for bone in take.bone_map.get(f"hand.{side}")[:1]:
            _bone(take, bone).scale = [UNSEEN if unseen else 1.0] * 3


# --- light and camera ---------------------------------------------------------------------


def _raw_pictures(scene: Any) -> None:
    """Renders are read back at once: no compression, and see-through where nothing is."""
    render = scene.render
    render.resolution_x = render.resolution_y = SIZE * OVERSAMPLE
    render.resolution_percentage = 100
    render.film_transparent, render.use_file_extension = True, False
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format = "PNG"
    render.image_settings.color_mode, render.image_settings.compression = "RGBA", 0


def _light(scene: Any, random: Generator) -> None:
    shading = scene.display.shading
    shading.studio_light = STUDIO_LIGHTS[int(random.integers(len(STUDIO_LIGHTS)))]
    shading.use_world_space_lighting = True
    shading.studiolight_rotate_z = random.uniform(-1.2, 1.2)
    shading.show_specular_highlight = bool(random.random() < 0.5)
    shading.show_shadows = bool(random.random() < 0.5)
    shading.shadow_intensity = random.uniform(0.2, 0.7)
    scene.display.light_direction = (random.uniform(-1, 1), random.uniform(-0.2, 1), 1.0)


def _aim(sitter: Sitter, random: Generator, close: bool) -> None:
    """A camera within 20 degrees of the front, head and (unless CLOSE) hands in view.

    As in the engine's drawn portraits, the neck a little beside the middle and a third from
    the top, or as low as the head needs.
    """
    yaw, pitch, roll = random.uniform(-20, 20), random.uniform(-8, 8), random.uniform(-4, 4)
    height = sitter.metre / random.uniform(*(CLOSE_SCALE if close else SCALE))
    aside, below = random.uniform(-0.08, 0.08), random.uniform(0.14, 0.28)
    below = min(below, 0.5 - CROWN * sitter.metre / height)
    lens = random.uniform(35.0, 85.0)
    axes = stage.camera_axes(sitter.take, stage.View(yaw, pitch, np.zeros((0, 3))))
    right, up, out = (Vector(axis.tolist()) for axis in axes)
    data = sitter.camera.data
    distance = height * lens / data.sensor_width
    middle = _neck(sitter.take) - right * (aside * height) - up * (below * height)
    turn = Matrix(np.stack(axes).tolist()).transposed() @ Matrix.Rotation(np.radians(roll), 3, "Z")
    sitter.camera.matrix_world = Matrix.Translation(middle + out * distance) @ turn.to_4x4()
    data.lens, data.clip_start, data.clip_end = lens, distance / 100.0, distance * 100.0


def _neck(take: Take) -> Vector:
    """Where the neck starts, world space."""
    scene: Any = bpy.context
    scene.view_layer.update()
    bone = (take.bone_map.get("neck") or take.bone_map.get("head"))[0]
    return Vector(take.armature.matrix_world @ _bone(take, bone).head)


def _smaller(render: Pixels) -> Pixels:
    """RENDER (2·SIZE, 2·SIZE, 4) as (SIZE, SIZE, 4), its colours multiplied by alpha."""
    whole = render.copy()
    whole[..., :3] *= whole[..., 3:]
    rows = whole[::OVERSAMPLE] + whole[1::OVERSAMPLE]
    return np.asarray((rows[:, ::OVERSAMPLE] + rows[:, 1::OVERSAMPLE]) / OVERSAMPLE**2)


def _exposed(figure: Pixels, random: Generator) -> Pixels:
    """FIGURE (height, width, 4) as bright as cameras make it, whatever the light."""
    mean = float(figure[..., :3].sum() / (3.0 * figure[..., 3].sum() + 1e-6))
    gain = random.uniform(*BRIGHTNESS) / max(mean, 1e-3)
    gains = [np.clip(gain, 1.0 / LARGEST_GAIN, LARGEST_GAIN)] * 3
    return np.minimum(figure * np.array([*gains, 1.0], np.float32), figure[..., 3:])


def _composed(figure: Pixels, behind: Pixels) -> Pixels:
    """FIGURE (SIZE, SIZE, 4), multiplied by alpha, put on BEHIND (SIZE, SIZE, 3)."""
    return np.asarray(figure[..., :3] + (1.0 - figure[..., 3:]) * behind, np.float32)
