# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate gestures: what a take changes, one undo step, and what leaves the scene alone."""

import time
import wave
from types import SimpleNamespace

import bpy
import drawn
import numpy as np
import pytest
from checkpoint_files import checkpoint_of
from keyed import pose_track, rewrite, settings_of

from blender_addon.properties import generate
from ha2g_engine.gestures.homes import homes

SPEECH_FRAMES = 264  # jfk.flac lasts 11.0 s; the scene plays 24 frames a second
TAKE_FRAMES = 1 + int(59 / 15 * 24)  # the fake engine answers 60 directions at 15 a second


def settings():
    return bpy.context.scene.gestures


def strips(addon):
    return list(addon.compat.sequencer_strips(bpy.context.scene))


def snapshot():
    """What a failed take must not change."""
    scene = bpy.context.scene
    editor = scene.sequence_editor
    return {
        "data": {
            name: sorted(item.name for item in getattr(bpy.data, name))
            for name in ("actions", "objects", "sounds", "armatures", "scenes", "images")
        },
        "range": (scene.frame_start, scene.frame_end, scene.frame_current),
        "playback": (scene.sync_mode, scene.use_audio_scrub),
        "strips": [
            s.name for s in (editor.strips if hasattr(editor, "strips") else editor.sequences)
        ]
        if editor
        else None,
        "animated": [o.name for o in bpy.data.objects if o.animation_data],
        "style": [tuple(getattr(settings(), row)) for row in ("style_low", "style_high")],
        "poses": [
            tuple(map(tuple, bone.matrix_basis))
            for o in bpy.data.objects
            if o.type == "ARMATURE"
            for bone in o.pose.bones
        ],
    }


def refused(match):
    """Running the operator raises MATCH, as one sentence, and changes nothing."""
    before = snapshot()
    with pytest.raises(RuntimeError, match=match) as error:
        bpy.ops.gestures.generate()
    assert snapshot() == before
    sentence = str(error.value).removeprefix("Error: ").strip()
    assert "\n" not in sentence, sentence
    assert sentence.endswith("."), sentence
    return sentence


def off(match):
    """The button is grey, MATCH says why, and a script that calls it changes nothing."""
    before = snapshot()
    assert not bpy.ops.gestures.generate.poll()
    with pytest.raises(RuntimeError, match=match) as error:
        bpy.ops.gestures.generate()
    assert snapshot() == before
    return str(error.value)


try:
    import aud  # noqa: F401
except ImportError:
    HAS_SOUND = False
else:
    HAS_SOUND = True

needs_sound = pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")


@pytest.fixture
def ready(fake_engine, character, speech_named):
    """A scene in which only the button is left to press."""
    settings().speech = str(speech_named("hello"))
    return fake_engine


def test_a_take_is_an_action_a_sound_and_a_scene_long_enough(ready, character):
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 11, 20
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    action = character.animation_data.action
    assert action.name == "hello take 1"
    assert tuple(action.frame_range) == (11, 11 + TAKE_FRAMES - 1)
    assert scene.frame_end == 11 + TAKE_FRAMES - 1


@needs_sound
def test_the_speech_sounds_where_the_take_begins(ready, character):
    bpy.context.scene.frame_start = 11
    bpy.ops.gestures.generate()
    (strip,) = strips(ready)
    assert (strip.type, strip.frame_start) == ("SOUND", 11)
    assert strip.frame_final_duration == SPEECH_FRAMES
    scene = bpy.context.scene
    assert (scene.sync_mode, scene.use_audio_scrub) == ("AUDIO_SYNC", True)


def test_a_blender_without_sound_still_makes_the_take(ready, character, speech_named, monkeypatch):
    def silent(*_):
        raise ready.errors.GestureError("Blender cannot play it: the take has no sound.")

    monkeypatch.setattr(ready.speech.strips, "add", silent)
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    assert character.animation_data.action
    assert bpy.context.scene.sync_mode == "NONE"


@needs_sound
def test_the_same_speech_at_the_same_frame_is_one_strip(ready):
    bpy.ops.gestures.generate()
    bpy.ops.gestures.generate()
    assert len(strips(ready)) == 1
    bpy.context.scene.frame_current = 40
    settings().start_at = "CURRENT"
    bpy.ops.gestures.generate()
    assert sorted((s.channel, s.frame_start) for s in strips(ready)) == [(1, 1), (2, 40)]


