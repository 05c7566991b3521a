# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done, in whatever order: what is locked, masked or pinned is shown as before."""

import random

import bpy
import numpy as np
import pytest
from keyed import degrees, pose_track, poses, rewrite
from take_stage import animated, character_name

STEPS = 50
LOCK = (40, 48)
PIN = 70
MASKED = ("mixamorig:LeftArm", "mixamorig:RightHand", "mixamorig:LeftHandIndex1")
SPREAD = np.array([1, 15, 30, 55, 64, 80, 93])
LOCKED = np.arange(LOCK[0], LOCK[1] + 1, 4)


class Animator:
    """Does one thing after another; objects are found anew, as undo and loading replace them."""

    def __init__(self, addon, folder, seed):
        self.addon, self.random = addon, random.Random(seed)
        self.path = str(folder / "scene.blend")
        self.undoable = self.redoable = 0

    @property
    def armature(self):
        return bpy.data.objects[character_name(bpy.data)]

    def step(self):
        """Do something that can be done; its name."""
        ways = [
            *(self.generate, self.slide, self.regenerate) * 2,
            *(self.accept, self.reject, self.switch, self.show, self.again, self.compose),
            *(self.undo, self.redo, self.duplicate, self.save_and_reload),
        ]
        self.random.shuffle(ways)
        return next(way.__name__ for way in ways if way())

    def call(self, name, **arguments):
        operator = getattr(bpy.ops.gestures, name)
        if not operator.poll():
            return False
        assert operator("EXEC_DEFAULT", True, **arguments) == {"FINISHED"}
        self.undoable, self.redoable = self.undoable + 1, 0
        return True

    def generate(self):
        bpy.context.scene.gestures.seed = self.random.randint(1, 999)
        return self.call("generate")

    def slide(self):
        """What a style slider does: other directions for the take that is shown."""
        takes, armature = self.addon.takes, self.armature
        action = takes.shown.take(armature)
        if action is None:
            return False
        directions, fps = takes.stored.load(action)
        directions = np.roll(directions, self.random.randint(1, 40), axis=0)
        request = takes.recall.stored_request(bpy.context, armature, action)
        track = pose_track(self.addon, armature, directions, fps, request)
        rewrite(self.addon, armature, action, track)
        bpy.ops.ed.undo_push(message="Slide")
        self.undoable, self.redoable = self.undoable + 1, 0
        return True

    def regenerate(self):
        action = self.addon.takes.shown.take(self.armature)
        if action is None:
            return False
        first = self.random.randint(1, 60)
        last = first + self.random.randint(10, 30)
        seed = self.random.randint(1, 999)
        return self.call("regenerate", take=action.name, first=first, last=last, seed=seed)

    def any_take(self):
        entries = self.addon.takes.collection.entries(self.armature)
        return self.random.choice(entries).action.name if entries else ""

    def accept(self):
        return self.call("take_accept", take=self.any_take())

    def reject(self):
        return self.call("take_reject", take=self.any_take())

    def show(self):
        return self.call("take_show", take=self.any_take())

    def switch(self):
        return self.call("take_switch")

    def again(self):
        return self.call("take_again", take=self.any_take())

    def duplicate(self):
        return self.call("take_duplicate", take=self.any_take())

    def compose(self):
        parts = {part: self.any_take() for part in ("head", "arms", "fingers")}
        return self.call("compose", take=self.any_take(), **parts)

    def undo(self):
        if not self.undoable:
            return False
        bpy.ops.ed.undo()
        self.undoable, self.redoable = self.undoable - 1, self.redoable + 1
        return True

    def redo(self):
        if not self.redoable:
            return False
        bpy.ops.ed.redo()
        self.undoable, self.redoable = self.undoable + 1, self.redoable - 1
        return True

    def save_and_reload(self):
        bpy.ops.wm.save_as_mainfile(filepath=self.path)
        bpy.ops.wm.open_mainfile(filepath=self.path)
        bpy.context.view_layer.objects.active = self.armature
        bpy.ops.ed.undo_push(message="Loaded")
        self.undoable = self.redoable = 0
        return True


def protected(armature):
    """Rotations that must never change: masked bones, locked frames, the pinned pose."""
    bones = [bone.name for bone in armature.pose.bones]
    masked = [bones.index(name) for name in MASKED]
    return (
        poses(armature, SPREAD)[:, masked],
        poses(armature, LOCKED),
        poses(armature, [PIN])[:, bones.index("mixamorig:RightArm")],
    )


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.once)])
def test_fifty_random_steps_change_nothing_that_is_protected(
    fake_engine, character, speech_named, tmp_path, seed
):
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    animated(character)
    pin(fake_engine, character)
    for name in MASKED:
        character.gestures_masked.add().name = name
    bpy.ops.gestures.lock_frames(first=LOCK[0], last=LOCK[1])
    bpy.ops.ed.undo_push(message="Ready")
    wanted = protected(character)
    animator, done, free = Animator(fake_engine, tmp_path, seed), [], set()
    for _ in range(STEPS):
        done.append(animator.step())
        print(done[-1], flush=True)
        worst = [
            degrees(a, b).max() for a, b in zip(protected(animator.armature), wanted, strict=True)
        ]
        assert max(worst) < 0.01, (done[-5:], worst)
        free.add(round(float(poses(animator.armature, [20]).sum()), 3))
    print(done)
    assert len(free) > STEPS / 4  # elsewhere there was something to see
    assert {"generate", "slide", "regenerate", "accept", "reject"} < set(done)
    assert {"undo", "redo", "save_and_reload"} < set(done)


def pin(addon, armature):
    """A pose of the right arm that all motion passes through."""
    bone = armature.pose.bones["mixamorig:RightArm"]
    for frame, angle in ((1, 0.2), (PIN, 0.9)):
        bone.rotation_quaternion = (np.cos(angle), 0.0, np.sin(angle), 0.0)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.context.scene.frame_set(PIN)
    bpy.ops.object.mode_set(mode="POSE")
    addon.compat.select_bones(armature, (bone.name,))
    bpy.ops.gestures.pin_pose()
    bpy.ops.object.mode_set(mode="OBJECT")
