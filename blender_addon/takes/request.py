# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take is asked for, and the panel's settings as such a request."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import places
from ..engine import models, process
from ..errors import GestureError
from ..keys import actions
from ..keys.spacing import EVERY, Spacing
from ..motion.mirroring import Recipe
from ..motion.mode import TALKING, Mode
from ..motion.moods import Moods
from ..motion.shaping import UNSHAPED, Shaping
from ..properties import chosen, generate, people, transcript
from ..properties import mode as properties_mode
from ..rig import reading, status
from ..speech import channels
from ..speech.timed_text import Word
from . import files, record, shown, style
from .record import Part, Record, Style

if TYPE_CHECKING:
    from bpy.types import Context, Object


HEARD: Final = (
    "speech",
    "image",
    "identity_seed",
    "identity_other",
    "identity_share",
    "seed",
    "energy",
    "rest",
    "home",
    "channel",
    "voice_only",
    "word_gestures",
)  # by the engine
SHELL: Final = (  # by it, too; no fields of the panel of the same name
    "checkpoint", "transcript", "fade", "images", "taken", "words", "moods", "listen_to",
    "listen_channel",
)  # fmt: skip


@dataclass(frozen=True)
class TakeRequest:
    """What a take was asked for. Objects are remembered by number: they may be gone later.

    only_frames, only_bones: what alone is to change of the take that is shown (first and last
    frame, their poses kept); None for all. The rest is taken over from it.
    shaping: how each body level moves. spacing: how many keys it gets.
    mode: whether it talks, and where it looks.
    energy: how much the size of gestures follows the loudness, 0 to 1. rest: hands go home
    in pauses. fade: windows lead on from each other. None of the three is as the model is meant.
    home: where that is, of `homes.NAMES`; "" where the person has them.
    voice_only: music and noise make no gestures; None as the model is meant.
    part: the seconds of the speech that it is of; None for all, start_frame is the first one's.
    variation: the gallery's recipe; what it says beyond a seed is done to the engine's motion.
    None for any other take. name: of the take, if not after its speech.
    checkpoint, transcript: as `ha2g generate` knows them; None for the default model's.
    channel: of the speech, heard alone, "" for all. listen_to, listen_channel: the same of whom the
    character listens to; None for nobody.
    images: all of the pictures that make the person, if it is more than image alone.
    words: what is said, with times and tags; none where that is not known. word_gestures: which
    share of the gestures that words ask for come, 0 to 1.
    identity_other, identity_share: another imagined person, and how much of them.
    taken: what the pictures give, of `portrait.TAKEN`; None for what they gave before they had
    people looked for in them.
    plan: which gesture strokes when, as a take had it; None for one that the engine draws.
    moods: ranges of the speech, as the shown take of the same speech has them.
    """

    speech: str
    image: str | None
    identity_seed: int
    seed: int
    style: Style | None
    smoothing: float
    limits: str
    contacts: bool
    start_frame: int
    add_sound: bool
    scene_uid: int
    armature_uid: int
    armature_name: str
    only_frames: tuple[float, float] | None = None
    only_bones: tuple[str, ...] | None = None
    shaping: Shaping = UNSHAPED
    spacing: Spacing = EVERY
    mode: Mode = TALKING
    energy: float | None = 0.5
    rest: bool | None = True
    home: str = ""
    voice_only: bool | None = True
    part: Part | None = None
    variation: Recipe | None = None
    name: str = ""
    checkpoint: str | None = None
    transcript: str | None = None
    fade: bool | None = True
    images: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    word_gestures: float = 1.0
    taken: tuple[str, ...] | None = None
    identity_other: int = 0
    identity_share: float = 0.0
    plan: Mapping[str, Any] | None = None
    moods: Moods = ()
    channel: str = ""
    listen_to: str | None = None
    listen_channel: str = ""

    @property
    def is_part(self) -> bool:
        """Whether only a part of the take shown is to change."""
        return self.only_frames is not None or self.only_bones is not None

    def engine_params(self) -> dict[str, Any]:
        """The part of the request that concerns the engine."""
        return {name: getattr(self, name) for name in (*HEARD, *SHELL, "style", "plan")}


# what a request asks for and a record keeps under the same name
SHARED: Final = {one.name for one in fields(TakeRequest)} & {one.name for one in fields(Record)}


def missing_input(context: Context) -> str:
    """Why no take can be asked for yet, in a few words; "" if one can."""
    return next_step(context) or ("" if _idles(context) else process.why_missing())