def test_no_sound_is_added_when_not_wanted(ready):
    settings().add_sound = False
    bpy.ops.gestures.generate()
    assert not strips(ready)
    assert bpy.context.scene.sync_mode == "NONE"


def test_a_take_carries_its_settings(ready, character):
    settings().seed, settings().limits, settings().smoothing = 7, "warn", 0.5
    bpy.ops.gestures.generate()
    stored = settings_of(character.animation_data.action)
    assert stored["seed"] == 7
    assert stored["limits"] == "warn"
    assert stored["smoothing"] == 0.5
    assert stored["speech"] == settings().speech
    assert stored["engine"]["checkpoint"] == "none"
    assert np.shape(stored["style"]) == (3, 6)
    assert stored["poses"] == 60
    assert all(0 < count <= 60 for count in stored["beyond_limits"].values())
    assert {run[0] for run in stored["overruns"]} == set(stored["beyond_limits"])
    assert all(0 <= first <= last < 60 for _, _, first, last, _ in stored["overruns"])
    assert (stored["contacts"], stored["pose_fps"]) == (True, 15.0)
    assert all(0 <= frame < 60 for frame in stored["touches"])


def test_loudness_and_rest_go_to_the_engine_and_stay_with_the_take(ready, character):
    settings().energy, settings().rest, settings().voice_only = 0.0, False, False
    asked = ready.takes.request.request_from(bpy.context).engine_params()
    assert (asked["energy"], asked["rest"], asked["voice_only"]) == (0.0, False, False)
    bpy.ops.gestures.generate()
    take = character.animation_data.action
    settings().energy, settings().rest, settings().voice_only = 1.0, True, True
    made = ready.takes.record.of(take)
    again = ready.takes.live.params_of(take, made, None)  # what a moved style slider asks for
    assert (again["energy"], again["rest"], again["voice_only"]) == (0.0, False, False)
    ready.takes.recall.show_settings(bpy.context, character, take)
    assert (settings().energy, settings().rest, settings().voice_only) == (0.0, False, False)


def test_where_the_hands_rest_goes_to_the_engine_and_stays_with_the_take(ready, character):
    names = [item.identifier for item in settings().bl_rna.properties["home"].enum_items]
    assert [generate.home_of(SimpleNamespace(home=name)) for name in names] == ["", *homes().poses]
    settings().home = "ARMS_FOLDED"
    asked = ready.takes.request.request_from(bpy.context)
    assert asked.engine_params()["home"] == "arms folded"
    bpy.ops.gestures.generate()
    take = character.animation_data.action
    settings().home = "PERSON"
    made = ready.takes.record.of(take)
    assert ready.takes.live.params_of(take, made, None)["home"] == "arms folded"
    ready.takes.recall.show_settings(bpy.context, character, take)
    assert settings().home == "ARMS_FOLDED"
    assert ready.takes.record.read('{"home": "on his head"}').home == ""


def test_who_waits_has_the_hands_where_they_rest(ready, character):
    bpy.context.scene.gestures_mode.kind = "IDLE"
    settings().home = "HANDS_ON_HIPS"
    bpy.ops.gestures.generate()
    kept, _ = ready.takes.stored.load(character.animation_data.action)
    for arm in ([3, 4], [20, 21]):
        away = (kept[:, arm] * homes().poses["hands on hips"][arm]).sum(axis=-1)
        assert away.min() > np.cos(np.radians(10))
    assert np.abs(np.diff(kept, axis=0)).max() > 1e-4  # and breathes


@pytest.fixture
def imported(ready, tmp_path, monkeypatch):
    """A published model, brought in and chosen."""
    monkeypatch.setattr(ready.engine.process, "user_folder", lambda: tmp_path / "user")
    path = checkpoint_of(tmp_path, notes={"source": "published.bin"})
    bpy.ops.gestures.model_import(filepath=str(path))
    yield ready.engine.models.checkpoint()
    ready.engine.preferences.get().model = ""


