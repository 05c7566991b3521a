# SPDX-License-Identifier: GPL-3.0-or-later
"""What structure sees where a rig is not as most are: odd palms, and hands without a body."""

import numpy as np
import pytest
import rig_library as lib
import rig_matrix
import synthetic_rigs as synthetic

from blender_addon.bones.detect import detect
from blender_addon.bones.detection import STRUCTURE
from blender_addon.errors import GestureError
from blender_addon.rig import reading

FINGERS = synthetic.FINGERS


@pytest.mark.parametrize("start", [0.1, 0.35, 0.5])
@pytest.mark.parametrize("without", FINGERS[1:])
def test_fingers_of_which_one_has_no_palm_bone(without, start):
    """Each finger begins at its knuckle, wherever its neighbours begin."""
    palm = {finger: start for finger in FINGERS[1:] if finger != without}
    armature = synthetic.of_family("unreal", metacarpals=palm)
    order = [bone.name for bone in armature.data.bones]
    rig_matrix.nonsense(armature)
    new = dict(zip(order, (bone.name for bone in armature.data.bones), strict=True))
    found = reading.map_for(armature)
    assert found.family == STRUCTURE
    for finger in FINGERS:
        for side in "LR":
            wanted = tuple(new[f"{finger}_0{i}_{side.lower()}"] for i in (1, 2, 3))
            assert found.bone_map.get(f"{finger}.{side}") == wanted, (finger, side)


@pytest.mark.parametrize("apart", [0.01, 0.03])
@pytest.mark.parametrize("name", ["mixamo", "rigify_metarig"])
def test_a_head_whose_only_children_are_eyes(name, apart):
    armature = lib.build(name)
    named = reading.map_for(armature).bone_map
    (head,) = named.get("head")
    lib.edited(armature, lambda bones: synthetic.eyes_of(bones, head, apart))
    order = [bone.name for bone in armature.data.bones]
    rig_matrix.nonsense(armature)
    new = dict(zip(order, (bone.name for bone in armature.data.bones), strict=True))
    found = reading.map_for(armature)
    assert found.family == STRUCTURE
    for role in ("head", "neck"):
        assert found.bone_map.get(role) == tuple(new[bone] for bone in named.get(role)), role


@pytest.mark.parametrize("words", [("Left",), ("Right",), ("Left", "Right")], ids=str)
@pytest.mark.parametrize("stub", [0.0, 0.5])
@pytest.mark.parametrize("tips", [True, False])
@pytest.mark.parametrize("palm", [synthetic.PALM_BONES, {"pinky": 0.1}, {}], ids=str)
def test_hands_without_a_body_are_refused_in_one_sentence(words, palm, tips, stub):
    armature = synthetic.lone_hand(*words, palm=palm, tips=tips, stub=stub)
    before = lib.dump(armature)
    with pytest.raises(GestureError, match=r"has no arms [^.]*: choose [^.]*\.$"):
        reading.map_for(armature)
    assert lib.dump(armature) == before


@pytest.mark.parametrize("seed", range(4))
def test_no_lengths_of_fingers_make_a_hand_a_person(seed):
    rest = reading.rest_pose(synthetic.lone_hand("Left", tips=False))
    parents = [int(parent) for parent in rest.parents]
    wrist = rest.heads[rest.names.index("wrist Left")]
    random = np.random.default_rng(seed)
    for _ in range(60):
        sizes = {finger: random.uniform(0.85, 1.15) for finger in FINGERS}
        scale = np.array(
            [next((s for f, s in sizes.items() if f in name), 1.0) for name in rest.names]
        )[:, None]
        places = tuple(wrist + scale * (points - wrist) for points in (rest.heads, rest.tails))
        found = detect(rest.names, parents, places=places)
        assert not found.has_arms, found.bone_map
