# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig panel: which bone is what, mappings as files, the neutral pose, offsets, limits."""

import bpy
import numpy as np
import pytest
import rig_library as lib
from mathutils import Euler, Quaternion

from blender_addon.body.skeleton import BONES, NEUTRAL
from blender_addon.bones.families import load_preset, load_presets
from blender_addon.bones.roles import EVERY_ROLE, BoneMap

M = "mixamorig:"


def status(addon, armature):
    return addon.rig.status.status(armature)


def bones(addon, armature, role):
    return status(addon, armature).row(role).bones


def refused(operator, match, **arguments):
    with pytest.raises(RuntimeError, match=match) as error:
        operator(**arguments)
    sentence = str(error.value).removeprefix("Error: ").strip()
    assert "\n" not in sentence and sentence.endswith("."), sentence
    return sentence


@pytest.fixture(autouse=True)
def no_presets(addon):
    """Leave no mapping behind, and start without any."""
    yield
    for path in addon.rig.families.preset_folder().glob("*.toml"):
        path.unlink()
    addon.rig.status.forget()


# --- the traffic light ------------------------------------------------------------------


def test_a_whole_rig_is_green(addon, character):
    found = status(addon, character)
    assert (found.light, found.found, found.missing) == ("green", found.total, ())


@pytest.mark.parametrize("words", [("HandRing",), ("Spine",), ("HandPinky", "HandThumb")])
def test_a_rig_with_parts_missing_is_yellow(addon, character, words):
    lib.without(character, *words)
    found = status(addon, character)
    assert found.light == "yellow" and found.missing
    assert found.found + len(found.missing) == found.total


@pytest.mark.parametrize(
    "spoil", [lambda a: lib.without(a, "Arm"), lambda a: lib.without(a, "LeftHand")]
)
def test_a_rig_without_arms_is_red_and_can_be_mended(addon, character, spoil):
    spoil(character)
    found = status(addon, character)
    assert found.light == "red" and found.problem.endswith(".")
    assert len(found.rows) == len(EVERY_ROLE)  # to be filled in by hand


@pytest.mark.parametrize("name", [*lib.RIGS, *lib.CONTROL_RIGS])
def test_every_role_without_a_bone_says_why(addon, name):
    """Also where the names say nothing, and where the rig has next to nothing."""
    from rig_matrix import nonsense

    armature = (lib.RIGS | lib.CONTROL_RIGS)[name]()
    for _ in range(2):
        found = status(addon, armature)
        assert {row.role for row in found.rows} == set(EVERY_ROLE)
        assert {role for _, roles in addon.rig.status.GROUPS for role in roles} == set(EVERY_ROLE)
        assert all(bool(row.bones) != bool(row.reason) for row in found.rows)
        nonsense(armature)


def test_an_armature_in_edit_mode_says_so(addon, character):
    bpy.ops.object.mode_set(mode="EDIT")
    found = status(addon, character)
    assert found.light == "red" and "Edit Mode" in found.problem
    assert character.gestures_rig.hand_L_0 == ""
    bpy.ops.object.mode_set(mode="OBJECT")
    assert status(addon, character).light == "green"


# --- choosing bones -----------------------------------------------------------------------


def test_a_picked_bone_counts_and_is_kept_with_the_armature(addon, character, tmp_path):
    fields = character.gestures_rig
    assert fields.hand_L_0 == f"{M}LeftHand"
    fields.spine_0 = f"{M}Spine1"
    assert bones(addon, character, "spine") == (f"{M}Spine1", f"{M}Spine2")
    assert bpy.ops.gestures.rig_pick(role="neck", index=0, bone=f"{M}Head") == {"FINISHED"}
    wanted = {"spine": (f"{M}Spine1", f"{M}Spine2"), "neck": (f"{M}Head",), "head": ()}
    assert {role: bones(addon, character, role) for role in wanted} == wanted
    assert "was chosen as neck" in status(addon, character).row("head").reason
    assert status(addon, character).light == "yellow"
    assert addon.rig.reading.map_for(character).bone_map.get("spine") == wanted["spine"]
    path, name = str(tmp_path / "kept.blend"), character.name
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    again = bpy.data.objects[name]
    assert {role: bones(addon, again, role) for role in wanted} == wanted
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.preferences.addon_enable(module="blender_addon")
    with bpy.data.libraries.load(path) as (_, into):
        into.objects = [name]
    assert {role: bones(addon, into.objects[0], role) for role in wanted} == wanted