def shaping_asked(addon):
    """What the panel asks the engine to do to the motion."""
    asked = addon.takes.request.request_from(bpy.context).engine_params()
    return [asked[name] for name in ("energy", "rest", "fade")]


def test_an_imported_model_moves_as_published_unless_the_animator_wants_otherwise(ready, imported):
    """None is what the engine takes for "as the checkpoint is meant"."""
    settings().energy, settings().rest = 0.7, True
    assert shaping_asked(ready) == [None, None, None]
    settings().as_published = False
    assert shaping_asked(ready) == [0.7, True, True]
    settings().as_published = True
    bpy.ops.gestures.model_choose(model="")
    assert shaping_asked(ready) == [0.7, True, True]


def test_a_take_as_published_stays_so(ready, imported, character):
    settings().energy = 0.7
    bpy.ops.gestures.generate()
    take = character.animation_data.action
    stored = settings_of(take)
    assert [stored[name] for name in ("energy", "rest", "fade")] == [None, None, None]
    assert stored["checkpoint"] == imported
    made = ready.takes.record.of(take)
    again = ready.takes.live.params_of(take, made, None)  # what a moved style slider asks for
    assert (again["energy"], again["rest"], again["fade"]) == (None, None, None)
    settings().as_published = False
    bpy.ops.gestures.generate()
    other = character.animation_data.action
    for action, kept in ((take, True), (other, False)):
        ready.takes.recall.show_settings(bpy.context, character, action)
        assert settings().as_published == kept
        assert settings().energy == pytest.approx(0.7)


def test_a_take_of_the_default_model_leaves_the_choice_alone(ready, character):
    bpy.ops.gestures.generate()
    for choice in (False, True):
        settings().as_published = choice
        ready.takes.recall.show_settings(bpy.context, character, character.animation_data.action)
        assert settings().as_published == choice


def test_a_take_keeps_the_engines_directions(ready, character, tmp_path):
    bpy.ops.gestures.generate()
    name, path = character.animation_data.action.name, tmp_path / "take.blend"
    before, fps = ready.takes.stored.load(character.animation_data.action)
    assert before.shape == (60, 42, 3)
    assert fps == 15.0
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    after, _ = ready.takes.stored.load(bpy.data.actions[name])
    assert np.array_equal(before, after)
    assert ready.takes.stored.load(None) is None


def test_a_take_is_rewritten_in_place(ready, character):
    bpy.ops.gestures.generate()
    first = character.animation_data.action
    bpy.ops.gestures.generate()
    second = character.animation_data.action
    kept = all_keys(ready, first)
    directions, fps = ready.takes.stored.load(second)
    before = all_keys(ready, second)
    for motion, same in ((directions, True), (directions[::-1], False), (directions[:20], False)):
        request = ready.takes.request.request_from(bpy.context)
        track = pose_track(ready, character, motion, fps, request)
        rewrite(ready, character, second, track)
        assert (all_keys(ready, second) == before) == same
    assert second.frame_range[1] == 1 + int(19 / 15 * 24)
    assert all_keys(ready, first) == kept
    assert len(bpy.data.actions) == 2


def all_keys(addon, action):
    return {
        (curve.data_path, curve.array_index): [tuple(key.co) for key in curve.keyframe_points]
        for curve in addon.compat.fcurves(action)
    }


def test_the_sliders_show_the_pictures_style_afterwards(ready):
    bpy.ops.gestures.generate()
    assert settings().style_low[:] == pytest.approx([0.5] * 6)
    assert settings().style_high[:] == pytest.approx([0.2] * 6)


def test_the_armature_moves_and_its_rig_is_not_edited(ready, character):
    rest = [tuple(map(tuple, bone.matrix_local)) for bone in character.data.bones]
    bpy.ops.gestures.generate()
    shown = []
    for frame in (1, 30, 60):
        bpy.context.scene.frame_set(frame)
        shown.append(np.array([b.matrix_basis.to_quaternion() for b in character.pose.bones]))
    assert np.abs(shown[0] - shown[1]).max() > 0.05
    assert [tuple(map(tuple, bone.matrix_local)) for bone in character.data.bones] == rest
    assert not any(bone.constraints or bone.keys() for bone in character.pose.bones)


