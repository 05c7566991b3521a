# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes on the list: shown, accepted, rejected, compared, made again, composed, kept in part."""

import sys
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from keyed import degrees, keys_of, pose_track, poses, rewrite, settings_of
from take_stage import FRAMES, LAST, animated, character_name, generate, names, shown, tracks


def test_each_generation_is_a_take_with_an_action_and_a_muted_track(ready, character):
    generate()
    generate(5)
    assert names(character) == ["hello take 1", "hello take 2"]
    assert tracks(character) == {"hello take 1": True, "hello take 2": True}
    assert shown(character) == "hello take 2"
    assert character.gestures_active == 1


def test_the_seeds_differ(ready, character):
    generate()
    first = poses(character, FRAMES)
    generate(5)
    assert degrees(poses(character, FRAMES), first).max() > 10


def test_accepting_shows_the_same_from_the_track(ready, character):
    generate(5)
    before = poses(character, FRAMES)
    assert bpy.ops.gestures.take_accept() == {"FINISHED"}
    assert shown(character) is None
    assert tracks(character) == {"hello take 1": False}
    assert np.abs(poses(character, FRAMES) - before).max() < 1e-6
    beyond = poses(character, [LAST + 40])
    assert degrees(beyond, before[-1:]).max() < 1e-3


def test_an_accepted_take_can_be_shown_edited_and_accepted_again(ready, character):
    generate(5)
    bpy.ops.gestures.take_accept()
    bpy.ops.gestures.take_show()
    assert shown(character) == "hello take 1"
    assert tracks(character) == {"hello take 1": True}
    bone = character.pose.bones["mixamorig:LeftArm"]
    bpy.context.scene.frame_set(30)
    bone.rotation_quaternion = (0.6, 0.8, 0.0, 0.0)
    bone.keyframe_insert("rotation_quaternion", frame=30)
    bone.keyframe_insert("rotation_quaternion", frame=LAST + 20)
    bpy.ops.gestures.take_accept()
    assert tracks(character) == {"hello take 1": False}
    bpy.context.scene.frame_set(30)
    assert tuple(bone.matrix_basis.to_quaternion()) == pytest.approx((0.6, 0.8, 0, 0), abs=1e-5)
    (strip,) = character.animation_data.nla_tracks[0].strips
    assert strip.frame_end == LAST + 20


def test_rejecting_brings_the_take_before_back(ready, character):
    generate()
    first = poses(character, FRAMES)
    generate(5)
    assert bpy.ops.gestures.take_reject() == {"FINISHED"}
    assert names(character) == ["hello take 1"]
    assert shown(character) == "hello take 1"
    assert np.abs(poses(character, FRAMES) - first).max() == 0.0
    assert [a.name for a in bpy.data.actions] == ["hello take 1"]
    bpy.ops.gestures.take_reject()
    assert not names(character)
    assert shown(character) is None
    assert not character.animation_data.nla_tracks


@pytest.mark.parametrize("count", [1, 2])
def test_rejecting_all_brings_the_animators_action_back(ready, character, count):
    action = animated(character)
    data = character.animation_data
    data.action_extrapolation = "HOLD_FORWARD"
    slot, before = ready.compat.action_slot(character), poses(character, FRAMES)
    for _ in range(count):
        generate()
    assert np.abs(poses(character, FRAMES) - before).max() > 0.1
    for _ in range(count):
        bpy.ops.gestures.take_reject(
            take="hello take 1" if count == 2 and names(character)[1:] else ""
        )
    assert data.action == action
    assert ready.compat.action_slot(character) == slot
    assert data.action_extrapolation == "HOLD_FORWARD"
    assert not data.nla_tracks
    assert np.abs(poses(character, FRAMES) - before).max() == 0.0


def test_what_the_take_does_not_move_goes_on_below_it(ready, character):
    animated(character)
    leg = [b.name for b in character.pose.bones].index("mixamorig:LeftUpLeg")
    before = poses(character, FRAMES)
    generate()
    assert np.abs(poses(character, FRAMES) - before)[:, leg].max() < 1e-6
    bpy.ops.gestures.take_accept()
    assert np.abs(poses(character, FRAMES) - before)[:, leg].max() < 1e-6


