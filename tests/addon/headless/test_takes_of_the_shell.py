# SPDX-License-Identifier: GPL-3.0-or-later
"""A .blend written from the shell holds a real take: all that one does with a take works on it."""

import json
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from conftest import JFK, REPOSITORY
from keyed import settings_of
from take_stage import names

from blender_addon.headless import perform

ROCKETBOX = REPOSITORY / "rigs" / "rocketbox" / "Male_Adult_04.fbx"
ASKED = {"image": None, "identity_seed": 3, "seed": 5, "energy": 0.25, "rest": True}
SHELL = {"checkpoint": "/my.safetensors", "transcript": "/said.json", "fade": False}
ENGINE = {"version": "fake", "checkpoint": SHELL["checkpoint"]}
STYLE = [[0.2] * 6, [0.3] * 6, [0.5] * 6]


def motion_file(engine, speech, path, **more):
    """What `ha2g generate` would write, of the fake engine's answer; MORE that it was asked."""
    asked = {
        **ASKED,
        **more,
        "transcript": SHELL["transcript"],
        "fade": False,
        "speech": str(speech),
        "style": STYLE,
    }
    found = engine.engine.jobs.wait(engine.engine.jobs.start("generate", asked, ""))
    numbers = {name: found.values[name] for name in ("fps", "level_rate", "seed", "style")}
    texts = {
        "asked": json.dumps({**asked, "own_style": True}),
        "engine": json.dumps(ENGINE),
    }
    np.savez(path, **found.arrays, **numbers, **texts)
    return path


