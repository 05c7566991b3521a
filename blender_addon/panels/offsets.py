# SPDX-License-Identifier: GPL-3.0-or-later
"""The neutral pose, and offsets on top of every gesture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..properties import chosen
from ..rig import choices
from .widgets import Folded, WithArmature, roomy, sentence

if TYPE_CHECKING:
    from bpy.types import Context, Object


class GESTURES_PT_offsets(WithArmature, Folded, bpy.types.Panel):
    """The neutral pose, and what bones are turned on top of it."""

    bl_label = "Neutral Pose"
    bl_parent_id = "GESTURES_PT_character"

    def draw(self, context: Context) -> None:
        """Draw the neutral pose's buttons, the active bone's offset, all that have one."""
        armature: Any = chosen.chosen_armature(context)
        layout: Any = self.layout
        layout.operator("gestures.neutral", icon="OUTLINER_OB_ARMATURE")
        layout.operator("gestures.offset_take", icon="IMPORT")
        column = roomy(layout.column())
        column.enabled = not choices.why_fixed(armature)
        fields = armature.gestures_rig
        column.prop(fields, "mirror")
        column.prop_search(fields, "bone", armature.data, "bones", icon="BONE_DATA")
        if fields.bone:
            column.prop(fields, "offset")
        _draw_list(layout, armature)


def _draw_list(layout: Any, armature: Object) -> None:
    kept = choices.read(armature)
    sentence(layout, kept.problem, icon="ERROR")
    bones = armature.data.bones  # type: ignore[union-attr]
    column: Any = layout.column(align=True)
    for bone, angles in sorted(kept.offsets.items()):
        row = column.row(align=True)
        here = bone in bones
        text = f"{bone}: {' '.join(f'{round(angle)}°' for angle in angles)}"
        row.operator(
            "gestures.bone_show", text=text, icon="BONE_DATA" if here else "ERROR", translate=False
        ).bone = bone
        row.operator("gestures.offset_clear", text="", icon="X").bone = bone
    if len(kept.offsets) > 1:
        layout.operator("gestures.offset_clear", text="Remove All Offsets", icon="TRASH").bone = ""
    if any(bone not in bones for bone in kept.offsets):
        sentence(layout, "Offsets marked red wait: the armature has no such bone", icon="INFO")


CLASSES: Final = (GESTURES_PT_offsets,)