def test_a_and_b(ready, character):
    generate()
    assert not bpy.ops.gestures.take_switch.poll()
    generate(5)
    for wanted in ("hello take 1", "hello take 2", "hello take 1"):
        bpy.ops.gestures.take_switch()
        assert shown(character) == wanted
    assert tracks(character) == {"hello take 1": True, "hello take 2": True}


def test_two_accepted_takes_and_one_on_show_each_on_their_frames(ready, character):
    scene = bpy.context.scene
    seen = {}
    for start in (1, 201, 401):
        scene.frame_current = start
        scene.gestures.start_at = "CURRENT"
        generate(start)
        seen[start] = poses(character, FRAMES + start - 1)
        if start < 401:
            bpy.ops.gestures.take_accept()
    for start, wanted in seen.items():
        assert np.abs(poses(character, FRAMES + start - 1) - wanted).max() < 1e-6


def test_duplicate_rename_and_names_as_arguments(ready, character):
    generate(5)
    bpy.ops.gestures.take_duplicate()
    assert names(character) == ["hello take 1", "hello take 2"]
    bpy.ops.gestures.take_rename(take="hello take 1", name="calm")
    assert names(character) == ["calm", "hello take 2"]
    assert "calm" in tracks(character)
    bpy.ops.gestures.take_show(take="calm")
    assert shown(character) == "calm"
    with pytest.raises(RuntimeError, match="no take named 'gone'"):
        bpy.ops.gestures.take_show(take="gone")
    with pytest.raises(RuntimeError, match="needs a name"):
        bpy.ops.gestures.take_rename(name=" ")


def test_each_is_one_undo_step(ready, character):
    generate()
    generate(5)
    bpy.ops.ed.undo_push(message="Before")
    name = character.name
    for operator in ("take_accept", "take_reject", "take_duplicate", "take_switch", "take_again"):
        armature = bpy.data.objects[name]
        before = names(armature), tracks(armature), shown(armature)
        getattr(bpy.ops.gestures, operator)("EXEC_DEFAULT", True)
        armature = bpy.data.objects[name]
        assert (names(armature), tracks(armature), shown(armature)) != before, operator
        bpy.ops.ed.undo()
        armature = bpy.data.objects[name]
        assert (names(armature), tracks(armature), shown(armature)) == before, operator


def test_a_take_is_run_again_after_reopening_the_file(ready, character, tmp_path):
    settings = bpy.context.scene.gestures
    settings.smoothing, settings.limits = 0.4, "warn"
    generate(5)
    wanted = poses(character, FRAMES)
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    armature = bpy.data.objects[character_name(bpy.data)]
    bpy.context.view_layer.objects.active = armature
    settings = bpy.context.scene.gestures
    settings.seed, settings.smoothing, settings.limits, settings.speech = 9, 0.0, "off", ""
    assert bpy.ops.gestures.take_again() == {"FINISHED"}
    assert names(armature) == ["hello take 1", "hello take 2"]
    assert np.abs(poses(armature, FRAMES) - wanted).max() < 1e-6
    assert bpy.ops.gestures.take_settings(take="hello take 1") == {"FINISHED"}
    assert (settings.seed, settings.limits) == (5, "warn")
    assert settings.smoothing == pytest.approx(0.4)
    assert settings.speech.endswith("hello.flac")


def test_a_take_whose_speech_is_gone_is_a_sentence(ready, character, tmp_path):
    generate()
    (tmp_path / "hello.flac").unlink()
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.gestures.take_again()


