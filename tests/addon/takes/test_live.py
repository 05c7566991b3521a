# SPDX-License-Identifier: GPL-3.0-or-later
"""The shown take follows its sliders, and nothing else does."""

import json
import sys

import bpy
import numpy as np
import pytest
from keyed import give_settings, settings_of


def scene_settings():
    return bpy.context.scene.gestures


def keys(addon, action):
    """{channel: (frames, 2)} of everything the take moves."""
    return {
        (curve.data_path, curve.array_index): np.array([key.co for key in curve.keyframe_points])
        for curve in addon.compat.fcurves(action)
        if curve.data_path != "gestures_intensity"
    }


def same(before, after):
    return before.keys() == after.keys() and all(
        np.array_equal(before[name], after[name]) for name in before
    )


def most_keys(found):
    return max(len(own) for own in found.values())


def apart(before, after):
    return max(np.abs(before[name][:, 1] - after[name][:, 1]).max() for name in before)


@pytest.fixture
def take(fake_engine, character, speech_named):
    scene_settings().speech = str(speech_named("hello"))
    bpy.ops.gestures.generate()
    fake_engine.takes.live.settle()
    return character.animation_data.action


@pytest.fixture
def style(take):
    return take.gestures_style


def test_a_new_take_has_the_style_it_was_made_with(style, fake_engine):
    assert style.levels == 6
    assert style.style_low[:] == pytest.approx([0.5] * 6)
    assert style.pending == "NONE"
    assert not fake_engine.takes.live.busy()
    assert fake_engine.takes.shown.chosen_style(bpy.context) == style


@pytest.mark.parametrize("row", ["style_low", "style_mid", "style_high"])
def test_a_column_always_adds_up_to_one(style, row):
    before = [getattr(style, other)[:] for other in ("style_low", "style_mid", "style_high")]
    getattr(style, row)[2] = 0.75
    columns = np.array([style.style_low, style.style_mid, style.style_high])
    assert columns.sum(axis=0) == pytest.approx(np.ones(6), abs=1e-5)
    assert getattr(style, row)[2] == pytest.approx(0.75)
    untouched = [0, 1, 3, 4, 5]
    assert columns[:, untouched] == pytest.approx(np.array(before)[:, untouched], abs=1e-6)


def test_the_others_keep_their_proportion_and_can_come_back(style):
    style.style_low[0] = 0.0
    assert style.style_mid[0] / style.style_high[0] == pytest.approx(1.5, rel=1e-4)
    style.style_mid[0] = 1.0
    assert (style.style_low[0], style.style_high[0]) == (0.0, 0.0)
    style.style_mid[0] = 0.4
    assert (style.style_low[0], style.style_high[0]) == pytest.approx((0.3, 0.3))


def test_keys_follow_a_slider_in_place(fake_engine, take, style, character):
    before, actions = keys(fake_engine, take), len(bpy.data.actions)
    style.style_low[0] = 1.0
    assert style.pending == "STYLE"
    assert fake_engine.takes.live.busy()
    assert same(before, keys(fake_engine, take))  # the window did not wait for anything
    fake_engine.takes.live.settle()
    assert style.pending == "NONE"
    assert apart(before, keys(fake_engine, take)) > 0.05
    assert character.animation_data.action == take
    assert len(bpy.data.actions) == actions
    stored = settings_of(take)
    assert stored["style"][0] == pytest.approx([1.0, *[0.5] * 5])


def test_moves_made_while_the_engine_works_are_not_lost(fake_engine, take, style):
    style.style_low[0] = 0.9
    fake_engine.takes.live.tick(patient=False)  # asked
    style.style_low[0] = 0.2
    fake_engine.takes.live.settle()
    assert settings_of(take)["style"][0][0] == pytest.approx(0.2)
    style.style_low[0] = 0.5
    fake_engine.takes.live.settle()
    assert settings_of(take)["style"][0][0] == pytest.approx(0.5)


@pytest.fixture
def half_written(fake_engine, take, style, monkeypatch):
    """The keys of a moved slider, half of the bones worked out."""
    monkeypatch.setattr(fake_engine.takes.rewriting, "STEP", 0.0)
    style.strength[1] = 0.3
    for _ in range(20):
        fake_engine.takes.live.tick(patient=False)
    assert fake_engine.takes.live.busy()