def test_cleared_and_automatic_again(addon, character):
    before = status(addon, character)
    assert bpy.ops.gestures.rig_clear(role="thumb.L") == {"FINISHED"}
    assert bones(addon, character, "thumb.L") == ()
    assert status(addon, character).row("thumb.L").reason == "you left it empty"
    character.gestures_rig.thumb_R_2 = ""
    assert len(bones(addon, character, "thumb.R")) == 2
    bpy.ops.gestures.rig_automatic(role="thumb.L")
    assert len(bones(addon, character, "thumb.L")) == 3
    assert status(addon, character).row("thumb.R").chosen
    bpy.ops.gestures.rig_automatic(role="ALL")
    assert status(addon, character) == before
    assert not character.data.keys()


def test_the_active_bone_is_picked(addon, character):
    character.data.bones.active = character.data.bones[f"{M}LeftForeArm"]
    bpy.ops.gestures.rig_pick(role="forearm_twist.L")
    assert bones(addon, character, "forearm_twist.L") == (f"{M}LeftForeArm",)
    assert status(addon, character).light == "red"  # its forearm is gone, and that is told
    assert "left forearm" in status(addon, character).problem


@pytest.mark.parametrize("spoil", ["rename", "delete"])
def test_a_chosen_bone_that_is_gone_is_told_and_found_automatically(addon, character, spoil):
    character.gestures_rig.neck_0 = f"{M}Spine2"
    character.gestures_rig.hand_L_0 = f"{M}LeftHand"
    if spoil == "rename":
        character.data.bones[f"{M}Spine2"].name = "Chest"
    else:
        lib.without(character, "Spine2")
    found = status(addon, character)
    assert found.row("neck").bones == (f"{M}Neck",) and not found.row("neck").chosen
    assert found.row("hand.L").chosen
    (remark,) = found.remarks
    assert f"'{M}Spine2', chosen as neck, is gone" in remark and remark.count(".") == 1
    assert addon.rig.reading.calibration(character)


@pytest.mark.parametrize("kept", ["{", "[]", '{"roles": {"tail": []}, "offsets": {}}', "7"])
def test_broken_choices_fall_back_with_one_sentence(addon, character, kept):
    character.data["gestures_rig"] = kept
    found = status(addon, character)
    assert found.light == "green" and "cannot be read" in found.remarks[0]
    character.gestures_rig.neck_0 = f"{M}Spine2"  # and is mended by the next choice
    assert bones(addon, character, "neck") == (f"{M}Spine2",)
    assert not status(addon, character).remarks


def test_a_bone_that_is_not_there_is_refused(addon, character):
    refused(bpy.ops.gestures.rig_pick, "no bone 'Kopf'", role="head", bone="Kopf")
    character.gestures_rig.head_0 = "Kopf"
    assert "no bone 'Kopf'" in addon.properties.rig.refusal
    assert bones(addon, character, "head") == (f"{M}Head",)
    character.gestures_rig.head_0 = f"{M}Head"
    assert addon.properties.rig.refusal == ""


def test_a_choice_is_one_undo_step(addon, character):
    bpy.ops.ed.undo_push(message="Before")
    name = character.name
    bpy.ops.gestures.rig_clear("EXEC_DEFAULT", True, role="head")
    assert bones(addon, bpy.data.objects[name], "head") == ()
    bpy.ops.ed.undo()
    assert bones(addon, bpy.data.objects[name], "head") == (f"{M}Head",)
    bpy.ops.ed.redo()
    assert bones(addon, bpy.data.objects[name], "head") == ()


