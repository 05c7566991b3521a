# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig panel's fields on each armature: a bone for each place of each role, an offset.

They have no memory of their own: they show and change what is kept with the armature's data
(rig/choices.py), so that this and a mapping found automatically look alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from bpy.props import BoolProperty, FloatVectorProperty, PointerProperty, StringProperty

from ..bones.roles import EVERY_ROLE, most_bones, spoken
from ..errors import GestureError
from ..redraw import redraw_panels
from ..rig import editing, neutral, status

if TYPE_CHECKING:
    from bpy.types import Context

refusal: str = ""  # why the last change in a field was not made; "" if it was


def slot(role: str, index: int) -> str:
    """The name of the field for place INDEX of ROLE's chain."""
    return f"{role.replace('.', '_')}_{index}"


def changed(change: Callable[[], None]) -> None:
    """Do CHANGE; a field cannot report, so what was wrong is shown in the panel."""
    global refusal
    try:
        change()
        refusal = ""
    except GestureError as error:
        refusal = str(error)


def _bone_field(role: str, index: int) -> Any:
    def shown(self: Any) -> str:
        row = status.shown_status(self.id_data).row(role)
        return row.bones[index] if row and index < len(row.bones) else ""

    def pick(self: Any, bone: str) -> None:
        changed(lambda: editing.set_bone(self.id_data, role, index, bone))

    which = f", number {index + 1} from the root" if most_bones(role) > 1 else ""
    return StringProperty(
        name=spoken(role).capitalize(),
        description=f"The bone of the {spoken(role)}{which}",
        get=shown,
        set=pick,
    )


def _active_bone(self: Any) -> str:
    bone = self.id_data.data.bones.active
    return bone.name if bone else ""


def _activate(self: Any, name: str) -> None:
    bones = self.id_data.data.bones
    bones.active = bones.get(name)


def _shown_offset(self: Any) -> list[float]:
    angles = editing.offset_of(self.id_data, _active_bone(self))
    return [float(angle) for angle in np.radians(angles)]


def _adjust_offset(self: Any, angles: Any) -> None:
    x, y, z = (round(float(angle), 4) for angle in np.degrees(angles))
    wanted = {_active_bone(self): (x, y, z)}
    changed(lambda: neutral.adjust(self.id_data, wanted, mirror=self.mirror))


def _redraw(self: Any, context: Context) -> None:
    redraw_panels(context)


class GesturesRig(bpy.types.PropertyGroup):
    """An armature's bones by role, and the offset of its active bone."""

    __annotations__ = {
        slot(role, index): _bone_field(role, index)
        for role in EVERY_ROLE
        for index in range(most_bones(role))
    } | {
        "offset": FloatVectorProperty(
            name="Offset",
            description="What the active bone is turned on top of every gesture, about its own "
            "axes",
            subtype="EULER",
            size=3,
            get=_shown_offset,
            set=_adjust_offset,
        ),
        "bone": StringProperty(
            name="Bone",
            description="The armature's active bone, whose offset is shown",
            get=_active_bone,
            set=_activate,
        ),
        "mirror": BoolProperty(
            name="Both Sides",
            description="Give the bone on the other side the mirrored offset",
            default=True,
            override={"LIBRARY_OVERRIDABLE"},
            update=_redraw,
        ),
    }


CLASSES: Final = (GesturesRig,)
OWNED: Final = {
    bpy.types.Object: {  # only armatures show them
        "gestures_rig": PointerProperty(type=GesturesRig),
        # of the object itself: a library override does not save a new group of them
        "gestures_key_fk": BoolProperty(
            name="Key Arms to FK",
            description=(
                "Let new takes key the arms' IK/FK switches to FK; your own keys of them stay"
            ),
            default=False,
            override={"LIBRARY_OVERRIDABLE"},
        ),
    }
}