def test_all_keys_change_in_one_step(fake_engine, take, style):
    before, seen = keys(fake_engine, take), []
    style.strength[1] = 0.3
    while fake_engine.takes.live.tick(patient=False) is not None:
        seen.append(keys(fake_engine, take))
    assert len(seen) > 3
    assert not same(before, seen[-1])
    assert all(same(before, one) or same(seen[-1], one) for one in seen)


def test_what_changes_while_keys_are_worked_out_counts(fake_engine, take, style, half_written):
    curve = next(c for c in fake_engine.compat.fcurves(take) if "LeftArm" in c.data_path)
    curve.keyframe_points[40].co.y = 0.77
    style.strength[1] = 0.6
    fake_engine.takes.live.settle()
    assert curve.keyframe_points[40].co.y == pytest.approx(0.77)
    stored = settings_of(take)
    assert stored["shaping"]["strength"][1] == pytest.approx(0.6)
    assert style.pending == "NONE"


def test_undo_while_keys_are_worked_out(fake_engine, take, style, monkeypatch):
    monkeypatch.setattr(fake_engine.takes.rewriting, "STEP", 0.0)
    name, before = take.name, keys(fake_engine, take)
    bpy.ops.ed.undo_push(message="Take")
    style.strength[1] = 0.3
    bpy.ops.ed.undo_push(message="Slider")
    for _ in range(6):
        fake_engine.takes.live.tick(patient=False)
    assert fake_engine.takes.live.busy()
    bpy.ops.ed.undo()
    fake_engine.takes.live.settle()
    assert same(before, keys(fake_engine, bpy.data.actions[name]))
    bpy.ops.ed.redo()
    fake_engine.takes.live.settle()
    assert not same(before, keys(fake_engine, bpy.data.actions[name]))


def test_a_take_accepted_meanwhile_gets_its_keys(fake_engine, take, style, half_written):
    before = keys(fake_engine, take)
    bpy.ops.gestures.take_accept()
    fake_engine.takes.live.settle()
    assert not same(before, keys(fake_engine, take))


def test_a_take_removed_meanwhile_is_no_problem(fake_engine, take, half_written):
    bpy.data.actions.remove(take)
    fake_engine.takes.live.settle()
    assert not fake_engine.takes.live.busy()
    assert fake_engine.takes.live.problem() == ""


def test_other_actions_are_never_touched(fake_engine, take, style):
    first = keys(fake_engine, take)
    bpy.ops.gestures.generate()
    own = bpy.context.object.animation_data.action
    assert own != take
    own.gestures_style.style_low[0] = 0.0
    fake_engine.takes.live.settle()
    assert same(first, keys(fake_engine, take))


def test_level_controls_need_no_engine(fake_engine, take, style):
    before = keys(fake_engine, take)
    fake_engine.engine.process.stop()
    style.strength[2] = 0.3
    style.offset[1] = 12.0
    fake_engine.takes.live.settle()
    assert fake_engine.engine.process.is_ready() is False
    assert apart(before, keys(fake_engine, take)) > 0.02
    bpy.ops.gestures.levels_reset()
    fake_engine.takes.live.settle()
    assert apart(before, keys(fake_engine, take)) < 1e-5


def test_few_keys_stay_few_as_sliders_move_and_all_come_back(fake_engine, take, style):
    live, record = fake_engine.takes.live, fake_engine.takes.record
    before = keys(fake_engine, take)
    style.spacing, style.tolerance = "REDUCED", 2.0
    live.settle()
    few = keys(fake_engine, take)
    assert most_keys(keys(fake_engine, take)) < most_keys(before) / 2
    assert record.of(take).spacing.kind == "REDUCED"
    style.strength[1] = 0.5
    live.settle()
    assert most_keys(keys(fake_engine, take)) < most_keys(before) / 2
    assert not same(few, keys(fake_engine, take))
    style.strength[1] = 1.0
    style.spacing = "EVERY"
    live.settle()
    assert same(before, keys(fake_engine, take))
    assert style.pending == "NONE"


def test_a_take_that_is_run_again_has_as_few_keys(fake_engine, take, style, character):
    style.spacing, style.tolerance = "REDUCED", 2.0
    fake_engine.takes.live.settle()
    few = keys(fake_engine, take)
    assert bpy.ops.gestures.take_again() == {"FINISHED"}
    again = character.animation_data.action
    assert again != take
    assert same(few, keys(fake_engine, again))
    assert again.gestures_style.spacing == "REDUCED"


