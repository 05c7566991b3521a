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
        ),
    )
    folder: StringProperty(
        name="Folder",
        description="The folder of speech files: WAV, FLAC, OGG or MP3",
        subtype="DIR_PATH",
    )
    speakers: CollectionProperty(
        name="Speakers", description="Who speaks, and which character it is", type=GesturesSpeaker
    )


CLASSES: Final = (GesturesSpeaker, GesturesBatch)
OWNED: Final = {bpy.types.Scene: {"gestures_batch": PointerProperty(type=GesturesBatch)}}
