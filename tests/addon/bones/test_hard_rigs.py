# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs that are difficult to handle: it works, or a sentence says why; the rig stays as it is."""

import bpy
import numpy as np
import pytest
import rig_library as lib
from mathutils import Matrix
from no_persons import animal, door

M = "mixamorig:"


@pytest.fixture
def ready(fake_engine, speech_named):
    """An engine and a speech, and no armature."""
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    return fake_engine


def activate(armature):
    bpy.context.view_layer.objects.active = armature
    bpy.context.view_layer.update()
    return armature


def mixamo():
    return activate(lib.mixamo())


def verbs(addon, armature):
    """Everything the tab does with an armature, one after the other; the sentences it gave."""
    sentences = []
    for operator, arguments in (
        ("generate", {}),
        ("neutral", {}),
        ("offset_take", {}),
        ("rig_pick", {"role": "neck", "index": 0, "bone": armature.data.bones[0].name}),
        ("rig_automatic", {"role": "ALL"}),
    ):
        try:
            getattr(bpy.ops.gestures, operator)(**arguments)
        except RuntimeError as error:
            sentence = str(error).strip()
            assert "Traceback" not in sentence, sentence
            sentences.append(sentence.splitlines()[-1])
    status = addon.rig.status.status(armature)
    return sentences, status


def works(addon, armature):
    """All of it works, and nothing of the rig has changed."""
    before = lib.dump(armature)
    sentences, status = verbs(addon, armature)
    assert sentences == [] and status.light == "green", sentences
    assert armature.animation_data.action.name.startswith("hello take")
    assert lib.dump(armature) == before


def explains(addon, armature, match):
    """A sentence says why it does not gesture, and nothing of the rig has changed."""
    before = lib.dump(armature)
    with pytest.raises(RuntimeError, match=match) as error:
        bpy.ops.gestures.generate()
    _, status = verbs(addon, armature)
    assert status.light == "red" and status.problem.endswith(".")
    assert str(error.value).strip().endswith(status.problem.rstrip("."))  # on the grey button
    addon.rig.choices.write(armature, addon.rig.choices.Choices())
    assert lib.dump(armature) == before


def test_an_animal(ready):
    explains(ready, activate(animal()), "legs do not stand below its spine")


def test_an_armature_of_props(ready):
    explains(ready, activate(door()), "mirror each other")


def test_two_heads(ready):
    armature = mixamo()

    def add(bones):
        for name, source, parent in (("Neck2", "Neck", "Spine2"), ("Head2", "Head", "Neck2")):
            new = bones.new(M + name)
            new.head, new.tail = (
                point + lib.Vector((0.15, 0.0, 0.0))
                for point in (bones[M + source].head, bones[M + source].tail)
            )
            new.parent = bones[M + parent]

    works(ready, activate(lib.edited(armature, add)))


def test_edit_mode(ready):
    armature = mixamo()
    before = lib.dump(armature)
    bpy.ops.object.mode_set(mode="EDIT")
    sentences, status = verbs(ready, armature)
    assert len(sentences) == 5 and all("Edit Mode" in one for one in sentences)
    assert status.light == "red" and "Edit Mode" in status.problem
    bpy.ops.object.mode_set(mode="OBJECT")
    assert lib.dump(armature) == before


def test_pose_mode(ready):
    armature = mixamo()
    bpy.ops.object.mode_set(mode="POSE")
    works(ready, armature)


@pytest.mark.parametrize("scale", [(-1.0, 1.0, 1.0), (100.0,) * 3, (0.01,) * 3, (1.0, 2.0, 0.5)])
def test_mirrored_large_small_and_stretched_objects(ready, scale):
    armature = mixamo()
    armature.scale = scale
    bpy.context.view_layer.update()
    works(ready, armature)
    shown = [bone.matrix_basis.copy() for bone in armature.pose.bones]
    armature.scale = (1.0, 1.0, 1.0)
    bpy.ops.gestures.neutral()  # the same in the armature's own space, whatever its scale
    assert all(
        np.allclose(a, b.matrix_basis, atol=1e-5)
        for a, b in zip(shown, armature.pose.bones, strict=True)
    )


def test_a_parented_armature(ready):
    armature = mixamo()
    empty = bpy.data.objects.new("Mount", None)
    bpy.context.collection.objects.link(empty)
    empty.matrix_world = Matrix.Rotation(1.0, 4, "Y") @ Matrix.Scale(0.3, 4)
    armature.parent = empty
    armature.constraints.new("COPY_LOCATION").target = empty
    bpy.context.view_layer.update()
    works(ready, armature)


