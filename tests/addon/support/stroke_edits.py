# SPDX-License-Identifier: GPL-3.0-or-later
"""Random edits of strokes, and what must hold after each: for the test and for the survey."""

import contextlib
import json

import bpy
import numpy as np

VERBS = ("move", "exchange", "mirror", "mute", "delete", "add", "change", "shape")
PAST = ("undo", "redo", "reload")
NEAR = 1.5  # s from a stroke that an edit may change
LOCKED = (40, 60)  # frames
MASKED = "mixamorig:LeftForeArm"


def armature():
    return next(one for one in bpy.data.objects if one.type == "ARMATURE")


def action():
    return armature().animation_data.action


def lines():
    """(time, hold, hand, muted, gesture, and how it is made) of each stroke of the list."""
    return [
        (round(s.time, 3), round(s.hold, 3), s.hand, s.muted, s.gesture,
         round(s.size, 3), round(s.tempo, 3), s.shape, s.shaped, own.way.mirror)
        for s, own in zip(action().gestures_strokes, planned(), strict=True)
    ]  # fmt: skip


def planned():
    """The strokes as the engine reads the plan that is kept."""
    from ha2g_engine.gestures.plan import Plan

    return Plan.from_dict(json.loads(action()["gestures_plan"])["plan"]).shown()


def directions(addon):
    return addon.takes.stored.load(action())[0].copy()


def keys(addon):
    """{channel: (frames, 2)} of all that the take moves."""
    return {
        (curve.data_path, curve.array_index): np.array([key.co[:] for key in curve.keyframe_points])
        for curve in addon.compat.fcurves(action())
    }


def state(addon):
    return directions(addon), keys(addon), lines(), action()["gestures_plan"]


def held(before, after):
    """The spans (s) that an edit may change: around the strokes that come, go or differ."""
    old, new = set(before), set(after)
    moments = [{(line[0], line[1], line[3]) for line in of} for of in (old - new, new - old)]
    spans = []
    for line, others in [(one, before) for one in old - new] + [(one, after) for one in new - old]:
        time, hold, muted = line[0], line[1], line[3]
        if all((time, hold, muted) in of for of in moments):  # it stays where it is
            hold = 0.0
        following = [other[0] for other in others if other[0] > time and not other[3]]
        last = time + hold if hold >= 0 else min([*following, time + 1.7])
        spans.append((time - NEAR - 1e-3, max(last, time) + NEAR + 1e-3))
    return spans


def check(addon, before, after):
    """That AFTER is BEFORE beyond the reach of the strokes that differ: motion and keys.

    Returns how many frames of the motion are beyond it.
    """
    spans = held(before[2], after[2])
    times = np.arange(len(before[0])) / 15.0
    far = beyond(times, spans)
    np.testing.assert_array_equal(
        after[0][far], before[0][far], err_msg=f"{before[2]} -> {after[2]}, {spans}"
    )
    start, rate = 1.0, 24.0
    assert before[1].keys() == after[1].keys()
    for channel, old in before[1].items():
        new = after[1][channel]
        old_far, new_far = (beyond((k[:, 0] - start) / rate, spans) for k in (old, new))
        np.testing.assert_array_equal(new[new_far], old[old_far], err_msg=str(channel))
    return int(far.sum())


def beyond(times, spans):
    far = np.ones(len(times), bool)
    for first, last in spans:
        far &= (times < first) | (times > last)
    return far


def check_protected(before, after):
    """That what is locked and masked is as it was."""
    for channel, old in before[1].items():
        new = after[1][channel]
        locked = [(k[:, 0] >= LOCKED[0]) & (k[:, 0] <= LOCKED[1]) for k in (old, new)]
        np.testing.assert_array_equal(new[locked[1]], old[locked[0]])
        if f'"{MASKED}"' in channel[0]:
            np.testing.assert_array_equal(new, old)


def check_agrees(addon):
    """That the list, the plan and the engine's own reading of the plan are the same."""
    kept = json.loads(action()["gestures_plan"])
    listed = [(round(s["time"], 3), s["gesture"], s["muted"]) for s in kept["strokes"]]
    assert listed == [(line[0], line[4], line[3]) for line in lines()]
    assert [(s.time, s.way.name, s.muted) for s in planned()] == listed


def check_remade(addon):
    """That the engine makes the very motion that the take keeps, by its plan."""
    made = addon.takes.record.of(action())
    params = addon.takes.live.params_of(action(), made, made.style)
    outcome = addon.engine.jobs.wait(addon.engine.jobs.start("generate", params, ""))
    np.testing.assert_allclose(outcome.arrays["directions"], directions(addon), atol=2e-5)