def test_undo_takes_the_whole_take_back_in_one_step(ready, character):
    bpy.ops.ed.undo_push(message="Before")
    before = snapshot()
    bpy.ops.gestures.generate("EXEC_DEFAULT", True)
    after = snapshot()
    assert after != before
    bpy.ops.ed.undo()
    assert snapshot() == before
    bpy.ops.ed.redo()
    assert snapshot() == {**after, "poses": snapshot()["poses"]}


def test_a_second_take_keeps_the_first(ready, character):
    bpy.ops.gestures.generate()
    bpy.ops.gestures.generate()
    assert character.animation_data.action.name == "hello take 2"
    assert bpy.data.actions["hello take 1"].use_fake_user


# --- the timeline ---------------------------------------------------------------------


def test_the_scene_ends_with_the_take_and_the_playhead_is_on_its_start(ready, character):
    scene = bpy.context.scene
    assert scene.frame_end == 250
    scene.frame_set(70)
    bpy.ops.gestures.generate()
    end = round(character.animation_data.action.frame_range[1])
    assert (scene.frame_current, scene.frame_end) == (scene.frame_start, end) and end < 250
    settings().start_at = "CURRENT"
    scene.frame_set(40)
    bpy.ops.gestures.generate()
    assert (scene.frame_current, scene.frame_end) == (40, end + 39)


def test_a_part_made_anew_leaves_the_playhead(ready, character):
    bpy.ops.gestures.generate()
    bpy.context.scene.frame_set(33)
    assert bpy.ops.gestures.regenerate(first=20, last=60) == {"FINISHED"}
    assert bpy.context.scene.frame_current == 33


@pytest.mark.parametrize("chosen", [300, 40])
def test_an_end_that_was_chosen_stays_where_the_take_is_shorter(ready, character, chosen):
    scene = bpy.context.scene
    scene.frame_end = chosen
    bpy.ops.gestures.generate()
    end = round(character.animation_data.action.frame_range[1])
    assert scene.frame_end == max(chosen, end)


def test_the_scene_ends_no_earlier_than_what_the_user_animated(ready, character):
    prop = bpy.data.objects.new("Door", None)
    bpy.context.collection.objects.link(prop)
    for frame in (1, 200):
        prop.keyframe_insert("location", frame=frame)
    bpy.ops.gestures.generate()
    assert bpy.context.scene.frame_end == 250


# --- what is refused ------------------------------------------------------------------


def test_without_speech_the_button_is_off(fake_engine, character):
    off("Choose a speech file")


def test_without_an_armature_the_button_is_off(ready, character):
    bpy.context.view_layer.objects.active = None
    off("Select your character, or choose it in the panel")


def test_something_else_than_a_character_is_named(ready, character):
    cube = bpy.data.objects.new("Cube", bpy.data.meshes.new("Cube"))
    bpy.context.collection.objects.link(cube)
    bpy.context.view_layer.objects.active = cube
    off("Select your character: 'Cube' has no armature")


def test_a_linked_character_is_off_until_it_is_overridden(ready, character, tmp_path):
    path, name = str(tmp_path / "library.blend"), character.name
    bpy.data.libraries.write(path, {character})
    with bpy.data.libraries.load(path, link=True) as (_, into):
        into.objects = [name]
    bpy.context.collection.objects.link(into.objects[0])
    bpy.context.view_layer.objects.active = into.objects[0]
    off("make a library override of it first")


def test_what_to_do_next_is_said_until_nothing_is_left_to_do(fake_engine, character, speech_named):
    hint, scene = fake_engine.takes.request.next_step, bpy.context.scene
    assert hint(bpy.context) == "Choose a speech file"
    scene.gestures_mode.kind = "IDLE"
    assert hint(bpy.context) == ""
    scene.gestures_mode.kind = "TALK"
    scene.gestures.speech = str(speech_named("hello"))
    assert hint(bpy.context) == ""
    bpy.ops.object.mode_set(mode="EDIT")
    assert "Edit Mode" in hint(bpy.context)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.view_layer.objects.active = None
    assert "Select your character" in hint(bpy.context)


