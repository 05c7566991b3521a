# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel asks for, kept with each scene."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
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
from ..body import homes
from ..speech import channels
from . import chosen, people, portrait

if TYPE_CHECKING:
    from bpy.types import Context

LEVELS: Final = ("Torso & Head", "Upper Arms", "Forearms", "Palms", "Fingers", "Fingertips")
STYLE_ROWS: Final = ("style_low", "style_mid", "style_high")
STYLE_NAMES: Final = ("Beat", "Rhythm", "Meaning")  # what each of them follows
BEAT: Final = "Higher: this part strikes on loud and stressed syllables"
RHYTHM: Final = "Higher: this part rises and sways along with the phrases"
MEANING: Final = "Higher: this part makes the large strokes and turns that go with what is said"
LARGEST_SEED: Final = people.LARGEST_SEED


PERSON: Final = "PERSON"
HOMES: Final = (
    (PERSON, "As the Person's", "The hands rest as the picture shows them, or hang"),
    *(
        (name.upper().replace(" ", "_"), name.title(), "The hands rest so between gestures")
        for name in homes.NAMES
    ),
)


def _style_row(name: str, description: str) -> Any:
    return FloatVectorProperty(
        name=name,
        description=f"{description}. The three values of a part are scaled to add up to 1",
        size=len(LEVELS),
        default=(1 / 3,) * len(LEVELS),
        min=0.0,
        max=1.0,
        precision=2,
    )


def _speech_chosen(settings: Any, context: Context) -> None:
    channels.look(settings.speech)
    signals.speech_chosen.tell()


def _picture_chosen(settings: Any, context: Context) -> None:
    settings.images = ""  # those were beside another one


def _pictures_chosen(settings: Any, context: Context) -> None:
    portrait.choose(settings.image, pictures(settings))


