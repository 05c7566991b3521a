# SPDX-License-Identifier: GPL-3.0-or-later
"""One skeleton under the names of many schemes: every role as if it had kept its own."""

import pytest
import rig_library as lib
from naming_schemes import SCHEMES, renamed

from blender_addon.rig import reading


def roles_of(armature):
    return dict(reading.map_for(armature).bone_map.roles)


@pytest.fixture
def mixamo():
    """The skeleton, and its roles under Mixamo's own names."""
    armature = lib.build("mixamo")
    return armature, roles_of(armature)


@pytest.mark.parametrize("title", list(SCHEMES))
def test_a_scheme_of_names_changes_no_role(mixamo, title):
    armature, named = mixamo
    before = [bone.name for bone in armature.data.bones]
    renamed(armature, SCHEMES[title])
    new = dict(zip(before, (bone.name for bone in armature.data.bones), strict=True))
    found = reading.map_for(armature)
    assert not found.missing and found.score == 1.0
    wanted = {role: tuple(new[bone] for bone in bones) for role, bones in named.items()}
    assert dict(found.bone_map.roles) == wanted