def test_two_armatures_with_the_same_data_share_their_choices(addon, character):
    twin = character.copy()
    bpy.context.collection.objects.link(twin)
    character.gestures_rig.neck_0 = f"{M}Spine2"
    assert bones(addon, twin, "neck") == (f"{M}Spine2",)


# --- presets --------------------------------------------------------------------------------

ODD_NAMES = ['q"uote', "back\\slash", "pi|pe", "{side}", "ä.ö_日本", "a.b", "a_b", "A.B", "tab\tx"]


@pytest.mark.parametrize("name", [*lib.RIGS, *lib.CONTROL_RIGS])
def test_a_saved_preset_reads_back_identically_and_is_found(addon, name):
    armature = (lib.RIGS | lib.CONTROL_RIGS)[name]()
    bpy.context.view_layer.objects.active = armature
    roles = dict(addon.rig.reading.map_for(armature).bone_map.roles)
    chain = [bone for role, bones in roles.items() if role in EVERY_ROLE[4:] for bone in bones]
    new = dict(zip(chain, ODD_NAMES, strict=False))
    for bone, odd in new.items():
        armature.data.bones[bone].name = odd
    renamed = {role: tuple(new.get(bone, bone) for bone in bones) for role, bones in roles.items()}
    addon.rig.editing.use_map(armature, BoneMap("renamed", renamed))
    addon.rig.editing.choose(armature, "head", ())
    wanted = addon.rig.reading.map_for(armature).bone_map
    assert bpy.ops.gestures.rig_preset_save(family="Odd rig") == {"FINISHED"}
    (path,) = addon.rig.families.preset_folder().glob("*.toml")
    assert load_presets(path.parent) == (load_preset(path),)
    assert load_preset(path).family == "Odd rig"
    addon.rig.editing.automatic(armature)
    assert "gestures_rig" not in armature.data
    found = addon.rig.reading.map_for(armature)
    assert (found.family, found.certain) == ("Odd rig", True)
    assert dict(found.bone_map.roles) == dict(wanted.roles)
    assert status(addon, armature).family == "Odd rig"
    assert "leaves it empty" in status(addon, armature).row("head").reason


def test_a_preset_in_a_file_of_ones_own_is_loaded(addon, character, tmp_path):
    character.gestures_rig.neck_0 = f"{M}Spine2"
    wanted = addon.rig.reading.map_for(character).bone_map.roles
    path = tmp_path / "mine.toml"
    bpy.ops.gestures.rig_preset_save(family="Mine", filepath=str(path))
    assert not list(addon.rig.families.preset_folder().glob("*.toml"))
    bpy.ops.gestures.rig_automatic(role="ALL")
    assert bpy.ops.gestures.rig_preset_load(filepath=str(path)) == {"FINISHED"}
    assert addon.rig.reading.map_for(character).bone_map.roles == wanted
    assert all(row.chosen for row in status(addon, character).rows)


def test_a_shipped_preset_is_loaded_too(addon, character):
    path = addon.paths.RIGS_DIR / "mixamo.toml"
    assert bpy.ops.gestures.rig_preset_load(filepath=str(path)) == {"FINISHED"}
    assert status(addon, character).light == "green"
    other = addon.paths.RIGS_DIR / "mmd.toml"
    refused(bpy.ops.gestures.rig_preset_load, "none of the bones", filepath=str(other))
    refused(bpy.ops.gestures.rig_preset_load, "cannot be read", filepath="/no/such.toml")
    refused(bpy.ops.gestures.rig_preset_save, "does not exist", filepath="/no/such.toml")


def test_a_preset_is_replaced_only_when_that_is_ticked(addon, character, tmp_path):
    save, own = bpy.ops.gestures.rig_preset_save, tmp_path / "mine.toml"
    save(family="Mine")
    save(family="Mine", filepath=str(own))
    paths = [next(addon.rig.families.preset_folder().glob("*.toml")), own]
    before = [path.read_bytes() for path in paths]
    character.gestures_rig.neck_0 = f"{M}Spine2"
    refused(save, "'Mine.toml' already: .* Overwrite", family="Mine")
    refused(save, "'mine.toml' already", family="Mine", filepath=str(own))
    assert [path.read_bytes() for path in paths] == before
    assert save(family="Mine", overwrite=True) == {"FINISHED"}
    assert paths[0].read_bytes() != before[0]
    refused(save, "already", family="Mine")  # it was ticked for one time
    assert not list(tmp_path.glob(".part*"))


