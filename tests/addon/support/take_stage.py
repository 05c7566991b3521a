# SPDX-License-Identifier: GPL-3.0-or-later
"""A character ready for takes, and what its list, tracks and action say."""

import bpy
import numpy as np
import pytest

LAST = 95  # the fake engine answers 4 s, 95 frames at 24 a second


@pytest.fixture
def ready(fake_engine, character, speech_named):
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    return fake_engine


def generate(seed=0):
    bpy.context.scene.gestures.seed = seed
    assert bpy.ops.gestures.generate() == {"FINISHED"}


def names(armature):
    return [take.action.name for take in armature.gestures_takes]


def tracks(armature):
    """{name: muted} of the NLA tracks."""
    return {t.name: t.mute for t in armature.animation_data.nla_tracks}


def shown(armature):
    action = armature.animation_data.action
    return action.name if action else None


FRAMES = np.arange(1, LAST + 1)


def animated(character):
    """An action of the animator: a leg and an arm on three frames."""
    for frame, angle in ((1, 0.0), (40, 0.7), (90, -0.4)):
        for name in ("mixamorig:LeftUpLeg", "mixamorig:LeftArm"):
            bone = character.pose.bones[name]
            bone.rotation_quaternion = (np.cos(angle), np.sin(angle), 0.0, 0.0)
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    return character.animation_data.action


def character_name(data):
    return next(o.name for o in data.objects if o.type == "ARMATURE")
