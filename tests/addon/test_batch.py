# SPDX-License-Identifier: GPL-3.0-or-later
"""Many speeches at once: who gets which take, what fails, and that the rest is done."""

import shutil
from types import SimpleNamespace

import bpy
import pytest
import rig_library
from conftest import JFK

from blender_addon.operators.waiting import Waiting


@pytest.fixture
def folder(tmp_path):
    """18 speeches and two broken files."""
    place = tmp_path / "lines"
    place.mkdir()
    for number in range(18):
        shutil.copy(JFK, place / f"line {number:02d}.flac")
    for name in ("line 07b.wav", "refused.flac"):
        (place / name).write_text("no sound")
    return place


def batch_settings():
    return bpy.context.scene.gestures_batch


def takes(addon):
    return [action for action in bpy.data.actions if addon.keyframes.is_take(action)]


def from_folder(place):
    batch_settings().source, batch_settings().folder = "FOLDER", str(place)


def two_characters():
    """The armatures anna and Bob."""
    found = []
    for name in ("anna", "Bob"):
        armature = rig_library.mixamo()
        armature.name = name
        found.append(armature)
    return found


def test_the_real_engine_makes_18_takes_and_two_sentences(addon, character, folder):
    if addon.engine.python_path() is None:
        pytest.skip("no Python with the engine: set HA2G_PYTHON")
    from_folder(folder)
    assert bpy.ops.gestures.batch() == {"FINISHED"}
    assert len(takes(addon)) == 18
    first, second = addon.batch.last().failures
    assert "line 07b.wav" in first
    assert "refused.flac" in second
    for sentence in (first, second):
        assert sentence.endswith(".")
        assert "\n" not in sentence
    assert addon.batch.current() is None
    addon.engine.stop()


def test_an_engine_that_dies_is_started_again_for_the_rest(fake_engine, character, tmp_path):
    for name in ("a", "crash", "refused", "z"):
        shutil.copy(JFK, tmp_path / f"{name}.flac")
    from_folder(tmp_path)
    bpy.ops.gestures.batch()
    assert sorted(take.name for take in takes(fake_engine)) == ["a take 1", "z take 1"]
    assert len(fake_engine.batch.last().failures) == 2
    assert "crash.flac" in fake_engine.batch.last().failures[0]


def test_files_go_to_whom_their_names_or_the_table_say(fake_engine, tmp_path):
    anna, bob = two_characters()
    row = batch_settings().speakers.add()
    row.name, row.armature = "robert", bob
    for name in ("anna_01", "Robert 2", "annabel"):
        shutil.copy(JFK, tmp_path / f"{name}.flac")
    bpy.context.view_layer.objects.active = None
    from_folder(tmp_path)
    bpy.ops.gestures.batch()
    assert fake_engine.keyframes.current_action(anna).name == "anna_01 take 1"
    assert fake_engine.keyframes.current_action(bob).name == "Robert 2 take 1"
    (failure,) = fake_engine.batch.last().failures
    assert "Nobody is named 'annabel'" in failure


def test_strips_go_to_their_channels_character_where_they_stand(fake_engine, tmp_path):
    pytest.importorskip("aud")
    anna, bob = two_characters()
    speeches = fake_engine.compat.sequencer_strips(bpy.context.scene)
    for name, channel, frame in (("hello", 1, 11), ("there", 2, 40), ("muted", 2, 500)):
        shutil.copy(JFK, tmp_path / f"{name}.flac")
        strip = speeches.new_sound(
            name, str(tmp_path / f"{name}.flac"), channel=channel, frame_start=frame
        )
        strip.mute = name == "muted"
    channels = bpy.context.scene.sequence_editor.channels
    channels[1].name, channels[2].name = "Bob", "anna"
    before = len(speeches)
    assert bpy.ops.gestures.batch() == {"FINISHED"}
    assert fake_engine.keyframes.current_action(bob).frame_range[0] == 11
    assert fake_engine.keyframes.current_action(anna).frame_range[0] == 40
    assert len(takes(fake_engine)) == 2
    assert len(speeches) == before


def test_a_batch_is_one_undo_step(fake_engine, character, tmp_path):
    for name in ("a", "b"):
        shutil.copy(JFK, tmp_path / f"{name}.flac")
    from_folder(tmp_path)
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.gestures.batch("EXEC_DEFAULT", True)
    assert len(takes(fake_engine)) == 2
    bpy.ops.ed.undo()
    assert not takes(fake_engine)


def test_cancel_keeps_what_is_made(fake_engine, character, tmp_path):
    for name in ("a", "slow", "z"):
        shutil.copy(JFK, tmp_path / f"{name}.flac")
    from_folder(tmp_path)
    running = fake_engine.batch.begin(bpy.context)
    while not running.over:
        running.advance()
        if running.message.endswith("slow.flac") and running.fraction > 1 / 3:
            running.cancel()
    fake_engine.batch.end()
    assert [take.name for take in takes(fake_engine)] == ["a take 1"]
    assert running.failures == []


def test_undo_while_it_runs_takes_back_its_takes_and_it_goes_on(fake_engine, character, tmp_path):
    for name in ("a", "b", "c"):
        shutil.copy(JFK, tmp_path / f"{name}.flac")
    from_folder(tmp_path)
    bpy.ops.ed.undo_push(message="Before")
    character.name = "Renamed"
    bpy.ops.ed.undo_push(message="Renamed")
    running = fake_engine.batch.begin(bpy.context)
    while len(running.made) < 2:
        running.advance()
    bpy.ops.ed.undo()
    while not running.over:
        running.advance()
    fake_engine.batch.end()
    assert running.failures == []
    assert running.made == ["c take 1"] == [take.name for take in takes(fake_engine)]
    assert running.lost == 2


def test_loading_a_file_ends_it(fake_engine, character, tmp_path):
    shutil.copy(JFK, tmp_path / "slow.flac")
    from_folder(tmp_path)
    fake_engine.batch.begin(bpy.context).advance()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
    assert fake_engine.batch.current() is None
    assert fake_engine.batch.last() is None


class Broken(Waiting):
    """Work that ends with an error of the program's own."""

    abandoned = False

    def ended(self, context):
        raise ReferenceError("gone")

    def abandon(self):
        self.abandoned = True

    def start(self, context):
        pass


def test_an_unexpected_error_ends_the_work():
    timer = SimpleNamespace(type="TIMER")
    for run in (Broken.execute, lambda one, context: one.modal(context, timer)):
        work = Broken()
        with pytest.raises(ReferenceError):
            run(work, bpy.context)
        assert work.abandoned


@pytest.mark.parametrize("source", ["STRIPS", "FOLDER"])
def test_nothing_to_do_is_said(fake_engine, character, tmp_path, source):
    batch_settings().source, batch_settings().folder = source, str(tmp_path)
    with pytest.raises(RuntimeError, match=r"no sound strip|holds no wav"):
        bpy.ops.gestures.batch()


def test_the_table_grows_and_shrinks(addon):
    bpy.ops.gestures.speaker_add()
    bpy.ops.gestures.speaker_add()
    batch_settings().speakers[1].name = "kept"
    bpy.ops.gestures.speaker_remove(index=0)
    assert [row.name for row in batch_settings().speakers] == ["kept"]