def test_rigs_of_one_name_are_offered_names_that_are_free(addon, character):
    free_family, names = addon.operators.rig.free_family, []
    for _ in range(3):
        names.append(free_family("rig: one"))  # a name that no file can have
        bpy.ops.gestures.rig_preset_save(family=names[-1])
    assert names == ["rig: one", "rig: one 2", "rig: one 3"]
    assert len(list(addon.rig.families.preset_folder().glob("*.toml"))) == 3


def test_a_broken_preset_of_the_users_harms_nothing(addon, character):
    (addon.rig.families.preset_folder() / "bad.toml").write_text("family = [", encoding="utf-8")
    addon.rig.status.forget()
    found = status(addon, character)
    assert found.light == "green" and "'bad.toml' cannot be read" in found.remarks[0]


def test_a_saved_preset_does_not_catch_other_rigs(addon, character):
    bpy.ops.gestures.rig_preset_save(family="Mine")
    other = lib.rocketbox()
    assert addon.rig.reading.map_for(other).family == "3ds Max Biped (Rocketbox)"
    slim = lib.without(lib.mixamo(), "HandRing")
    assert addon.rig.reading.map_for(slim).family == "Mixamo"


# --- the neutral pose ------------------------------------------------------------------------


def posed_directions(addon, armature):
    """The directions of arms and phalanges that ARMATURE shows, by (parent, child)."""
    found = addon.rig.reading.map_for(armature).bone_map
    names, heads, _ = lib.evaluated(armature)
    heads = heads @ addon.rig.reading.calibration(armature).axes
    shown = {}
    for side, label in (("L", "left"), ("R", "right")):
        joints = {f"{label}_elbow": f"forearm.{side}", f"{label}_shoulder": f"upper_arm.{side}"}
        joints[f"{label}_wrist"] = f"hand.{side}"
        places = {j: heads[names.index(found.get(role)[0])] for j, role in joints.items()}
        for finger in ("thumb", "index", "middle", "ring", "pinky"):
            for i, bone in enumerate(found.get(f"{finger}.{side}")):
                places[f"{label}_{finger}_{i + 1}"] = heads[names.index(bone)]
        for pair in BONES:
            if set(pair) <= set(places) and "wrist" not in pair[0]:
                x, y, z = places[pair[1]] - places[pair[0]]
                shown[pair] = np.array([x, -z, y]) / np.linalg.norm([x, y, z])
    return shown


@pytest.mark.parametrize("name", [*lib.RIGS, *lib.CONTROL_RIGS])
def test_neutral_shows_the_mean_pose_and_touches_no_key(addon, name):
    armature = (lib.RIGS | lib.CONTROL_RIGS)[name]()
    bpy.context.view_layer.objects.active = armature
    armature.pose.bones[0].keyframe_insert("location", frame=1)
    bpy.context.scene.tool_settings.use_keyframe_insert_auto = True
    bpy.context.view_layer.update()
    actions, before = len(bpy.data.actions), lib.dump(armature)
    curves = len(addon.compat.fcurves(armature.animation_data.action))
    assert bpy.ops.gestures.neutral() == {"FINISHED"}
    shown = posed_directions(addon, armature)
    assert len(shown) == 2 * (2 + 2 * 5)
    for pair, direction in shown.items():
        assert direction @ NEUTRAL[BONES.index(pair)] > np.cos(np.radians(0.1)), pair
    assert len(bpy.data.actions) == actions
    assert len(addon.compat.fcurves(armature.animation_data.action)) == curves
    assert lib.dump(armature) == before


