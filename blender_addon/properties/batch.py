# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch is made of, kept with each scene."""

from __future__ import annotations

from typing import Final

import bpy
from bpy.props import CollectionProperty, EnumProperty, PointerProperty, StringProperty

from .chosen import is_armature


class GesturesSpeaker(bpy.types.PropertyGroup):
    """A row of the table: a name, and who it is."""

    name: StringProperty(
        name="Speaker",
        description="A channel's name, or what the names of the speaker's files begin with",
    )
    armature: PointerProperty(
        name="Character",
        description="The armature that gestures for this speaker",
        type=bpy.types.Object,
        poll=is_armature,
    )


class GesturesBatch(bpy.types.PropertyGroup):
    """The settings of the next batch."""

    source: EnumProperty(
        name="Speeches",
        description="Which speeches become takes",
        items=(
            ("STRIPS", "Sound Strips", "Every sound strip of the sequencer, where it stands"),
            ("FOLDER", "Folder", "Every sound file of a folder, each from the scene's start"),
            ("DIALOGUE", "Dialogue", "Two who talk with each other: one speaks, the other listens"),
        ),
    )
    folder: StringProperty(
        name="Folder",
        description="The folder of speech files: WAV, FLAC, OGG or MP3",
        subtype="DIR_PATH",
    )
    talk: StringProperty(
        name="Dialogue",
        description="Both voices in stereo, the first one's on the left; or the first one's file",
        subtype="FILE_PATH",
    )
    talk_other: StringProperty(
        name="Second Voice",
        description="The second one's file, where the voices are in two; empty for stereo",
        subtype="FILE_PATH",
    )
    first: PointerProperty(
        name="First",
        description="Who speaks on the left channel, or in the first file",
        type=bpy.types.Object,
        poll=is_armature,
    )
    second: PointerProperty(
        name="Second",
        description="Who speaks on the right channel, or in the second file",
        type=bpy.types.Object,
        poll=is_armature,
    )
    speakers: CollectionProperty(
        name="Speakers", description="Who speaks, and which character it is", type=GesturesSpeaker
    )


CLASSES: Final = (GesturesSpeaker, GesturesBatch)
OWNED: Final = {bpy.types.Scene: {"gestures_batch": PointerProperty(type=GesturesBatch)}}
