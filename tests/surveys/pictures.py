# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheets of a motion on a rig, to look at: front, side, both hands close.

    python tests/surveys/pictures.py RIG MOTION.npz OUT.png [--first N] [--count N] [--step N]

MOTION.npz holds `directions` (T, 42, 3) and, if need be, `neutral` (42, 3). Rigs without a
mesh are drawn as one box a bone: blue bodies, red backs of hands and fingers, so that a
twisted hand shows.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector
from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests/addon/support"), str(ROOT)]
import rig_library as lib  # noqa: E402

from blender_addon.body.skeleton import NEUTRAL  # noqa: E402
from blender_addon.retarget.solve import retarget  # noqa: E402
from blender_addon.rig import reading  # noqa: E402

SIZE = 230  # pixels of one picture
BLUE, RED, GREY = (0.25, 0.45, 0.8, 1.0), (0.85, 0.15, 0.1, 1.0), (0.5, 0.5, 0.5, 1.0)


def sheet(name, directions, out, frames, neutral=NEUTRAL, limits="off"):
    """Write OUT: a row for each of FRAMES, a column for each view of the rig NAME."""
    armature = lib.build(name)
    return sheet_of(armature, directions, out, frames, neutral, limits)


def sheet_of(armature, directions, out, frames, neutral=NEUTRAL, limits="off"):
    detection = reading.map_for(armature)
    calibration = reading.calibration(armature, detection.bone_map)
    track = retarget(directions, calibration, neutral=neutral, limits=limits)
    if not any(child.type == "MESH" for child in armature.children):
        box_body(armature, detection.bone_map, calibration)
    set_up_workbench()
    rows = []
    for frame in frames:
        lib.pose(armature, track, frame)
        bpy.context.view_layer.update()
        rows.append([shot(view) for view in views(armature, detection.bone_map, calibration)])
    pixels = np.concatenate([np.concatenate(row, axis=1) for row in rows], axis=0)
    Image.fromarray(pixels).save(out)


def set_up_workbench():
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = SIZE
    scene.display.shading.light = "STUDIO"
    scene.display.shading.show_cavity = True
    has_boxes = "boxes" in bpy.data.meshes
    scene.display.shading.color_type = "VERTEX" if has_boxes else "SINGLE"
    scene.display.shading.single_color = (0.75, 0.62, 0.52)
    scene.world = bpy.data.worlds.new("grey")
    scene.world.color = (0.75, 0.75, 0.75)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.type = "ORTHO"
    camera.data.clip_end = 1e5
    scene.collection.objects.link(camera)
    scene.camera = camera


def views(armature, bone_map, calibration):
    """(target, direction the camera looks, up, width) in world space: front, side, hands."""
    turn = np.array(armature.matrix_world.to_3x3().normalized()) @ calibration.axes
    left, back, up = turn.T
    head, hips = (_world(armature, bone_map.get(role)[0]) for role in ("head", "spine"))
    height = np.linalg.norm(head - hips)
    middle = 0.5 * (head + hips)
    yield middle, back, up, height * 2.6
    yield middle, -left, up, height * 2.6
    for side, sign in (("L", 1.0), ("R", -1.0)):
        knuckle = _world(armature, bone_map.get(f"middle.{side}")[0])
        yield knuckle, back - 0.45 * sign * left - 0.25 * up, up, height * 0.5
        yield knuckle, back * 0.3 - 1.0 * sign * left - 0.2 * up, up, height * 0.5


def _world(armature, bone):
    return np.array(armature.matrix_world @ armature.pose.bones[bone].head)


def shot(view):
    """One picture (SIZE, SIZE, 3) uint8."""
    target, look, up, width = view
    z = -Vector(look).normalized()
    x = Vector(up).cross(z).normalized()
    camera = bpy.context.scene.camera
    turn = Matrix((x, z.cross(x), z)).transposed().to_4x4()
    camera.matrix_world = Matrix.Translation(Vector(target) + z * width * 10) @ turn
    camera.data.ortho_scale = width
    camera.data.clip_start = width * 0.01
    path = Path(tempfile.gettempdir()) / f"shot_{os.getpid()}.png"
    bpy.context.scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    return np.array(Image.open(path).convert("RGB"))