class GesturesSettings(bpy.types.PropertyGroup):
    """The settings of the next take."""

    speech: StringProperty(
        name="Speech",
        description="The recording that the character speaks: WAV, FLAC, OGG or MP3",
        subtype="FILE_PATH",
        update=_speech_chosen,
    )
    image: StringProperty(
        name="Picture",
        description="The character moves as a person who looks like this may move; optional",
        subtype="FILE_PATH",
        update=_picture_chosen,
    )
    images: StringProperty(update=_pictures_chosen, options={"HIDDEN"})  # see `show_pictures`
    picture_style: BoolProperty(
        name="Style",
        description="The character moves as the person in the picture may move",
        default=True,
    )
    picture_home: BoolProperty(
        name="Rest",
        description="The hands rest where the picture shows them, unless a posture is chosen below",
        default=True,
    )
    picture_pose: BoolProperty(
        name="Pose",
        description="The take begins in the pose of the picture",
        default=True,
    )
    armature: PointerProperty(
        name="Character",
        description="Who gestures: the character's armature; when empty, the selected one",
        type=bpy.types.Object,
        poll=chosen.is_armature,
    )
    identity_seed: IntProperty(
        name="Person",
        description="Without a picture: another number moves as another imagined person",
        min=0,
        max=LARGEST_SEED,
    )
    identity_other: IntProperty(
        name="And Person",
        description="Another imagined person, to mix with the first",
        min=0,
        max=LARGEST_SEED,
    )
    identity_share: FloatProperty(
        name="Mixture",
        description="How much of another person: 0 nothing, 1 all",
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    person_on_map: EnumProperty(
        name="Map of People",
        description="Who stands beside each other moves alike; a click chooses",
        items=people.items,
        update=people.chosen_on_map,
        options={"SKIP_SAVE"},
    )
    seed: IntProperty(
        name="Seed",
        description="0 shows the most typical gestures, each other number different ones",
        min=0,
        max=LARGEST_SEED,
    )
    style_source: EnumProperty(
        name="Style",
        description="Whose style the next take moves in",
        items=(
            ("PICTURE", "The Person's", "The next take moves as its picture or person does"),
            ("SLIDERS", "My Own", "The next take moves as the sliders below say"),
        ),
    )
    style_low: _style_row("Beat", BEAT)
    style_mid: _style_row("Rhythm", RHYTHM)
    style_high: _style_row("Meaning", MEANING)
    energy: FloatProperty(
        name="Loudness",
        description="How much larger gestures are where the speech is loud: 0 not at all, 1 much",
        min=0.0,
        max=1.0,
        default=0.5,
        subtype="FACTOR",
    )
    word_gestures: FloatProperty(
        name="Words → Gestures",
        description=(
            "How many of the gestures that words ask for come, the surest first: 0 none, 0.5 some, "
            "1 all. Those that the text asks for in brackets come anyhow"
        ),
        min=0.0,
        max=1.0,
        default=1.0,
        subtype="FACTOR",
    )
    rest: BoolProperty(
        name="Rest in Pauses",
        description="The hands come to rest where nobody speaks",
        default=True,
    )
    voice_only: BoolProperty(
        name="Voices Alone",
        description="Music and noise make no gestures; turn it off for robots and animals",
        default=True,
    )
    home: EnumProperty(
        name="Hands Rest",
        description="Where the hands are between gestures, and while they only listen or wait",
        items=HOMES,
    )
    channel: EnumProperty(
        name="Speaker",
        description="Whose voice the character gestures to, where two are on a channel each",
        items=(
            ("BOTH", "Both Channels", "To everything that is heard"),
            ("LEFT", "Left Channel", "To who speaks on the left"),
            ("RIGHT", "Right Channel", "To who speaks on the right"),
        ),
    )
    as_published: BoolProperty(
        name="As Published",
        description="The chosen model was brought in from its authors and moves as they show it: "
        "without Loudness and Rest in Pauses, which count again when this is off",
        default=True,
    )
    smoothing: FloatProperty(
        name="Smoothing",
        description="How soft the motion is: 0 with every small move, 1 flowing and slow",
        min=0.0,
        max=1.0,
        default=0.2,
        subtype="FACTOR",
    )
    limits: EnumProperty(
        name="Joint Limits",
        description="What happens where a joint would bend further than a person's",
        items=(
            ("off", "Off", "Joints bend as they happen to"),
            ("warn", "Warn", "Joints bend as they happen to, and Check lists the frames"),
            ("enforce", "Enforce", "Joints bend no further than a person's can"),
        ),
        default="enforce",
    )
    contacts: BoolProperty(
        name="Hands off the Body",
        description="Hands go around the body and each other where they would sink in",
        default=True,
    )
    start_at: EnumProperty(
        name="Start",
        description="The frame where speech and take begin",
        items=(
            ("SCENE", "Scene's Start", "Both begin on the first frame of the scene"),
            ("CURRENT", "Playhead", "Both begin on the frame that the playhead is on"),
        ),
    )
    add_sound: BoolProperty(
        name="Add the Speech",
        description="The speech is heard when the timeline plays, in sync with the take",
        default=True,
    )


def home_of(settings: Any) -> str:
    """Where the hands are to rest, of `homes.NAMES`; "" as the person has them."""
    chosen_home = str(settings.home)
    return "" if chosen_home == PERSON else chosen_home.lower().replace("_", " ")


def home_choice(name: str) -> str:
    """The reverse of `home_of`: what the panel chooses for NAME."""
    return name.upper().replace(" ", "_") or PERSON


def pictures(settings: Any) -> tuple[str, ...]:
    """All pictures of the person, if SETTINGS have more than one; () otherwise."""
    try:
        found = json.loads(settings.images)
    except (ValueError, RecursionError):
        return ()
    several = isinstance(found, list) and len(found) > 1
    return tuple(found) if several and all(isinstance(one, str) for one in found) else ()


def show_pictures(settings: Any, image: str, images: Sequence[str]) -> None:
    """Choose the picture IMAGE; with it all of IMAGES, until another one is chosen."""
    settings.image = image
    settings.images = json.dumps(list(images)) if len(images) > 1 else ""


def taken(settings: Any) -> tuple[str, ...] | None:
    """What the picture gives, of ``portrait.TAKEN``; None without a picture."""
    if not settings.image:
        return None
    return tuple(one for one in portrait.TAKEN if getattr(settings, f"picture_{one}"))


def show_taken(settings: Any, names: Sequence[str] | None) -> None:
    """The reverse: switch on what of the picture a take was given; None: before it was asked."""
    given = portrait.TAKEN[:2] if names is None else names
    for one in portrait.TAKEN:
        setattr(settings, f"picture_{one}", one in given)


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
