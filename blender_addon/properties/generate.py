# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel asks for, kept with each scene."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from .. import signals
from . import chosen

if TYPE_CHECKING:
    from bpy.types import Context

LEVELS: Final = ("Torso, head", "Upper arms", "Forearms", "Knuckles", "Proximal", "Middle")
STYLE_ROWS: Final = ("style_low", "style_mid", "style_high")
LARGEST_SEED: Final = 2**31 - 1


def _style_row(name: str, description: str) -> Any:
    return FloatVectorProperty(
        name=name,
        description=f"{description}. Each level's three values are scaled to add up to 1",
        size=len(LEVELS),
        default=(1 / 3,) * len(LEVELS),
        min=0.0,
        max=1.0,
        precision=2,
    )


def _speech_chosen(settings: Any, context: Context) -> None:
    signals.speech_chosen.tell()


class GesturesSettings(bpy.types.PropertyGroup):
    """The settings of the next take."""

    speech: StringProperty(
        name="Speech",
        description="The recording of speech to gesture to: WAV, FLAC, OGG or MP3",
        subtype="FILE_PATH",
        update=_speech_chosen,
    )
    image: StringProperty(
        name="Picture",
        description="A picture of the person to move like; optional",
        subtype="FILE_PATH",
    )
    armature: PointerProperty(
        name="Armature",
        description="The armature to animate; when empty, the selected one",
        type=bpy.types.Object,
        poll=chosen.is_armature,
    )
    identity_seed: IntProperty(
        name="Identity",
        description="Without a picture: the number of an imagined person to move like",
        min=0,
        max=LARGEST_SEED,
    )
    seed: IntProperty(
        name="Seed",
        description="0 gives the most typical gestures; each other number a variation",
        min=0,
        max=LARGEST_SEED,
    )
    style_source: EnumProperty(
        name="Style",
        description="Where the style comes from",
        items=(
            ("PICTURE", "The Picture's", "The style of the picture, or of the identity"),
            ("SLIDERS", "My Own", "The sliders below"),
        ),
    )
    style_low: _style_row("Low", "How much the level follows beat and volume")
    style_mid: _style_row("Mid", "How much the level follows the rhythm of syllables and words")
    style_high: _style_row("High", "How much the level follows the meaning of the speech")
    energy: FloatProperty(
        name="Follow Loudness",
        description="How much larger gestures are where the speech is loud: 0 not at all, 1 much",
        min=0.0,
        max=1.0,
        default=0.5,
        subtype="FACTOR",
    )
    rest: BoolProperty(
        name="Rest in Pauses",
        description="Let the hands go home where nobody speaks",
        default=True,
    )
    smoothing: FloatProperty(
        name="Smoothing",
        description="How much fast jitter is taken out: 0 nothing, 1 very much",
        min=0.0,
        max=1.0,
        default=0.2,
        subtype="FACTOR",
    )
    limits: EnumProperty(
        name="Joint Limits",
        description="What happens where a joint would bend further than a person's",
        items=(
            ("off", "Off", "Do not look"),
            ("warn", "Warn", "Count the frames and tell"),
            ("enforce", "Enforce", "Bend no further than a person can"),
        ),
        default="enforce",
    )
    contacts: BoolProperty(
        name="Keep Hands out of the Body",
        description="Lead hands around the body and around each other where they would sink in",
        default=True,
    )
    start_at: EnumProperty(
        name="Start",
        description="The frame where speech and take begin",
        items=(
            ("SCENE", "Scene's Start", "The first frame of the scene"),
            ("CURRENT", "Current Frame", "The frame the timeline is on"),
        ),
    )
    add_sound: BoolProperty(
        name="Add the Speech",
        description="Put the speech in the sequencer and play the timeline in sync with it",
        default=True,
    )


def new_seed() -> int:
    """Another seed, for other gestures."""
    return random.randint(1, LARGEST_SEED)


def style_matrix(settings: Any) -> list[list[float]]:
    """The sliders as rows low, mid, high by levels (3, 6), each column adding up to 1.

    A level whose three sliders are all 0 counts them equally.
    """
    rows = np.array([getattr(settings, row)[:] for row in STYLE_ROWS], dtype=np.float64)
    sums = rows.sum(axis=0)
    scaled = np.where(sums > 0.0, rows / np.where(sums > 0.0, sums, 1.0), 1 / len(rows))
    return [[round(float(value), 6) for value in row] for row in scaled]


def show_style(settings: Any, style: list[list[float]]) -> None:
    """Move the sliders to STYLE (3, levels); models of fewer levels leave the rest as is."""
    for row, values in zip(STYLE_ROWS, style, strict=True):
        getattr(settings, row)[: len(values)] = values


CLASSES: Final = (GesturesSettings,)
OWNED: Final = {bpy.types.Scene: {"gestures": PointerProperty(type=GesturesSettings)}}
