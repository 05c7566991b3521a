# SPDX-License-Identifier: GPL-3.0-or-later
"""Grown people of any build, from MakeHuman's shapes (rigs/makehuman/people.npz, CC0)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Object
    from numpy.random import Generator

    from blender_addon.body.rotations import Floats

SEXES, AGES = ("female", "male"), ("young", "old")
ORIGINS: Final = ("african", "asian", "caucasian")
BUILD: Final = "universal-{}-{}-averagemuscle-averageweight"
HEAVY, SLIM, STRONG = (
    "averagemuscle-maxweight",
    "averagemuscle-minweight",
    "maxmuscle-averageweight",
)
LOOSEST: Final = 0.02  # metres from the skin to wide clothes
THICKEST_HAIR: Final = 0.03  # metres
SLEEVELESS, SHORT_SLEEVED = 0.15, 0.45  # shares of people whose sleeves end so early or earlier
OPEN_NECK: Final = 0.6  # share
LONG_HAIR: Final = 0.35  # share
JACKET: Final = 0.35  # share with a shirt of its own colour under an open front
BELOW_WAIST: Final = {
    "tucked in": {"hem": "trousers", "tunic": "", "skirt": ""},
    "loose": {"hem": "shirt", "tunic": "shirt", "skirt": ""},
    "skirt": {"hem": "skirt", "tunic": "skirt", "skirt": "skirt"},
}
WAIST_SHARES: Final = (0.35, 0.5, 0.15)


@dataclass(frozen=True)
class Shapes:
    """The content of `people.npz`, see rigs/makehuman/make.py; points in metres."""

    points: NDArray[np.float32]  # (targets + 1, points, 3)
    targets: tuple[str, ...]
    faces: list[NDArray[np.int64]]
    zones: NDArray[np.str_]  # a face
    bones: tuple[str, ...]
    parents: NDArray[np.int64]
    weight_bones: NDArray[np.uint8]
    weights: NDArray[np.float64]


def read(path: Path) -> Shapes:
    """The shapes in PATH. Raises GestureError when it holds none."""
    try:
        with np.load(path, allow_pickle=False) as content:
            ends = content["face_ends"][:-1]
            return Shapes(
                points=content["points"] * content["step"].astype(np.float32),
                targets=tuple(str(name) for name in content["targets"]),
                faces=np.split(content["faces"].astype(np.int64), ends),
                zones=content["zones"][content["face_zones"]],
                bones=tuple(str(name) for name in content["bone_names"]),
                parents=content["bone_parents"].astype(np.int64),
                weight_bones=content["weight_bones"],
                weights=content["weight_values"] / 255.0,
            )
    except (OSError, ValueError, KeyError) as error:
        raise GestureError(f"'{path.name}' holds no people: see rigs/makehuman.") from error


def build(shapes: Shapes, random: Generator) -> Object:
    """A new person in an empty scene: its armature, with one skinned mesh."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    points = np.tensordot(_mixture(shapes.targets, random), shapes.points, 1).astype(np.float64)
    count = len(points) - 2 * len(shapes.bones)
    heads, tails = points[count:].reshape(2, -1, 3)
    zones = _dressed(shapes.zones, random)
    kept = [i for i, zone in enumerate(zones) if zone]
    faces = [shapes.faces[i] for i in kept]
    worn = [zones[i] for i in kept]
    skin = _padded(points[:count], faces, worn, random)
    armature = _armature(shapes, heads, tails)
    _skinned(_mesh(skin, faces, worn), shapes, armature)
    return armature


# --- the person ---------------------------------------------------------------------------


def _mixture(targets: tuple[str, ...], random: Generator) -> Floats:
    """How much of the base (first) and of each of TARGETS a person has."""
    sex, age = SEXES[int(random.integers(2))], float(random.beta(1.0, 2.0))
    origin = random.dirichlet([0.6] * len(ORIGINS))
    build = {"": 1.0, SLIM: 0.0, HEAVY: 0.0, STRONG: float(random.uniform(0.0, 0.7))}
    build[(SLIM, HEAVY)[int(random.integers(2))]] = float(random.uniform(0.0, 0.9))
    build[""] -= sum(build[kind] for kind in (SLIM, HEAVY, STRONG))
    amounts = np.zeros(len(targets) + 1)
    amounts[0] = 1.0
    for years, share in zip(AGES, (1.0 - age, age), strict=True):
        for name, part in zip(ORIGINS, origin, strict=True):
            amounts[1 + targets.index(f"{name}-{sex}-{years}")] = share * part
        average = BUILD.format(sex, years)
        for kind, part in build.items():
            name = f"universal-{sex}-{years}-{kind}" if kind else average
            amounts[1 + targets.index(name)] = share * part
    return amounts


