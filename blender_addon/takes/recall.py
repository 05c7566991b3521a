# SPDX-License-Identifier: GPL-3.0-or-later
"""A take's record as a request again: to make it anew, or to show it in the panel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine import models
from ..errors import GestureError
from ..keys import actions
from ..properties import generate, transcript
from ..properties import mode as properties_mode
from ..rig import reading
from . import files, nla, record, stored, style
from .request import HEARD, SHARED, TakeRequest

if TYPE_CHECKING:
    from bpy.types import Action, Context, Object


def stored_request(
    context: Context, armature: Object, action: Action, **changes: Any
) -> TakeRequest:
    """The request that the take ACTION was made by, for ARMATURE as it is now.

    changes: fields of the request to be otherwise. Raises GestureError: ACTION stores none, a
    file it was made from is gone, the armature cannot carry gestures, a part is to change of a
    take that plays in other ways than it is keyed, or all of it would not be made as it is.
    """
    made = _made(action)
    asked = _asked(context, armature, action, made, **changes)
    actions.check_writable(armature)
    reading.map_for(armature)
    files.check(made, action.name)
    if asked.is_part:
        files.check_same(made, action.name)
        nla.check(armature, action)
    else:
        _check_repeatable(action, asked)
    return asked


def _made(action: Action) -> record.Record:
    """The record of ACTION. Raises GestureError if it does not say how the take was made."""
    made = record.of(action)
    if made is None or made.speech is None:
        raise GestureError(f"'{action.name}' does not store how it was made: generate a new take.")
    return made


def _check_repeatable(action: Action, asked: TakeRequest) -> None:
    """Raise GestureError if ASKED, by which ACTION was made, says not all of its motion."""
    if asked.variation and asked.variation.of_two:
        raise GestureError(
            f"'{action.name}' is a variation of two takes, which cannot be run again at once: "
            "blend them in the gallery again, or duplicate the take."
        )
    if stored.changed(action):
        raise GestureError(
            f"'{action.name}' has strokes that were moved, and running it again would lose them: "
            "duplicate the take, or use its settings and generate."
        )


def _asked(
    context: Context, armature: Object, action: Action, made: record.Record, **changes: Any
) -> TakeRequest:
    """`stored_request`, whether it can be carried out or not."""
    kept = stored.load_plan(action)
    known = {
        "start_frame": round(nla.begins(armature, action)),
        "shaping": style.shaping(style.style_of(action)),
        "spacing": style.spacing(style.style_of(action)),
        "plan": None if kept is None or "seed" in changes else kept.plan,
    }
    return request_of(made, context.scene, armature, **{**known, **changes})


def request_of(made: record.Record, scene: Any, armature: Object, **changes: Any) -> TakeRequest:
    """The request in the record MADE, for ARMATURE in SCENE, with the speech not added as sound.

    changes: fields of the request to be otherwise; start_frame at least.
    """
    known = {name: getattr(made, name) for name in SHARED} | {
        "speech": files.located(made, "speech"),
        "image": files.located(made, "image") or None,
        "listen_to": files.located(made, "listen_to") or None,
        "images": files.pictures(made),
        "style": made.style if made.own_style else None,
        "add_sound": False,
        "scene_uid": scene.session_uid,
        "armature_uid": armature.session_uid,
        "armature_name": armature.name,
    }
    return TakeRequest(**{**known, **changes})


def show_settings(context: Context, armature: Object, action: Action) -> None:
    """Set the panel to what the take ACTION was made with, files that are gone included.

    Raises GestureError if ACTION does not store it.
    """
    made = _made(action)
    asked = _asked(context, armature, action, made)
    scene: Any = context.scene
    settings = scene.gestures
    for name in {*HEARD, "smoothing", "limits", "contacts"} - {"image", "home", "channel"}:
        if (value := getattr(asked, name)) is not None:  # else as published
            setattr(settings, name, value)
    if asked.checkpoint and models.is_imported(Path(asked.checkpoint)):
        settings.as_published = asked.energy is None
    generate.show_pictures(settings, asked.image or "", asked.images)
    if asked.image:
        generate.show_taken(settings, asked.taken)
    settings.home = generate.home_choice(asked.home)
    settings.channel = (asked.channel or "both").upper()
    if asked.words and transcript.said(scene, asked.speech) != asked.words:
        transcript.put(scene, asked.speech, asked.words)
    settings.style_source = "SLIDERS" if asked.style is not None else "PICTURE"
    style.begin_next(scene, made.style, asked.shaping, asked.spacing)
    properties_mode.show(scene, asked.mode)
    before = asked.part[0] if asked.part else 0.0  # seconds of the speech that are cut off
    start = round(asked.start_frame - before * actions.scene_fps(scene))
    settings.start_at = "SCENE" if start == scene.frame_start else "CURRENT"
    if settings.start_at == "CURRENT":
        scene.frame_set(start)