@pytest.mark.parametrize("save_first", [True, False])
def test_a_take_finds_its_files_where_the_project_was_moved(
    fake_engine, character, speech_named, tmp_path, save_first
):
    home, away = tmp_path / "home", tmp_path / "away"
    (home / "scenes").mkdir(parents=True)
    settings = bpy.context.scene.gestures
    for name in ("speech", "image"):  # the fake engine does not look at pictures
        speech_named(name).rename(home / f"{name}.flac")
        setattr(settings, name, str(home / f"{name}.flac"))
    path = "scenes/scene.blend"
    if save_first:
        bpy.ops.wm.save_as_mainfile(filepath=str(home / path))
    generate()
    bpy.ops.wm.save_as_mainfile(filepath=str(home / path))
    home.rename(away)
    bpy.ops.wm.open_mainfile(filepath=str(away / path))
    armature = bpy.data.objects[character_name(bpy.data)]
    bpy.context.view_layer.objects.active = armature
    assert bpy.ops.gestures.take_again() == {"FINISHED"}
    assert bpy.ops.gestures.regenerate(first=30, last=60) == {"FINISHED"}
    assert bpy.ops.gestures.take_settings(take="speech take 1") == {"FINISHED"}
    settings = bpy.context.scene.gestures
    assert settings.speech == str(away / "speech.flac")
    assert settings.image == str(away / "image.flac")
    action = bpy.data.actions["speech take 1"]
    made = fake_engine.takes.record.of(action)
    asked = fake_engine.takes.live.params_of(action, made, None)
    assert asked["speech"] == str(away / "speech.flac")


def test_a_take_finds_its_speech_in_the_sequencer(ready, character, tmp_path, monkeypatch):
    generate()
    sound = bpy.data.sounds
    moved = tmp_path / "elsewhere" / "hello.flac"
    moved.parent.mkdir()
    (tmp_path / "hello.flac").rename(moved)
    if not sound:
        pytest.skip("this Blender was built without sound")
    sound[0].filepath = str(moved)
    assert bpy.ops.gestures.take_again() == {"FINISHED"}


def test_a_speech_that_was_moved_is_not_heard_twice(ready, character, monkeypatch):
    said = []
    tell = lambda self, kind, message: said.append(message)  # noqa: E731
    monkeypatch.setattr(ready.operators.waiting.Waiting, "tell", tell)
    generate()
    if not bpy.data.sounds:
        pytest.skip("this Blender was built without sound")
    strips = ready.compat.sequencer_strips(bpy.context.scene)
    strips[0].frame_start = 40
    generate(5)
    assert len(strips) == 1
    assert "stands at frame 40 in the sequencer and the take begins at frame 1" in said[-1]
    strips[0].frame_start = 1
    bpy.context.scene.frame_current = 300
    bpy.context.scene.gestures.start_at = "CURRENT"
    generate(6)  # elsewhere on the timeline it speaks once more
    assert sorted(round(one.frame_start) for one in strips) == [1, 300]
    bpy.context.scene.gestures.start_at = "SCENE"
    generate(7)
    assert len(strips) == 2


def test_the_settings_of_a_take_whose_speech_is_gone_can_be_used(ready, character, tmp_path):
    generate(5)
    (tmp_path / "hello.flac").unlink()
    bpy.context.scene.gestures.seed = 9
    assert bpy.ops.gestures.take_settings() == {"FINISHED"}
    assert bpy.context.scene.gestures.seed == 5
    with pytest.raises(RuntimeError, match="choose another one"):
        bpy.ops.gestures.generate()


def test_the_settings_of_a_take_are_all_its_options(ready, character):
    """Of an idle take, which has no style, and its mode, its look and its shaping."""
    scene = bpy.context.scene
    mode, style = scene.gestures_mode, scene.gestures_style
    target = bpy.data.objects.new("Target", None)
    scene.collection.objects.link(target)
    mode.kind, mode.seconds, mode.sway, mode.look = "IDLE", 3.0, 0.25, 0.5
    mode.look_at = target
    style.strength[1], style.smoothing[0], style.offset[2] = 0.5, 0.25, 10.0
    generate()
    asked = ready.takes.request.request_from(bpy.context)
    mode.kind, mode.seconds, mode.sway, mode.look, mode.look_at = "TALK", 9.0, 1.0, 1.0, None
    style.strength, style.smoothing, style.offset = (1.0,) * 6, (0.0,) * 6, (0.0,) * 6
    assert bpy.ops.gestures.take_settings() == {"FINISHED"}
    again = ready.takes.request.request_from(bpy.context)
    assert (again.mode, again.shaping) == (asked.mode, asked.shaping)
    assert again.mode.look_at == "Target"
    bpy.data.objects.remove(target)
    assert bpy.ops.gestures.take_settings() == {"FINISHED"}
    assert mode.look_at is None