def box_body(armature, bone_map, calibration):
    """A box for every bone of the map (and the legs), skinned to it."""
    vertices, faces, colours, owners = [], [], [], []
    bones = armature.data.bones
    frames = {drive.bone: drive.frame for drive in calibration.drives}
    scale = bones[bone_map.get("head")[0]].head_local - bones[bone_map.get("spine")[0]].head_local
    for name in [*bone_map.keyed, *_legs(armature)]:
        bones[name].use_deform = True  # control rigs: the boxes hang from the controls themselves
        start, end = Vector(bones[name].head_local), _end(bones, bone_map, name)
        side, back = _cross_section(frames.get(name, ""), calibration, end - start)
        thick = [t * scale.length for t in _thickness(frames.get(name, "leg"))]
        corners = [
            point + thick[0] * i * side + thick[1] * j * back
            for point in (start, end)
            for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        base = len(vertices)
        vertices += corners
        quads = ((0, 1, 2, 3), (7, 6, 5, 4), (0, 4, 5, 1), (1, 5, 6, 2), (2, 6, 7, 3), (3, 7, 4, 0))
        faces += [[base + k for k in quad] for quad in quads]
        body = GREY if name not in frames else BLUE
        colours += [RED if k == 4 else body for k in range(6)]
        owners.append((name, range(base, base + 8)))
    _skin(armature, vertices, faces, colours, owners)


def _skin(armature, vertices, faces, colours, owners):
    mesh = bpy.data.meshes.new("boxes")
    mesh.from_pydata(vertices, [], faces)
    colour = mesh.color_attributes.new("Color", "FLOAT_COLOR", "CORNER")
    colour.data.foreach_set("color", np.repeat(np.array(colours), 4, axis=0).ravel())
    body = bpy.data.objects.new("boxes", mesh)
    bpy.context.scene.collection.objects.link(body)
    body.parent = armature
    for name, rows in owners:
        body.vertex_groups.new(name=name).add(list(rows), 1.0, "REPLACE")
    body.modifiers.new("armature", "ARMATURE").object = armature


def _legs(armature):
    words = ("leg", "thigh", "shin", "calf", "foot", "upleg")
    return [b.name for b in armature.data.bones if any(w in b.name.lower() for w in words)]


def _end(bones, bone_map, name):
    """The next joint of a chain, the tail at its end."""
    after = {"hand": "middle", "forearm": "hand", "upper_arm": "forearm"}
    for role, chain in bone_map.roles.items():
        if name in chain:
            following = chain[chain.index(name) + 1 :]
            part, _, side = role.partition(".")
            following = following or bone_map.get(f"{after.get(part, '')}.{side}")[:1]
            if following:
                return Vector(bones[following[0]].head_local)
    return Vector(bones[name].tail_local)


def _cross_section(frame, calibration, along):
    """Unit vectors across the bone: its hinge, and the side that is the back of the hand."""
    if frame in calibration.rest_frames and frame not in ("torso", "head"):
        x, y, z = (Vector(v) for v in (calibration.axes @ calibration.rest_frames[frame]).T)
        return (z, -y) if not frame.startswith("collar") else (z, y)
    x = along.normalized()
    back = Vector(calibration.axes[:, 1])
    side = back.cross(x).normalized()
    return side, x.cross(side)


def _thickness(frame):
    part = frame.partition(".")[0]
    sizes = {
        "hand": (0.07, 0.018),
        "torso": (0.2, 0.1),
        "head": (0.1, 0.12),
        "collar": (0.04, 0.04),
    }
    if part in sizes:
        return sizes[part]
    return (0.014, 0.012) if part[-1] in "123" else (0.06, 0.045)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rig", choices=[*lib.RIGS, *lib.CONTROL_RIGS])
    parser.add_argument("motion")
    parser.add_argument("out")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--step", type=int, default=8)
    parser.add_argument("--limits", default="off")
    options = parser.parse_args()
    with np.load(options.motion) as motion:
        directions = motion["directions"]
        neutral = motion.get("neutral", NEUTRAL)
    stop = min(len(directions), options.first + options.count * options.step)
    frames = range(options.first, stop, options.step)
    sheet(options.rig, directions, options.out, frames, neutral, options.limits)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # bpy may hang at exit