def test_an_armature_of_another_scene_in_the_field_is_named(ready, character):
    settings().armature = character
    bpy.context.collection.objects.unlink(character)
    bpy.data.scenes.new("Elsewhere").collection.objects.link(character)
    for operator in (bpy.ops.gestures.generate, bpy.ops.gestures.mask, bpy.ops.gestures.neutral):
        with pytest.raises(RuntimeError, match=f"'{character.name}' is not in this scene"):
            operator()


def test_a_missing_speech_file(ready, tmp_path):
    settings().speech = str(tmp_path / "gone.wav")
    assert "gone.wav" in off("does not exist")


def test_a_folder_for_speech(ready, tmp_path):
    settings().speech = str(tmp_path)
    off("is a folder")


def test_a_missing_picture(ready, tmp_path):
    settings().image = str(tmp_path / "gone.png")
    assert "picture" in off("gone.png")


def test_speech_the_engine_refuses(ready, speech_named):
    settings().speech = str(speech_named("refused"))
    refused("is no sound")
    assert ready.engine.process.is_ready()


def test_an_armature_without_arms(ready):
    bpy.ops.object.armature_add()
    off("no arms")


def test_a_python_that_is_gone(ready, tmp_path):
    ready.engine.preferences.get().engine_python = str(tmp_path / "python")
    refused("does not exist")


def test_an_engine_that_crashes_is_a_sentence_and_a_restart(ready, speech_named):
    settings().speech = str(speech_named("crash"))
    refused("something broke")
    assert "restart" in ready.engine.process.death()
    settings().speech = str(speech_named("hello"))
    assert bpy.ops.gestures.engine_restart() == {"FINISHED"}
    assert not ready.engine.process.death()
    assert bpy.ops.gestures.generate() == {"FINISHED"}


def test_after_a_crash_generating_again_just_works(ready, speech_named):
    settings().speech = str(speech_named("crash"))
    refused("something broke")
    settings().speech = str(speech_named("hello"))
    assert bpy.ops.gestures.generate() == {"FINISHED"}


# --- while it runs: the modal operator's parts, as the timer would call them ----------


@pytest.fixture
def under_way(ready, speech_named):
    """A request that the engine works on until it is cancelled."""
    settings().speech = str(speech_named("slow"))
    request = ready.takes.request.request_from(bpy.context)
    job = ready.engine.jobs.start("generate", request.engine_params(), "Starting")
    while not job.fraction:
        ready.engine.jobs.poll()
        time.sleep(0.01)
    return job


def test_progress_and_one_job_at_a_time(ready, under_way):
    assert under_way.message == "Thinking"
    assert not bpy.ops.gestures.generate.poll()
    with pytest.raises(ready.errors.GestureError, match="busy"):
        ready.engine.jobs.start("style", {}, "")


def test_cancel_ends_the_job_within_a_second(ready, under_way):
    before = snapshot()
    bpy.ops.gestures.cancel()
    begin = time.monotonic()
    outcome = ready.engine.jobs.wait(under_way)
    assert time.monotonic() - begin < 1.0
    assert outcome.kind == "cancelled"
    assert snapshot() == before
    assert ready.engine.jobs.current() is None
    assert not bpy.ops.gestures.cancel.poll()


def test_cancelling_a_deaf_engine_needs_no_restart_button(ready, speech_named):
    settings().speech = str(speech_named("deaf"))
    request = ready.takes.request.request_from(bpy.context)
    job = ready.engine.jobs.start("generate", request.engine_params(), "")
    ready.engine.jobs.cancel()
    assert ready.engine.jobs.wait(job).kind == "cancelled"
    assert not ready.engine.process.death()
    settings().speech = str(speech_named("hello"))
    assert bpy.ops.gestures.generate() == {"FINISHED"}


def test_a_question_nobody_waits_for_gives_way_to_keys_being_written(ready, speech_named):
    settings().speech = str(speech_named("slow"))
    params = ready.takes.request.request_from(bpy.context).engine_params()
    question = ready.engine.jobs.start("generate", params, "", quiet=True)
    idle = ready.engine.jobs.Job(0, "")
    ready.engine.jobs.hold(idle, "Writing the keys")
    assert question.outcome.kind == "cancelled"
    assert ready.engine.jobs.current() is idle
    ready.engine.jobs.release(idle)
    assert ready.engine.jobs.current() is None


