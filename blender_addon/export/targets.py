# SPDX-License-Identifier: GPL-3.0-or-later
"""What each program expects of a character file: one table, with the source of every setting.

Sources:
  FBX      Autodesk FBX SDK, FbxAxisSystem and FbxSystemUnit: a file says which axis is up, which
           faces the viewer, and how many centimetres its unit has (UnitScaleFactor).
  Unity    Scripting API, ModelImporter.fileScale: "the multiplier that converts the unit of
           measurement of the imported FBX file to meters"; Manual, Model tab, Convert Units, Bake
           Axis Conversion. Metres (fileScale 1) and y up leave every transform at scale 1 without
           a rotation. A "/" separates names in paths (Transform.Find, AnimationUtility).
  Unreal   Documentation, "FBX Import Options Reference": Convert Scene (z up, front -y) is on and
           Convert Scene Unit off by default, so the numbers must be centimetres already. A
           skeleton has one root bone ("FBX Skeletal Mesh Pipeline"). From 4.24 on a node called
           "Armature" in a file made by Blender is no bone of the skeleton. The importer replaces
           the characters . , / ` % in names by "_" (FFbxImporter::MakeName).
  glTF     Khronos, glTF 2.0 specification, 3.4: metres, y up, the front is +z.
  USD      OpenUSD, UsdGeom: metersPerUnit and upAxis stand in the file; SdfPath: prim names hold
           letters, digits and "_".
  BVH      Biovision's format as MotionBuilder, iClone and the CMU files use it: y up, the figure
           faces +z, centimetres; names end at white space; one root.

Bones keep Blender's axes (y along the bone) everywhere: so do skeletons that Blender imported
from these programs, and their own clips fit the exported ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Format = Literal["fbx", "gltf", "usd", "bvh"]


@dataclass(frozen=True)
class Target:
    """A kind of file. suffixes: its names end in, the usual one first.

    applied: objects' transforms go into bones and meshes, so that nodes are at scale 1, unturned.
    up, forward: the file's axes as Blender's exporters name them. units: file units in a metre.
    node: name of the armature's node, "" for its own. one_root: add a root bone to several.
    unsafe: characters of names that become "_" (a regular expression's class).
    from_zero: the first frame is at time 0; otherwise key times are the scene's.
    """

    key: str
    label: str
    description: str
    format: Format
    suffixes: tuple[str, ...]
    applied: bool = True
    up: str = "Y"
    forward: str = "-Z"
    units: float = 1.0
    node: str = ""
    one_root: bool = False
    unsafe: str = ""
    from_zero: bool = True


TARGETS: Final = {
    target.key: target
    for target in (
        Target("generic", "FBX", "An FBX file with the scene's objects as they are",
               "fbx", (".fbx",), applied=False, from_zero=False),
        Target("unity", "FBX for Unity", "An FBX file in metres, y up, scale 1",
               "fbx", (".fbx",), unsafe=r"[/]"),
        Target("unreal", "FBX for Unreal", "An FBX file in centimetres, z up, one root bone",
               "fbx", (".fbx",), up="Z", forward="Y", units=100.0, node="Armature", one_root=True,
               unsafe=r"[.,/`%:]"),
        Target("gltf", "glTF", "One binary glTF file", "gltf", (".glb",)),
        Target("usd", "USD", "A USD file, z up", "usd", (".usd", ".usdc", ".usda"),
               up="Z", forward="Y", unsafe=r"[^A-Za-z0-9_]"),
        Target("bvh", "BVH", "Motion capture's skeleton: centimetres, y up, no mesh",
               "bvh", (".bvh",), units=100.0, one_root=True, unsafe=r"\s"),
    )
}  # fmt: skip
FBX_PRESETS: Final = tuple(key for key, target in TARGETS.items() if target.format == "fbx")
SUFFIXES: Final = tuple(dict.fromkeys(s for t in TARGETS.values() for s in t.suffixes))


def target_for(suffix: str, preset: str = "") -> Target | None:
    """The target of a file's SUFFIX, in lower case: PRESET where it fits, else the first one."""
    fitting = {key: target for key, target in TARGETS.items() if suffix in target.suffixes}
    return fitting.get(preset) or next(iter(fitting.values()), None)
