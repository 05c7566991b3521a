# SPDX-License-Identifier: GPL-3.0-or-later
"""Paint the demo character's textures: `python rigs/rocketbox/paint.py` (bpy, numpy, pillow).

The published figure names texture files that do not come with it. The three written to `textures/`
are our own paint, found from the figure's shape alone: a garment is a UV island with a known
sample point, a feature of the face is a region of the rest pose (metres, z up, facing -y).
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

HERE = Path(__file__).resolve().parent
SIZE = 1024  # painted pixels, halved when written
Floats = NDArray[np.float64]

SKIN, LIPS, HAIR, BROW = (224, 174, 144), (200, 128, 112), (52, 42, 38), (78, 56, 46)
WHITE, IRIS, PUPIL, TEETH, MOUTH = (
    (236, 232, 226),
    (84, 58, 40),
    (16, 14, 14),
    (226, 220, 208),
    (96, 42, 40),
)
JACKET, CUFF, LINING, SHIRT = (64, 118, 156), (46, 92, 126), (44, 74, 98), (244, 240, 230)
TROUSERS, SHOE, SOLE, ZIP = (92, 94, 108), (132, 98, 76), (236, 232, 222), (214, 214, 210)

# Garments by UV island: (lowest face count, centre box in metres) is enough to tell them apart.
EYES_X, EYES_Z = 0.031, 1.6855  # metres, from the two eyeballs' islands


@dataclass(frozen=True)
class Island:
    """Faces that share UV edges: their indices and the box of their rest positions, metres."""

    faces: tuple[int, ...]
    low: Floats
    high: Floats


def islands(mesh: Any, points: Floats, material: int) -> list[Island]:
    """UV islands of one material, largest first."""
    uv = mesh.uv_layers[0].data
    keys = [(lo.vertex_index, *(round(x, 4) for x in uv[lo.index].uv)) for lo in mesh.loops]
    parent = {key: key for key in keys}

    def find(key: tuple[Any, ...]) -> tuple[Any, ...]:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    faces = [p for p in mesh.polygons if p.material_index == material]
    for face in faces:
        first, *rest = (find(keys[i]) for i in face.loop_indices)
        for other in rest:
            parent[find(other)] = find(first)
    groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for face in faces:
        groups[find(keys[face.loop_indices[0]])].append(face)
    return sorted(
        (_island(group, points) for group in groups.values()), key=lambda i: -len(i.faces)
    )


def _island(faces: list[Any], points: Floats) -> Island:
    where = points[sorted({v for face in faces for v in face.vertices})]
    return Island(tuple(face.index for face in faces), where.min(0), where.max(0))


def garment(island: Island) -> tuple[int, int, int]:
    """Colour of a body island, told by its size and place in the rest pose."""
    n, low, high = len(island.faces), island.low, island.high
    if n > 700:
        return SKIN  # hands
    if high[2] < 0.2:
        return SHOE
    if high[2] < 1.0:
        return TROUSERS
    if n == 144:
        return SHIRT
    return LINING if low[2] > 1.2 and n < 130 else JACKET


def body(colour: Floats, where: Floats) -> Floats:
    """Cuffs, hem, soles and the zip line on top of the garments' flat colours."""
    x, y, z = where[..., 0], where[..., 1], where[..., 2]
    jacket = np.all(colour == JACKET, axis=-1)
    colour[jacket & (z < 0.945)] = CUFF
    colour[jacket & (z < 1.095) & (np.abs(x) > 0.52)] = CUFF
    colour[jacket & (np.abs(x) < 0.007) & (z < 1.23) & (y < 0)] = ZIP
    colour[np.all(colour == SHOE, axis=-1) & (z < 0.022)] = SOLE
    return colour


def head(colour: Floats, where: Floats) -> Floats:
    """Hair, brows and lips as regions of the rest pose."""
    x, y, z = np.abs(where[..., 0]), where[..., 1], where[..., 2]
    hairline = np.interp(
        y,
        [-0.12, -0.085, -0.06, -0.035, 0.03, 0.06, 0.09],
        [1.733, 1.731, 1.715, 1.68, 1.65, 1.605, 1.595],
    )
    hairline = np.where(x > 0.078, np.minimum(hairline, 1.69), hairline)
    ear = (x > 0.0765) & (y > -0.032) & (y < 0.04) & (z < 1.702)
    colour[(z > hairline) & ~ear] = HAIR
    brow = 1.7055 - 0.25 * np.maximum(x - 0.045, 0) + 0.05 * np.minimum(x - 0.02, 0.02)
    colour[
        (np.abs(z - brow) < 0.0042 - 0.03 * np.maximum(x - 0.04, 0))
        & (x > 0.013)
        & (x < 0.060)
        & (y < -0.07)
    ] = BROW
    lips = (np.abs(z - 1.6215) < 0.0095 * (1 - (x / 0.028) ** 2)) & (x < 0.028) & (y < -0.118)
    colour[lips] = LIPS
    return colour