def test_what_a_take_was_given_goes_to_the_next_one_only_when_asked(
    fake_engine, take, style, character
):
    plain = keys(fake_engine, take)
    style.strength[1] = 0.5
    fake_engine.takes.live.settle()
    style.style_low[0] = 0.9
    fake_engine.takes.live.settle()
    shaped = keys(fake_engine, take)
    assert scene_settings().style_source == "PICTURE"
    bpy.ops.gestures.generate()
    assert apart(plain, keys(fake_engine, character.animation_data.action)) < 1e-5
    bpy.ops.gestures.take_show(take=take.name)
    bpy.ops.gestures.style_use()
    bpy.ops.gestures.generate()
    third = character.animation_data.action
    assert third.gestures_style.strength[1] == pytest.approx(0.5)
    assert third.gestures_style.style_low[0] == pytest.approx(0.9)
    assert apart(shaped, keys(fake_engine, third)) < 1e-5


def test_the_panel_is_turned_to_the_next_take(fake_engine, take, style):
    scene, before = bpy.context.scene, keys(fake_engine, take)
    shown = fake_engine.takes.shown
    assert shown.chosen_style(bpy.context) == style
    scene.gestures_style_of = "NEXT"
    sliders = shown.chosen_style(bpy.context)
    assert sliders == scene.gestures_style
    sliders.style_low[0] = 0.8
    assert scene_settings().style_source == "SLIDERS"
    bpy.ops.gestures.style_surprise()
    fake_engine.takes.live.settle()
    assert apart(before, keys(fake_engine, take)) == 0.0
    wanted = sliders.style_low[:]
    bpy.ops.gestures.take_again()  # an older style does not take the chosen one's place
    assert sliders.style_low[:] == pytest.approx(wanted)
    assert scene_settings().style_low[:] == pytest.approx(wanted)


def test_a_keyed_intensity_scales_the_motion_where_it_is_keyed(fake_engine, take, character):
    before = keys(fake_engine, take)
    for frame, value in ((1, 1.0), (40, 1.0), (41, 0.0), (100, 0.0)):
        character.gestures_intensity = value
        character.keyframe_insert("gestures_intensity", frame=frame)
    curve = fake_engine.keys.intensity.curve_of(take)
    for key in curve.keyframe_points:
        key.interpolation = "LINEAR"
    assert fake_engine.takes.live.busy()
    fake_engine.takes.live.settle()
    after = keys(fake_engine, take)
    moved = {name: np.abs(before[name][:, 1] - after[name][:, 1]) for name in before}
    assert max(change[:35].max() for change in moved.values()) < 0.02  # smoothing sees ahead
    assert max(change[45:].max() for change in moved.values()) > 0.05
    assert not fake_engine.takes.live.busy()


def test_intensity_keys_go_with_the_character_to_its_next_take(fake_engine, take, character):
    character.keyframe_insert("gestures_intensity", frame=7)
    fake_engine.takes.live.settle()
    bpy.ops.gestures.generate()
    curve = fake_engine.keys.intensity.curve_of(character.animation_data.action)
    assert character.animation_data.action != take
    assert [tuple(key.co) for key in curve.keyframe_points] == [(7.0, 1.0)]


def keyed_from_nothing(addon, take, character):
    """Key the intensity of TAKE from 0 to 1 over its frames; the playhead stays at the start."""
    for frame, value in ((1, 0.0), (95, 1.0)):
        character.gestures_intensity = value
        character.keyframe_insert("gestures_intensity", frame=frame)
    addon.takes.live.settle()
    bpy.context.scene.frame_set(1)
    assert character.gestures_intensity == 0.0


def test_the_intensity_comes_back_when_a_take_that_keyed_it_is_rejected(
    fake_engine, take, character
):
    before = keys(fake_engine, take)
    keyed_from_nothing(fake_engine, take, character)
    bpy.ops.gestures.take_reject()
    assert character.gestures_intensity == 1.0
    bpy.ops.gestures.generate()
    assert apart(before, keys(fake_engine, character.animation_data.action)) < 1e-5


