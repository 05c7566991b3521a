# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a take: read from older, newer and strange files, and written without a loss."""

import json
import math

import bpy
import pytest
from conftest import REPOSITORY

from blender_addon.body.limits import Overrun
from blender_addon.motion.mirroring import Recipe
from blender_addon.motion.mode import Mode
from blender_addon.motion.shaping import Shaping
from blender_addon.motion.words import Manner
from blender_addon.takes import record
from blender_addon.takes.record import Record, Regenerated

OLD = REPOSITORY / "tests" / "fixtures" / "takes" / "before_layers.json"
FULL = Record(
    speech="/talk.wav",
    image="/me.jpg",
    identity_seed=3,
    seed=5,
    energy=0.25,
    rest=False,
    style=[[0.5] * 6, [0.25] * 6, [0.25] * 6],
    own_style=True,
    smoothing=0.3,
    limits="warn",
    contacts=True,
    shaping=Shaping(strength=(1.2,) * 6, offset=(8.0,) * 6),
    mode=Mode(kind="LISTEN", look_at="Camera", look=0.5),
    part=(1.5, 4.0),
    variation=Recipe(5, 7, 0.5, True, False),
    armature_name="Bob",
    start_frame=11.0,
    scene_fps=23.976,
    intensity=0.75,
    speech_digest="ab12",
    poses=45,
    pose_fps=15.0,
    beyond_limits={"wrist.L": 3},
    overruns=(Overrun("wrist.L", "flexion", 4, 6, 2.5),),
    touches=(1, 2, 9),
    regenerated=(Regenerated(9, (30.0, 60.0), ("Arm", "Hand")), Regenerated(10)),
    parts={"ARMS": "talk take 1"},
    manner=Manner("held", (0.1, 0.6, 0.3), (1.0, 4.0)),
    engine={"version": "0.1.0", "device": "cpu"},
    relative={"speech": "//talk.wav"},
    others={"plan": [1, 2, {"a": None}]},
)


def test_what_is_written_is_read():
    assert record.read(record.written(FULL)) == FULL
    assert record.read(record.written(Record())) == Record()


def test_what_is_sound_is_not_called_damaged(addon):
    action = bpy.data.actions.new("walk")
    assert record.damage(action) == ""
    old = json.loads(OLD.read_text("utf-8"))["actions"]["short take 3"]["settings"]
    for text in (record.written(FULL), record.written(Record()), json.dumps(old), "{}"):
        action["gestures_take"] = text
        assert record.damage(action) == ""


def test_records_of_the_first_version_are_read_whole():
    old = json.loads(OLD.read_text("utf-8"))["actions"]["short take 3"]["settings"]
    made = record.read(json.dumps(old))
    assert made.speech == "/tmp/gestures/short.wav"
    assert (made.identity_seed, made.seed, made.own_style) == (3, 5, True)
    assert made.style == old["style"]
    assert made.shaping == Shaping(strength=(1.2, 1, 1, 1, 1, 1), offset=(0, 8, 0, 0, 0, 0))
    assert (made.poses, made.pose_fps, made.scene_fps, made.start_frame) == (45, 15.0, 24.0, 1)
    assert not made.others
    kept = json.loads(record.written(made))
    same = set(old) - record.RETIRED
    assert {name: kept[name] for name in same} == {name: old[name] for name in same}


def test_what_a_newer_version_stores_is_kept():
    newer = json.dumps({"version": 7, "seed": 4, "strokes": [{"time": 1.0}]})
    made = record.read(newer)
    assert (made.version, made.seed) == (7, 4)
    assert json.loads(record.written(made))["strokes"] == [{"time": 1.0}]
    record.written(record.read(r'{"x": "\ud800"}')).encode()  # which Blender can keep


@pytest.mark.parametrize(
    ("name", "strange"),
    [
        ("speech", 5),
        ("listen_to", "\ud800"),
        ("words", [["a\0b", 0.0, 1.0]]),
        ("seed", "many"),
        ("seed", True),
        ("energy", math.nan),
        ("style", [[0.5] * 6]),
        ("style", [["a"] * 6] * 3),
        ("style", [[0.5] * 40] * 3),
        ("shaping", {"strength": [1.0]}),
        ("mode", []),
        ("mode", {"kind": 3}),
        ("part", [1.0]),
        ("variation", {"seed": "x"}),
        ("overruns", [["wrist.L", "flexion"]]),
        ("touches", [1.5]),
        ("scene_fps", 0),
        ("limits", "sometimes"),
        ("relative", {"speech": 4}),
        ("regenerated", [7]),
        ("energy", 10**400),
        ("seed", 2**31),
        ("style", [[], [], []]),
        ("mode", {"kind": "DANCE"}),
        ("mode", {"kind": "IDLE", "seconds": 1e9}),
        ("part", [4.0, 1.0]),
        ("part", [-3.0, 1.0]),
        ("start_frame", 1e300),
        ("scene_fps", 1e-300),
        ("pose_fps", math.inf),
        ("touches", [2**40]),
        ("beyond_limits", {"wrist.L": -1}),
    ],
)
def test_what_is_not_as_it_should_be_counts_as_not_stored(name, strange):
    made = record.read(json.dumps({"speech": "/a.wav", "seed": 2, name: strange}))
    assert getattr(made, name) == getattr(Record(), name)
    others = {"speech": "/a.wav", "seed": 2}
    assert all(getattr(made, other) == value for other, value in others.items() if other != name)


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", "3", "{", "[" * 99_999])
def test_what_is_no_record_is_an_empty_one(text):
    assert record.read(text) == Record()


def test_only_takes_have_records(addon):
    action = bpy.data.actions.new("walk")
    assert record.of(action) is None
    assert record.of(None) is None
    record.keep(action, FULL)
    record.change(action, seed=8)
    assert record.of(action).seed == 8
    assert addon.keys.actions.is_take(action)
