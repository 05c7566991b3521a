# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user decided about a rig, kept with its armature data: bones by role, offsets.

It is one custom property, as JSON: it is saved, appended and duplicated along with the armature.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import mathutils

from ..bones.roles import EVERY_ROLE
from ..errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Object
    from mathutils import Matrix

STORE_KEY: Final = "gestures_rig"  # custom property of the armature's data
Euler: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True)
class Choices:
    """roles: chosen bones by role, none for a role that is to stay empty; others are automatic.

    offsets: Euler angles XYZ in degrees by bone, about the bone's own axes. problem: why what
    was kept cannot be read, else "".
    """

    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    offsets: Mapping[str, Euler] = field(default_factory=dict)
    problem: str = ""


def rotation(angles: Euler) -> Matrix:
    """The 3 x 3 rotation of Euler ANGLES in degrees."""
    x, y, z = map(math.radians, angles)
    return mathutils.Euler((x, y, z)).to_matrix()


def degrees(turn: Matrix) -> Euler:
    """The Euler angles in degrees of a rotation TURN (3 x 3)."""
    euler = turn.to_euler()
    x, y, z = (round(math.degrees(angle), 4) for angle in (euler.x, euler.y, euler.z))
    return x, y, z


def text(armature: Object) -> str:
    """What is kept with ARMATURE, as it is; "" for nothing."""
    data: Any = armature.data
    return str(data.get(STORE_KEY, ""))


def read(armature: Object) -> Choices:
    """What is kept with ARMATURE."""
    kept = text(armature)
    if not kept:
        return Choices()
    try:
        return _choices(json.loads(kept))
    except (ValueError, TypeError, AttributeError, KeyError):
        return Choices(
            problem=f"What was kept about the bones of '{armature.name}' cannot be read: "
            "they are found automatically."
        )


def _choices(table: dict[str, Any]) -> Choices:
    roles = {str(role): tuple(map(str, bones)) for role, bones in table["roles"].items()}
    if unknown := set(roles) - set(EVERY_ROLE):
        raise KeyError(min(unknown))
    offsets: dict[str, Euler] = {}
    for bone, angles in table["offsets"].items():
        x, y, z = map(float, angles)
        offsets[bone] = (x, y, z)
    return Choices(roles, offsets)


def why_fixed(armature: Object) -> str:
    """Why nothing can be kept with ARMATURE, one sentence; "" if it can."""
    data: Any = armature.data
    if data.library is None and data.override_library is None:
        return ""
    return (
        f"The bones of '{armature.name}' are linked from another file: "
        "choose and adjust them there, then save that file."
    )


def write(armature: Object, choices: Choices) -> None:
    """Keep CHOICES with ARMATURE. Raises GestureError when its data is linked."""
    if reason := why_fixed(armature):
        raise GestureError(reason)
    data: Any = armature.data
    if choices.roles or choices.offsets:
        table = {"roles": dict(choices.roles), "offsets": dict(choices.offsets)}
        data[STORE_KEY] = json.dumps(table, ensure_ascii=False)
    elif STORE_KEY in data:
        del data[STORE_KEY]