# --- only a part ----------------------------------------------------------------------


def test_only_the_preview_range_is_made_anew(ready, character):
    generate()
    before = poses(character, FRAMES)
    scene = bpy.context.scene
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 30, 60
    assert bpy.ops.gestures.regenerate(seed=5) == {"FINISHED"}
    after = poses(character, FRAMES)
    outside = np.r_[0:30, 59:LAST]
    assert np.abs(after - before)[outside].max() == 0.0
    assert degrees(after, before)[42:46].max() > 10
    steps = [degrees(m[1:], m[:-1]).max() for m in (before, after)]
    assert steps[1] < steps[0] + 12
    assert names(character) == ["hello take 1", "hello take 2"]
    bpy.ops.gestures.take_reject()
    assert np.abs(poses(character, FRAMES) - before).max() == 0.0


def test_only_the_selected_bones_are_made_anew(ready, character):
    generate()
    before = poses(character, FRAMES)
    bpy.ops.object.mode_set(mode="POSE")
    ready.compat.select_bones(character, ("mixamorig:LeftArm", "mixamorig:LeftForeArm"))
    assert bpy.ops.gestures.regenerate(seed=5) == {"FINISHED"}
    bpy.ops.object.mode_set(mode="OBJECT")
    changed = np.abs(poses(character, FRAMES) - before).max(axis=(0, 2)) > 0
    names_changed = {b.name for b, c in zip(character.pose.bones, changed, strict=True) if c}
    assert names_changed == {"mixamorig:LeftArm", "mixamorig:LeftForeArm"}


def test_without_a_selection_there_is_nothing_to_regenerate(ready, character):
    generate()
    with pytest.raises(RuntimeError, match="preview range"):
        bpy.ops.gestures.regenerate()


def test_a_part_made_anew_is_stored_and_written_again_as_it_is(ready, character):
    generate()
    bpy.ops.gestures.regenerate(first=30, last=60, seed=5)
    action = character.animation_data.action
    stored = settings_of(action)
    assert stored["seed"] == 0
    assert stored["regenerated"] == [{"seed": 5, "only_frames": [30, 60], "only_bones": None}]
    before = poses(character, FRAMES)
    directions, fps = ready.takes.stored.load(action)
    request = ready.takes.recall.stored_request(bpy.context, character, action)
    track = pose_track(ready, character, directions, fps, request)
    rewrite(ready, character, action, track)
    off = degrees(poses(character, FRAMES), before)
    assert off[np.r_[0:24, 42:48, 66:LAST]].max() < 3


# --- takes whose keys were moved --------------------------------------------------------

ARM, SPINE = "mixamorig:LeftArm", "mixamorig:Spine"  # Spine has the first curve


def move_keys(addon, action, by):
    for curve in addon.compat.fcurves(action):
        keys = addon.keys.arrays.read(curve)
        for name in ("co", "handle_left", "handle_right"):
            keys.columns[name][:, 0] += by
        addon.keys.arrays.write(curve, keys)


def span_of(addon, action, bone):
    """The first and last frame on which BONE is keyed."""
    curves = [c for c in addon.compat.fcurves(action) if addon.keys.actions.keyed_bone(c) == bone]
    assert curves
    return tuple(curves[0].keyframe_points[i].co.x for i in (0, -1))


def slide(addon, action, strength):
    """Let every level of the take have that STRENGTH."""
    action.gestures_style.strength = (strength,) * 6
    addon.takes.live.settle()
    assert not addon.takes.live.problem()