def _dressed(zones: NDArray[np.str_], random: Generator) -> list[str]:
    """The material of every face; "" where there is none."""
    sleeve, worn = random.random(), {"collar": "shirt", "front": "shirt", "strands": ""}
    worn["upper sleeve"] = "skin" if sleeve < SLEEVELESS else "shirt"
    worn["lower sleeve"] = "skin" if sleeve < SHORT_SLEEVED else "shirt"
    if random.random() < OPEN_NECK:
        worn["collar"] = "skin"
    if random.random() < JACKET:
        worn["front"] = "cloth under"
    worn |= BELOW_WAIST[random.choice(list(BELOW_WAIST), p=WAIST_SHARES)]
    if random.random() < LONG_HAIR:
        worn["strands"] = "hair"
    return [worn.get(str(zone), str(zone)) for zone in zones]


def _padded(points: Floats, faces: Any, worn: list[str], random: Generator) -> Floats:
    """POINTS (n, 3) with clothes and hair some way off the skin."""
    normals = _normals(points, faces)
    cloth = {"shirt", "trousers", "skirt", "cloth under"}
    loose = random.uniform(0.0, LOOSEST) * _inside(len(points), faces, worn, cloth)
    hair = random.uniform(0.003, THICKEST_HAIR) * _inside(len(points), faces, worn, {"hair"})
    return points + (loose + hair)[:, None] * normals


def _inside(count: int, faces: Any, worn: list[str], kinds: set[str]) -> Floats:
    """1 for each of COUNT points whose faces are all of KINDS, else 0."""
    among, other = np.zeros(count), np.zeros(count)
    for face, kind in zip(faces, worn, strict=True):
        (among if kind in kinds else other)[face] = 1.0
    return among * (1.0 - other)


def _normals(points: Floats, faces: Any) -> Floats:
    """Unit normals (n, 3) of POINTS, by the faces around them."""
    corners = np.array([[face[0], face[1], face[2], face[-1]] for face in faces])
    across = points[corners[:, 2]] - points[corners[:, 0]]
    along = points[corners[:, 3]] - points[corners[:, 1]]
    total = np.zeros_like(points)
    for corner in corners.T:
        np.add.at(total, corner, np.cross(across, along))
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))


# --- in Blender ---------------------------------------------------------------------------


def _mesh(points: Floats, faces: Any, worn: list[str]) -> Object:
    """A new mesh object with a material for each kind that is WORN."""
    mesh = bpy.data.meshes.new("Person")
    mesh.from_pydata(points.tolist(), [], [face.tolist() for face in faces])
    mesh.shade_smooth()
    kinds = sorted(set(worn))
    for kind in kinds:
        mesh.materials.append(bpy.data.materials.new(kind))
    mesh.polygons.foreach_set("material_index", [kinds.index(kind) for kind in worn])
    return bpy.data.objects.new("Person", mesh)


def _armature(shapes: Shapes, heads: Floats, tails: Floats) -> Object:
    armature = bpy.data.objects.new("Person", bpy.data.armatures.new("Person"))
    context: Any = bpy.context
    context.scene.collection.objects.link(armature)
    context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    data: Any = armature.data
    edited = [data.edit_bones.new(name) for name in shapes.bones]
    for bone, head, tail, parent in zip(edited, heads, tails, shapes.parents, strict=True):
        bone.head, bone.tail = head.tolist(), tail.tolist()
        bone.parent = edited[parent] if parent >= 0 else None
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def _skinned(body: Object, shapes: Shapes, armature: Object) -> None:
    """Bind BODY to ARMATURE."""
    context: Any = bpy.context
    context.scene.collection.objects.link(body)
    body.parent = armature
    groups = [body.vertex_groups.new(name=name) for name in shapes.bones]
    for index, (bones, weights) in enumerate(zip(shapes.weight_bones, shapes.weights, strict=True)):
        for bone, weight in zip(bones, weights, strict=True):
            if weight > 0.0:
                groups[bone].add([index], float(weight), "REPLACE")
    modifier: Any = body.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
