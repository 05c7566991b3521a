# SPDX-License-Identifier: GPL-3.0-or-later
"""Variations: mirroring and blending motions, their pictures, and the gallery's operators."""

import itertools

import bpy
import numpy as np
import pytest
from conftest import REPOSITORY
from keyed import settings_of

from blender_addon.body.skeleton import BONES, FOREARM, SPINE, UPPER_ARM
from blender_addon.motion import mirroring, thumbnail


@pytest.fixture(scope="module")
def motion():
    with np.load(REPOSITORY / "tests/fixtures/motion/smartbody_excerpt.npz") as excerpt:
        moved = excerpt["directions"][:120].astype(np.float64)
    return moved / np.linalg.norm(moved, axis=-1, keepdims=True)


def joints(directions):
    """{joint: (T, 3)} with bones of length 1, from the neck."""
    places = {"neck": np.zeros((len(directions), 3))}
    todo = list(enumerate(BONES))
    while todo:
        index, (parent, child) = todo.pop(0)
        if parent in places:
            places[child] = places[parent] + directions[:, index]
        elif child in places:
            places[parent] = places[child] - directions[:, index]
        else:
            todo.append((index, (parent, child)))
    return places


def test_a_mirror_puts_each_joint_where_its_counterpart_was(motion):
    before, after = joints(motion), joints(mirroring.mirrored(motion))
    for name, place in before.items():
        side, _, rest = name.partition("_")
        other = {"left": "right_", "right": "left_"}.get(side)
        mirror = after[f"{other}{rest}" if other else name]
        np.testing.assert_allclose(mirror, place * [-1, 1, 1], atol=1e-5, err_msg=name)


def test_a_mirror_of_the_mirror_is_the_motion(motion):
    np.testing.assert_allclose(mirroring.mirrored(mirroring.mirrored(motion)), motion, atol=1e-6)


def test_the_other_hand_leads_and_the_head_stays(motion):
    swapped = mirroring.led_by_other_hand(motion)
    for bone in (UPPER_ARM, FOREARM):
        np.testing.assert_allclose(
            swapped[:, bone["L"]], motion[:, bone["R"]] * [-1, 1, 1], atol=1e-6
        )
    head = [i for i, pair in enumerate(BONES) if "nose" in str(pair) or "ear" in str(pair)]
    np.testing.assert_allclose(swapped[:, [SPINE, *head]], motion[:, [SPINE, *head]], atol=1e-6)


def test_a_blend_lies_between_and_stays_unit(motion):
    other = mirroring.mirrored(motion)
    half = mirroring.blended(motion, other, 0.5)
    np.testing.assert_allclose(np.linalg.norm(half, axis=-1), 1.0, atol=1e-5)
    np.testing.assert_allclose(mirroring.blended(motion, other, 0.0), motion, atol=1e-5)
    np.testing.assert_allclose(mirroring.blended(motion, other, 1.0), other, atol=1e-5)
    assert len(mirroring.blended(motion, other[:50], 0.3)) == 50


def test_a_picture_shows_two_coloured_arms(motion):
    pixels = thumbnail.picture(motion)
    side = 2 * thumbnail.SIDE
    assert pixels.shape == (side, side, 4)
    assert 0.0 <= pixels.min() <= pixels.max() <= 1.0
    for ink in thumbnail.INK.values():
        near = np.abs(pixels[..., :3] - ink).max(axis=-1) < 0.05
        assert near.sum() > 100


def test_the_mirrors_picture_is_the_mirrored_picture(motion):
    pose, other = motion[40], mirroring.mirrored(motion)[40]
    there = thumbnail.figure(pose)[:, ::-1, :3]
    here = thumbnail.figure(other)[..., :3]
    swap = np.abs(here.mean(axis=-1) - there.mean(axis=-1))
    assert swap.mean() < 0.02  # the arms' colours stay on their sides


