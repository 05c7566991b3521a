# SPDX-License-Identifier: GPL-3.0-or-later
"""A dialogue: a take for each of two, made by each other's voice, whole or not at all."""

import wave

import bpy
import drawn
import numpy as np
import pytest
import rig_library
import stroke_edits as edits
from mathutils import Vector

from blender_addon.motion import mode

RATE = 16_000  # samples a second
TURNS = ((0.3, 3.0), (3.4, 6.0), (6.4, 9.0), (9.4, 12.0))  # s, of one and the other
APART = 2.0  # m


@pytest.fixture
def recording(tmp_path):
    """Stereo: syllables of noise, in turns."""
    times = np.arange(round(12.5 * RATE)) / RATE
    noise = np.random.default_rng(0).standard_normal((len(times), 2))
    syllables = np.sin(2 * np.pi * 3 * times) > 0
    for side in (0, 1):
        mine = [(times >= first) & (times < last) for first, last in TURNS[side::2]]
        noise[:, side] *= np.any(mine, axis=0) * syllables
    return written(tmp_path / "talk.wav", noise)


def written(path, channels):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(channels * 4000, -32767, 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def pair(addon):
    """Ann and Bob, beside each other, the light engine."""
    found = []
    for name, x in (("Ann", 0.0), ("Bob", APART)):
        armature = rig_library.mixamo()
        armature.name, armature.location.x = name, x
        found.append(armature)
    bpy.context.view_layer.update()
    bpy.context.scene.gestures.voice_only = False  # what is heard is noise
    with edits.light_engine(addon):
        yield addon, *found


def ask(first, second, talk, other=""):
    settings = bpy.context.scene.gestures_batch
    settings.source, settings.first, settings.second = "DIALOGUE", first, second
    settings.talk, settings.talk_other = str(talk), str(other)


def of(addon, armature):
    action = armature.animation_data.action
    return action, addon.takes.record.of(action)


def head_yaw(addon, action):
    """(T,) degrees to the character's left of where the head of a take is turned to."""
    directions, _ = addon.takes.stored.load(action)
    looked = addon.takes.stored.load_gaze(action, len(directions)).towards
    return np.degrees(np.arctan2(looked[:, 0], -looked[:, 1]))


def within(times, turns):
    return np.any([(times >= first) & (times <= last) for first, last in turns], axis=0)


def test_each_gestures_to_the_own_voice_and_listens_to_the_other(pair, recording):
    addon, ann, bob = pair
    ask(ann, bob, recording)
    assert bpy.ops.gestures.dialogue() == {"FINISHED"}
    for number, (armature, sides) in enumerate(
        ((ann, ("left", "right")), (bob, ("right", "left")))
    ):
        action, made = of(addon, armature)
        assert action.name == f"talk {armature.name} take 1"
        assert (made.channel, made.listen_channel) == sides
        assert made.listen_to == made.speech == str(recording)
        strokes = np.array([line.time for line in action.gestures_strokes])
        assert len(strokes) >= 3
        assert not within(strokes, TURNS[1 - number :: 2]).any()


def test_they_look_at_each_other_s_heads_while_they_listen(pair, recording):
    addon, ann, bob = pair
    ask(ann, bob, recording)
    assert bpy.ops.gestures.dialogue() == {"FINISHED"}
    for number, (armature, side) in enumerate(((ann, 1), (bob, -1))):
        action, made = of(addon, armature)
        assert made.mode.look_at == ("Bob", "Ann")[number]
        yaw = side * head_yaw(addon, action)
        times = np.arange(len(yaw)) / 15
        inner = [(first + 0.8, last - 0.6) for first, last in TURNS]
        assert np.abs(yaw[within(times, inner[1 - number :: 2])] - 90).max() < 10
        speaks = within(times, [(first + 0.3, first + 0.6) for first, _ in TURNS[number::2]])
        assert np.median(yaw[speaks]) < 45


def test_two_files_serve_as_well(pair, recording, tmp_path):
    addon, ann, bob = pair
    with wave.open(str(recording)) as file:
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 4000
    files = [written(tmp_path / f"{n}.wav", both[:, [i]]) for i, n in enumerate(("a", "b"))]
    ask(ann, bob, *files)
    assert bpy.ops.gestures.dialogue() == {"FINISHED"}
    (_, first), (_, second) = of(addon, ann), of(addon, bob)
    assert [first.speech, first.listen_to] == [str(file) for file in files]
    assert [second.speech, second.listen_to] == [str(file) for file in files[::-1]]
    assert (first.channel, second.channel) == ("", "")


def test_sliders_strokes_and_making_again_go_on_listening(pair, recording):
    addon, ann, bob = pair
    ask(ann, bob, recording)
    assert bpy.ops.gestures.dialogue() == {"FINISHED"}
    bpy.context.view_layer.objects.active = ann
    action, _ = of(addon, ann)
    before = addon.takes.stored.load(action)[0].copy()
    assert bpy.ops.gestures.take_again(take=action.name) == {"FINISHED"}
    again, made = of(addon, ann)
    assert (made.channel, made.listen_to) == ("left", str(recording))
    np.testing.assert_array_equal(addon.takes.stored.load(again)[0], before)
    assert bpy.ops.gestures.stroke_exchange(stroke=1, seed=5) == {"FINISHED"}
    times = np.arange(len(before)) / 15
    changed = np.abs(addon.takes.stored.load(again)[0] - before).max(axis=(1, 2))
    moment = again.gestures_strokes[1].time
    assert changed[np.abs(times - moment) < 1].max() > 0.01
    assert changed[np.abs(times - moment) > 4].max() == 0


def test_the_second_s_failure_leaves_the_first_without_a_take(pair, recording, monkeypatch):
    addon, ann, bob = pair
    ask(ann, bob, recording)
    write = addon.takes.writing.writing

    def refusing(asked, result):
        if asked.armature_name == "Bob":
            raise addon.errors.GestureError("Bob will not.")
        return (yield from write(asked, result))

    monkeypatch.setattr(addon.takes.writing, "writing", refusing)
    with pytest.raises(RuntimeError, match="Bob will not"):
        bpy.ops.gestures.dialogue()
    assert not [action for action in bpy.data.actions if addon.keys.actions.is_take(action)]
    assert not ann.gestures_takes


def test_what_is_missing_is_said(pair, recording):
    addon, ann, bob = pair
    operator = addon.operators.batch.GESTURES_OT_dialogue
    ask(ann, bob, "")
    assert operator.why_not(bpy.context) == "Choose the recording of the dialogue"
    ask(ann, None, recording)
    assert operator.why_not(bpy.context) == "Choose both characters"
    ask(ann, ann, recording)
    assert "two characters" in operator.why_not(bpy.context)
    assert "no batch" in addon.operators.batch.GESTURES_OT_batch.why_not(bpy.context)
    assert "gestures.dialogue" in drawn.draw(addon).buttons
    ask(ann, bob, recording.with_name("gone.wav"))
    with pytest.raises(RuntimeError, match=r"gone\.wav' does not exist"):
        bpy.ops.gestures.dialogue()


def test_an_armature_is_looked_at_in_the_face(pair):
    addon, _ann, bob = pair
    head = bob.pose.bones["mixamorig:Head"]
    wanted = bob.matrix_world @ ((head.head + head.tail) / 2)
    assert (addon.takes.gaze._seen_of(bob) - wanted).length < 1e-6
    assert wanted.z > bob.location.z + 1
    lamp = bpy.data.objects.new("Lamp", None)
    lamp.location = (1, 2, 3)
    bpy.context.scene.collection.objects.link(lamp)
    bpy.context.view_layer.update()
    assert (addon.takes.gaze._seen_of(lamp) - Vector((1, 2, 3))).length < 1e-6


def test_attention_turns_a_look_ahead():
    aside = np.tile([2.0, 0.0, 0.0], (3, 1))
    found = mode.attending(mode.Gaze(aside, 0.7), np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(found.towards, [[0, -1, 0], [0.5, -0.5, 0], [1, 0, 0]])
    assert found.amount == 0.7
    assert mode.attending(None, np.ones(3)) is None
    whole = mode.Gaze(aside, 1.0)
    assert mode.attending(whole, None) is whole
    assert mode.attending(whole, np.ones(5)) is whole