@pytest.mark.parametrize("moved", [0, 30])
def test_the_intensity_that_an_accepted_take_keys_counts(fake_engine, take, character, moved):
    keyed_from_nothing(fake_engine, take, character)
    wanted = keys(fake_engine, take)
    bpy.ops.gestures.take_accept()
    (strip,) = character.animation_data.nla_tracks[0].strips
    strip.frame_start_ui += moved
    bpy.context.scene.frame_start = 1 + moved
    bpy.context.scene.frame_set(1)
    assert character.gestures_intensity == 0.0
    bpy.ops.gestures.generate()
    new = character.animation_data.action
    assert fake_engine.keys.intensity.curve_of(new) is not None
    assert apart(wanted, keys(fake_engine, new)) < 1e-4
    assert not fake_engine.takes.live.busy()


def test_a_take_that_is_not_shown_any_more_is_shaped_by_its_own_intensity(
    fake_engine, take, style, character, monkeypatch
):
    keyed_from_nothing(fake_engine, take, character)
    bpy.ops.gestures.generate()
    other = character.animation_data.action
    curve = fake_engine.keys.intensity.curve_of(other)
    for key in curve.keyframe_points:
        key.co.y = 0.0
    fake_engine.takes.live.settle()
    before = keys(fake_engine, take)
    fake_engine.takes.rewriting.show(character, take)
    assert apart(before, keys(fake_engine, take)) < 1e-5


def test_switching_takes_and_rejecting_leave_an_intensity_that_is_not_keyed(
    fake_engine, take, character
):
    character.gestures_intensity = 0.6
    fake_engine.takes.live.settle()
    bpy.ops.gestures.generate()
    bpy.ops.gestures.take_switch()
    bpy.ops.gestures.take_reject()
    assert character.gestures_intensity == pytest.approx(0.6)


def test_showing_a_take_without_intensity_keys_is_no_move_of_the_slider(
    fake_engine, take, style, character
):
    bpy.ops.gestures.generate()
    second = character.animation_data.action
    keyed_from_nothing(fake_engine, second, character)
    bpy.ops.gestures.take_show(take=take.name)
    assert character.gestures_intensity == 1.0
    assert {style.pending, second.gestures_style.pending} == {"NONE"}


def test_live_can_be_switched_off(fake_engine, take, style):
    bpy.context.scene.gestures_live = False
    style.style_low[0] = 1.0
    assert not fake_engine.takes.live.busy()
    bpy.ops.gestures.style_use()
    assert scene_settings().style_low[0] == 1.0  # but the next take may have it


def test_undo_brings_sliders_and_keys_back_together(fake_engine, take, style):
    name, before = take.name, keys(fake_engine, take)
    bpy.ops.ed.undo_push(message="Take")
    style.style_low[0] = 1.0
    fake_engine.takes.live.tick(patient=False)
    bpy.ops.ed.undo_push(message="Slider")  # as Blender does when the mouse lets go
    fake_engine.takes.live.settle()
    after = keys(fake_engine, take)
    bpy.ops.ed.undo()
    fake_engine.takes.live.settle()
    undone = bpy.data.actions[name]
    assert undone.gestures_style.style_low[0] == pytest.approx(0.5)
    assert same(before, keys(fake_engine, undone))
    bpy.ops.ed.redo()
    fake_engine.takes.live.settle()  # the keys had not arrived when the step was made
    redone = bpy.data.actions[name]
    assert redone.gestures_style.style_low[0] == pytest.approx(1.0)
    assert same(after, keys(fake_engine, redone))


def test_what_the_file_was_saved_with_is_worked_off_when_the_user_asks_for_it(
    fake_engine, take, style, tmp_path
):
    name, path = take.name, str(tmp_path / "f.blend")
    before = keys(fake_engine, take)
    style.strength[1] = 0.2
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    fake_engine.takes.live.settle()
    assert same(before, keys(fake_engine, bpy.data.actions[name]))  # loading does nothing
    assert bpy.ops.gestures.settle() == {"FINISHED"}
    assert apart(before, keys(fake_engine, bpy.data.actions[name])) > 0.01


def test_a_question_gives_way_to_what_the_user_waits_for(fake_engine, take, style):
    style.style_low[0] = 0.9
    fake_engine.takes.live.tick(patient=False)
    assert fake_engine.engine.jobs.current() is None  # no progress bar, and Generate stays on
    assert bpy.ops.gestures.generate.poll()
    bpy.ops.gestures.generate()
    assert bpy.context.object.animation_data.action != take
    fake_engine.takes.live.settle()