def animate(*arguments):
    """Run the shell's half in a process of its own."""
    command = [sys.executable, "-m", "blender_addon.headless.animate", *map(str, arguments)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def opened(fake_engine, speech_named, tmp_path):
    """The armature in a .blend that the shell wrote, as Blender opens it."""
    speech = speech_named("hello")
    motion = motion_file(fake_engine, speech, tmp_path / "motion.npz")
    out = tmp_path / "talk.blend"
    animate("--motion", motion, "--speech", speech, "--rig", ROCKETBOX, "--out", out)
    bpy.ops.wm.open_mainfile(filepath=str(out))
    (armature,) = [one for one in bpy.data.objects if one.type == "ARMATURE"]
    bpy.context.view_layer.objects.active = armature
    return armature


def all_keys(addon, action):
    return np.concatenate(
        [[k.co[1] for k in curve.keyframe_points] for curve in addon.compat.fcurves(action)]
    )


def test_it_is_a_take_on_the_list_with_its_record(opened, fake_engine):
    assert names(opened) == ["hello take 1"]
    action = opened.animation_data.action
    made = settings_of(action)
    assert {name: made[name] for name in ASKED | SHELL} == ASKED | SHELL
    assert made["speech"].endswith("hello.flac")
    assert made["style"] == STYLE
    assert made["engine"] == ENGINE
    assert fake_engine.takes.shown.find(bpy.context).report().beats == 3
    assert bpy.context.scene.gestures.speech.endswith("hello.flac")
    (track,) = opened.animation_data.nla_tracks
    assert track.name == "hello take 1"
    assert track.mute


def test_running_it_again_gives_the_same_keys(opened, fake_engine):
    before = all_keys(fake_engine, opened.animation_data.action)
    assert bpy.ops.gestures.take_again() == {"FINISHED"}
    assert names(opened) == ["hello take 1", "hello take 2"]
    after = all_keys(fake_engine, opened.animation_data.action)
    assert np.abs(after - before).max() < 1e-6


@pytest.fixture
def asked_for(fake_engine, monkeypatch):
    """What the engine is asked for from now on."""
    asked, start = [], fake_engine.engine.jobs.start

    def remembering(method, params, *given, **more):
        asked.append(params)
        return start(method, params, *given, **more)

    monkeypatch.setattr(fake_engine.engine.jobs, "start", remembering)
    return asked


def test_the_engine_is_asked_again_as_the_shell_asked_it(opened, fake_engine, asked_for):
    assert bpy.ops.gestures.take_again() == {"FINISHED"}
    opened.animation_data.action.gestures_style.style_low[0] = 1.0
    fake_engine.takes.live.settle()
    assert bpy.ops.gestures.style_reset() == {"FINISHED"}
    assert [{name: params.get(name) for name in SHELL} for params in asked_for[:2]] == [SHELL] * 2
    assert asked_for[2]["checkpoint"] == SHELL["checkpoint"]


def test_its_moods_are_the_takes(fake_engine, speech_named, tmp_path):
    speech, out = speech_named("hello"), tmp_path / "talk.blend"
    moods = [{"start": 0.5, "end": 1.25, "mood": "sad", "strength": 0.75}]
    motion = motion_file(fake_engine, speech, tmp_path / "motion.npz", moods=moods)
    animate("--motion", motion, "--speech", speech, "--rig", ROCKETBOX, "--out", out)
    bpy.ops.wm.open_mainfile(filepath=str(out))
    (action,) = [one for one in bpy.data.actions if fake_engine.keys.actions.is_take(one)]
    (line,) = action.gestures_moods
    assert {name: getattr(line, name) for name in moods[0]} == moods[0]
    assert settings_of(action)["moods"] == [[0.5, 1.25, "sad", 0.75]]


@pytest.fixture
def of_two_pictures(fake_engine, speech_named, tmp_path):
    """The armature of a take that the shell made of a person of two pictures, and those."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    found = [folder / name for name in ("a.png", "b.png")]
    for path in found:
        path.write_bytes(JFK.read_bytes())  # the fake engine does not look
    pictures = {"image": str(found[0]), "images": [str(path) for path in found]}
    motion = motion_file(fake_engine, speech_named("hello"), tmp_path / "two.npz", **pictures)
    out = tmp_path / "two.blend"
    animate("--motion", motion, "--rig", ROCKETBOX, "--out", out)
    bpy.ops.wm.open_mainfile(filepath=str(out))
    (armature,) = [one for one in bpy.data.objects if one.type == "ARMATURE"]
    bpy.context.view_layer.objects.active = armature
    return armature, pictures


def test_a_person_of_several_pictures_is_asked_for_again(of_two_pictures, fake_engine, asked_for):
    armature, pictures = of_two_pictures
    assert bpy.ops.gestures.take_again() == {"FINISHED"}
    again = settings_of(armature.animation_data.action)
    armature.animation_data.action.gestures_style.style_low[0] = 1.0
    fake_engine.takes.live.settle()
    assert bpy.ops.gestures.style_reset() == {"FINISHED"}
    assert [list(params["images"]) for params in asked_for] == [pictures["images"]] * len(asked_for)
    assert len(asked_for) > 1 and again["images"] == pictures["images"]


def test_the_settings_of_such_a_take_are_all_its_pictures(of_two_pictures, fake_engine, asked_for):
    armature, pictures = of_two_pictures
    settings = bpy.context.scene.gestures
    settings.image = ""
    assert bpy.ops.gestures.take_settings() == {"FINISHED"}
    assert settings.image == pictures["image"]
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    assert bpy.ops.gestures.style_reset() == {"FINISHED"}
    assert [list(params["images"]) for params in asked_for] == [pictures["images"]] * 2
    assert settings_of(armature.animation_data.action)["images"] == pictures["images"]
    settings.image = pictures["images"][1]  # another one, alone
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    assert not asked_for[-1]["images"] and asked_for[-1]["image"] == pictures["images"][1]


@pytest.mark.parametrize("kept", ["", "{", "5", '["a.png"]', '["a.png", 5]', "[" * 100_000])
def test_what_is_no_list_of_pictures_counts_as_none(addon, kept):
    settings = bpy.context.scene.gestures
    settings.images = kept
    assert addon.properties.generate.pictures(settings) == ()


def test_pictures_that_moved_are_found_and_lost_ones_named(of_two_pictures, fake_engine, asked_for):
    armature, pictures = of_two_pictures
    action = armature.animation_data.action
    first, second = map(Path, pictures["images"])
    moved = first.parent.rename(first.parent.with_name("moved"))
    fake_engine.takes.record.change(action, image=str(moved / first.name), relative={})
    assert bpy.ops.gestures.take_again() == {"FINISHED"}
    assert list(asked_for[0]["images"]) == [str(moved / one.name) for one in (first, second)]
    (moved / second.name).unlink()
    with pytest.raises(RuntimeError, match=r"picture '.*b\.png' of .* does not exist"):
        bpy.ops.gestures.take_again()


def test_its_sliders_move_it(opened, fake_engine):
    action = opened.animation_data.action
    for change in (lambda s: s.style_low.__setitem__(0, 1.0), lambda s: s.offset.__setitem__(1, 9)):
        before = all_keys(fake_engine, action)
        change(action.gestures_style)
        fake_engine.takes.live.settle()
        assert not fake_engine.takes.live.problem()
        assert np.abs(all_keys(fake_engine, action) - before).max() > 0.01


def test_accept_regenerate_snap_settings_and_variations_work(opened, fake_engine):
    assert bpy.ops.gestures.regenerate(first=30, last=60, seed=7) == {"FINISHED"}
    assert bpy.ops.gestures.take_reject() == {"FINISHED"}
    assert names(opened) == ["hello take 1"]
    take = fake_engine.takes.shown.find(bpy.context)
    bpy.context.scene.frame_set(round(take.frame(take.strokes()[0][0])))
    assert bpy.ops.gestures.stroke_snap() == {"FINISHED"}
    assert bpy.ops.gestures.take_accept() == {"FINISHED"}
    assert opened.animation_data.action is None
    assert bpy.ops.gestures.take_settings() == {"FINISHED"}
    assert bpy.context.scene.gestures.seed == 5
    bpy.context.scene.gestures_gallery.count = 2
    assert bpy.ops.gestures.variations() == {"FINISHED"}
    assert bpy.ops.gestures.variation_use(index=1) == {"FINISHED"}
    assert len(names(opened)) == 2


def test_the_users_own_file_gets_the_take_and_keeps_the_rest(fake_engine, speech_named, tmp_path):
    import rig_library

    rig_name = rig_library.mixamo().name
    bpy.context.scene.gestures.speech = "/elsewhere.wav"
    bpy.context.scene.gestures.seed = 12
    rig = tmp_path / "own.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(rig))
    speech = speech_named("hello")
    motion = motion_file(fake_engine, speech, tmp_path / "motion.npz")
    out = tmp_path / "talk.blend"
    animate("--motion", motion, "--speech", speech, "--rig", rig, "--out", out)
    bpy.ops.wm.open_mainfile(filepath=str(out))
    assert names(bpy.data.objects[rig_name]) == ["hello take 1"]
    settings = bpy.context.scene.gestures
    assert (settings.speech, settings.seed) == ("/elsewhere.wav", 12)


def test_a_motion_that_does_not_say_how_it_was_made_is_a_take_that_says_so(
    fake_engine, speech_named, tmp_path
):
    speech = speech_named("hello")
    whole = np.load(motion_file(fake_engine, speech, tmp_path / "m.npz"))
    np.savez(tmp_path / "bare.npz", directions=whole["directions"], fps=whole["fps"])
    out = tmp_path / "bare.blend"
    animate("--motion", tmp_path / "bare.npz", "--rig", ROCKETBOX, "--out", out)
    bpy.ops.wm.open_mainfile(filepath=str(out))
    (armature,) = [one for one in bpy.data.objects if one.type == "ARMATURE"]
    bpy.context.view_layer.objects.active = armature
    assert names(armature) == ["bare take 1"]
    with pytest.raises(RuntimeError, match="does not store how it was made"):
        bpy.ops.gestures.take_again()
    assert bpy.ops.gestures.take_accept() == {"FINISHED"}


@pytest.mark.parametrize("mode", ["listen", "idle"])
def test_other_modes_are_takes_too(fake_engine, tmp_path, mode):
    phrases = tmp_path / "phrases.npz"
    np.savez(phrases, phrases=np.array([[0.3, 1.2], [2.0, 3.0]]), seconds=4.0)
    out = tmp_path / f"{mode}.blend"
    animate("--motion", phrases, "--speech", JFK, "--rig", ROCKETBOX, "--mode", mode, "--out", out)
    bpy.ops.wm.open_mainfile(filepath=str(out))
    (armature,) = [one for one in bpy.data.objects if one.type == "ARMATURE"]
    bpy.context.view_layer.objects.active = armature
    action = armature.animation_data.action
    made, span = settings_of(action), tuple(action.frame_range)
    assert made["mode"]["kind"] == mode.upper()
    assert mode == "listen" or made["mode"]["seconds"] == 4.0
    assert bpy.ops.gestures.take_again() == {"FINISHED"}
    assert len(names(armature)) == 2
    again = tuple(armature.animation_data.action.frame_range)
    assert mode == "listen" or again == span  # the fake engine hears another length


def test_a_second_take_goes_beside_the_first_and_files_are_found_from_another_folder(
    fake_engine, speech_named, tmp_path
):
    import rig_library

    rig_library.mixamo().name = 'Zoë\'s "rig" \\ 2'
    other = rig_library.mixamo()
    other.name = "hidden"
    off = bpy.data.collections.new("off")
    bpy.context.scene.collection.children.link(off)
    off.objects.link(other)
    bpy.context.scene.collection.objects.unlink(other)
    bpy.context.view_layer.layer_collection.children["off"].exclude = True
    folder = tmp_path / "rig"
    folder.mkdir()
    bpy.data.images.new("skin", 4, 4).save(filepath=str(folder / "skin.png"))
    bpy.data.images.load(str(folder / "skin.png")).use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "own.blend"))
    bpy.ops.file.make_paths_relative()
    bpy.ops.wm.save_mainfile()
    motion = motion_file(fake_engine, speech_named("hello"), tmp_path / "motion.npz")
    rig, out = folder / "own.blend", tmp_path / "out.blend"
    for name in ('Zoë\'s "rig" \\ 2', 'Zoë\'s "rig" \\ 2', "hidden"):
        animate("--motion", motion, "--rig", rig, "--armature", name, "--out", out)
        rig = out
    bpy.ops.wm.open_mainfile(filepath=str(out))
    assert names(bpy.data.objects['Zoë\'s "rig" \\ 2']) == ["hello take 1", "hello take 2"]
    assert names(bpy.data.objects["hidden"]) == ["hello take 3"]
    skin = next(one for one in bpy.data.images if one.filepath.endswith("skin.png"))
    assert Path(bpy.path.abspath(skin.filepath)).samefile(folder / "skin.png")


def test_the_engines_own_checkpoint_is_asked_for_as_none():
    found = [
        perform._checkpoint({"checkpoint": path})
        for path in ("/one/ha2g_engine/weights/a.safetensors", "/two/a.safetensors", None)
    ]
    assert found == [None, "/two/a.safetensors", None]