@pytest.mark.parametrize("protected", ["mask", "lock", "own keys"])
def test_a_moved_take_stays_there_whatever_of_it_is_protected(ready, character, protected):
    """What is protected of it remembers other frames than what is written anew."""
    generate()
    action = character.animation_data.action
    if protected == "own keys":
        set_type(ready, action, SPINE, "KEYFRAME")
    move_keys(ready, action, 10)
    if protected == "mask":
        character.gestures_masked.add().name = SPINE
    elif protected == "lock":
        bpy.ops.gestures.lock_frames(first=11, last=80)
    for strength in (0.7, 0.4, 0.2):
        slide(ready, action, strength)
        assert span_of(ready, action, ARM) == (11, LAST + 10)
    character.gestures_masked.clear()
    bpy.ops.gestures.unlock_frames()
    shots = [poses(character, FRAMES + 10)]
    slide(ready, action, 1.5)
    shots.append(poses(character, FRAMES + 10))
    bones = [b.name for b in character.pose.bones]
    followed = degrees(*shots)[:, bones.index(ARM)]
    assert (followed[5:-5] > 0.5).mean() > 0.8  # no part of it is taken for the animator's
    assert ready.takes.nla.keyed_start(action) == 11


def set_type(addon, action, bone, kind):
    for curve in addon.compat.fcurves(action):
        if addon.keys.actions.keyed_bone(curve) == bone:
            for key in curve.keyframe_points:
                key.type = kind


def test_a_take_whose_keys_are_all_the_animators_stays_where_it_was_moved(ready, character):
    generate()
    action = character.animation_data.action
    for bone in character.pose.bones:
        set_type(ready, action, bone.name, "KEYFRAME")
    move_keys(ready, action, 10)
    before = poses(character, FRAMES + 10)
    for strength in (0.7, 0.4):
        slide(ready, action, strength)
        assert span_of(ready, action, ARM) == (11, LAST + 10)
    assert np.abs(poses(character, FRAMES + 10) - before).max() == 0.0


def test_a_part_of_a_moved_take_made_anew_follows_the_sliders(ready, character):
    generate()
    move_keys(ready, character.animation_data.action, 10)
    bpy.ops.gestures.regenerate(first=30, last=60, seed=5)
    action = character.animation_data.action
    assert settings_of(action)["start_frame"] == 11
    before = poses(character, FRAMES + 10)
    slide(ready, action, 0.2)
    assert span_of(ready, action, ARM) == (11, LAST + 10)
    arm = [b.name for b in character.pose.bones].index(ARM)
    followed = degrees(poses(character, FRAMES + 10), before)[:, arm]
    assert (followed[20:48] > 0.5).mean() > 0.8


def test_a_bone_that_was_moved_alone_is_the_animators(ready, character):
    generate()
    action = character.animation_data.action
    for curve in ready.compat.fcurves(action):
        if ready.keys.actions.keyed_bone(curve) == ARM:
            for key in curve.keyframe_points:
                key.co.x += 2
    before = keys_of(ready, action, ARM)
    slide(ready, action, 0.2)
    after = keys_of(ready, action, ARM)
    assert all(set(keys) <= set(after[channel]) for channel, keys in before.items())
    assert ready.takes.nla.keyed_start(action) == 1


def test_parts_of_moved_takes_are_one_take(ready, character):
    for seed in (0, 5):
        generate(seed)
        move_keys(ready, character.animation_data.action, 10)
    bpy.ops.gestures.compose(arms="hello take 1", take="hello take 2")
    action = character.animation_data.action
    assert ready.takes.nla.keyed_start(action) == 11
    before = poses(character, FRAMES + 10)
    slide(ready, action, 0.2)
    assert action.frame_range[:] == (11, LAST + 10)
    assert (degrees(poses(character, FRAMES + 10), before).max(axis=1) > 0.5).all()


# --- takes whose NLA strip was moved ----------------------------------------------------


@pytest.fixture
def moved_strip(ready, character):
    """The strip of an accepted take, moved from frame 1 to 51."""
    generate()
    bpy.ops.gestures.take_accept()
    (strip,) = character.animation_data.nla_tracks[0].strips
    strip.frame_start, strip.frame_end = 51, LAST + 50
    return strip


def test_a_part_made_anew_stays_where_the_strip_was(ready, character, moved_strip):
    before = poses(character, FRAMES + 50)
    bpy.ops.gestures.regenerate(first=80, last=110, seed=5)
    action = character.animation_data.action
    assert action.frame_range[:] == (51, LAST + 50)
    change = np.abs(poses(character, FRAMES + 50) - before)
    assert change[np.r_[0:30, 59:LAST]].max() < 1e-6
    slide(ready, action, 0.2)
    assert action.frame_range[:] == (51, LAST + 50)