def test_a_speech_that_is_gone_is_one_sentence(fake_engine, take, style, tmp_path):
    stored = settings_of(take)
    refused = tmp_path / "refused.flac"
    give_settings(take, {**stored, "speech": str(refused)})
    before = keys(fake_engine, take)
    style.style_low[0] = 1.0
    fake_engine.takes.live.settle()
    assert "refused.flac" in fake_engine.takes.live.problem()
    assert same(before, keys(fake_engine, take))
    style.strength[0] = 0.9
    fake_engine.takes.live.settle()
    assert fake_engine.takes.live.problem() == ""


@pytest.mark.parametrize("seconds", [2.0, None])
def test_a_speech_of_another_length_is_refused(fake_engine, take, style, seconds):
    directions, fps = fake_engine.takes.stored.load(take)
    stored = settings_of(take)
    if seconds is None:  # what is there now is longer
        fake_engine.takes.stored.store(take, directions[:40], fps, made=True)
    else:
        give_settings(take, {**stored, "part": (0.0, seconds)})
    kept, before = fake_engine.takes.stored.load(take)[0], keys(fake_engine, take)
    style.style_low[0] = 1.0
    fake_engine.takes.live.settle()
    assert "another length now" in fake_engine.takes.live.problem()
    assert np.array_equal(fake_engine.takes.stored.load(take)[0], kept)
    assert same(before, keys(fake_engine, take))


@pytest.mark.parametrize("count", [10, 4000])
def test_a_motion_of_another_length_replaces_the_one_before(fake_engine, take, count):
    directions, fps = fake_engine.takes.stored.load(take)
    other = np.resize(directions, (count, 42, 3))
    fake_engine.takes.stored.store(take, other, fps)
    assert np.array_equal(fake_engine.takes.stored.load(take)[0], other)


def test_moved_strokes_keep_the_style(fake_engine, take, style, character):
    directions, fps = fake_engine.takes.stored.load(take)
    fake_engine.takes.stored.store(take, np.roll(directions, 3, axis=0), fps)
    fake_engine.takes.rewriting.show(character, take)
    before = keys(fake_engine, take)
    style.style_low[0] = 1.0
    fake_engine.takes.live.settle()
    assert "strokes that were moved, so its style stays" in fake_engine.takes.live.problem()
    assert same(before, keys(fake_engine, take))
    with pytest.raises(RuntimeError, match="would lose them"):
        bpy.ops.gestures.take_again()
    fake_engine.takes.stored.store(take, directions, fps)  # as it was made
    style.style_low[0] = 0.9
    fake_engine.takes.live.settle()
    assert fake_engine.takes.live.problem() == ""


def test_strokes_moved_while_the_engine_works_stay(fake_engine, take, style):
    directions, fps = fake_engine.takes.stored.load(take)
    style.style_low[0] = 1.0
    fake_engine.takes.live.tick(patient=False)  # asked
    moved = np.roll(directions, 3, axis=0)
    fake_engine.takes.stored.store(take, moved, fps)
    fake_engine.takes.live.settle()
    assert "style stays" in fake_engine.takes.live.problem()
    assert np.array_equal(fake_engine.takes.stored.load(take)[0], moved)


def test_a_deleted_armature_is_no_problem(fake_engine, take, style, character):
    style.style_low[0] = 1.0
    fake_engine.takes.live.tick(patient=False)
    bpy.data.objects.remove(character)
    fake_engine.takes.live.settle()
    assert not fake_engine.takes.live.busy()


# --- presets ----------------------------------------------------------------------------


@pytest.fixture
def presets(addon, tmp_path, monkeypatch):
    monkeypatch.setattr(addon.takes.style_presets, "folder", lambda: tmp_path / "styles")
    return tmp_path / "styles"


def test_presets_come_back_and_the_shell_reads_them(fake_engine, take, style, presets):
    style.style_low[1], style.strength[3], style.offset[0] = 0.8, 1.5, -4.0
    expected = [getattr(style, row)[:] for row in ("style_low", "style_mid", "style_high")]
    assert not bpy.ops.gestures.style_load.poll()
    bpy.ops.gestures.style_save(name="Calm")
    content = json.loads((presets / "Calm.json").read_text())
    assert np.array(content["style"]) == pytest.approx(np.array(expected), abs=1e-5)
    bpy.ops.gestures.style_surprise(seed=3)
    bpy.ops.gestures.levels_reset()
    bpy.ops.gestures.style_load(name="Calm")
    now = [getattr(style, row)[:] for row in ("style_low", "style_mid", "style_high")]
    assert np.array(now) == pytest.approx(np.array(expected), abs=1e-4)
    assert (style.strength[3], style.offset[0]) == pytest.approx((1.5, -4.0))
    fake_engine.takes.live.settle()