def test_loading_a_file_drops_the_job(ready, under_way):
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
    assert ready.engine.jobs.current() is None
    assert under_way.outcome.kind == "cancelled"


def finished_request(ready):
    """A request and its answer, not written yet."""
    request = ready.takes.request.request_from(bpy.context)
    result = ready.engine.jobs.wait(
        ready.engine.jobs.start("generate", request.engine_params(), "")
    )
    return request, result


def test_an_armature_deleted_meanwhile_is_a_sentence(ready, character):
    request, result = finished_request(ready)
    bpy.data.objects.remove(character)
    before = snapshot()
    with pytest.raises(ready.errors.GestureError, match="no longer in its scene"):
        ready.takes.writing.write(request, result)
    assert snapshot() == before


def test_undo_meanwhile_does_not_lose_the_armature(ready, character):
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.mesh.primitive_cube_add("EXEC_DEFAULT", True)
    bpy.context.view_layer.objects.active = bpy.data.objects[character.name]
    request, result = finished_request(ready)
    bpy.ops.ed.undo()
    take = ready.takes.writing.write(request, result)
    assert bpy.data.objects[request.armature_name].animation_data.action == take.action


def test_a_renamed_armature_is_still_the_one(ready, character):
    request, result = finished_request(ready)
    character.name = "Someone Else"
    assert ready.takes.writing.write(request, result).action == character.animation_data.action


@needs_sound
def test_another_scene_shown_meanwhile_gets_nothing(ready, character):
    request, result = finished_request(ready)
    first = bpy.context.scene
    other = bpy.data.scenes.new("Other")
    if bpy.context.window:
        bpy.context.window.scene = other
    other.sync_mode = "NONE"
    ready.takes.writing.write(request, result)
    assert other.sync_mode == "NONE"
    assert first.sync_mode == "AUDIO_SYNC"


# --- style ----------------------------------------------------------------------------


def test_own_style_is_sent_with_columns_adding_up_to_one(ready, character):
    settings().style_source = "SLIDERS"
    settings().style_low = (1.0, 0.0, 0.2, 0.2, 0.2, 0.0)
    settings().style_mid = (1.0, 0.0, 0.2, 0.2, 0.2, 0.5)
    settings().style_high = (0.0, 0.0, 0.2, 0.2, 0.2, 0.5)
    bpy.ops.gestures.generate()
    stored = settings_of(character.animation_data.action)
    assert np.sum(stored["style"], axis=0) == pytest.approx(np.ones(6), abs=1e-5)
    assert np.transpose(stored["style"])[0] == pytest.approx([0.5, 0.5, 0.0])
    assert np.transpose(stored["style"])[1] == pytest.approx([1 / 3] * 3, abs=1e-5)


def test_reset_and_take_over(ready, character):
    bpy.ops.gestures.style_reset()
    assert settings().style_mid[:] == pytest.approx([0.3] * 6)
    assert not bpy.ops.gestures.style_use.poll()
    bpy.ops.gestures.generate()
    style = bpy.data.actions["hello take 1"].gestures_style
    settings().style_mid = (0.0,) * 6
    style.strength[2] = 0.4
    bpy.ops.gestures.style_use()
    assert settings().style_mid[:] == pytest.approx(style.style_mid[:])
    assert bpy.context.scene.gestures_style.strength[2] == pytest.approx(0.4)
    assert settings().style_source == "SLIDERS"


def test_a_new_seed(ready):
    bpy.ops.gestures.seed_new()
    assert settings().seed > 0


# --- the panel's texts ----------------------------------------------------------------


def test_the_mapping_is_told(ready, character):
    status = ready.rig.status.status(character)
    assert status.family
    assert 15 < status.found <= status.total
    assert not status.problem


def test_a_mesh_stands_for_its_armature(ready, character):
    mesh = bpy.data.objects.new("Body", bpy.data.meshes.new("Body"))
    bpy.context.collection.objects.link(mesh)
    mesh.modifiers.new("a", "ARMATURE").object = character
    bpy.context.view_layer.objects.active = mesh
    assert ready.properties.chosen.chosen_armature(bpy.context) == character


