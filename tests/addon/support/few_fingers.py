# SPDX-License-Identifier: GPL-3.0-or-later
"""Real hands of which a mapping knows few fingers: how far their palms are from the motion's."""

import motion_clips
import numpy as np
import rig_library as lib
from played import SIDES, angle, bone

from blender_addon.bones.roles import BoneMap
from blender_addon.retarget.calibrate import calibrate
from blender_addon.retarget.solve import retarget
from blender_addon.rig import reading

FINGERS = ("thumb", "index", "middle", "ring", "pinky")


def knowing(bone_map, fingers):
    """BONE_MAP less the fingers not in FINGERS ("thumb 1": of one bone)."""
    words = dict(one.partition(" ")[::2] for one in fingers)
    roles = {
        role: chain[: int(words.get(role.partition(".")[0]) or len(chain))]
        for role, chain in bone_map.roles.items()
        if role.partition(".")[0] not in FINGERS or role.partition(".")[0] in words
    }
    return BoneMap(bone_map.family, roles)


def palm_errors(name, fingers, change=None):
    """Degrees between the palm that the rig NAME shows, all fingers seen, and the motion's."""
    armature = lib.build(name)
    whole = reading.map_for(armature).bone_map
    if change:
        change(armature, whole)
    calibration = calibrate(reading.rest_pose(armature, whole), knowing(whole, fingers))
    errors = []
    for _, directions, neutral in motion_clips.excerpt():
        track = retarget(directions[::12], calibration, neutral=neutral)
        wanted = directions[::12]
        wanted = np.stack([wanted[..., 0], wanted[..., 2], -wanted[..., 1]], axis=-1)
        for index in range(len(wanted)):
            lib.pose(armature, track, index)
            names, heads, _ = lib.evaluated(armature)
            heads = dict(zip(names, heads @ calibration.axes, strict=True))
            for side, word in SIDES.items():
                wrist = heads[whole.get(f"hand.{side}")[0]]
                ends = [heads[whole.get(f"{f}.{side}")[0]] - wrist for f in ("index", "pinky")]
                model = [
                    wanted[index, bone(f"{word}_wrist", f"{word}_{f}_1")]
                    for f in ("index", "pinky")
                ]
                errors.append(angle(np.cross(*ends), np.cross(*model)))
    return np.array(errors)
