# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on asks for, as it comes over the pipe → settings of a take."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from ha2g_engine.errors import InputError
from ha2g_engine.gestures import moods
from ha2g_engine.gestures.plan import Plan
from ha2g_engine.speech.transcript import Word, words_of_rows

from .settings import LARGEST_SHARE, Array, Settings

Params = Mapping[str, Any]


def speech(params: Params) -> str:
    """The speech's path. Raises InputError where none is named."""
    found = text(params, "speech")
    if found is None:
        raise InputError("Choose a speech file first.")
    return found


def settings(params: Params) -> Settings:
    """Raises InputError, naming it, for a value of another kind."""
    return Settings(
        images=_pictures(params),
        identity_seed=whole(params, "identity_seed"),
        seed=whole(params, "seed"),
        style=_style(params.get("style")),
        transcript=text(params, "transcript"),
        rest=_switch(params, "rest"),
        energy=_number(params, "energy"),
        fade=_switch(params, "fade"),
        plan=Plan.from_dict(params["plan"]) if params.get("plan") else None,
        home=text(params, "home"),
        words=words(params),
        word_gestures=1.0 if (share := _number(params, "word_gestures")) is None else share,
        moods=moods.of(params.get("moods")),
        channel=text(params, "channel") or "",
        listen_to=text(params, "listen_to"),
        listen_channel=text(params, "listen_channel") or "",
        voice_only=_switch(params, "voice_only"),
        taken=_names(params, "taken"),
        identity_other=whole(params, "identity_other"),
        identity_share=_number(params, "identity_share") or 0.0,
    )


def words(params: Params) -> tuple[Word, ...] | None:
    """What is said, in rows of text, start and end; None where that is not told. Raises InputError.

    An empty list is none, too: nobody says nothing for the length of a speech.
    """
    rows = params.get("words")
    return words_of_rows(rows) if rows else None


def text(params: Params, key: str) -> str | None:
    """A text; None for an empty one or none at all. Raises InputError."""
    value = params.get(key)
    if value is not None and not isinstance(value, str):
        raise _unusable(key, value, "a text")
    return value or None


def whole(params: Params, key: str) -> int:
    """A whole number; 0 for none. Raises InputError."""
    value = params.get(key)
    if value is None:
        return 0
    if not isinstance(value, int | float) or value != value // 1:
        raise _unusable(key, value, "a whole number")
    return int(value)


def _pictures(params: Params) -> list[str]:
    """All of `images`, or the one that `image` names."""
    several = params.get("images") or [params.get("image")]
    if not isinstance(several, list | tuple):
        raise _unusable("images", several, "a list of texts")
    found = (text({"image": one}, "image") for one in several)
    return [one for one in found if one]


def _names(params: Params, key: str) -> list[str] | None:
    """A list of texts; None for none. Raises InputError."""
    value = params.get(key)
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise _unusable(key, value, "a list of texts")
    return list(value)


def _switch(params: Params, key: str) -> bool | None:
    value = params.get(key)
    return None if value is None else bool(value)


def _number(params: Params, key: str) -> float | None:
    value = params.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or not -LARGEST_SHARE <= value <= LARGEST_SHARE:
        raise _unusable(key, value, "a number")
    return float(value)


def _style(value: Any) -> Array | None:
    """(3, levels) as it was given; ``normalised_style`` looks further."""
    if value is None:
        return None
    try:
        numbers = np.asarray(value, np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise _unusable("style", value, "rows of numbers") from error
    if not (np.abs(numbers) < LARGEST_SHARE).all():
        raise _unusable("style", value, "rows of shares")
    return numbers.astype(np.float32)


def _unusable(key: str, value: Any, wanted: str) -> InputError:
    return InputError(f"'{key}' = {reprlib.repr(value)} does not work: {wanted} is expected.")