def test_what_is_told_of_a_take_is_where_its_strip_plays(ready, character, moved_strip):
    find = sys.modules["blender_addon.takes.shown"].find
    assert find(bpy.context).start == 51
    bpy.context.scene.frame_current, bpy.context.scene.gestures.start_at = 201, "CURRENT"
    generate(5)
    for frame, start in ((60, 51), (140, 51), (210, 201)):
        bpy.ops.gestures.take_accept()
        bpy.context.scene.frame_set(frame)
        assert find(bpy.context).start == start
    request = ready.takes.recall.stored_request(bpy.context, character, moved_strip.action)
    assert request.start_frame == 51


def test_shown_it_plays_where_its_strip_played(ready, character, moved_strip):
    before = poses(character, FRAMES + 50)
    bpy.ops.gestures.take_show()
    action = character.animation_data.action
    assert action.frame_range[:] == (51, LAST + 50)
    assert np.abs(poses(character, FRAMES + 50) - before).max() < 1e-6
    assert not ready.takes.live.busy()
    slide(ready, action, 0.2)
    slide(ready, action, 1.0)
    assert action.frame_range[:] == (51, LAST + 50)
    assert degrees(poses(character, FRAMES + 50), before).max() < 0.01
    bpy.ops.gestures.take_accept()
    assert (moved_strip.frame_start, moved_strip.frame_end) == (51, LAST + 50)
    assert degrees(poses(character, FRAMES + 50), before).max() < 0.01


def test_locked_frames_of_a_moved_strip_are_those_seen(ready, character, moved_strip):
    before = poses(character, FRAMES + 50)
    bpy.ops.gestures.lock_frames(first=60, last=75)
    directions, fps = ready.takes.stored.load(moved_strip.action)
    request = ready.takes.recall.stored_request(bpy.context, character, moved_strip.action)
    track = pose_track(ready, character, directions[::-1], fps, request)
    rewrite(ready, character, moved_strip.action, track)
    change = np.abs(poses(character, FRAMES + 50) - before)
    assert change[9:25].max() < 1e-6
    assert change[35:].max() > 0.05


@pytest.mark.parametrize("how", [("scale", 1.5), ("repeat", 2.0), ("use_reverse", True)])
def test_a_strip_that_plays_otherwise_is_a_sentence(ready, character, moved_strip, how, capfd):
    setattr(moved_strip, *how)
    before = keys_of(ready, moved_strip.action, ARM)
    for call in (
        lambda: bpy.ops.gestures.regenerate(first=80, last=110),
        lambda: bpy.ops.gestures.stroke_snap(),
    ):
        with pytest.raises(RuntimeError, match="scaled, repeated or reversed"):
            call()
    assert keys_of(ready, moved_strip.action, ARM) == before
    assert names(character) == ["hello take 1"]
    bpy.ops.gestures.take_show()
    assert "is shown as keyed" in capfd.readouterr().out
    assert character.animation_data.action.frame_range[:] == (1, LAST)
    assert keys_of(ready, moved_strip.action, ARM) == before


# --- layers ---------------------------------------------------------------------------


def test_parts_of_the_body_come_from_different_takes(ready, character):
    shots = []
    for seed in (0, 5):
        generate(seed)
        shots.append(poses(character, FRAMES))
    assert bpy.ops.gestures.compose(arms="hello take 1", take="hello take 2") == {"FINISHED"}
    layer_of = ready.motion.layers.layer_of_bones(ready.rig.reading.map_for(character).bone_map)
    arms = np.array([layer_of.get(b.name) == "ARMS" for b in character.pose.bones])
    after = poses(character, FRAMES)
    assert arms.sum() >= 6
    assert np.abs(after - shots[0])[:, arms].max() == 0.0
    assert np.abs(after - shots[1])[:, ~arms].max() == 0.0
    stored = settings_of(character.animation_data.action)
    assert stored["parts"]["ARMS"] == "hello take 1"


# --- masks, locks and pins on a new take ----------------------------------------------


