# SPDX-License-Identifier: GPL-3.0-or-later
"""Control rigs whose arms stand on IK: it is said, and takes key the switches if asked."""

import bpy
import numpy as np
import pytest
import rig_library as lib
import synthetic_rigs as synthetic

from blender_addon.bones.families import save_preset

LAST = 95  # the fake engine answers 4 s, 95 frames at 24 a second
PARENTS = ("upper_arm_parent.L", "upper_arm_parent.R")
SWITCHES = tuple(f'pose.bones["{bone}"]["IK_FK"]' for bone in PARENTS)
REMARK = "The arms of 'rig' stand on IK: press Key Arms to FK to see the take."


@pytest.fixture
def rigify(fake_engine, speech_named):
    """The control rig just generated, its switches as Rigify leaves them."""
    armature = lib.rigify_as_generated()
    armature.name = "rig"
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    assert standing(armature) == [0.0, 0.0]
    return armature


@pytest.fixture
def said(fake_engine, monkeypatch):
    """What operators that wait for the engine report: (level, sentences)."""
    told = []
    tell = lambda self, kind, message: told.append((*kind, message))  # noqa: E731
    monkeypatch.setattr(fake_engine.operators.waiting.Waiting, "tell", tell)
    return told


def generate(seed=0):
    bpy.context.scene.gestures.seed = seed
    assert bpy.ops.gestures.generate() == {"FINISHED"}


def key_fk():
    assert bpy.ops.gestures.key_fk() == {"FINISHED"}


def status(addon, armature):
    bpy.context.view_layer.update()
    return addon.rig.status.status(armature)


def standing(armature):
    """How the switches stand."""
    bpy.context.view_layer.update()
    return [armature.path_resolve(path) for path in SWITCHES]


def shown(armature):
    return armature.animation_data.action


def keys(addon, action):
    """The keys (frame, value) of the switches in ACTION."""
    return {
        curve.data_path: [tuple(key.co) for key in curve.keyframe_points]
        for curve in addon.compat.fcurves(action)
        if curve.data_path in SWITCHES
    }


def back_to_ik(armature, frame):
    """The animator's key of the left arm on FRAME."""
    arm = armature.pose.bones[PARENTS[0]]
    arm["IK_FK"] = 0.0
    arm.keyframe_insert('["IK_FK"]', frame=frame)


def both_from(frame):
    """One key of each switch on FRAME, to FK."""
    return {switch: [(frame, 1.0)] for switch in SWITCHES}


