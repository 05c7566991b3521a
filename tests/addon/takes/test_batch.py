# SPDX-License-Identifier: GPL-3.0-or-later
"""Many speeches at once: who gets which take, what fails, and that the rest is done."""

import shutil
import wave
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
import rig_library
from conftest import JFK, NEWEST

from blender_addon.engine.client import Result
from blender_addon.errors import GestureError
from blender_addon.operators.waiting import Waiting
from blender_addon.takes import posing


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
    return [action for action in bpy.data.actions if addon.keys.actions.is_take(action)]


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


@pytest.mark.once  # the others see the batch with the fake engine
def test_the_real_engine_makes_18_takes_and_two_sentences(addon, character, folder):
    if addon.engine.process.python_path() is None:
        pytest.skip("no Python with the engine: set HA2G_PYTHON")
    from_folder(folder)
    assert bpy.ops.gestures.batch() == {"FINISHED"}
    assert len(takes(addon)) == 18
    first, second = addon.takes.batch.last().failures
    assert "line 07b.wav" in first
    assert "refused.flac" in second
    for sentence in (first, second):
        assert sentence.endswith(".")
        assert "\n" not in sentence
    assert addon.takes.batch.current() is None
    addon.engine.process.stop()


def test_an_engine_that_dies_is_started_again_for_the_rest(fake_engine, character, tmp_path):
    for name in ("a", "crash", "refused", "z"):
        shutil.copy(JFK, tmp_path / f"{name}.flac")
    from_folder(tmp_path)
    bpy.ops.gestures.batch()
    assert sorted(take.name for take in takes(fake_engine)) == ["a take 1", "z take 1"]
    assert len(fake_engine.takes.batch.last().failures) == 2
    assert "crash.flac" in fake_engine.takes.batch.last().failures[0]


def test_the_engine_works_on_the_next_line_while_keys_are_written(
    fake_engine, character, tmp_path, monkeypatch
):
    for name in ("a", "refused", "z"):
        shutil.copy(JFK, tmp_path / f"{name}.flac")
    from_folder(tmp_path)
    batch, busy = fake_engine.takes.batch, []

    def write(*asked):
        busy.append(fake_engine.engine.jobs.current() is not None)
        return fake_engine.takes.writing.write(*asked)

    monkeypatch.setattr(batch, "writing", SimpleNamespace(write=write))
    assert bpy.ops.gestures.batch() == {"FINISHED"}
    assert busy == [True, False]
    assert sorted(take.name for take in takes(fake_engine)) == ["a take 1", "z take 1"]
    assert len(batch.last().failures) == 1


def test_files_go_to_whom_their_names_or_the_table_say(fake_engine, tmp_path):
    anna, bob = two_characters()
    row = batch_settings().speakers.add()
    row.name, row.armature = "robert", bob
    for name in ("anna_01", "Robert 2", "annabel"):
        shutil.copy(JFK, tmp_path / f"{name}.flac")
    bpy.context.view_layer.objects.active = None
    from_folder(tmp_path)
    bpy.ops.gestures.batch()
    assert fake_engine.keys.actions.current_action(anna).name == "anna_01 take 1"
    assert fake_engine.keys.actions.current_action(bob).name == "Robert 2 take 1"
    (failure,) = fake_engine.takes.batch.last().failures
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
    assert fake_engine.keys.actions.current_action(bob).frame_range[0] == 11
    assert fake_engine.keys.actions.current_action(anna).frame_range[0] == 40
    assert len(takes(fake_engine)) == 2
    assert len(speeches) == before


@pytest.fixture
def strips(fake_engine, character, tmp_path):
    """Adds a sound strip of 4 s (the speech that the fake engine hears) under a name."""
    pytest.importorskip("aud")
    scene = bpy.context.scene
    scene.render.fps = 25
    added = fake_engine.compat.sequencer_strips(scene)

    def add(name, frame, channel=1):
        path = tmp_path / f"{name}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes(bytes(2 * 4 * 16000))
        return added.new_sound(name, str(path), channel=channel, frame_start=frame)

    return add


def whole_take(addon, armature, frame):
    """{(path, index): curve} of the take of a whole speech from FRAME on."""
    request = addon.takes.request.request_for(bpy.context.scene, armature, str(JFK), frame)
    answer = addon.engine.jobs.wait(
        addon.engine.jobs.start("generate", request.engine_params(), "")
    )
    return curves(addon, addon.takes.writing.write(request, answer).action)