def test_neutral_is_one_undo_step_and_off_in_edit_mode(addon, character):
    bpy.ops.ed.undo_push(message="Before")
    name = character.name
    bpy.ops.gestures.neutral("EXEC_DEFAULT", True)
    turned = bpy.data.objects[name].pose.bones[f"{M}LeftArm"].rotation_quaternion.copy()
    assert turned.angle > 0.5
    bpy.ops.ed.undo()
    bone = bpy.data.objects[name].pose.bones[f"{M}LeftArm"]
    assert bone.rotation_quaternion.angle < 1e-6
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Leave Edit Mode first"):
        bpy.ops.gestures.neutral()


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "ZYX", "AXIS_ANGLE"])
def test_neutral_keeps_each_bones_rotation_mode(addon, character, mode):
    bpy.ops.gestures.neutral()
    wanted = {bone.name: bone.matrix_basis.to_quaternion() for bone in character.pose.bones}
    for bone in character.pose.bones:
        bone.rotation_mode = mode
        bone.rotation_euler, bone.rotation_quaternion = (1.0, 2.0, 0.5), (0.5, 0.5, -0.5, 0.5)
    bpy.ops.gestures.neutral()
    for name in addon.rig.reading.calibration(character).bones:
        bone = character.pose.bones[name]
        assert bone.rotation_mode == mode
        assert abs(bone.matrix_basis.to_quaternion().dot(wanted[name])) > 0.999999


# --- offsets ----------------------------------------------------------------------------------


def turned(degrees, axis=0):
    angles = [0.0, 0.0, 0.0]
    angles[axis] = np.radians(degrees)
    return Euler(angles).to_quaternion()


def offsets(addon, armature):
    return dict(addon.rig.choices.read(armature).offsets)


def test_a_pose_over_the_neutral_one_is_taken_as_an_offset(addon, character, tmp_path):
    bpy.ops.gestures.neutral()
    arm = character.pose.bones[f"{M}LeftArm"]
    neutral = arm.rotation_quaternion.copy()
    arm.rotation_quaternion = neutral @ turned(12.0)
    character.gestures_rig.mirror = False
    assert bpy.ops.gestures.offset_take() == {"FINISHED"}
    assert offsets(addon, character) == {f"{M}LeftArm": pytest.approx((12.0, 0.0, 0.0), abs=0.01)}
    arm.rotation_quaternion = Quaternion()
    bpy.ops.gestures.neutral()  # shown with its offset
    assert abs(arm.rotation_quaternion.dot(neutral @ turned(12.0))) > 1.0 - 1e-7
    bpy.ops.gestures.offset_take()  # and taking it again changes nothing
    assert offsets(addon, character) == {f"{M}LeftArm": pytest.approx((12.0, 0.0, 0.0), abs=0.01)}
    path, name = str(tmp_path / "kept.blend"), character.name
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert offsets(addon, bpy.data.objects[name])[f"{M}LeftArm"][0] == pytest.approx(12.0, abs=0.01)


def test_a_slider_turns_the_shown_pose_and_both_sides(addon, character):
    bpy.ops.gestures.neutral()
    before = posed_directions(addon, character)
    fields = character.gestures_rig
    fields.bone = f"{M}LeftArm"
    assert character.data.bones.active.name == f"{M}LeftArm"
    fields.offset = np.radians((0.0, 0.0, 20.0))
    fields.offset = np.radians((0.0, 0.0, 10.0))
    assert fields.offset[2] == pytest.approx(np.radians(10.0), abs=1e-5)
    assert set(offsets(addon, character)) == {f"{M}LeftArm", f"{M}RightArm"}
    after = posed_directions(addon, character)
    for side in ("left", "right"):
        pair = (f"{side}_shoulder", f"{side}_elbow")
        angle = np.degrees(np.arccos(np.clip(before[pair] @ after[pair], -1.0, 1.0)))
        assert 5.0 < angle <= 10.1, side  # not 30: the old offset was taken back
    bpy.ops.gestures.offset_clear(bone=f"{M}RightArm")
    assert set(offsets(addon, character)) == {f"{M}LeftArm"}
    bpy.ops.gestures.offset_clear()
    assert offsets(addon, character) == {} and not character.data.keys()
    back = posed_directions(addon, character)
    assert all(back[pair] @ before[pair] > 1.0 - 1e-6 for pair in before)