def next_step(context: Context) -> str:
    """What the user has to choose or mend before a take can be asked for; "" if nothing."""
    scene: Any = context.scene
    settings = scene.gestures
    try:
        if not _idles(context):
            if not settings.speech:
                return "Choose a speech file"
            existing_file(settings.speech, "speech file")
            picture(settings)
            pictures(settings)
        armature = chosen.needed_armature(context)
        actions.check_writable(armature)
    except GestureError as error:
        return str(error).removesuffix(".")
    return status.shown_status(armature).problem.removesuffix(".")


def _idles(context: Context) -> bool:
    return properties_mode.mode_of(context.scene).kind == "IDLE"


def request_from(context: Context) -> TakeRequest:
    """The panel's settings as a request, checked as far as Blender can.

    Raises GestureError: something is missing, a file is not there, or the armature cannot
    carry gestures.
    """
    if reason := missing_input(context):
        raise GestureError(f"{reason}.")
    scene: Any = context.scene
    settings, armature = scene.gestures, chosen.chosen_armature(context)
    assert armature is not None  # missing_input looked
    start = scene.frame_current if settings.start_at == "CURRENT" else scene.frame_start
    return request_for(scene, armature, settings.speech, start, properties_mode.mode_of(scene))


def request_for(
    scene: Any, armature: Object, speech: str, start_frame: int, mode: Mode = TALKING
) -> TakeRequest:
    """A request for ARMATURE to gesture to SPEECH from START_FRAME on, as SCENE's panel says.

    Raises GestureError: a file is not there, or the armature cannot carry gestures.
    """
    settings = scene.gestures
    actions.check_writable(armature)
    reading.map_for(armature)
    shaped = not moves_as_published(settings)
    heard = "" if mode.kind == "IDLE" else existing_file(speech, "speech file")
    return TakeRequest(
        speech=heard,
        image=picture(settings),
        images=pictures(settings),
        taken=generate.taken(settings),
        identity_seed=settings.identity_seed,
        identity_other=people.of(settings).other,
        identity_share=people.of(settings).share,
        seed=settings.seed,
        style=own_style(settings),
        smoothing=round(settings.smoothing, 6),
        limits=settings.limits,
        contacts=settings.contacts,
        start_frame=start_frame,
        add_sound=settings.add_sound,
        scene_uid=scene.session_uid,
        armature_uid=armature.session_uid,
        armature_name=armature.name,
        shaping=style.shaping(style.style_of(scene)),
        spacing=style.spacing(style.style_of(scene)),
        mode=mode,
        energy=round(settings.energy, 6) if shaped else None,
        rest=settings.rest if shaped else None,
        home=generate.home_of(settings),
        voice_only=settings.voice_only if shaped else None,
        channel=channels.side(speech, settings.channel.lower()),
        checkpoint=models.checkpoint(),
        fade=True if shaped else None,
        words=transcript.said(scene, heard),
        word_gestures=round(settings.word_gestures, 6),
        moods=_moods(armature, speech) if mode.kind == "TALK" else (),
    )


def _moods(armature: Object, speech: str) -> Moods:
    """Those of the take that ARMATURE shows, if that is of all of SPEECH."""
    made = record.of(shown.take(armature))
    if made is None or made.part is not None or not made.speech:
        return ()
    return made.moods if files.located(made, "speech") == existing_file(speech, "speech") else ()


def moves_as_published(settings: Any) -> bool:
    """Whether the chosen model's motion is to stay what its authors show."""
    return settings.as_published and models.chosen_is_imported()


def own_style(settings: Any) -> Style | None:
    """The sliders' style, or None to take the picture's."""
    return generate.style_matrix(settings) if settings.style_source == "SLIDERS" else None


def picture(settings: Any) -> str | None:
    """The absolute path of the picture, if one is chosen. Raises GestureError."""
    return existing_file(settings.image, "picture") if settings.image else None


def pictures(settings: Any) -> tuple[str, ...]:
    """All of the person's, if there are several. Raises GestureError."""
    return tuple(existing_file(path, "picture") for path in generate.pictures(settings))


def existing_file(path: str, what: str) -> str:
    """PATH made absolute. Raises GestureError if no file is there, or none to be looked at."""
    named = bpy.path.abspath(path)
    if reason := places.why_not(named):
        raise GestureError(f"The {what} '{named}' {reason}.")
    absolute = Path(named).resolve()
    with suppress(OSError, ValueError):  # not allowed to look, too long, no path at all
        if places.is_file(absolute):
            return str(absolute)
        if absolute.is_dir():
            raise GestureError(f"The {what} '{absolute}' is a folder: choose a file in it.")
    raise GestureError(f"The {what} '{absolute}' does not exist: choose another one.")
