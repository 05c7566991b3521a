# SPDX-License-Identifier: GPL-3.0-or-later
"""Character files read without Blender: assimp, pygltflib, Pixar's USD library, `bvh`.

    python tests/addon/read_back.py FILE OUT.npz

OUT holds what the file says: names (J,), parents (J,), times (T,) seconds, worlds (T, J, 4, 4) and
bind (J, 4, 4) in the file's axes and units, unit (metres in one), up ("Y" or "Z"), skinned: the
first mesh's points (T', V, 3) on some frames, computed here from its weights, and their times;
"points NAME": the same of every mesh; "shape NAME": a shape key's values (T,), but not of FBX.
A process of its own, because Blender brings a USD library along.
"""

import re
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np

SHOWN = 40  # of every so many frames the skin is computed


def turns(quaternions):
    """Rotations (T, 3, 3) of unit quaternions (T, 4), wxyz."""
    w, x, y, z = (quaternions / np.linalg.norm(quaternions, axis=-1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def composed(places, quaternions, scales):
    """Matrices (T, 4, 4)."""
    matrices = np.tile(np.eye(4), (len(quaternions), 1, 1))
    matrices[:, :3, :3] = turns(quaternions) * scales[:, None, :]
    matrices[:, :3, 3] = places
    return matrices


def chained(local, parents):
    """World matrices (T, J, 4, 4) of LOCAL ones, parents first."""
    worlds = np.array(local, dtype=float)
    for joint, parent in enumerate(parents):
        if parent >= 0:
            worlds[:, joint] = worlds[:, parent] @ worlds[:, joint]
    return worlds


def skin(points, joints, weights, matrices):
    """Points (V, 3) under MATRICES (T, J, 4, 4) by JOINTS, WEIGHTS (V, k): (T, V, 3)."""
    whole = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    moved = np.zeros((len(matrices), len(points), 3))
    for k in range(joints.shape[1]):
        turned = np.einsum("tvij,vj->tvi", matrices[:, joints[:, k], :3], whole)
        moved += weights[:, k, None] * turned
    return moved


# --- FBX by assimp ----------------------------------------------------------------------


def fbx(path):
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "dump.assxml"
        subprocess.run(["assimp", "dump", path, text], check=True, capture_output=True)
        raw = re.sub(r"<(/?)\s*([^>]*)>", lambda m: m[0], text.read_text(errors="replace"))
        scene = ElementTree.fromstring(re.sub(r"<!--.*?-->", "", raw, flags=re.S)).find("Scene")
    nodes = list(_assimp_nodes(scene.find("Node"), -1, []))
    names = [name for name, *_ in nodes]
    moving = scene.find("AnimationList/Animation")
    times, tracks = _assimp_tracks(moving)
    local = [tracks.get(n, np.repeat(m[None], len(times), 0)) for n, _, m in nodes]
    parents = [parent for _, parent, _ in nodes]
    worlds = chained(np.moveaxis(np.array(local), 0, 1), parents)
    bind = chained(np.array([[m for *_, m in nodes]]), parents)[0]
    content = path.read_bytes()
    found = {
        "names": names, "parents": parents, "times": times, "worlds": worlds, "bind": bind,
        "unit": _fbx_number(content, b"UnitScaleFactor") / 100.0,
        "up": "XYZ"[int(_fbx_number(content, b"UpAxis"))],
        "animations": len(scene.findall("AnimationList/Animation")),
    }  # fmt: skip
    every = _assimp_meshes(scene, names, worlds)
    if every:
        found |= {"skinned": next(iter(every.values())), "skin_times": times[::SHOWN]}
        found["mesh_node"] = next(iter(every))
    return found | {f"points {name}": points for name, points in every.items()}


def _numbers(element):
    return np.array(element.text.split(), dtype=float)


def _assimp_nodes(node, parent, seen):
    index = len(seen)
    seen.append(node)
    yield node.get("name"), parent, _numbers(node.find("Matrix4")).reshape(4, 4)
    for child in node.findall("NodeList/Node"):
        yield from _assimp_nodes(child, index, seen)


def _assimp_tracks(animation):
    """Key times and {node: matrices (T, 4, 4)}; every node has keys at all the times."""
    rate = float(animation.get("tick_cnt")) or 1.0
    tracks, longest = {}, []
    for channel in animation.findall("NodeAnimList/NodeAnim"):
        keys = [
            channel.findall(f"{kind}KeyList/{kind}Key")
            for kind in ("Position", "Rotation", "Scaling")
        ]
        places, rotations, scales = (np.array([_numbers(k) for k in kind]) for kind in keys)
        tracks[channel.get("node")] = [places, np.roll(rotations, 1, axis=1), scales]  # x y z w
        times = [float(k.get("time")) for k in keys[1]]
        longest = max(longest, times, key=len)
    count = len(longest)
    whole = {
        node: composed(*(np.broadcast_to(v, (count, v.shape[1])) for v in values))
        for node, values in tracks.items()
    }
    return np.array(longest) / rate, whole


def _fbx_number(content, name):
    """A property of the file's GlobalSettings; assimp's dump leaves them out."""
    at = content.index(b"S" + struct.pack("<I", len(name)) + name) + 5 + len(name)
    for _ in range(3):  # type, sub-type and flags are strings
        at += 5 + struct.unpack_from("<I", content, at + 1)[0]
    kind = {b"D": "<d", b"I": "<i"}[content[at : at + 1]]
    return struct.unpack_from(kind, content, at + 1)[0]


def _assimp_meshes(scene, names, worlds):
    """{node: points (T', V, 3) of its meshes}."""
    found = {}
    holders = {i: n for n in scene.iter("Node") for i in (n.findtext("MeshRefs") or "").split()}
    for number, mesh in enumerate(scene.findall("MeshList/Mesh")):
        node = holders[str(number)].get("name")
        points = _assimp_points(mesh, node, names, worlds)
        found[node] = np.concatenate([found.get(node, points[:, :0]), points], axis=1)
    return found


def _assimp_points(mesh, node, names, worlds):
    points = _numbers(mesh.find("Positions")).reshape(-1, 3)
    moved = np.zeros((len(worlds[::SHOWN]), len(points), 3))
    total = np.zeros(len(points))
    whole = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    bones = mesh.findall("BoneList/Bone")
    if not bones:
        return np.einsum("tij,vj->tvi", worlds[::SHOWN, names.index(node), :3], whole)
    for bone in bones:
        offset = _numbers(bone.find("Matrix4")).reshape(4, 4)
        rows = [(int(w.get("index")), float(w.text)) for w in bone.iter("Weight")]
        index = np.array([row for row, _ in rows], dtype=int)
        weight = np.array([value for _, value in rows])
        matrices = worlds[::SHOWN, names.index(bone.get("name"))] @ offset
        turned = np.einsum("tij,vj->tvi", matrices[:, :3], whole[index])
        np.add.at(moved, (slice(None), index), weight[:, None] * turned)
        np.add.at(total, index, weight)
    return moved / total[:, None]


# --- glTF by pygltflib --------------------------------------------------------------------


def glb(path):
    from pygltflib import GLTF2

    file = GLTF2().load(str(path))
    blob = file.binary_blob()
    parents = {child: i for i, node in enumerate(file.nodes) for child in node.children or ()}
    order = sorted(range(len(file.nodes)), key=lambda i: _depth(i, parents))
    animation = file.animations[0]
    times = max((_accessor(file, blob, s.input) for s in animation.samplers), key=len)
    local = np.array([_gltf_local(file, blob, i, times) for i in order])
    at_rest = np.array([_gltf_local(file, blob, i, None)[0] for i in order])
    up = [order.index(parents[i]) if i in parents else -1 for i in order]
    worlds = chained(np.moveaxis(local, 0, 1), up)
    found = {
        "names": [file.nodes[i].name or "" for i in order], "parents": up, "times": times,
        "worlds": worlds, "bind": chained(at_rest[None], up)[0], "unit": 1.0, "up": "Y",
        "animations": len(file.animations),
    }  # fmt: skip
    holders = [i for i in order if file.nodes[i].mesh is not None]
    every = {file.nodes[i].name: _gltf_points(file, blob, i, order, worlds) for i in holders}
    skinned = next((i for i in range(len(file.nodes)) if file.nodes[i].skin is not None), None)
    if skinned is not None:
        name = file.nodes[skinned].name
        found |= {"skinned": every[name], "skin_times": times[::SHOWN], "mesh_node": name}
    for node in holders:
        found |= _gltf_shapes(file, blob, node, times)
    return found | {f"points {name}": points for name, points in every.items()}


def _depth(node, parents):
    return 0 if node not in parents else 1 + _depth(parents[node], parents)


def _accessor(file, blob, index):
    accessor = file.accessors[index]
    view = file.bufferViews[accessor.bufferView]
    kind = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
    width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor.type]
    dtype = np.dtype(kind[accessor.componentType])
    start = (view.byteOffset or 0) + (accessor.byteOffset or 0)
    assert not view.byteStride or view.byteStride == width * dtype.itemsize
    flat = np.frombuffer(blob, dtype, accessor.count * width, start)
    return flat if width == 1 else flat.reshape(accessor.count, width).astype(float)


def _gltf_local(file, blob, index, times):
    node = file.nodes[index]
    count = 1 if times is None else len(times)
    values = {
        "translation": np.tile(node.translation or (0, 0, 0), (count, 1)).astype(float),
        "rotation": np.tile(node.rotation or (0, 0, 0, 1), (count, 1)).astype(float),
        "scale": np.tile(node.scale or (1, 1, 1), (count, 1)).astype(float),
    }
    animation = file.animations[0]
    for channel in animation.channels if times is not None else ():
        if channel.target.node == index and channel.target.path in values:
            sampler = animation.samplers[channel.sampler]
            keys = _accessor(file, blob, sampler.input)
            rows = _accessor(file, blob, sampler.output)
            picked = np.searchsorted(keys, times - 1e-4).clip(0, len(keys) - 1)
            values[channel.target.path] = rows[picked]
    x, y, z, w = values["rotation"].T
    return composed(values["translation"], np.stack([w, x, y, z], axis=-1), values["scale"])


def _gltf_points(file, blob, index, order, worlds):
    node = file.nodes[index]
    parts = []
    for primitive in file.meshes[node.mesh].primitives:
        points = _accessor(file, blob, primitive.attributes.POSITION)
        if node.skin is None:
            joints, weights = np.zeros((len(points), 1)), np.ones((len(points), 1))
            matrices = worlds[::SHOWN][:, [order.index(index)]]
        else:
            joints, weights = (
                _accessor(file, blob, getattr(primitive.attributes, key))
                for key in ("JOINTS_0", "WEIGHTS_0")
            )
            matrices = _gltf_bones(file, blob, node, order, worlds)
        parts.append(skin(points, joints.astype(int), weights, matrices))
    return np.concatenate(parts, axis=1)


def _gltf_bones(file, blob, node, order, worlds):
    found = file.skins[node.skin]
    inverse = _accessor(file, blob, found.inverseBindMatrices).reshape(-1, 4, 4).swapaxes(1, 2)
    rows = [order.index(joint) for joint in found.joints]
    return worlds[::SHOWN][:, rows] @ inverse


def _gltf_shapes(file, blob, index, times):
    mesh = file.meshes[file.nodes[index].mesh]
    names = (mesh.extras or {}).get("targetNames", [])
    values = np.tile(np.array(mesh.weights or [0.0] * len(names)), (len(times), 1))
    animation = file.animations[0]
    for channel in animation.channels:
        if channel.target.node == index and channel.target.path == "weights":
            sampler = animation.samplers[channel.sampler]
            keys = _accessor(file, blob, sampler.input)
            rows = _accessor(file, blob, sampler.output).reshape(len(keys), len(names))
            values = rows[np.searchsorted(keys, times - 1e-4).clip(0, len(keys) - 1)]
    return {f"shape {name}": values[:, i] for i, name in enumerate(names)}


# --- USD by Pixar's library ----------------------------------------------------------------


def usd(path):
    from pxr import Usd, UsdGeom, UsdSkel

    stage = Usd.Stage.Open(str(path))
    cache = UsdSkel.Cache()
    skeleton = next(UsdSkel.Skeleton(p) for p in stage.Traverse() if p.IsA(UsdSkel.Skeleton))
    query = cache.GetSkelQuery(skeleton)
    joints = [str(joint) for joint in query.GetJointOrder()]
    start, stop = stage.GetStartTimeCode(), stage.GetEndTimeCode()
    codes = np.arange(start, stop + 0.5)
    worlds = np.array([_usd_joints(query, skeleton, code) for code in codes])
    bind = np.array([np.array(m).T for m in query.GetJointWorldBindTransforms()])
    found = {
        "names": [joint.rsplit("/", 1)[-1] for joint in joints],
        "parents": [joints.index(j.rpartition("/")[0]) if "/" in j else -1 for j in joints],
        "times": codes / stage.GetTimeCodesPerSecond(),
        "worlds": worlds, "bind": bind, "unit": UsdGeom.GetStageMetersPerUnit(stage),
        "up": str(UsdGeom.GetStageUpAxis(stage)), "animations": 1,
    }  # fmt: skip
    for prim in (one for one in stage.Traverse() if one.IsA(UsdGeom.Mesh)):
        points = _usd_points(prim, joints, bind, worlds, codes)
        if "skinned" not in found and prim.HasAPI(UsdSkel.BindingAPI):
            found |= {"skinned": points, "skin_times": found["times"][::SHOWN]}
            found["mesh_node"] = prim.GetName()
        found[f"points {prim.GetName()}"] = points
    return found | _usd_shapes(query.GetAnimQuery(), codes)


def _usd_shapes(animation, codes):
    names = [str(name) for name in animation.GetBlendShapeOrder()]
    if not names:
        return {}
    values = np.array([animation.ComputeBlendShapeWeights(code) for code in codes])
    return {f"shape {name}": values[:, i] for i, name in enumerate(names)}


def _usd_joints(query, skeleton, code):
    from pxr import UsdGeom

    whole = UsdGeom.Imageable(skeleton).ComputeLocalToWorldTransform(code)
    return [np.array(m * whole).T for m in query.ComputeJointSkelTransforms(code)]


def _usd_points(prim, joints, bind, worlds, codes):
    from pxr import UsdGeom, UsdSkel

    points = np.array(UsdGeom.Mesh(prim).GetPointsAttr().Get(), dtype=float)
    if not prim.HasAPI(UsdSkel.BindingAPI):
        node, whole = UsdGeom.Imageable(prim), np.column_stack([points, np.ones(len(points))])
        places = [node.ComputeLocalToWorldTransform(code) for code in codes[::SHOWN]]
        return np.array([(whole @ np.array(place))[:, :3] for place in places])
    binding = UsdSkel.BindingAPI(prim)
    width = binding.GetJointIndicesPrimvar().GetElementSize()
    index = np.array(binding.GetJointIndicesPrimvar().Get()).reshape(-1, width)
    weights = np.array(binding.GetJointWeightsPrimvar().Get()).reshape(-1, width)
    weights = weights / weights.sum(axis=1, keepdims=True)
    place = np.array(binding.GetGeomBindTransformAttr().Get()).T
    own = [str(joint) for joint in binding.GetJointsAttr().Get() or joints]
    rows = [joints.index(joint) for joint in own]
    matrices = worlds[::SHOWN][:, rows] @ np.linalg.inv(bind[rows]) @ place
    return skin(points, index, weights, matrices)


# --- BVH by `bvh` ----------------------------------------------------------------------------


def bvh(path):
    from bvh import Bvh

    file = Bvh(path.read_text())
    names = file.get_joints_names()
    parents = [file.joint_parent_index(name) for name in names]
    count, offsets = file.nframes, np.array([file.joint_offset(name) for name in names])
    local = [_bvh_local(file, n, o, count) for n, o in zip(names, offsets, strict=True)]
    bind = np.tile(np.eye(4), (len(names), 1, 1))
    bind[:, :3, 3] = offsets
    return {
        "names": names, "parents": parents, "times": np.arange(count) * file.frame_time,
        "worlds": chained(np.moveaxis(np.array(local), 0, 1), parents),
        "bind": chained(bind[None], parents)[0], "unit": 0.01, "up": "Y", "animations": 1,
    }  # fmt: skip


def _bvh_local(file, name, offset, count):
    channels = file.joint_channels(name)
    values = np.array(file.frames_joint_channels(name, channels), dtype=float)
    matrices = np.tile(np.eye(4), (count, 1, 1))
    places = np.tile(offset, (count, 1))
    for channel, column in zip(channels, values.T, strict=True):
        axis = "XYZ".index(channel[0])
        if channel.endswith("position"):
            places[:, axis] = column
        else:
            half = np.radians(column) / 2.0
            quaternion = np.zeros((count, 4))
            quaternion[:, 0], quaternion[:, 1 + axis] = np.cos(half), np.sin(half)
            matrices[:, :3, :3] = matrices[:, :3, :3] @ turns(quaternion)
    matrices[:, :3, 3] = places
    return matrices


READERS = {".fbx": fbx, ".glb": glb, ".bvh": bvh, ".usd": usd, ".usda": usd, ".usdc": usd}


def main():
    path, out = map(Path, sys.argv[1:])
    np.savez(out, **{key: np.asarray(v) for key, v in READERS[path.suffix](path).items()})


if __name__ == "__main__":
    main()