def eye(colour: Floats, where: Floats) -> Floats:
    """Iris and pupil around the axis through the eyeball's centre."""
    away = np.hypot(np.abs(where[..., 0]) - EYES_X, where[..., 2] - EYES_Z)
    front = where[..., 1] < -0.1
    colour[front & (away < 0.0062)] = IRIS
    colour[front & (away < 0.0028)] = PUPIL
    return colour


def raster(
    mesh: Any, points: Floats, faces: tuple[int, ...], canvas: Floats, seen: NDArray[np.bool_]
) -> None:
    """Write each face's rest positions (3) into `canvas` (SIZE, SIZE, 3) at its UV place."""
    uv = mesh.uv_layers[0].data
    for face in faces:
        loops = list(mesh.polygons[face].loop_indices)
        at = np.array([uv[i].uv for i in loops]) * [SIZE, -SIZE] + [0, SIZE]
        xyz = points[[mesh.loops[i].vertex_index for i in loops]]
        for k in range(1, len(loops) - 1):
            triangle(at[[0, k, k + 1]], xyz[[0, k, k + 1]], canvas, seen)


def triangle(at: Floats, xyz: Floats, canvas: Floats, seen: NDArray[np.bool_]) -> None:
    """Fill one UV triangle, a pixel wider than it is so that no seam stays empty."""
    low = np.clip(np.floor(at.min(0)).astype(int) - 1, 0, SIZE - 1)
    high = np.clip(np.ceil(at.max(0)).astype(int) + 1, 0, SIZE - 1)
    px, py = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
    edges = np.array([at[1] - at[0], at[2] - at[0]]).T
    if abs(np.linalg.det(edges)) < 1e-9:
        return
    offset = np.stack([px + 0.5 - at[0, 0], py + 0.5 - at[0, 1]], -1)
    bc = offset @ np.linalg.inv(edges).T
    weights = np.concatenate([1 - bc.sum(-1, keepdims=True), bc], -1)
    inside = weights.min(-1) > -1.0 / max(1.0, float(np.ptp(at, axis=0).max()))
    canvas[py[inside], px[inside]] = weights[inside] @ xyz
    seen[py[inside], px[inside]] = True


def paint(mesh: Any, points: Floats, material: int) -> Image.Image:
    """The colour texture of the body (material 0) or the head (1)."""
    colour = np.full((SIZE, SIZE, 3), JACKET if material == 0 else SKIN, float)
    for island in islands(mesh, points, material):
        canvas, seen = np.zeros((SIZE, SIZE, 3)), np.zeros((SIZE, SIZE), bool)
        raster(mesh, points, island.faces, canvas, seen)
        colour[seen] = layer(island, material, canvas[seen])
    picture = Image.fromarray(colour.astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8))
    return picture.resize((SIZE // 2, SIZE // 2), Image.Resampling.LANCZOS)


def layer(island: Island, material: int, where: Floats) -> Floats:
    """Colours (n, 3) for the rest positions (n, 3) of one island."""

    def flat(rgb: tuple[int, int, int]) -> Floats:
        return np.tile(np.array(rgb, float), (len(where), 1))

    if material == 0:
        return body(flat(garment(island)), where)
    if len(island.faces) > 1000:
        return head(flat(SKIN), where)
    if len(island.faces) == 126:
        return eye(flat(WHITE), where)
    return flat(TEETH if len(island.faces) in (140, 80) else MOUTH)


def main() -> None:
    """Write the three textures beside the figure."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.fbx(filepath=str(HERE / "Male_Adult_04.fbx"))
    figure = next(o for o in bpy.data.objects if o.type == "MESH")
    points = np.array([figure.matrix_world @ v.co for v in figure.data.vertices])
    folder = HERE / "textures"
    folder.mkdir(exist_ok=True)
    paint(figure.data, points, 0).save(folder / "m006_body_color.png", optimize=True)
    paint(figure.data, points, 1).save(folder / "m006_head_color.png", optimize=True)
    # The hair cards need a strand texture we do not have: close-cropped hair, painted on the head.
    Image.new("RGBA", (8, 8), (*HAIR, 0)).save(folder / "m006_opacity_color.png")


if __name__ == "__main__":
    main()
    os._exit(0)  # the bpy wheel does not always end by itself
