# SPDX-License-Identifier: GPL-3.0-or-later
"""How the character is seen: colours, light, background, and where cameras stand.

Workbench only: a frame takes a tenth of a second without a graphics card, EEVEE many seconds.
Materials, cameras and the world are touched, the rig never is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..body.skeleton import FINGERS, SIDES
from .mannequin import rest_head

if TYPE_CHECKING:
    from bpy.types import Camera, Material, Object, Scene

    from ..body.rotations import Floats
    from .perform import Take

LENS: Final = 60.0  # mm on a 36 mm sensor: little perspective
FILM_SMOOTHING: Final = "OFF"  # FXAA takes longer than half as many pixels again
STILL_SMOOTHING: Final = "5"
MARGIN: Final = 1.06  # room around what must be in the picture
CROWN: Final = 0.42  # above the head's joint, in lengths from hips to head
BELOW_HIPS: Final = 0.12
BELOW_SOLES: Final = 0.05  # room for toes that come forward, in heights of the hips
BACKGROUND: Final = (0.71, 0.75, 0.79)  # linear RGB
PLAIN: Final = (0.62, 0.48, 0.40)  # linear RGB of a character without any colours
PALETTE: Final = (  # linear RGB for materials that are black or have none
    (0.05, 0.16, 0.32),
    (0.55, 0.30, 0.19),
    (0.06, 0.05, 0.05),
    (0.72, 0.68, 0.60),
    (0.10, 0.10, 0.13),
)
BLACK: Final = 0.02  # darker than this in all channels: not a colour anybody chose


@dataclass(frozen=True)
class View:
    """Where to look from: degrees to the character's left and up; points kept in the picture.

    margin: 1 touches the picture's edge, more leaves room.
    """

    yaw: float
    pitch: float
    points: Floats
    margin: float = MARGIN


# --- light and colours ------------------------------------------------------------------


def light(scene: Any) -> None:
    """Workbench with a bright studio light on a soft background."""
    scene.render.engine = "BLENDER_WORKBENCH"
    shading: Any = scene.display.shading
    shading.light, shading.studio_light = "STUDIO", "outdoor.sl"
    shading.color_type = "TEXTURE"
    shading.show_shadows = shading.show_cavity = shading.show_object_outline = False
    scene.display.render_aa = FILM_SMOOTHING
    scene.view_settings.view_transform = "Standard"
    world = bpy.data.worlds.new("Gestures")
    world.color = BACKGROUND
    scene.world = world


def colour(meshes: Iterable[Object]) -> None:
    """Let every material of MESHES show its picture, or else a colour that is not black."""
    for mesh in meshes:
        data: Any = mesh.data
        if not any(data.materials):
            data.materials.append(bpy.data.materials.new("Plain"))
            data.materials[0].diffuse_color = (*PLAIN, 1.0)
        for index, material in enumerate(data.materials):
            if material is not None and not _show_picture(material):
                _give_colour(material, index)


def _show_picture(material: Material) -> bool:
    """Make the picture of the base colour the one that Workbench shows, if there is one."""
    if material.node_tree is None:
        return False
    for node in material.node_tree.nodes:
        if node.type != "BSDF_PRINCIPLED":
            continue
        for link in node.inputs["Base Color"].links or ():
            source: Any = link.from_node
            if source.type == "TEX_IMAGE" and source.image and source.image.size[0]:
                material.node_tree.nodes.active = source
                return True
    return False


def _give_colour(material: Any, index: int) -> None:
    if max(material.diffuse_color[:3]) < BLACK:
        material.diffuse_color = (*PALETTE[index % len(PALETTE)], 1.0)


# --- where things are -----------------------------------------------------------------------


def upper_body(take: Take, frames: Iterable[int]) -> Floats:
    """World positions (n, 3) that a picture from head to hips must hold, over FRAMES."""
    found = [hand(take, side, frame) for frame in frames for side in SIDES]
    return np.concatenate([*found, head_and_hips(take)])


def head_and_hips(take: Take) -> Floats:
    """World positions (2, 3) at rest: the crown, and a hand's breadth below the hips.

    What the mapping leaves out is where the calibration guesses it from the shoulders.
    """
    find, axes, shape = take.bone_map.get, take.calibration.axes, take.calibration.shape
    high, deep = find("head") or find("neck"), find("hips") or find("spine")
    top = rest_head(take, high[0]) if high else axes @ shape.neck
    low = rest_head(take, deep[0]) if deep else axes @ shape.hips
    up = axes[:, 2]
    height = float((top - low) @ up)
    ends = np.stack([top + up * (CROWN * height), low - up * (BELOW_HIPS * height)])
    world = np.array(take.armature.matrix_world)
    return np.asarray(ends @ world[:3, :3].T + world[:3, 3])


def soles(take: Take, meshes: Iterable[Object]) -> Floats:
    """World positions (1, 3) of the floor below the hips, where MESHES end; (0, 3) without any."""
    corners = [mesh.matrix_world @ Vector(corner) for mesh in meshes for corner in mesh.bound_box]
    if not corners:
        return np.zeros((0, 3))
    up = np.array(take.armature.matrix_world.to_3x3()) @ take.calibration.axes[:, 2]
    up /= np.linalg.norm(up)
    hips = head_and_hips(take)[1]
    lowest = float((np.array(corners) @ up).min())
    drop = (1.0 + BELOW_SOLES) * (lowest - hips @ up)
    return np.asarray(hips + up * drop)[None]


def hand(take: Take, side: str, frame: int) -> Floats:
    """World positions (n, 3) of the wrist, the finger joints and the fingertips on FRAME.

    Tips are guessed from the joints: where a bone's tail is, importers only guess too.
    """
    scene: Any = bpy.context.scene
    scene.frame_set(frame)
    joints = []
    for finger in FINGERS:
        chain = (*take.bone_map.get(f"hand.{side}")[:1], *take.bone_map.get(f"{finger}.{side}"))
        heads = [_head(take.armature, bone) for bone in chain]
        tip = heads[-1] + 0.7 * (heads[-1] - heads[-2]) if len(heads) > 1 else heads[-1]
        joints += [*heads, tip]
    return np.array(joints)


def _head(armature: Object, bone: str) -> Floats:
    pose: Any = armature.pose
    return np.array(armature.matrix_world @ pose.bones[bone].head, np.float64)


# --- cameras ------------------------------------------------------------------------------


def camera(scene: Scene) -> Object:
    """A new camera, the scene's active one."""
    data: Camera = bpy.data.cameras.new("Gestures camera")
    data.lens = LENS
    data.sensor_fit = "HORIZONTAL"
    owner = bpy.data.objects.new("Gestures camera", data)
    scene.collection.objects.link(owner)
    scene.camera = owner
    return owner