def test_a_preset_is_replaced_only_when_that_is_ticked(fake_engine, take, style, presets):
    bpy.ops.gestures.style_save(name="Calm")
    before = (presets / "Calm.json").read_text()
    style.strength[3] = 1.5
    with pytest.raises(RuntimeError, match=r"'Calm' already: .* Overwrite"):
        bpy.ops.gestures.style_save(name=" Calm")
    assert (presets / "Calm.json").read_text() == before
    bpy.ops.gestures.style_save(name="Calm", overwrite=True)
    assert (presets / "Calm.json").read_text() != before
    with pytest.raises(RuntimeError, match="already"):  # it was ticked for one time
        bpy.ops.gestures.style_save(name="Calm")
    assert [path.name for path in presets.iterdir()] == ["Calm.json"]
    fake_engine.takes.live.settle()


def test_a_style_is_offered_a_name_that_is_free(fake_engine, take, presets):
    names = []
    for _ in range(3):
        names.append(fake_engine.takes.style_presets.free_name("My style"))
        bpy.ops.gestures.style_save(name=names[-1])
    assert names == ["My style", "My style 2", "My style 3"]


def test_two_presets_blend(fake_engine, take, style, presets):
    for name, value in (("A", 1.0), ("B", 0.2)):
        style.style_low[:], style.strength[:] = (value,) * 6, (value,) * 6
        style.style_low = (value,) * 6
        bpy.ops.gestures.style_save(name=name)
    bpy.ops.gestures.style_blend(first="A", second="B", factor=0.25)
    assert style.style_low[:] == pytest.approx([0.8] * 6, abs=1e-4)
    fake_engine.takes.live.settle()


def test_a_surprise_is_a_style_and_the_same_for_the_same_number(take, style, fake_engine):
    seen = []
    for seed in (1, 2, 1):
        bpy.ops.gestures.style_surprise(seed=seed)
        seen.append(np.array([style.style_low, style.style_mid, style.style_high]))
    assert np.array_equal(seen[0], seen[2])
    assert np.abs(seen[0] - seen[1]).max() > 0.2
    assert seen[0].sum(axis=0) == pytest.approx(np.ones(6), abs=1e-3)
    fake_engine.takes.live.settle()


def test_what_is_no_preset_is_one_sentence(fake_engine, take, presets):
    presets.mkdir()
    (presets / "Broken.json").write_text('{"style": [[1, 2], [3]]}')
    with pytest.raises(RuntimeError, match=r"Broken\.json"):
        bpy.ops.gestures.style_load(name="Broken")
    for name in ("", "a/b", "x" * 99):
        with pytest.raises(RuntimeError, match="preset's name"):
            bpy.ops.gestures.style_save(name=name)


def test_a_model_of_three_levels_has_three_rows(fake_engine, take):
    style = take.gestures_style
    fake_engine.takes.style.begin_take(
        take, [[0.2] * 3, [0.3] * 3, [0.5] * 3],
        fake_engine.motion.shaping.UNSHAPED,
    )  # fmt: skip
    assert style.levels == 3
    assert np.shape(fake_engine.takes.style.style_rows(style)) == (3, 3)


# --- modes ------------------------------------------------------------------------------


def test_an_idle_take_needs_neither_speech_nor_engine(addon, character):
    bpy.context.scene.gestures_mode.kind = "IDLE"
    bpy.context.scene.gestures_mode.seconds = 3.0
    assert bpy.ops.gestures.generate.poll()
    bpy.ops.gestures.generate()
    action = character.animation_data.action
    assert action.name == "idle take 1"
    assert action.frame_range[1] == pytest.approx(1 + 44 / 15 * 24, abs=1)
    assert not addon.engine.process.is_ready()
    assert not any("Hips" in curve.data_path for curve in addon.compat.fcurves(action))
    action.gestures_style.strength[0] = 0.5
    addon.takes.live.settle()
    action.gestures_style.style_low[0] = 1.0
    addon.takes.live.settle()
    assert "its style stays" in addon.takes.live.problem()


