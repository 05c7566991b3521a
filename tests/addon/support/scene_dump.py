# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a change may touch, as comparable values: actions, tracks, lists, settings."""

import bpy

from blender_addon import compat
from blender_addon.keys import arrays

PLAIN = ("BOOLEAN", "INT", "FLOAT", "STRING", "ENUM")
LEFT_OUT = {"session_uid", "users", "is_evaluated", "tag", "select", "active"}
SCENE = ("frame_start", "frame_end", "frame_current", "sync_mode", "use_audio_scrub")
OURS = ("gestures", "gestures_style", "gestures_gallery", "gestures_batch", "gestures_mode")


def whole():
    """The open file."""
    return {
        "actions": {action.name: action_of(action) for action in bpy.data.actions},
        "objects": {one.name: _object(one) for one in bpy.data.objects},
        "scene": _scene(bpy.context.scene),
        "sounds": sorted(sound.name for sound in bpy.data.sounds),
        "texts": sorted(text.name for text in bpy.data.texts),
    }


def action_of(action):
    """Keys, sliders and what else ACTION keeps."""
    curves = {(one.data_path, one.array_index): _keys(one) for one in compat.fcurves(action)}
    own = {key: _custom(action[key]) for key in _custom_keys(action)}
    return {
        "curves": curves,
        "own": own,
        "style": plain(action.gestures_style),
        "fake": action.use_fake_user,
    }


def _keys(curve):
    columns = arrays.read(curve).columns
    return curve.extrapolation, tuple(columns[name].tobytes() for name in arrays.FIELDS)


def _custom_keys(owner):
    """Blender up to 4.5 lists add-ons' own settings among them."""
    return [key for key in owner.keys() if key not in owner.bl_rna.properties]  # noqa: SIM118


def _custom(value):
    return bytes(memoryview(value).cast("B")) if hasattr(value, "typecode") else str(value)


def plain(owner):
    """OWNER's properties; data blocks by their names."""
    found = {}
    for one in owner.bl_rna.properties:
        if one.identifier in LEFT_OUT:
            continue
        value = getattr(owner, one.identifier)
        if one.type in PLAIN:
            found[one.identifier] = tuple(value) if getattr(one, "is_array", False) else value
        elif one.type == "POINTER" and isinstance(value, bpy.types.ID):
            found[one.identifier] = value.name
    return {name: tuple(v) if isinstance(v, set) else v for name, v in found.items()}


def _object(owner):
    data = owner.animation_data
    found = {
        "takes": [plain(row) for row in owner.gestures_takes],
        "own": {
            name: value
            for name, value in plain(owner).items()
            if name.startswith("gestures_") or name in ("location", "hide_render")
        },
    }
    if owner.pose:
        channels = ("rotation_quaternion", "rotation_euler", "location", "scale", "rotation_mode")
        found["pose"] = {
            bone.name: [str(getattr(bone, name)) for name in channels] for bone in owner.pose.bones
        }
    if data is not None:
        slot = compat.action_slot(owner)
        found["active"] = data.action.name if data.action else None, slot and slot.identifier
        mixed = ("action_extrapolation", "action_blend_type", "action_influence")
        found["mixed"] = [getattr(data, name) for name in mixed]
        found["tracks"] = [
            (track.name, track.mute, [plain(strip) for strip in track.strips])
            for track in data.nla_tracks
        ]
    return found


def _scene(scene):
    found = {name: getattr(scene, name) for name in SCENE}
    found |= {name: plain(getattr(scene, name)) for name in OURS}
    strips = compat.strips_in(scene.sequence_editor) if scene.sequence_editor else ()
    found["strips"] = sorted((s.name, s.channel, s.frame_final_start) for s in strips)
    return found


def differences(before, after, path=""):
    """Where the two dumps differ, in words."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}, key=str):
            yield from differences(before.get(key), after.get(key), f"{path}/{key}")
    elif before != after:
        yield f"{path}: {str(before)[:70]} -> {str(after)[:70]}"
