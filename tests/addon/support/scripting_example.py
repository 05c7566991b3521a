# SPDX-License-Identifier: GPL-3.0-or-later
"""blender character.blend --background --python example.py -- speech.wav character.fbx"""

import sys

import bpy

speech, out = sys.argv[sys.argv.index("--") + 1 :]
scene = bpy.context.scene
armature = next(one for one in scene.objects if one.type == "ARMATURE")

# generate: a new take, shown on the armature
scene.gestures.armature = armature
scene.gestures.speech = speech
scene.gestures.seed = 3
bpy.ops.gestures.generate()  # waits for the engine
take = armature.animation_data.action

# style: the take's own sliders, six body levels each; column by column they add up to 1
take.gestures_style.style_low[1] = 0.8  # the upper arms follow volume and beat ...
take.gestures_style.strength[1] = 0.7  # ... and reach less far
bpy.ops.gestures.settle()  # waits until the keys are as the sliders say

# accept: the take plays as an NLA track; bake: a file for other programs
bpy.ops.gestures.take_accept(take=take.name)
bpy.ops.gestures.bake(filepath=out)
print(f"{take.name}: wrote {out}")