def test_a_listener_nods_with_its_hands_at_rest(fake_engine, character, speech_named):
    scene_settings().speech = str(speech_named("hello"))
    bpy.context.scene.gestures_mode.kind = "LISTEN"
    bpy.ops.gestures.generate()
    action = character.animation_data.action
    assert action.name == "hello listening take 1"
    moved = keys(fake_engine, action)
    head = max(np.ptp(curve[:, 1]) for (path, _), curve in moved.items() if "Head" in path)
    arm = max(np.ptp(curve[:, 1]) for (path, _), curve in moved.items() if "LeftArm" in path)
    assert head > 0.03
    assert arm < 0.06


def test_the_head_looks_at_an_object(addon, character):
    scene = bpy.context.scene
    target = bpy.data.objects.new("Target", None)
    scene.collection.objects.link(target)
    head = character.matrix_world @ character.pose.bones["mixamorig:Head"].head
    scene.gestures_mode.kind, scene.gestures_mode.seconds = "IDLE", 2.0
    scene.gestures_mode.breathing = scene.gestures_mode.sway = 0.0
    yaws = []
    for aside in (-1.0, 1.0):
        target.location = (head.x + aside, head.y - 1.0, head.z)
        bpy.context.view_layer.update()
        scene.gestures_mode.look_at = target
        bpy.ops.gestures.generate()
        scene.frame_set(20)
        matrix = character.matrix_world @ character.pose.bones["mixamorig:Head"].matrix
        yaws.append(matrix.to_euler().z)
        action = character.animation_data.action
        action.gestures_style.strength[0] = 0.9  # written again, the look stays
        addon.takes.live.settle()
        scene.frame_set(20)
        matrix = character.matrix_world @ character.pose.bones["mixamorig:Head"].matrix
        assert matrix.to_euler().z == pytest.approx(yaws[-1], abs=0.02)
    assert np.degrees(yaws[1] - yaws[0]) == pytest.approx(90, abs=12)


@pytest.fixture
def target(character):
    """What an idle character looks at."""
    scene = bpy.context.scene
    found = bpy.data.objects.new("Target", None)
    scene.collection.objects.link(found)
    found.location = (0.5, -2.0, 1.5)
    bpy.context.view_layer.update()
    scene.gestures_mode.kind, scene.gestures_mode.seconds = "IDLE", 4.0
    scene.gestures_mode.look_at = found
    return found


def walking(target, *_):
    """Let TARGET be at x = frame / 10."""
    for frame in (-100, 300):
        target.location.x = frame / 10
        target.keyframe_insert("location", index=0, frame=frame)
    (curve,) = sys.modules["blender_addon.compat"].fcurves(target.animation_data.action)
    for key in curve.keyframe_points:
        key.interpolation = "LINEAR"


def idle_steps(addon):
    """The steps of writing an idle take from the playhead on."""
    scene_settings().start_at = "CURRENT"
    request = addon.takes.request.request_from(bpy.context)
    result = addon.takes.posing.answer(request.mode, request.seed, {})
    return addon.takes.writing.writing(request, result)


def test_a_moving_target_is_looked_for_in_steps(addon, character, target, monkeypatch):
    walking(target)
    monkeypatch.setattr(addon.takes.gaze, "STEP", 0.0)
    scene = bpy.context.scene
    scene.frame_set(7, subframe=0.25)
    steps, done = idle_steps(addon), []
    while not any(action.name.startswith("idle") for action in bpy.data.actions):
        done.append(next(steps))
        assert scene.frame_current_final == pytest.approx(7.25)
        if len(done) == 30:
            target.keyframe_insert("location", index=1, frame=5)  # something happens meanwhile
    assert len(done) > 60
    assert done == sorted(done)
    steps.close()
    assert not any(action.name.startswith("idle") for action in bpy.data.actions)


def test_a_target_that_is_removed_meanwhile_is_one_sentence(addon, character, target):
    walking(target)
    steps = idle_steps(addon)
    next(steps)
    bpy.data.objects.remove(target)
    with pytest.raises(addon.errors.GestureError, match="'Target', is not in the scene"):
        next(steps)


def test_before_frame_zero_the_target_is_where_it_is_then(addon, character, target):
    walking(target)
    scene = bpy.context.scene
    scene.frame_set(-4, subframe=0.5)
    scene_settings().start_at = "CURRENT"
    mode, frames = addon.properties.mode.mode_of(scene), np.array([-7.5, -0.4, 0.0, 2.6])
    steps = addon.takes.gaze.looking(lambda: (scene, character), mode, frames)
    with pytest.raises(StopIteration) as ended:
        while True:
            next(steps)
    assert scene.frame_current_final == pytest.approx(-3.5)
    across = ended.value.value.towards @ addon.rig.reading.calibration(character).axes.T
    scale = character.matrix_world.to_scale().x
    assert np.diff(across[:, 0]) * scale == pytest.approx(np.diff(frames) / 10, abs=1e-4)