def aim(owner: Object, take: Take, view: View, size: tuple[int, int]) -> None:
    """Place the camera OWNER as VIEW says so that all its points are in a picture of SIZE."""
    right, up, out = camera_axes(take, view)
    along = view.points @ np.stack([right, up, out], axis=1)
    low, high = along.min(0), along.max(0)
    middle = (low + high) / 2
    data: Any = owner.data
    half = 0.5 * data.sensor_width / data.lens
    reach = np.array([half, half * size[1] / size[0]]) / view.margin
    distance = float(np.max(along[:, 2:] + np.abs(along - middle)[:, :2] / reach))
    place = middle[0] * right + middle[1] * up + distance * out
    turn = Matrix(np.stack([right, up, out], axis=1).tolist()).to_4x4()
    owner.matrix_world = Matrix.Translation(place.tolist()) @ turn
    data.clip_start, data.clip_end = distance / 100.0, distance * 100.0


def camera_axes(take: Take, view: View) -> tuple[Floats, Floats, Floats]:
    """The camera's right, up and backward axes in world space, unit."""
    world = np.array(take.armature.matrix_world.to_3x3()) @ take.calibration.axes
    left, back, up = (column / np.linalg.norm(column) for column in world.T)
    yaw, pitch = np.radians([view.yaw, view.pitch])
    out = np.cos(pitch) * (np.sin(yaw) * left - np.cos(yaw) * back) + np.sin(pitch) * up
    right = np.cross(up, out)
    right /= np.linalg.norm(right)
    return right, np.cross(out, right), out