def curves(addon, action):
    return {(c.data_path, c.array_index): c for c in addon.compat.fcurves(action)}


def test_a_trimmed_strip_is_gestured_to_only_where_it_is_heard(fake_engine, character, strips):
    strip = strips("hello", 11)
    strip.frame_offset_start, strip.frame_offset_end = 40, 20
    settings = bpy.context.scene.gestures
    settings.smoothing, settings.limits, settings.contacts = 0.0, "off", False
    bpy.ops.gestures.batch()
    (take,) = takes(fake_engine)
    assert tuple(take.frame_range) == pytest.approx((51, 90), abs=1.0)  # of 11 to 110
    whole = whole_take(fake_engine, character, 11)
    for place, curve in curves(fake_engine, take).items():
        frames = range(53, 88)  # the ends have one neighbour less to be led through
        same = [whole[place].evaluate(frame) for frame in frames]
        assert [curve.evaluate(frame) for frame in frames] == pytest.approx(same, abs=0.01)


def turning(times):
    """(T, 1, 3) unit directions that turn at 2 radians a second."""
    angles = 2.0 * np.asarray(times)
    return np.stack([np.cos(angles), np.sin(angles), 0.0 * angles], axis=-1)[:, None]


def test_an_excerpt_begins_between_two_directions():
    whole = Result(1, {}, {"directions": turning(np.arange(60) / 15)})
    part = posing.excerpt(whole, (0.51, 2.0)).arrays["directions"]
    assert len(part) == 23
    np.testing.assert_allclose(part, turning(0.51 + np.arange(23) / 15), atol=1e-3)
    assert posing.excerpt(whole, None) is whole
    with pytest.raises(GestureError, match=r"from 5\.00 to 6\.00 s .* behind the speech's end"):
        posing.excerpt(whole, (5.0, 6.0))


def test_a_part_stays_a_part_when_it_is_made_again(fake_engine, character, strips):
    strips("hello", 11).frame_offset_start = 37
    bpy.ops.gestures.batch()
    (take,) = takes(fake_engine)
    frames, marks = tuple(take.frame_range), fake_engine.takes.stored.load_marks(take)
    assert marks.beats == pytest.approx([1.5 - 37 / 25, 3.0 - 37 / 25])
    assert marks.pauses.ravel() == pytest.approx([2.0 - 37 / 25, 2.5 - 37 / 25])
    bpy.ops.gestures.take_again()
    again = fake_engine.keys.actions.current_action(character)
    assert again != take
    assert tuple(again.frame_range) == frames
    style = fake_engine.takes.style.style_of(again)
    style.style_high[0] = 0.9
    fake_engine.takes.live.settle()
    assert fake_engine.takes.live.problem() == ""
    assert tuple(again.frame_range) == frames
    bpy.ops.gestures.take_settings()
    assert bpy.context.scene.frame_current == 11  # where the whole speech would begin


def test_a_cut_speech_is_one_take_and_moved_pieces_share_the_engines_answer(
    fake_engine, character, strips, monkeypatch
):
    strip = strips("hello", 1)
    middle = strip.split(frame=41, split_method="SOFT")
    middle.split(frame=71, split_method="HARD").frame_start += 30  # the last piece, later
    asked = []
    start = fake_engine.engine.jobs.start
    monkeypatch.setattr(
        fake_engine.engine.jobs,
        "start",
        lambda *args, **how: asked.append(args) or start(*args, **how),
    )
    bpy.ops.gestures.batch()
    ranges = sorted(tuple(take.frame_range) for take in takes(fake_engine))
    assert np.array(ranges) == pytest.approx(np.array([(1, 70), (101, 129)]), abs=1.0)
    assert len(asked) == 1


