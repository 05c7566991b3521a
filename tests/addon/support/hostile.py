# SPDX-License-Identifier: GPL-3.0-or-later
"""A .blend in which everything that the add-on stores is set to something evil, and who opens it.

    python tests/addon/support/hostile.py FILE.blend

opens such a file, lets the add-on's timers tick and its panels draw, and saves it: to be watched.
"""

import json
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import bpy
import drawn
import numpy as np

SHARES = ("//evil.example/share/talk.wav", "\\\\evil.example\\share\\talk.wav")
TICKS = 10.0  # seconds


def lair(folder):
    """A folder that nobody may look into: speech and words, a picture, a pipe."""
    folder.mkdir()
    for name in ("talk.wav", "talk.json", "talk.srt", "me.jpg", "map.toml", "model.safetensors"):
        (folder / name).write_bytes(b"%!PS\n" + bytes(100))
    os.mkfifo(folder / "pipe.wav")
    return folder


def evil_paths(folder):
    """What a path in the file may say."""
    return (
        *SHARES,
        "/etc/passwd",
        "/dev/zero",
        "/proc/self/environ",
        str(folder / "talk.wav"),
        str(folder / "pipe.wav"),
    )


def record(path):
    """A take's record that asks for all there is, from PATH."""
    level = [1 / 3] * 6
    return json.dumps(
        {
            "version": 2**31 - 1,
            "speech": path,
            "image": path,
            "images": [path],
            "checkpoint": path,
            "transcript": path,
            "relative": {"speech": path, "image": path, "x": path},
            "style": [level] * 3,
            "own_style": True,
            "engine": {"checkpoint": path, "python": path},
            "armature_name": path,
            "mode": {"kind": "TALK", "look_at": path},
            "overruns": [[path, path, 0, 2**31 - 1, 1e308]],
            "beyond_limits": {path: 2**31 - 1},
            "parts": {path: path},
            "plan": {"strokes": [{"gesture": path}]},
            "start_frame": -1048574,
            "scene_fps": 0.01,
            "poses": 2**31 - 1,
        }
    )


def poison(addon, path):
    """Set all that the add-on keeps in the open file to something evil, PATH where it can."""
    blocks = {
        bpy.types.Scene: bpy.data.scenes,
        bpy.types.Object: bpy.data.objects,
        bpy.types.Action: bpy.data.actions,
        bpy.types.Armature: bpy.data.armatures,
    }
    count = 0
    for module in addon.properties.MODULES:
        for owner, names in module.OWNED.items():
            for block in blocks[owner]:
                count += sum(_poisoned(block, name, path) for name in names)
    pose = {path: path, 'pose.bones["x"].location': [1e308], "data.name": path, "name": path}
    for armature in (one for one in bpy.data.objects if one.type == "ARMATURE"):
        armature.data["gestures_rig"] = json.dumps({"roles": {"head": [path]}, "offsets": {}})
        for row, action in zip(armature.gestures_takes, bpy.data.actions, strict=False):
            row.action, row.accepted, row.before_pose = action, True, json.dumps(pose)
    for action in bpy.data.actions:
        action["gestures_take"] = record(path)
        action.gestures_style.levels, action.gestures_style.pending = 6, "STYLE"
        action["gestures_motion_fps"] = 15.0
    scene = bpy.context.scene
    scene.gestures_live, scene.gestures_overlay.show = True, True
    scene.gestures_overlay.parts = {"WAVE", "PAUSES", "BEATS", "STROKES", "WORDS"}
    gallery = scene.gestures_gallery
    gallery.made, gallery.columns = record(path), 4
    gallery.kept[0].motion = np.tile([0, 1, 0], 30 * 42).astype("<f4").tobytes()  # to be drawn
    scene.gestures.images = json.dumps([path, path])
    scene.gestures.armature = next(o for o in bpy.data.objects if o.type == "ARMATURE")
    return count


def _poisoned(owner, name, path, deep=0):
    """How many values below OWNER's property NAME were set to something evil."""
    prop, value = owner.bl_rna.properties[name], getattr(owner, name)
    if prop.type == "COLLECTION":
        rows = [value.add() for _ in range(2)]
        return sum(_below(row, path, deep) for row in (*value, *rows)) if deep < 4 else 0
    if prop.type == "POINTER" and not isinstance(value, bpy.types.ID) and value is not None:
        return _below(value, path, deep) if deep < 4 else 0
    if prop.is_readonly:
        return 0
    evil = _evil(prop, path)
    if evil is not None:
        setattr(owner, name, evil)
    return evil is not None


def _below(group, path, deep):
    names = [p.identifier for p in group.bl_rna.properties if p.identifier != "rna_type"]
    return sum(_poisoned(group, name, path, deep + 1) for name in names)


def _evil(prop, path):
    """Another value for PROP than anybody would choose."""
    if prop.type == "STRING":
        return path.encode() if prop.subtype == "BYTE_STRING" else path
    if prop.type == "ENUM":
        items = [item.identifier for item in prop.enum_items]
        return set(items) if prop.is_enum_flag else items[-1] if items else None
    if prop.type == "POINTER":
        kinds = {"Action": bpy.data.actions, "Object": bpy.data.objects}
        return next(iter(kinds.get(prop.fixed_type.identifier, ())), None)
    if prop.type in ("INT", "FLOAT"):
        most = min(prop.hard_max, 1e30) if prop.type == "FLOAT" else prop.hard_max
        return [most] * prop.array_length if prop.is_array else most
    return not getattr(prop, "default", False) if prop.type == "BOOLEAN" else None


# --- who opens it -----------------------------------------------------------------------


def open_tick_and_save(addon, path, seconds):
    """Open PATH, let handlers, timers and drawing run for SECONDS, and save it."""
    bpy.ops.wm.open_mainfile(filepath=str(path))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for frame in (1, 20, 1000):
            bpy.context.scene.frame_set(frame)
        for action in bpy.data.actions:
            action.update_tag()  # as after any change: handlers are told
        bpy.context.view_layer.update()
        addon.takes.live.tick()
        if bpy.app.timers.is_registered(addon.takes.live.tick):
            addon.takes.live.tick(patient=False)
        drawn.draw(addon)
        _draw_timeline(addon)
        time.sleep(0.05)
    bpy.ops.wm.save_mainfile()


def _draw_timeline(addon):
    """As Blender would in a window that is 800 pixels wide."""
    timeline = addon.overlay.timeline
    text = SimpleNamespace(
        size=lambda *_: None,
        color=lambda *_: None,
        position=lambda *_: None,
        draw=lambda *_: None,
        dimensions=lambda *_: (10.0, 10.0),
    )
    around = {
        "blf": text,
        "_fill": lambda *_: None,
        "_scale": lambda context: 1.0,
        "_height": lambda context, scale: 40.0,
        "_view": lambda context, seconds: timeline.View(800, 0.0, 10.0),
    }
    kept = {name: getattr(timeline, name) for name in around}
    vars(timeline).update(around)
    try:
        timeline._draw()
    finally:
        vars(timeline).update(kept)


def main():
    import addon_utils

    addon = addon_utils.enable("blender_addon", default_set=True)
    print("HOSTILE FILE OPENS", flush=True)
    Path("/tmp/gestures-hostile-begins").exists()  # seen in a trace of system calls
    open_tick_and_save(addon, Path(sys.argv[-1]), 2.0)
    Path("/tmp/gestures-hostile-ends").exists()
    os._exit(0)


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[3])]
    main()