def test_a_masked_part_stays_as_in_the_take_shown(ready, character):
    generate()
    before = poses(character, FRAMES)
    character.gestures_masked_layers = {"ARMS", "FINGERS"}
    generate(5)
    layer_of = ready.motion.layers.layer_of_bones(ready.rig.reading.map_for(character).bone_map)
    kept = np.array([layer_of.get(b.name) in ("ARMS", "FINGERS") for b in character.pose.bones])
    change = np.abs(poses(character, FRAMES) - before)
    assert change[:, kept].max() == 0.0
    assert change[:, ~kept].max() > 0.05


def test_a_masked_bone_of_the_animators_action_shows_through(ready, character):
    animated(character)
    arm = [b.name for b in character.pose.bones].index("mixamorig:LeftArm")
    before = poses(character, FRAMES)
    character.gestures_masked.add().name = "mixamorig:LeftArm"
    generate()
    change = np.abs(poses(character, FRAMES) - before)
    assert change[:, arm].max() < 1e-6
    assert change.max() > 0.05


@pytest.mark.parametrize("before_is", ["take", "action", "accepted", "nothing"])
def test_locked_frames_stay_whatever_was_shown(ready, character, before_is):
    if before_is == "action":
        animated(character)
    elif before_is != "nothing":
        generate()
    if before_is == "accepted":
        bpy.ops.gestures.take_accept()
    before = poses(character, FRAMES)
    bpy.ops.gestures.lock_frames(first=30, last=50)
    generate(5)
    change = np.abs(poses(character, FRAMES) - before)
    assert change[29:50].max() < 1e-6
    assert change[60:].max() > 0.05
    bpy.ops.gestures.unlock_frames()
    assert not character.gestures_locks


def test_pinned_poses_of_the_animators_action_are_passed_through(ready, character):
    animated(character)
    bpy.ops.object.mode_set(mode="POSE")
    ready.compat.select_bones(character, ("mixamorig:LeftArm",))
    bpy.context.scene.frame_set(40)
    wanted = poses(character, [40])
    bpy.ops.gestures.pin_pose()
    bpy.ops.object.mode_set(mode="OBJECT")
    arm = [b.name for b in character.pose.bones].index("mixamorig:LeftArm")
    generate()
    assert degrees(poses(character, [40]), wanted)[0, arm] < 1e-3
    character.gestures_keep_keys = False
    generate(5)
    assert degrees(poses(character, [40]), wanted)[0, arm] > 3


def test_unpinned_poses_are_generated_again(ready, character):
    generate()
    bpy.ops.object.mode_set(mode="POSE")
    ready.compat.select_bones(character, ("mixamorig:LeftArm",))
    bpy.context.scene.frame_set(40)
    wanted = poses(character, [40])
    arm = [b.name for b in character.pose.bones].index("mixamorig:LeftArm")
    bpy.context.scene.frame_set(40)
    bpy.ops.gestures.pin_pose()
    generate(5)
    assert degrees(poses(character, [40]), wanted)[0, arm] < 1e-3
    bpy.context.scene.frame_set(40)
    bpy.ops.gestures.unpin_pose()
    generate(7)
    assert degrees(poses(character, [40]), wanted)[0, arm] > 3


def test_what_the_animator_keyed_beside_the_gestures_goes_along(ready, character):
    """Auto-key puts legs into the take that is shown: the next take has them too."""
    generate()
    for frame, angle in ((1, 0.0), (50, 0.6)):
        leg = character.pose.bones["mixamorig:LeftUpLeg"]
        leg.rotation_quaternion = (np.cos(angle), np.sin(angle), 0.0, 0.0)
        leg.keyframe_insert("rotation_quaternion", frame=frame)
    before = keys_of(ready, character.animation_data.action, "mixamorig:LeftUpLeg")
    assert len(before) == 4
    generate(5)
    assert keys_of(ready, character.animation_data.action, "mixamorig:LeftUpLeg") == before


def test_masks_are_set_by_the_selection(ready, character):
    with pytest.raises(RuntimeError, match="selected"):
        ready.compat.select_bones(character, ())
        bpy.ops.gestures.mask()
    ready.compat.select_bones(character, ("mixamorig:LeftArm", "mixamorig:Head"))
    for _ in range(2):
        bpy.ops.gestures.mask()
    assert set(character.gestures_masked.keys()) == {"mixamorig:LeftArm", "mixamorig:Head"}
    ready.compat.select_bones(character, ("mixamorig:Head",))
    bpy.ops.gestures.unmask()
    assert set(character.gestures_masked.keys()) == {"mixamorig:LeftArm"}
    bpy.ops.gestures.unmask(everything=True)
    assert not character.gestures_masked


