# SPDX-License-Identifier: GPL-3.0-or-later
"""All operators alike: one poll, a reason on every grey button, one way to refuse."""

from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest

from blender_addon.errors import GestureError
from blender_addon.operators.base import AtOnce, Verb
from blender_addon.operators.waiting import Waiting

SOURCES = Path(__file__).resolve().parents[3] / "blender_addon"


def operators(addon):
    """The registered operators."""
    return [cls for cls in addon.CLASSES if issubclass(cls, bpy.types.Operator)]


def called(cls):
    """How a script calls it."""
    group, name = cls.bl_idname.split(".")
    return getattr(getattr(bpy.ops, group), name)


def test_one_class_asks_why_not(addon):
    found = {
        one
        for cls in operators(addon)
        for one in cls.__mro__
        if "poll" in vars(one) and one.__module__.startswith("blender_addon")
    }
    assert found == {Verb}
    assert not [cls for cls in operators(addon) if not issubclass(cls, Verb)]


def test_one_place_tells_blender_why_not():
    files = [p for p in SOURCES.rglob("*.py") if "poll_message_set" in p.read_text("utf-8")]
    assert files == [SOURCES / "operators" / "base.py"]


def test_each_is_done_in_one_of_two_ways(addon):
    at_once = [cls for cls in operators(addon) if issubclass(cls, AtOnce)]
    waiting = [cls for cls in operators(addon) if issubclass(cls, Waiting)]
    assert sorted(map(str, at_once + waiting)) == sorted(map(str, operators(addon)))
    assert not [cls for cls in at_once if cls.do is AtOnce.do]
    assert not [cls for cls in at_once if cls.execute is not AtOnce.execute]
    assert not [cls for cls in waiting if cls.execute is not Waiting.execute]


def grey(addon):
    """The operators that are off, with what a script is told that calls them."""
    found = {}
    for cls in operators(addon):
        if not called(cls).poll():
            with pytest.raises(RuntimeError) as error:
                called(cls)()
            found[cls] = str(error.value)
    return found


def test_every_grey_button_says_why(addon):
    off = grey(addon)
    names = {cls.bl_idname.removeprefix("gestures.") for cls in off}
    assert {"generate", "cancel", "take_accept", "bake", "rig_pick", "stroke_snap"} <= names
    assert {"batch_cancel", "engine_setup_cancel", "variation_blend", "style_use"} <= names
    for cls, told in off.items():
        reason = cls.why_not(bpy.context)
        assert len(reason.split()) > 2, cls
        assert reason in told, cls
    assert not [cls for cls in operators(addon) if cls not in off and cls.why_not(bpy.context)]


def test_and_so_with_a_character_that_has_no_take(addon, character):
    off = grey(addon)
    assert not [cls for cls, told in off.items() if cls.why_not(bpy.context) not in told]
    reasons = {cls.bl_idname: cls.why_not(bpy.context) for cls in off}
    assert reasons["gestures.bake"] == reasons["gestures.take_show"]
    assert "generate gestures first" in reasons["gestures.bake"]
    assert "gestures.mask" not in reasons


def test_a_take_that_the_engine_did_not_make_has_no_style_to_use(addon, character):
    bpy.context.scene.gestures_mode.kind = "IDLE"
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    assert not bpy.ops.gestures.style_use.poll()
    with pytest.raises(RuntimeError, match="not made by the engine"):
        bpy.ops.gestures.style_use()


# --- refusing ------------------------------------------------------------------------------


class Reports:
    """What an operator reports."""

    def __init__(self):
        self.said = []

    def report(self, kind, message):
        self.said.append((kind, message))


class Refuses(Reports, AtOnce):
    def do(self, context):
        raise GestureError("The bone is gone: choose another one.")


class RefusesLate(Reports, Waiting):
    """Work that begins, and then cannot go on."""

    dropped = 0

    def start(self, context):
        self._timer = object()

    def ended(self, context):
        raise GestureError("The bone is gone: choose another one.")

    def abandon(self):
        self.dropped += 1


class Removed:
    """A window manager that counts the timers taken away."""

    def __init__(self):
        self.windows, self.removed = (), []

    def event_timer_remove(self, timer):
        self.removed.append(timer)


REFUSED = [({"ERROR"}, "The bone is gone: choose another one.")]


def test_what_cannot_be_done_is_said_in_a_sentence(addon):
    one = Refuses()
    assert one.execute(bpy.context) == {"CANCELLED"}
    assert one.said == REFUSED


def test_an_operator_that_waits_refuses_in_the_same_way(addon):
    window = SimpleNamespace(window_manager=Removed())
    one = RefusesLate()
    one.start(window)
    timer = one._timer
    assert one.modal(window, SimpleNamespace(type="TIMER")) == {"CANCELLED"}
    assert one.said == REFUSED
    assert window.window_manager.removed == [timer]
    assert one.dropped == 0


def test_it_stops_looking_when_it_is_over(addon):
    class Ends(RefusesLate):
        def ended(self, context):
            return True

        def conclude(self, context):
            self.tell({"INFO"}, "Done.")
            return {"FINISHED"}

    window = SimpleNamespace(window_manager=Removed())
    one = Ends()
    one.start(window)
    assert one.modal(window, SimpleNamespace(type="MOUSEMOVE")) == {"PASS_THROUGH"}
    assert not window.window_manager.removed
    assert one.modal(window, SimpleNamespace(type="TIMER")) == {"FINISHED"}
    assert len(window.window_manager.removed) == 1
    assert one.said == [({"INFO"}, "Done.")]


def test_what_was_done_is_told(addon):
    class Does(Reports, AtOnce):
        def do(self, context):
            return "Made it."

    one = Does()
    assert one.execute(bpy.context) == {"FINISHED"}
    assert one.said == [({"INFO"}, "Made it.")]
