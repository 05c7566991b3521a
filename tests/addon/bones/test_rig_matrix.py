# SPDX-License-Identifier: GPL-3.0-or-later
"""Every row of the rig matrix holds, and what is no body is refused in words."""

import numpy as np
import pytest
import rig_library as lib
import rig_matrix
import synthetic_rigs as synthetic
from no_persons import animal, door

from blender_addon.bones.detection import STRUCTURE
from blender_addon.bones.families import load_preset
from blender_addon.errors import GestureError
from blender_addon.paths import RIGS_DIR
from blender_addon.rig import reading

ROWS = rig_matrix.rigs()


@pytest.mark.once
@pytest.mark.parametrize("title", list(ROWS))
def test_a_row_holds(title):
    row = rig_matrix.measure(title, ROWS[title], step=12)
    assert row.passed, row
    assert row.direction_max < 0.05 and row.palm_max < 0.05, row  # what we really reach
    assert ("without meaning" in title or "and " in title.partition(":")[2][:5]) == (
        row.family == STRUCTURE
    )


@pytest.mark.parametrize("name", list(lib.RIGS))
def test_structure_sees_what_the_names_say(name):
    """All of the mapping's bones, but for the hips, in the same roles."""
    armature = lib.build(name)
    named = reading.map_for(armature).bone_map
    order = [bone.name for bone in armature.data.bones]
    rig_matrix.nonsense(armature)
    new = dict(zip(order, (bone.name for bone in armature.data.bones), strict=True))
    found = reading.map_for(armature)
    assert found.family == STRUCTURE and not found.missing
    for role, bones in named.roles.items():
        if role != "hips":
            assert found.bone_map.get(role) == tuple(new[b] for b in bones), role


@pytest.mark.parametrize("path", sorted(RIGS_DIR.glob("*.toml")), ids=lambda path: path.stem)
def test_every_mapping_finds_its_own_names(path):
    """A rig with all of a mapping's names is found by that mapping, every bone in its role."""
    preset = load_preset(path)
    if "Pro export" in preset.family or preset.family.startswith("Rigify"):
        pytest.skip("names its bones in more ways than one, or is built in other tests")
    lib.empty_scene()
    found = reading.map_for(synthetic.make(preset))
    same = {"MotionBuilder": "Mixamo"}  # where the one has no bone more than the other
    assert found.family in (preset.family, same.get(preset.family))
    for role in preset.roles:
        sides = [""] if role in ("hips", "spine", "neck", "head") else ["L", "R"]
        for side in sides:
            wanted = tuple(bone[0] for bone in preset.spellings(role, side))
            assert found.bone_map.get(f"{role}.{side}" if side else role) == wanted


def test_a_missing_finger_says_why():
    armature = rig_matrix.nonsense(lib.without(lib.build("mixamo"), "HandPinky", "HandThumb"))
    found = reading.map_for(armature)
    hand = found.bone_map.get("hand.L")[0]
    assert found.missing["thumb.L"] == f"no bone under '{hand}' points like a thumb"
    assert set(found.missing) == {f"{f}.{s}" for f in ("thumb", "ring") for s in "LR"}


def test_fingers_nobody_knows_are_added_to_known_arms():
    armature = lib.build("mixamo")
    for number, bone in enumerate(armature.data.bones):
        if any(word in bone.name for word in ("Thumb", "Index", "Middle", "Ring", "Pinky")):
            bone.name = f"digit {number}"
    found = reading.map_for(armature)
    assert found.family == "Mixamo" and found.score == 1.0 and not found.missing
    heads = {bone.name: np.array(bone.head_local) for bone in armature.data.bones}
    index, pinky = (heads[found.bone_map.get(f"{f}.L")[0]] for f in ("index", "pinky"))
    assert index[1] < pinky[1]  # the index finger is at the front


@pytest.mark.parametrize(
    ("build", "why"), [(animal, "legs do not stand below its spine"), (door, "mirror each other")]
)
def test_what_is_no_person_is_refused_in_one_sentence(build, why):
    lib.empty_scene()
    armature = build()
    before = lib.dump(armature)
    with pytest.raises(GestureError, match=rf"has no arms that .*{why}.*: choose [^.]*\.$"):
        reading.map_for(armature)
    assert lib.dump(armature) == before


ALL_EXTRAS = tuple(extra for extra in synthetic.EXTRAS if extra != "no legs")


@pytest.mark.parametrize("extras", [*((extra,) for extra in synthetic.EXTRAS), ALL_EXTRAS], ids=str)
def test_what_a_character_wears_and_holds_does_not_matter(extras):
    """Without any name, the same bones are found as by name; the hips may be another's."""
    armature = lib.build("mixamo")
    for extra in extras:
        lib.edited(armature, synthetic.EXTRAS[extra])
    named = reading.map_for(armature).bone_map.roles
    order = [bone.name for bone in armature.data.bones]
    rig_matrix.nonsense(armature)
    new = dict(zip(order, (bone.name for bone in armature.data.bones), strict=True))
    found = dict(reading.map_for(armature).bone_map.roles)
    wanted = {role: tuple(new[bone] for bone in bones) for role, bones in named.items()}
    assert {**found, "hips": ()} == {**wanted, "hips": ()}


def test_a_second_head_does_not_matter():
    armature = lib.build("mixamo")

    def add(bones):
        for name, parent in (("neck 2", "mixamorig:Spine2"), ("head 2", "neck 2")):
            new = bones.new(name)
            source = bones["mixamorig:Neck" if name[0] == "n" else "mixamorig:Head"]
            new.head, new.tail = (
                point + lib.Vector((0.1, 0, 0)) for point in (source.head, source.tail)
            )
            new.parent = bones[parent]

    found = reading.map_for(rig_matrix.nonsense(lib.edited(armature, add)))
    assert found.has_arms and not found.missing