def test_each_figure_is_from_its_quarter(motion):
    frames = thumbnail.moments(motion)
    assert [frame * 4 // len(motion) for frame in frames] == [0, 1, 2, 3]
    assert thumbnail.moments(motion[:2])


def test_a_raised_arm_is_what_is_shown(motion):
    still = np.repeat(motion[:1], 80, axis=0)
    for bone in (UPPER_ARM, FOREARM):
        for side in "LR":
            still[:, bone[side]] = (0.0, 1.0, 0.0)
    still[47, FOREARM["L"]] = (0.0, -1.0, 0.0)
    assert thumbnail.moments(still)[2] == 47


# --- in Blender -----------------------------------------------------------------------


@pytest.fixture
def shown(fake_engine, character, speech_named):
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    bpy.context.scene.gestures.add_sound = False
    yield bpy.context.scene.gestures_gallery
    fake_engine.takes.gallery.forget()


def keys(addon, armature):
    action = addon.keys.actions.current_action(armature)
    return np.array([key.co.y for c in addon.compat.fcurves(action) for key in c.keyframe_points])


def test_the_gallery_fills_and_pinned_ones_stay(shown, fake_engine):
    shown.count = 4
    assert bpy.ops.gestures.variations() == {"FINISHED"}
    seeds = [one.seed for one in shown.variations]
    assert len(set(seeds)) == 4
    shown.variations[2].pinned = True
    bpy.ops.gestures.variations()
    again = [one.seed for one in shown.variations]
    assert len(again) == 4
    assert again[0] == seeds[2]
    assert not set(again[1:]) & set(seeds)
    pictures = [fake_engine.takes.gallery.preview(one) for one in shown.variations]
    assert [tuple(one.image_size) for one in pictures] == [(256, 256)] * 4
    pixels = [np.array(one.image_pixels_float[:]) for one in pictures]
    assert np.ptp(pixels[0]) > 0.5
    assert np.abs(pixels[0] - pixels[1]).max() > 0.2


def test_a_variation_becomes_a_take(shown, fake_engine, character):
    shown.count = 2
    bpy.ops.gestures.variations()
    shown.variations[1].mirrored = True
    bpy.ops.gestures.variation_use(index=1)
    mirrored = keys(fake_engine, character)
    stored = settings_of(fake_engine.keys.actions.current_action(character))
    assert stored["seed"] == shown.variations[1].seed
    assert stored["variation"]["mirrored"] is True
    shown.variations[1].mirrored = False
    bpy.ops.gestures.variation_use(index=1)
    assert np.abs(keys(fake_engine, character) - mirrored).max() > 0.05


@pytest.fixture
def turned(shown, fake_engine, character):
    """A take of a mirrored variation that the other hand leads."""
    shown.count = 1
    bpy.ops.gestures.variations()
    shown.variations[0].mirrored = shown.variations[0].other_hand = True
    bpy.ops.gestures.variation_use(index=0)
    return fake_engine.keys.actions.current_action(character)


def test_a_turned_variation_stays_turned_when_its_style_changes(turned, fake_engine, character):
    before = fake_engine.takes.stored.load(turned)[0]
    turned.gestures_style.style_low[0] += 0.3
    fake_engine.takes.live.settle()
    assert fake_engine.takes.live.problem() == ""
    motion, written = fake_engine.takes.stored.load(turned)[0], keys(fake_engine, character)
    assert np.abs(motion - before).max() > 0.02
    bpy.ops.gestures.take_again()
    again = fake_engine.keys.actions.current_action(character)
    assert again != turned
    np.testing.assert_allclose(fake_engine.takes.stored.load(again)[0], motion, atol=1e-6)
    assert np.abs(keys(fake_engine, character) - written).max() < 1e-6


def test_a_turned_variation_is_turned_when_it_is_run_again(turned, fake_engine, character):
    before, motion = keys(fake_engine, character), fake_engine.takes.stored.load(turned)[0]
    bpy.ops.gestures.take_again()
    again = fake_engine.keys.actions.current_action(character)
    assert again != turned
    np.testing.assert_allclose(fake_engine.takes.stored.load(again)[0], motion, atol=1e-6)
    assert np.abs(keys(fake_engine, character) - before).max() < 1e-6
    names = ("seed", "variation")
    stored = [settings_of(one) for one in (turned, again)]
    assert [stored[0][name] for name in names] == [stored[1][name] for name in names]


def test_a_part_of_a_turned_variation_is_turned_too(turned, fake_engine, character):
    bpy.ops.gestures.regenerate(first=20, last=60, seed=77)
    part = fake_engine.keys.actions.current_action(character)
    request = fake_engine.takes.request.request_from(bpy.context)
    params = {**request.engine_params(), "seed": 77}
    found = fake_engine.engine.jobs.wait(fake_engine.engine.jobs.start("generate", params, ""))
    recipe = mirroring.Recipe(mirrored=True, other_hand=True)
    wanted = mirroring.turned(found.arrays["directions"], recipe)
    np.testing.assert_allclose(fake_engine.takes.stored.load(part)[0][20], wanted[20], atol=1e-5)


def test_a_blended_variation_is_never_replaced_by_one_of_the_two(shown, fake_engine, character):
    shown.count = 2
    bpy.ops.gestures.variations()
    shown.variations[0].pinned = shown.variations[1].pinned = True
    bpy.ops.gestures.variation_blend()
    bpy.ops.gestures.variation_use(index=2)
    take, before = character.animation_data.action, keys(fake_engine, character)
    take.gestures_style.style_low[0] = 0.9
    fake_engine.takes.live.settle()
    assert "variation of two takes, so its style stays" in fake_engine.takes.live.problem()
    assert np.array_equal(keys(fake_engine, character), before)
    with pytest.raises(RuntimeError, match="variation of two takes"):
        bpy.ops.gestures.take_again()
    assert character.animation_data.action == take
    take.gestures_style.strength[1] = 0.5  # needs no engine
    fake_engine.takes.live.settle()
    assert fake_engine.takes.live.problem() == ""
    assert np.abs(keys(fake_engine, character) - before).max() > 0.01


def test_two_pinned_are_blended(shown, fake_engine):
    shown.count, shown.amount = 3, 0.25
    bpy.ops.gestures.variations()
    assert not bpy.ops.gestures.variation_blend.poll()
    shown.variations[0].pinned = shown.variations[2].pinned = True
    bpy.ops.gestures.variation_blend()
    new = shown.variations[3]
    assert (new.seed, new.other) == (shown.variations[0].seed, shown.variations[2].seed)
    first, second = (fake_engine.takes.gallery.motion(shown.variations[i]) for i in (0, 2))
    np.testing.assert_allclose(
        fake_engine.takes.gallery.motion(new), mirroring.blended(first, second, 0.25)
    )


def test_another_speech_forgets_the_motions(shown, fake_engine, speech_named):
    shown.count = 1
    bpy.ops.gestures.variations()
    shown.variations[0].pinned = True
    bpy.context.scene.gestures.speech = str(speech_named("other"))
    shown.count = 2
    bpy.ops.gestures.variations()
    assert all(fake_engine.takes.gallery.motion(one) is not None for one in shown.variations)
    assert len(shown.variations) == 2


@pytest.fixture
def opened_again(tmp_path):
    """opened_again(): saves the file, opens it again; the gallery in it."""

    def save_and_open():
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
        return bpy.context.scene.gestures_gallery

    return save_and_open


def test_variations_are_there_when_the_file_is_opened_again(
    shown, fake_engine, character, opened_again
):
    made = fake_engine.takes.gallery
    shown.count = 3
    bpy.ops.gestures.variations()
    shown.variations[0].pinned = shown.variations[2].pinned = True
    shown.variations[1].mirrored = True
    bpy.ops.gestures.variation_blend()
    before = [made.motion(one) for one in shown.variations]
    bpy.ops.gestures.variation_use(index=1)
    keyed, action = keys(fake_engine, character), character.animation_data.action
    record, marks = settings_of(action), fake_engine.takes.stored.load_marks(action)
    name = character.name

    gallery = opened_again()
    fake_engine.engine.process.stop()
    for one, motion in zip(gallery.variations, before, strict=True):
        np.testing.assert_array_equal(made.motion(one), motion)
        assert np.ptp(np.array(made.preview(one).image_pixels_float[:])) > 0.5
    bpy.context.view_layer.objects.active = bpy.data.objects[name]
    bpy.ops.gestures.variation_use(index=1)
    action = bpy.data.objects[name].animation_data.action
    np.testing.assert_array_equal(keys(fake_engine, bpy.data.objects[name]), keyed)
    assert settings_of(action) == record
    again = fake_engine.takes.stored.load_marks(action)
    for kind in ("level", "beats", "pauses", "rate"):
        np.testing.assert_array_equal(getattr(again, kind), getattr(marks, kind))
    assert not fake_engine.engine.process.is_ready()  # nobody asked the engine


def test_pinned_ones_are_not_made_again_after_opening(shown, fake_engine, opened_again):
    shown.count = 3
    bpy.ops.gestures.variations()
    shown.variations[1].pinned = True
    seed = shown.variations[1].seed
    bpy.context.scene.gestures.armature = bpy.context.view_layer.objects.active
    gallery = opened_again()
    request = fake_engine.takes.request.request_from(bpy.context)
    search = fake_engine.takes.gallery.begin(bpy.context.scene, request)
    fake_engine.takes.gallery.end_search()
    assert seed not in search.seeds and len(search.seeds) == 2
    assert gallery.variations[1].seed == seed


def test_undo_brings_the_motions_before_back(shown, fake_engine, speech_named):
    made, scene = fake_engine.takes.gallery, bpy.context.scene
    shown.count = 1
    bpy.ops.gestures.variations()
    shown.variations[0].pinned = True
    before, style = made.motion(shown.variations[0]), scene.gestures.style_source
    bpy.ops.ed.undo_push(message="Pin")
    scene.gestures.style_source = "SLIDERS"
    scene.gestures.style_low[0] = 1.0
    bpy.ops.gestures.variations()
    bpy.ops.ed.undo_push(message="Variations")
    assert np.abs(made.motion(shown.variations[0]) - before).max() > 0.01
    bpy.ops.ed.undo()
    gallery = bpy.context.scene.gestures_gallery
    assert bpy.context.scene.gestures.style_source == style
    np.testing.assert_array_equal(made.motion(gallery.variations[0]), before)


def test_what_is_too_large_is_told_and_not_kept(shown, fake_engine, opened_again, monkeypatch):
    made = fake_engine.takes.gallery
    size = 60 * 42 * 3 * 4  # bytes of the fake engine's motion
    monkeypatch.setattr(fake_engine.properties.gallery, "MOST_KEPT", 2 * size)
    shown.count = 3
    bpy.ops.gestures.variations()
    assert made.unkept(bpy.context.scene) == 1
    assert all(made.known(one) for one in shown.variations)
    gallery = opened_again()
    assert [made.known(one) for one in gallery.variations] == [True, True, False]
    with pytest.raises(RuntimeError, match="is not in this file: pin it and make"):
        bpy.ops.gestures.variation_use(index=2)


@pytest.mark.parametrize(
    "motion",
    [
        b"",
        b"no motion at all",
        np.zeros((5, 42, 3), "<f4").tobytes(),
        np.full((5, 42, 3), np.nan, "<f4").tobytes(),
        np.full((5, 42, 3), 3e38, "<f4").tobytes(),
        np.full((5, 42, 3), 3**-0.5, "<f4").tobytes()[:-4],
    ],
)
def test_what_a_stranger_keeps_as_a_motion_counts_as_none(shown, fake_engine, motion):
    shown.count = 1
    bpy.ops.gestures.variations()
    shown.kept[0].motion = motion
    fake_engine.takes.gallery.forget()
    assert not fake_engine.takes.gallery.known(shown.variations[0])
    with pytest.raises(RuntimeError, match="is not in this file"):
        bpy.ops.gestures.variation_play(index=0)


@pytest.mark.parametrize("made", ["", "{", "[]", '{"speech": 5}', "{}"])
def test_without_knowing_what_they_were_made_from_there_are_none(shown, fake_engine, made):
    shown.count = 1
    bpy.ops.gestures.variations()
    shown.made = made
    assert not fake_engine.takes.gallery.known(shown.variations[0])


def test_a_stranger_s_paths_are_not_looked_at(shown, fake_engine, character):
    import json

    shown.count = 1
    bpy.ops.gestures.variations()
    for name in ("speech", "image"):
        shown.made = json.dumps({**json.loads(shown.made), name: "//server/share/file.flac"})
        with pytest.raises(RuntimeError, match="is on another computer"):
            bpy.ops.gestures.variation_use(index=0)
    assert not character.animation_data


def test_another_recording_under_the_speech_s_name_is_refused(shown, speech_named):
    shown.count = 1
    bpy.ops.gestures.variations()
    with speech_named("hello").open("ab") as file:
        file.write(b"more")
    with pytest.raises(RuntimeError, match="another one than the variations were made from"):
        bpy.ops.gestures.variation_use(index=0)


def test_a_picture_moves_and_stops_by_itself(shown, fake_engine, monkeypatch):
    made, film = fake_engine.takes.gallery, fake_engine.properties.flipbook
    now = [100.0]
    monkeypatch.setattr(film.time, "monotonic", lambda: now[0])
    shown.count = 2
    bpy.ops.gestures.variations()
    one, other = shown.variations
    bpy.ops.gestures.variation_play(index=0)
    assert made.plays(one) and not made.plays(other)
    seen = []
    while made.plays(one) and len(seen) < 100:
        seen.append(np.array(made.shown(one).image_pixels_float[:]))
        now[0] += film.BEAT
        film._turn_page()
    assert len(seen) == 4 * 8 + 1  # the fake engine's 4 s
    moved = [np.abs(a - b).max() for a, b in itertools.pairwise(seen)]
    assert min(moved) > 0.1
    assert tuple(made.preview(one).image_size) == (256, 256)


def test_a_picture_that_nobody_sees_stops(shown, fake_engine, monkeypatch):
    made, film = fake_engine.takes.gallery, fake_engine.properties.flipbook
    now = [100.0]
    monkeypatch.setattr(film.time, "monotonic", lambda: now[0])
    shown.count = 1
    bpy.ops.gestures.variations()
    bpy.ops.gestures.variation_play(index=0)
    bpy.ops.gestures.variation_play(index=0)
    assert not made.plays(shown.variations[0])  # another click
    bpy.ops.gestures.variation_play(index=0)
    now[0] += film.UNSEEN + film.BEAT
    assert film._turn_page() is None
    assert not made.plays(shown.variations[0])


def test_a_panel_gets_its_pictures_one_by_one(shown, fake_engine):
    made, film = fake_engine.takes.gallery, fake_engine.properties.flipbook
    shown.count = 3
    bpy.ops.gestures.variations()
    for waiting in (3, 2, 1):
        assert sum(made.shown(one) is None for one in shown.variations) == waiting
        assert (film._draw_next() is None) == (waiting == 1)
    assert all(made.shown(one) for one in shown.variations)


def test_a_refused_speech_leaves_the_gallery_as_it_was(shown, speech_named):
    shown.count = 2
    bpy.ops.gestures.variations()
    seeds = [one.seed for one in shown.variations]
    bpy.context.scene.gestures.speech = str(speech_named("refused"))
    with pytest.raises(RuntimeError, match="is no sound"):
        bpy.ops.gestures.variations()
    assert [one.seed for one in shown.variations] == seeds


def test_cancelling_before_the_first_one_leaves_the_gallery_as_it_was(
    shown, fake_engine, speech_named
):
    shown.count = 3
    bpy.ops.gestures.variations()
    shown.variations[1].pinned = True
    seeds = [one.seed for one in shown.variations]
    bpy.context.scene.gestures.speech = str(speech_named("slow"))
    request = fake_engine.takes.request.request_from(bpy.context)
    search = fake_engine.takes.gallery.begin(bpy.context.scene, request)
    search.advance()
    fake_engine.engine.jobs.cancel()
    while not search.advance():
        pass
    assert fake_engine.takes.gallery.conclude(bpy.context.scene) == 0
    assert [one.seed for one in shown.variations] == seeds