def test_two_characters_have_takes_of_their_own(ready, character):
    import rig_library

    generate()
    second = rig_library.mpfb_default()
    bpy.context.view_layer.objects.active = second
    second.gestures_masked_layers = {"FINGERS"}
    generate(5)
    bpy.ops.gestures.take_accept()
    assert names(character) == ["hello take 1"]
    assert names(second) == ["hello take 2"]
    assert shown(character) == "hello take 1"
    assert not character.gestures_masked_layers


# --- what is baked --------------------------------------------------------------------


def test_baked_is_what_the_viewport_shows(ready, character, tmp_path):
    """A take on its track, moved there, one on show after it, and the animator's leg below."""
    animated(character)
    scene = bpy.context.scene
    generate(3)
    bpy.ops.gestures.take_accept()
    (strip,) = next(t for t in character.animation_data.nla_tracks if "take" in t.name).strips
    strip.frame_start, strip.frame_end = strip.frame_start + 10, strip.frame_end + 10
    scene.frame_current, scene.gestures.start_at = 150, "CURRENT"
    generate(5)
    assert ready.takes.collection.seen_frames(character) == (11, 150 + LAST - 1)
    frames = np.array([11, 30, 60, 105, 150, 170, 200, 150 + LAST - 1])
    assert bpy.ops.gestures.bake(filepath=str(tmp_path / "x.fbx")) == {"FINISHED"}
    bpy.ops.import_scene.fbx(filepath=str(tmp_path / "x.fbx"), anim_offset=0.0)
    again = next(o for o in bpy.data.objects if o.type == "ARMATURE" and o != character)
    assert tuple(again.animation_data.action.frame_range) == (11, 150 + LAST - 1)
    order = [again.pose.bones.find(bone.name) for bone in character.pose.bones]
    assert degrees(world_turns(again, frames)[:, order], world_turns(character, frames)).max() < 0.1


def world_turns(armature, frames):
    """(frames, bones, 4) how each bone is turned in the world."""
    turns = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame))
        world = armature.matrix_world
        turns.append([tuple((world @ b.matrix).to_quaternion()) for b in armature.pose.bones])
    return np.array(turns)


def test_an_idle_take_is_made_again_without_the_engine(ready, character, monkeypatch):
    generate()
    bpy.context.scene.gestures_mode.kind = "IDLE"
    generate()
    monkeypatch.setattr(ready.engine.process, "running_python", lambda: None)
    assert bpy.ops.gestures.take_again() == {"FINISHED"}
    assert names(character) == ["hello take 1", "idle take 1", "idle take 2"]
    bpy.ops.gestures.take_show(take="hello take 1")
    assert not bpy.ops.gestures.take_again.poll()


class Layout:
    """Looks whether what a panel shows is there; every other call gives a layout again."""

    def __init__(self):
        self.shown = []

    def prop(self, data, name, **look):
        assert name in data.bl_rna.properties, name
        self.shown.append(name)

    def template_list(self, kind, list_id, data, name, active_data, active_name, **look):
        self.prop(data, name)
        self.prop(active_data, active_name)

    def __getattr__(self, name):
        return lambda *what, **look: self


def test_the_panels_show_properties_that_are_there(ready, character):
    from blender_addon.panels import protect
    from blender_addon.panels import takes as panels

    generate()
    bpy.ops.gestures.lock_frames(first=1, last=5)
    layout = Layout()
    for panel in (
        panels.GESTURES_PT_takes,
        panels.GESTURES_PT_compose,
        protect.GESTURES_PT_protect,
    ):
        panel.draw(SimpleNamespace(layout=layout), bpy.context)
    named = {"takes", "active", "part_head", "masked_layers", "keep_keys"}
    assert {f"gestures_{name}" for name in named} | {"first", "last"} <= set(layout.shown)