class Editor:
    """Edits by a seed. refused: what the engine could not do, in a sentence."""

    def __init__(self, addon, seed, folder):
        self.addon, self.random, self.file = addon, np.random.default_rng(seed), folder / "e.blend"
        self.done, self.refused, self.past, self.future = [], [], [], []

    def step(self):
        """One edit, or a step back, forth, or through a file; checked."""
        before = state(self.addon)
        verb = str(self.random.choice([*VERBS, *VERBS, *PAST]))
        if verb in PAST:
            getattr(self, verb)(before)
        else:
            self.edit(verb, before)
        self.done.append(verb)
        check_agrees(self.addon)

    def edit(self, verb, before):
        try:
            assert self.call(verb) == {"FINISHED"}
        except RuntimeError as error:
            self.refused.append((verb, str(error)))
            after = state(self.addon)
            np.testing.assert_array_equal(after[0], before[0])
            assert after[2:] == before[2:]
            return
        after = state(self.addon)
        check(self.addon, before, after)
        check_protected(before, after)
        self.past.append(before)
        self.future.clear()

    def call(self, verb):
        ops, pick = bpy.ops.gestures, self.random
        count = len(action().gestures_strokes)
        number = int(pick.integers(count)) if count else -1
        seconds = self.addon.takes.stored.seconds(action())
        seed = int(pick.integers(1, 1000))
        if verb == "move":
            old = action().gestures_strokes[number].time
            time = float(np.clip(old + pick.normal(0, 0.5), 0.3, seconds - 0.3))
            return ops.stroke_move("EXEC_DEFAULT", True, stroke=number, time=time)
        if verb == "add":
            time = float(pick.uniform(0.3, seconds - 0.3))
            meaning = str(pick.choice(["", "rhythm", "shrug", "negation", "me"]))
            return ops.stroke_add("EXEC_DEFAULT", True, time=time, gesture=meaning, seed=seed)
        if verb == "exchange":
            return ops.stroke_exchange("EXEC_DEFAULT", True, stroke=number, seed=seed)
        if verb == "change":
            how = {"size": float(pick.uniform(0.4, 1.2)), "tempo": float(pick.uniform(0.6, 1.5))}
            if pick.random() < 0.5:
                how = {"hold": float(pick.uniform(0.2, 2.0))}
            return ops.stroke_change("EXEC_DEFAULT", True, stroke=number, **how)
        if verb == "shape":
            how = {"shape": str(pick.choice(["fist", "flat", "point", ""]))}
            return ops.stroke_change("EXEC_DEFAULT", True, stroke=number, shaped="right", **how)
        return getattr(ops, f"stroke_{verb}")("EXEC_DEFAULT", True, stroke=number)

    def undo(self, before):
        if self.past:
            bpy.ops.ed.undo()
            self.same(self.past[-1])
            self.future.append(before)
            self.past.pop()

    def redo(self, before):
        if self.future:
            bpy.ops.ed.redo()
            self.same(self.future[-1])
            self.past.append(before)
            self.future.pop()

    def reload(self, before):
        bpy.ops.wm.save_as_mainfile(filepath=str(self.file))
        bpy.ops.wm.open_mainfile(filepath=str(self.file))
        bpy.ops.ed.undo_push(message="Loaded")
        self.same(before)
        self.past.clear()
        self.future.clear()

    def same(self, wanted):
        found = state(self.addon)
        np.testing.assert_array_equal(found[0], wanted[0])
        assert found[2:] == wanted[2:]
        for channel, old in wanted[1].items():
            np.testing.assert_array_equal(found[1][channel], old)


def protect():
    """Lock some frames and mask a bone of the take's armature."""
    character = armature()
    lock = character.gestures_locks.add()
    lock.first, lock.last = LOCKED
    character.gestures_masked.add().name = MASKED


@contextlib.contextmanager
def light_engine(addon):
    """The engine of a user who set nothing up."""
    found = addon.engine.process.python_path
    addon.engine.process.python_path = lambda: None
    try:
        yield
    finally:
        addon.engine.process.python_path = found
        addon.engine.process.stop()


@contextlib.contextmanager
def generated(addon, speech):
    """A take of SPEECH by that engine, one step of undo."""
    with light_engine(addon):
        settings = bpy.context.scene.gestures
        settings.speech, settings.seed = str(speech), 3
        assert bpy.ops.gestures.generate() == {"FINISHED"}
        bpy.ops.ed.undo_push(message="Take")
        yield addon
