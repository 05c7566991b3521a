# SPDX-License-Identifier: GPL-3.0-or-later
"""The sliders of a take, or of the next one: read, set and balanced; nothing follows them here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..keys import intensity, restoring
from ..keys.spacing import EVERY, Spacing
from ..motion.shaping import Shaping
from ..properties import generate
from ..properties.generate import STYLE_ROWS
from ..properties.style import SHAPES

if TYPE_CHECKING:
    from bpy.types import Action
    from numpy.typing import NDArray

    from .record import Style

_silent = False  # while the add-on itself moves sliders


@contextmanager
def silently() -> Iterator[None]:
    """Sliders moved in here ask for nothing and balance nothing."""
    global _silent
    before, _silent = _silent, True
    try:
        yield
    finally:
        _silent = before


def is_silent() -> bool:
    """Whether the add-on itself moves sliders now."""
    return _silent


def balance(settings: Any, row: int) -> None:
    """Scale the other two sliders of each column whose ROW has moved, so that it adds up to 1."""
    matrix = sliders(settings)
    moved = np.abs(matrix[row] - np.array(settings.known).reshape(3, -1)[row]) > 1e-6
    others = [other for other in range(3) if other != row]
    for level in np.flatnonzero(moved):
        rest, total = 1.0 - matrix[row, level], matrix[others, level].sum()
        share = matrix[others, level] / total if total > 1e-6 else 0.5
        matrix[others, level] = rest * share
    put_sliders(settings, matrix)


def sliders(settings: Any) -> NDArray[np.float64]:
    """The sliders as they stand, rows low, mid, high by levels (3, 6)."""
    return np.array([getattr(settings, row)[:] for row in STYLE_ROWS], np.float64)


def put_sliders(settings: Any, style: NDArray[np.float64]) -> None:
    """Move the sliders to STYLE (3, levels); of fewer levels the rest stays."""
    for row, values in zip(STYLE_ROWS, style, strict=True):
        getattr(settings, row)[: len(values)] = [float(value) for value in values]
    settings.known = [float(value) for value in sliders(settings).ravel()]


def style_of(owner: Any) -> Any:
    """The GesturesStyle of an Action or a Scene."""
    return owner.gestures_style


def shaping(settings: Any) -> Shaping:
    """SETTINGS' strengths, smoothings and offsets."""
    return Shaping(*(tuple(round(v, 4) for v in getattr(settings, name)) for name in SHAPES))


def style_rows(settings: Any) -> Style:
    """The style (3, levels) as the engine takes it, each column adding up to 1."""
    return [row[: settings.levels] for row in generate.style_matrix(settings)]


def spacing(settings: Any) -> Spacing:
    """How SETTINGS want the keys."""
    return Spacing(settings.spacing, round(settings.tolerance, 4))


def put_spacing(settings: Any, how: Spacing) -> None:
    """Let SETTINGS want the keys as HOW says; a take then follows."""
    settings.spacing, settings.tolerance = how.kind, how.degrees


def put_shaping(settings: Any, how: Shaping) -> None:
    """Set every level of SETTINGS to HOW; a take then follows."""
    for name in SHAPES:
        setattr(settings, name, getattr(how, name))


def begin_next(scene: Any, style: Style | None, how: Shaping, keys: Spacing) -> None:
    """Let the next take in SCENE begin with STYLE, if there is one, the shaping HOW, and KEYS."""
    with silently():
        if style:
            generate.show_style(scene.gestures, style)
            put_sliders(style_of(scene), np.array(style))
        put_shaping(style_of(scene), how)
        put_spacing(style_of(scene), keys)


def hand_to_next(scene: Any, style: Style | None) -> None:
    """Let the next take in SCENE begin with a person's STYLE, unless its sliders are chosen."""
    if style and scene.gestures.style_source == "PICTURE":
        with silently():
            put_sliders(style_of(scene), np.array(style))
            generate.show_style(scene.gestures, style)


def remembered(owner: Any) -> restoring.PutBack:
    """What puts the sliders of OWNER, an Action or a Scene, back."""
    put_back = restoring.values(style_of(owner))

    def silent() -> None:
        with silently():
            put_back()

    return silent


def begin_take(action: Action, style: Style | None, how: Shaping, keys: Spacing = EVERY) -> None:
    """Give a new take ACTION the STYLE, the shaping HOW and the KEYS that it was made with."""
    settings = style_of(action)
    with silently():
        settings.levels = len(style[0]) if style else 0
        if style:
            put_sliders(settings, np.array(style))
        for name in SHAPES:
            getattr(settings, name)[:] = getattr(how, name)
        put_spacing(settings, keys)
    settings.intensity_keys = intensity.fingerprint(action)