def hands(armature, frames=range(1, LAST, 10)):
    """Orientations (F, 4, 3, 3) of the hands that the mesh follows, then of their FK controls."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        names, _, turns = lib.evaluated(armature)
        bones = [f"{kind}.{side}" for kind in ("DEF-hand", "hand_fk") for side in "LR"]
        found.append(turns[[names.index(bone) for bone in bones]])
    return np.array(found)


def turned(turns):
    """Degrees from the first of TURNS (F, 3, 3) to the one furthest away."""
    cosines = (np.einsum("fij,ij->f", turns, turns[0]) - 1.0) / 2.0
    return np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))).max()


def refused(match, operator=None):
    with pytest.raises(RuntimeError, match=match):
        (operator or bpy.ops.gestures.key_fk)()


# --- what is said -------------------------------------------------------------------------


def test_without_being_asked_it_is_only_said(fake_engine, rigify, said):
    before = lib.dump(rigify)
    found = status(fake_engine, rigify)
    assert found.light == "yellow" and not found.missing
    assert found.on_ik == "The arms stand on IK: the FK keys of takes do not move them."
    generate()
    assert REMARK in said[-1][-1] and said[-1][0] == "WARNING"
    assert keys(fake_engine, shown(rigify)) == {}
    played = hands(rigify)
    assert turned(played[:, 0]) < 0.1 and turned(played[:, 2]) > 10
    assert standing(rigify) == [0.0, 0.0]
    assert status(fake_engine, rigify).light == "yellow"
    assert lib.dump(rigify) == before


def test_the_shell_says_it_too(fake_engine, rigify, tmp_path):
    from conftest import REPOSITORY

    from blender_addon.headless import arguments, perform

    rig = str(REPOSITORY / "rigs" / "rocketbox" / "Male_Adult_04.fbx")  # only there to be named
    job = arguments.parse(["--rig", rig, "--out", str(tmp_path / "o.blend"), "--mode", "idle"])
    take = perform.perform(job, rigify)
    assert "stand on IK" in perform.on_ik(take)
    for bone in PARENTS:
        rigify.pose.bones[bone]["IK_FK"] = 1.0
    assert perform.on_ik(take) == ""


def test_arms_on_fk_are_nothing_to_tell(fake_engine, rigify, said):
    """Nor are legs on IK: takes do not move them."""
    for bone in PARENTS:
        rigify.pose.bones[bone]["IK_FK"] = 1.0
    rigify.update_tag()
    assert rigify.pose.bones["thigh_parent.L"]["IK_FK"] == 0.0
    assert status(fake_engine, rigify).light == "green"
    generate()
    assert "IK" not in said[-1][-1]
    refused("nothing to key")
    assert not rigify.gestures_key_fk


def test_one_arm_on_ik_is_told_and_keyed_alone(fake_engine, rigify):
    rigify.pose.bones[PARENTS[1]]["IK_FK"] = 1.0
    assert status(fake_engine, rigify).light == "yellow"
    generate()
    key_fk()
    assert list(keys(fake_engine, shown(rigify))) == [SWITCHES[0]]
    assert status(fake_engine, rigify).light == "green"


def test_controls_named_by_a_saved_mapping_are_known(fake_engine, rigify):
    rig = fake_engine.rig.reading
    path = fake_engine.rig.families.preset_folder() / "mine.toml"
    save_preset(rig.map_for(rigify).bone_map, path)
    fake_engine.rig.status.forget()
    assert status(fake_engine, rigify).on_ik
    path.unlink()
    fake_engine.rig.status.forget()


def test_a_rig_mapped_to_other_bones_has_no_such_switches(fake_engine, rigify):
    for side in "LR":
        setattr(rigify.gestures_rig, f"upper_arm_{side}_0", f"ORG-upper_arm.{side}")
    assert not status(fake_engine, rigify).switches


def test_auto_rig_pro_has_its_own_switch(addon):
    path = synthetic.RIGS_DIR / "auto_rig_pro_controls.toml"
    armature = synthetic.make(synthetic.load_preset(path))
    names = ("c_hand_ik.l", "c_hand_ik.r")

    def add(bones):
        for name in names:
            bones.new(name).tail = (0, 0, 1)

    lib.edited(armature, add)
    for name in names:
        armature.pose.bones[name]["ik_fk_switch"] = 0.0
    assert status(addon, armature).light == "yellow"
    key_fk()
    assert status(addon, armature).light == "green"


# --- keys ---------------------------------------------------------------------------------


def test_asked_for_each_new_take_keys_them_where_it_begins(fake_engine, rigify, said):
    key_fk()
    assert rigify.gestures_key_fk and standing(rigify) == [0.0, 0.0]
    assert status(fake_engine, rigify).light == "green"
    for start in (11, 200, 40):  # the later ones take the keys of the one before along
        bpy.context.scene.frame_start = start
        generate()
        assert keys(fake_engine, shown(rigify)) == both_from(start)
        assert shown(rigify).frame_range[0] == start
        assert "IK" not in said[-1][-1]
    assert status(fake_engine, rigify).light == "green"


@pytest.mark.parametrize("first", ["asked", "made"])
def test_the_hands_of_the_mesh_turn_with_their_controls(fake_engine, rigify, first):
    for step in (key_fk, generate) if first == "asked" else (generate, key_fk):
        step()
    played = hands(rigify)
    assert turned(played[:, 0]) > 10
    assert np.abs(played[:, :2] - played[:, 2:]).max() < 1e-4
    assert standing(rigify) == [1.0, 1.0]
    assert status(fake_engine, rigify).light == "green"


def test_a_take_moved_in_time_gets_its_keys_there(fake_engine, rigify):
    generate()
    fake_engine.takes.nla.move_keys(shown(rigify), 30.0)
    key_fk()
    assert keys(fake_engine, shown(rigify)) == both_from(31)
    for curve in fake_engine.compat.fcurves(shown(rigify)):
        for key in curve.keyframe_points:
            key.co.x += 5.0
    assert fake_engine.keys.actions.take_shift(shown(rigify)) == pytest.approx(5.0)


@pytest.mark.parametrize("first", ["asked", "made"])
def test_a_rejected_take_leaves_the_switches_where_they_were(fake_engine, rigify, first):
    before = hands(rigify, [1])
    for step in (key_fk, generate) if first == "asked" else (generate, key_fk):
        step()
    generate(5)
    assert standing(rigify) == [1.0, 1.0]
    bpy.ops.gestures.take_reject()
    assert standing(rigify) == [1.0, 1.0]
    bpy.ops.gestures.take_reject()
    assert standing(rigify) == [0.0, 0.0]
    assert np.abs(hands(rigify, [1]) - before).max() < 1e-4


def test_a_take_without_the_keys_shows_the_arms_on_ik_again(fake_engine, rigify):
    generate()
    bpy.ops.gestures.take_duplicate()
    key_fk()
    assert standing(rigify) == [1.0, 1.0]
    bpy.ops.gestures.take_show(take="hello take 1")
    assert standing(rigify) == [0.0, 0.0]
    assert status(fake_engine, rigify).light == "yellow"


def test_an_accepted_take_keeps_the_arms_on_fk(fake_engine, rigify):
    generate()
    bpy.ops.gestures.take_accept()
    assert status(fake_engine, rigify).light == "yellow"
    key_fk()
    played = hands(rigify)
    assert np.abs(played[:, :2] - played[:, 2:]).max() < 1e-4
    assert status(fake_engine, rigify).light == "green"


def test_undo_takes_the_keys_and_the_wish_back(fake_engine, rigify):
    generate()
    bpy.ops.ed.undo_push(message="Before")
    key_fk()
    bpy.ops.ed.undo_push(message="After")
    bpy.ops.ed.undo()
    armature = bpy.data.objects["rig"]
    assert not armature.gestures_key_fk
    assert keys(fake_engine, shown(armature)) == {}
    bpy.context.scene.frame_set(30)
    assert standing(armature) == [0.0, 0.0]


def test_a_key_holds_until_the_animators_next_one(fake_engine, rigify):
    key_fk()
    generate()
    back_to_ik(rigify, 50)
    bpy.context.scene.frame_set(49)
    assert standing(rigify) == [1.0, 1.0]
    bpy.context.scene.frame_set(50)
    assert standing(rigify) == [0.0, 1.0]


def test_a_slider_leaves_the_keys_of_the_switches(fake_engine, rigify):
    key_fk()
    generate()
    before = keys(fake_engine, shown(rigify))
    shown(rigify).gestures_style.strength[1] = 0.4
    fake_engine.takes.live.settle()
    assert keys(fake_engine, shown(rigify)) == before


# --- the animator's own -------------------------------------------------------------------


def keyed_by_hand(armature, value):
    for bone in PARENTS:
        armature.pose.bones[bone]["IK_FK"] = value
        armature.pose.bones[bone].keyframe_insert('["IK_FK"]', frame=1)
    return shown(armature)


def driven(armature, value):
    for path in SWITCHES:
        armature.driver_add(path).driver.expression = str(value)
    armature.update_tag()


@pytest.mark.parametrize("how", [keyed_by_hand, driven])
def test_switches_that_the_animator_set_to_fk_are_nothing_to_tell(fake_engine, rigify, said, how):
    how(rigify, 1.0)
    assert status(fake_engine, rigify).light == "green"
    rigify.gestures_key_fk = True
    generate()
    assert "on IK" not in said[-1][-1]
    assert keys(fake_engine, shown(rigify)) == {}
    played = hands(rigify)
    assert np.abs(played[:, :2] - played[:, 2:]).max() < 1e-4


@pytest.mark.parametrize("how", [keyed_by_hand, driven])
def test_switches_that_the_animator_keeps_on_ik_stay(fake_engine, rigify, said, how):
    action = how(rigify, 0.0)
    before = keys(fake_engine, action) if action else None
    rigify.gestures_key_fk = True
    assert status(fake_engine, rigify).light == "yellow"
    refused("keys or drivers of yours")
    generate()
    assert "stand on IK: change their keys or drivers" in said[-1][-1]
    assert keys(fake_engine, shown(rigify)) == {}
    assert before is None or keys(fake_engine, action) == before


def test_the_animators_keys_in_a_take_stay(fake_engine, rigify):
    """Also in the takes that are made from it."""
    key_fk()
    generate()
    back_to_ik(rigify, 50)
    own = [(1.0, 1.0), (50.0, 0.0)]
    assert keys(fake_engine, shown(rigify))[SWITCHES[0]] == own
    bpy.context.scene.frame_set(60)
    assert standing(rigify) == [0.0, 1.0]
    refused("keys or drivers of yours")
    generate(5)
    assert keys(fake_engine, shown(rigify)) == {SWITCHES[0]: own, SWITCHES[1]: [(1.0, 1.0)]}


# --- linked rigs --------------------------------------------------------------------------


def linked(folder, armature):
    """The collection of a new file that ARMATURE is linked into."""
    cast = bpy.data.collections.new("Cast")
    cast.objects.link(armature)
    path = str(folder / "library.blend")
    bpy.data.libraries.write(path, {cast}, fake_user=True)
    speech = bpy.context.scene.gestures.speech
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
    bpy.context.scene.gestures.speech = speech
    with bpy.data.libraries.load(path, link=True) as (_, into):
        into.collections = ["Cast"]
    bpy.context.scene.collection.children.link(into.collections[0])
    return into.collections[0]


def test_a_linked_rig_says_what_to_do(fake_engine, rigify, tmp_path):
    cast = linked(tmp_path, rigify)
    bpy.context.scene.gestures.armature = cast.objects["rig"]
    assert status(fake_engine, cast.objects["rig"]).light == "yellow"
    refused("make a library override")


def test_a_library_override_keys_its_arms_and_remembers_it(fake_engine, rigify, tmp_path):
    cast, context = linked(tmp_path, rigify), bpy.context
    override = cast.override_hierarchy_create(context.scene, context.view_layer)
    armature = next(o for o in override.all_objects if o.type == "ARMATURE")
    context.scene.gestures.armature = armature
    generate()
    key_fk()
    played = hands(armature)
    assert np.abs(played[:, :2] - played[:, 2:]).max() < 1e-4
    path = str(tmp_path / "shot.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    armature = next(o for o in bpy.context.scene.objects if o.override_library and o.pose)
    assert armature.gestures_key_fk
    bpy.ops.gestures.take_reject()
    assert standing(armature) == [0.0, 0.0]