def library(folder):
    """A file with a character in the collection "Cast"."""
    path = folder / "library.blend"
    armature = lib.mixamo()
    cast = bpy.data.collections.new("Cast")
    bpy.context.scene.collection.children.link(cast)
    cast.objects.link(armature)
    bpy.data.libraries.write(str(path), {cast, armature}, fake_user=True)
    bpy.context.scene.collection.children.unlink(cast)
    bpy.data.objects.remove(armature)
    for armature_data in list(bpy.data.armatures):
        bpy.data.armatures.remove(armature_data)
    bpy.data.collections.remove(cast)
    return str(path)


def linked(folder):
    path = library(folder)
    with bpy.data.libraries.load(path, link=True) as (_, into):
        into.collections = ["Cast"]
    bpy.context.scene.collection.children.link(into.collections[0])
    bpy.context.view_layer.update()
    return into.collections[0]


def test_a_linked_armature_says_what_to_do(ready, tmp_path):
    armature = linked(tmp_path).objects[0]
    bpy.context.scene.gestures.armature = activate(armature)
    before = lib.dump(armature)
    with pytest.raises(RuntimeError, match="linked from another file: make a library override"):
        bpy.ops.gestures.generate()
    with pytest.raises(RuntimeError, match="linked from another file: choose and adjust"):
        bpy.ops.gestures.rig_clear(role="head")
    sentences, status = verbs(ready, armature)
    assert len(sentences) == 5 and all("linked from another file" in one for one in sentences)
    assert status.light == "green"  # what was found is shown all the same
    armature.gestures_rig.head_0 = f"{M}Neck"  # as the picker would
    assert "linked from another file" in ready.properties.rig.refusal
    assert lib.dump(armature) == before


def test_a_library_override_gestures_and_keeps_its_bones(ready, tmp_path):
    cast = linked(tmp_path)
    scene, layer = bpy.context.scene, bpy.context.view_layer
    override = cast.override_hierarchy_create(scene, layer, do_fully_editable=True)
    armature = next(o for o in override.all_objects if o.type == "ARMATURE")
    bpy.context.scene.gestures.armature = armature
    before = lib.dump(armature)
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    assert armature.animation_data.action.name == "hello take 1"
    assert bpy.ops.gestures.neutral() == {"FINISHED"}
    if armature.data.library is not None:
        with pytest.raises(RuntimeError, match="linked from another file: choose and adjust"):
            bpy.ops.gestures.rig_clear(role="head")
    assert lib.dump(armature) == before
    path = str(tmp_path / "shot.blend")
    bpy.ops.gestures.generate()
    bpy.ops.gestures.take_accept(take="hello take 1")
    for first in (3, 40):
        bpy.ops.gestures.lock_frames(first=first, last=first + 9)
    own = ready.properties.character.character(armature)
    for name in ("Head", "LeftArm"):
        own.masked.add().name = f"{M}{name}"
    own.masked_layers, own.keep_keys = {"ARMS", "FINGERS"}, False
    own.other = own.part_arms = bpy.data.actions["hello take 1"]
    armature.gestures_intensity = 0.5
    for _ in range(2):  # what is loaded is saved again
        kept = remembered(ready, armature)
        bpy.ops.wm.save_as_mainfile(filepath=path)
        bpy.ops.wm.open_mainfile(filepath=path)
        armature = next(o for o in bpy.context.scene.objects if o.override_library)
        assert armature.animation_data.action.name == "hello take 2"
        assert remembered(ready, armature) == kept
    bpy.ops.gestures.take_reject(take="hello take 2")
    assert remembered(ready, armature)["takes"] == [("hello take 1", True, "")]


def remembered(addon, armature):
    """What a character keeps besides its actions."""
    own = addon.properties.character.character(armature)
    return {
        "takes": [
            (one.action.name, one.accepted, one.before.name if one.before else "")
            for one in own.takes
        ],
        "chosen": (own.active, own.other.name, own.part_arms.name),
        "masked": [bone.name for bone in own.masked],
        "layers": own.masked_layers,
        "locks": [(lock.first, lock.last) for lock in own.locks],
        "keep_keys": own.keep_keys,
        "intensity": armature.gestures_intensity,
    }
