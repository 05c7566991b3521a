# SPDX-License-Identifier: GPL-3.0-or-later
"""Rest poses without Blender."""

import json

import motion_clips
import numpy as np

from blender_addon.retarget.rest import RestPose

MIXAMO = motion_clips.REPOSITORY / "tests" / "fixtures" / "rigs" / "rig.mixamo.json"


def mixamo(prefix="mixamorig:", keep=lambda name: True):
    """Mixamo's rest pose without Blender: bones without roll, heads and tails only."""
    table = json.loads(MIXAMO.read_text(encoding="utf-8"))["bones"]
    names = [name for name in table if keep(name)]
    parents = [names.index(p) if (p := table[n]["parent"]) in names else -1 for n in names]
    matrices = np.tile(np.eye(4), (len(names), 1, 1))
    matrices[:, :3, 3] = [table[name]["head"]["default_position"] for name in names]
    tails = np.array([table[name]["tail"]["default_position"] for name in names])
    renamed = tuple(name.replace("mixamorig:", prefix) for name in names)
    return RestPose(renamed, np.array(parents), matrices, tails, np.eye(4))
