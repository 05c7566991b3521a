# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of models in the preferences, and what the chosen one says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..engine import installation, models, preferences
from .widgets import WIDE, sentence

if TYPE_CHECKING:
    from bpy.types import UILayout

    from ..engine.models import Model


def draw_models(layout: UILayout) -> None:
    """A row a model to choose it by, and the chosen one's card, licence and hash."""
    box = layout.box()
    box.label(text="Model", icon="COMMUNITY")
    name = preferences.get().model
    column = box.column(align=True)
    for model in models.listed():
        icon: Any = "RADIOBUT_ON" if model.name == name else "RADIOBUT_OFF"
        button: Any = column.operator(
            "gestures.model_choose", text=_title(model), icon=icon, translate=False
        )
        button.model = model.name
    chosen = models.chosen()
    if chosen is None:
        sentence(
            box, f"'{name}' is not there any more: choose another one.", icon="ERROR", wrap=WIDE
        )
    else:
        _draw_facts(box, chosen)
    if installation.running() is None:
        row = box.row(align=True)
        row.operator("gestures.model_import", text="Bring In", icon="IMPORT")
        row.operator("gestures.model_remove", text="Remove", icon="TRASH")


def _title(model: Model) -> str:
    kind = models.KINDS[model.kind]
    return model.title if model.kind == "default" else f"{model.title} ({kind.lower()})"


def _draw_facts(box: UILayout, model: Model) -> None:
    epochs = "" if model.epoch is None else f", epoch {model.epoch}"
    column = box.column(align=True)
    for line in (
        f"{model.system}, {model.numbers / 1e6:.1f} million numbers{epochs}",
        f"sha256 {model.digest[:16]}…",
    ):
        column.label(text=line, translate=False)
    sentence(box, f"Licence: {model.licence}", wrap=WIDE)
    if model.card is not None:
        button: Any = box.operator("wm.path_open", text="Open Its Card", icon="TEXT")
        button.filepath = str(model.card)