def test_what_is_not_heard_or_not_usable_makes_no_take(fake_engine, character, strips, monkeypatch):
    strips("silent", 1, channel=2)
    bpy.context.scene.sequence_editor.channels[2].mute = True
    strips("faster", 1, channel=3)
    monkeypatch.setattr(fake_engine.compat, "retimed", lambda strip: strip.name == "faster")
    strips("heard", 1)
    meta = fake_engine.compat.sequencer_strips(bpy.context.scene).new_meta("Scene 1", 4, 1)
    strips("inside", 1, channel=5).move_to_meta(meta)
    bpy.ops.gestures.batch()
    assert [take.name for take in takes(fake_engine)] == ["heard take 1"]
    failures = sorted(fake_engine.takes.batch.last().failures)
    assert len(failures) == 2
    assert "'faster.wav' is played at another speed" in failures[0]
    assert "'inside.wav' is in the meta strip 'Scene 1'" in failures[1]


class Sequencer:
    """Strips as Blender 4.2 and 4.3 have them, without retiming keys; the file has 275 frames."""

    def __init__(self, file):
        self.strips, self.file = [], file

    def __iter__(self):
        return iter(self.strips)

    def strip(self, channel=1, duration=275, start=0, end=0):
        sound = SimpleNamespace(filepath=str(self.file))
        self.strips.append(SimpleNamespace(
            channel=channel, frame_duration=duration, animation_offset_start=start,
            animation_offset_end=end, sound=sound,
            id_data=SimpleNamespace(sequence_editor=SimpleNamespace(sequences=self)),
        ))  # fmt: skip
        return self.strips[-1]

    def new_sound(self, name, filepath, channel, frame_start):
        if not self.file.is_file():
            raise RuntimeError("unable to open the sound")
        found = self.strip(channel)
        found.sound = bpy.data.sounds.load(filepath)
        return found

    def remove(self, strip):
        self.strips.remove(strip)


@pytest.mark.parametrize(
    ("known", "faster"),
    [
        ({}, False),
        ({"duration": 163}, True),
        ({"duration": 235, "start": 40}, False),  # begins 40 frames late
        ({"duration": 206, "start": 20, "end": 49}, False),
        ({"duration": 100, "start": 20, "end": 49}, True),
    ],
)
def test_another_speed_is_known_without_keys_too(addon, speech_named, known, faster):
    sequencer = Sequencer(speech_named("hello"))
    strip = sequencer.strip(**known)
    assert addon.compat.retimed(strip) == faster
    assert sequencer.strips == [strip]
    assert not bpy.data.sounds


def test_a_strip_whose_file_is_gone_is_not_called_faster(addon, tmp_path):
    assert not addon.compat.retimed(Sequencer(tmp_path / "gone.wav").strip(duration=10))


@pytest.mark.skipif(bpy.app.version < NEWEST, reason="5.0 crashes when a script adds such a key")
def test_a_strip_of_another_speed_is_known(fake_engine, strips):
    strip = strips("faster", 1)
    assert not fake_engine.compat.retimed(strip)
    strip.retiming_keys.add(timeline_frame=50)
    assert fake_engine.compat.retimed(strip)


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
    running = fake_engine.takes.batch.begin(bpy.context)
    while not running.over:
        running.advance()
        if running.message.endswith("slow.flac") and running.fraction > 1 / 3:
            running.cancel()
    fake_engine.takes.batch.end()
    assert [take.name for take in takes(fake_engine)] == ["a take 1"]
    assert running.failures == []


def test_undo_while_it_runs_takes_back_its_takes_and_it_goes_on(fake_engine, character, tmp_path):
    for name in ("a", "b", "c"):
        shutil.copy(JFK, tmp_path / f"{name}.flac")
    from_folder(tmp_path)
    bpy.ops.ed.undo_push(message="Before")
    character.name = "Renamed"
    bpy.ops.ed.undo_push(message="Renamed")
    running = fake_engine.takes.batch.begin(bpy.context)
    while len(running.made) < 2:
        running.advance()
    bpy.ops.ed.undo()
    while not running.over:
        running.advance()
    fake_engine.takes.batch.end()
    assert running.failures == []
    assert running.made == ["c take 1"] == [take.name for take in takes(fake_engine)]
    assert running.lost == 2


def test_loading_a_file_ends_it(fake_engine, character, tmp_path):
    shutil.copy(JFK, tmp_path / "slow.flac")
    from_folder(tmp_path)
    fake_engine.takes.batch.begin(bpy.context).advance()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
    assert fake_engine.takes.batch.current() is None
    assert fake_engine.takes.batch.last() is None


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