def test_what_gestures_do_not_move_gets_no_offset(addon, character):
    character.gestures_rig.bone = f"{M}LeftFoot"
    character.gestures_rig.offset = (0.1, 0.0, 0.0)
    assert "not moved by gestures" in addon.properties.rig.refusal
    assert offsets(addon, character) == {}
    character.gestures_rig.bone = f"{M}LeftHand"
    character.gestures_rig.offset = (0.1, 0.0, 0.0)
    assert addon.properties.rig.refusal == ""


def test_takes_carry_the_offsets(fake_engine, character, speech_named):
    addon = fake_engine
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    bpy.context.scene.gestures.limits = "off"
    bpy.context.scene.gestures.contacts = False
    shown = []
    for angle in (0.0, 15.0):
        addon.rig.neutral.adjust(character, {f"{M}LeftHand": (angle, 0.0, 0.0)}, mirror=False)
        assert bpy.ops.gestures.generate() == {"FINISHED"}
        frames = []
        for frame in (1, 40, 80):
            bpy.context.scene.frame_set(frame)
            hand = character.pose.bones[f"{M}LeftHand"]
            frames.append(hand.matrix_basis.to_quaternion())
        shown.append(frames)
    for plain, more in zip(*shown, strict=True):
        assert abs((plain @ turned(15.0)).dot(more)) > 0.99999


def test_the_shell_sees_map_and_offsets(addon, character, tmp_path):
    """`animate` reads both from the .blend, without the add-on being enabled."""
    from blender_addon.rig import reading

    addon.rig.neutral.adjust(character, {f"{M}LeftHand": (15.0, 0.0, 0.0)}, mirror=False)
    character.gestures_rig.neck_0 = f"{M}Spine2"
    bpy.ops.preferences.addon_disable(module="blender_addon")
    try:
        calibration = reading.calibration(character)
        column = calibration.bones.index(f"{M}LeftHand")
        trace = np.trace(calibration.offsets[column])
        assert np.degrees(np.arccos((trace - 1.0) / 2.0)) == pytest.approx(15.0, abs=0.01)
        assert reading.map_for(character).bone_map.get("neck") == (f"{M}Spine2",)
    finally:
        bpy.ops.preferences.addon_enable(module="blender_addon")


# --- joint limits --------------------------------------------------------------------------------


def test_the_list_tells_joint_frames_and_excess(fake_engine, character, speech_named):
    addon = fake_engine
    scene = bpy.context.scene
    scene.gestures.speech = str(speech_named("hello"))
    scene.frame_start = 11
    addon.rig.neutral.adjust(character, {f"{M}LeftHandIndex2": (-60.0, 0.0, 0.0)}, mirror=False)
    scene.gestures.limits = "warn"
    bpy.ops.gestures.generate()
    action = character.animation_data.action
    rows = addon.takes.overruns.joints(character, action)
    assert [row.frames for row in rows] == sorted((row.frames for row in rows), reverse=True)
    row = next(row for row in rows if row.name == "index_2.L")
    assert row.title == "Left index finger, middle joint"
    assert row.bones == (f"{M}LeftHandIndex2",) and row.worst > 10.0
    first, last = row.runs[0]
    assert 11 <= first <= last <= round(action.frame_range[1])
    bpy.ops.gestures.go_to(frame=last)
    assert scene.frame_current == last
    assert addon.takes.overruns.touches(character, action) is not None
    scene.gestures.contacts = False
    bpy.ops.gestures.generate()
    assert addon.takes.overruns.touches(character, character.animation_data.action) is None


def test_runs_are_told_from_single_frames(addon):
    assert addon.body.runs.of_frames([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert addon.body.runs.of_frames([]) == []