def test_looking_at_what_stands_still_plays_nothing(addon, character, target, monkeypatch):
    monkeypatch.setattr(addon.takes.gaze, "_sampled", None)
    character["wide"] = 0.0
    driven(character.pose.bones["mixamorig:LeftLeg"], "location", character, '["wide"]')
    for _ in range(3):  # the second one is made with the first one's NLA track
        bpy.ops.gestures.generate()
        bpy.ops.gestures.take_accept()
    assert len(character.animation_data.nla_tracks) == 3


def driven(owner, path, source, source_path, expression="value"):
    """Let OWNER's PATH follow SOURCE's SOURCE_PATH."""
    curve = owner.driver_add(path, 0) if path == "location" else owner.driver_add(path)
    variable = curve.driver.variables.new()
    variable.name = "value"
    variable.targets[0].id, variable.targets[0].data_path = source, source_path
    curve.driver.expression = expression


def by_itself(target, character):
    target["own"] = 1.0
    driven(target, "location", target, '["own"]')


def by_the_frame(target, character):
    target["own"] = 1.0
    driven(target, "location", target, '["own"]', "value + frame")


def by_another(target, character):
    driven(target, "location", character, "location.x")


def hidden_by_another(target, character):
    driven(target, "hide_viewport", character, "location.x")


def played(target, character):
    walking(target)
    data = target.animation_data
    data.nla_tracks.new().strips.new("walk", -100, data.action)
    data.action = None


def played_muted(target, character):
    played(target, character)
    target.animation_data.nla_tracks[0].mute = True


def held(target, character):
    target.parent, target.parent_type = character, "BONE"
    target.parent_bone = "mixamorig:LeftHand"


def beside(target, character):
    target.parent = character


def on_the_move(target, character):
    beside(target, character)
    for frame in (1, 20):
        character.location.x = frame
        character.keyframe_insert("location", frame=frame)  # into the take


def keyed_alike(target, character):
    for frame in (1, 20):
        target.keyframe_insert("location", frame=frame)


def swinging_between_alike(target, character):
    keyed_alike(target, character)
    curve = sys.modules["blender_addon.compat"].fcurves(target.animation_data.action)[0]
    key = curve.keyframe_points[0]
    key.handle_right_type, key.handle_right = "FREE", (5.0, key.co[1] + 1.0)


def keyed_once(target, character):
    target.keyframe_insert("location", frame=1)


@pytest.mark.parametrize(
    ("change", "moves"),
    [
        (by_itself, False),
        (by_the_frame, True),
        (by_another, True),
        (hidden_by_another, False),
        (walking, True),
        (keyed_once, False),
        (keyed_alike, False),
        (swinging_between_alike, True),
        (played, True),
        (played_muted, False),
        (held, True),
        (beside, False),
        (on_the_move, True),
    ],
)
def test_what_may_be_elsewhere_later_is_known(addon, character, target, change, moves):
    bpy.ops.gestures.generate()
    assert not addon.takes.gaze._moves(target)
    change(target, character)
    assert addon.takes.gaze._moves(target) == moves


def test_the_shell_knows_modes(tmp_path):
    from conftest import REPOSITORY

    from blender_addon.headless import arguments, perform

    rig = str(REPOSITORY / "rigs" / "rocketbox" / "Male_Adult_04.fbx")
    out = ["--rig", rig, "--out", str(tmp_path / "o.blend")]
    idle = arguments.parse([*out, "--mode", "idle", "--seconds", "4", "--seed", "2"])
    assert perform._answer(idle)[0].arrays["directions"].shape == (60, 42, 3)
    heard = tmp_path / "heard.npz"
    np.savez(heard, phrases=[[0.2, 1.5]], seconds=6.0)
    listen = arguments.parse([*out, "--mode", "listen", "--motion", str(heard)])
    assert perform._answer(listen)[0].arrays["directions"].shape == (90, 42, 3)
    with pytest.raises(perform.GestureError, match="--mode idle"):
        arguments.parse(out)
    np.savez(heard, directions=np.zeros(3))
    with pytest.raises(perform.GestureError, match=r"heard\.npz"):
        perform._answer(listen)