def test_everything_has_a_tooltip(addon):
    for cls in addon.CLASSES:
        if issubclass(cls, bpy.types.Operator):
            assert cls.bl_description, cls
            assert not cls.bl_description.endswith("."), cls
        if not issubclass(cls, bpy.types.Panel):
            for name, prop in cls.__annotations__.items():
                given = getattr(prop, "keywords", {"options": {"HIDDEN"}})  # or no property at all
                hidden = "HIDDEN" in given.get("options", ())
                assert given.get("description") or hidden, (cls, name)


@pytest.fixture
def at_a_window(fake_engine, monkeypatch):
    """As in a window: there is somebody whom it helps to start the engine early."""
    app = SimpleNamespace(background=False, timers=bpy.app.timers)
    monkeypatch.setattr(
        fake_engine.engine.warm_up, "bpy", SimpleNamespace(app=app, context=bpy.context)
    )
    yield fake_engine
    if bpy.app.timers.is_registered(fake_engine.engine.warm_up._look):
        bpy.app.timers.unregister(fake_engine.engine.warm_up._look)


@pytest.mark.parametrize("patient", [True, False])
def test_choosing_a_speech_starts_the_engine_that_generate_uses(
    at_a_window, character, speech_named, patient
):
    engine, settings = at_a_window.engine.process, bpy.context.scene.gestures
    settings.speech = str(speech_named("hello"))
    assert engine.is_starting()
    started = engine._session.client
    while patient and at_a_window.engine.warm_up._look() is not None:
        time.sleep(0.02)
    assert engine.is_ready() == patient
    settings.speech = str(speech_named("again"))
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    assert engine._session.client is started and engine.is_ready()
    engine._session.info = {}  # as if it could not load its model
    assert not engine.is_starting() and at_a_window.engine.warm_up._look() is None


def test_without_a_window_or_an_engine_nothing_is_started(at_a_window, monkeypatch, speech_named):
    settings, engine = bpy.context.scene.gestures, at_a_window.engine.process
    with monkeypatch.context() as patch:
        patch.setattr(engine, "why_missing", lambda: "Set it up")
        settings.speech = str(speech_named("hello"))
    at_a_window.engine.warm_up.bpy.app.background = True
    settings.speech = str(speech_named("again"))
    assert not engine.is_starting()


def test_an_engine_that_died_is_not_started_by_itself(at_a_window, character, speech_named):
    settings, engine = bpy.context.scene.gestures, at_a_window.engine.process
    settings.speech = str(speech_named("crash"))
    with pytest.raises(RuntimeError):
        bpy.ops.gestures.generate()
    settings.speech = str(speech_named("hello"))
    assert engine.death() and not engine.is_starting()


@needs_sound
def test_who_speaks_on_a_channel_goes_to_the_engine_and_stays_with_the_take(
    ready, character, tmp_path
):
    path, mono = tmp_path / "two.wav", str(tmp_path / "one.wav")
    for name, channels in ((path, 2), (mono, 1)):
        with wave.open(str(name), "wb") as file:
            file.setparams((channels, 2, 16_000, 0, "NONE", ""))
            file.writeframes(bytes(2 * 16_000 * channels))
    settings().speech = str(path)
    assert "Speaker" in drawn.draw(ready).texts
    settings().channel = "RIGHT"
    asked = ready.takes.request.request_from(bpy.context)
    assert asked.engine_params()["channel"] == "right"
    bpy.ops.gestures.generate()
    take = character.animation_data.action
    settings().channel, settings().speech = "BOTH", mono
    assert "Speaker" not in drawn.draw(ready).texts
    made = ready.takes.record.of(take)
    assert ready.takes.live.params_of(take, made, None)["channel"] == "right"
    ready.takes.recall.show_settings(bpy.context, character, take)
    assert settings().channel == "RIGHT"
    settings().speech = mono  # a file with one channel has no sides: all of it is heard
    assert ready.takes.request.request_from(bpy.context).channel == ""
    assert ready.takes.record.read('{"channel": "middle"}').channel == ""
