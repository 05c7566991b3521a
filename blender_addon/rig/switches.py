# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches that let an arm follow its FK controls instead of IK, and how they stand.

A rig family's mapping in rigs/*.toml says which they are: [fk_switch]. They are only looked at.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import compat
from ..body.skeleton import SIDES
from ..bones.families import SUFFIX, Preset, load_preset
from ..files import whole
from ..keys import actions, arrays
from ..paths import RIGS_DIR

if TYPE_CHECKING:
    from bpy.types import Action, FCurve, Object

    from ..bones.roles import BoneMap

NEARLY: Final = 1e-3  # of a switch's way from IK to FK


@dataclass(frozen=True)
class Switch:
    """A bone's property that an arm follows its FK controls by when it is at the value FK."""

    bone: str
    name: str
    fk: float

    @property
    def path(self) -> str:
        """Its data path, from the armature object."""
        bone, name = map(bpy.utils.escape_identifier, (self.bone, self.name))
        return f'pose.bones["{bone}"]["{name}"]'


def of_arms(bone_map: BoneMap) -> tuple[Switch, ...]:
    """The switches of the arms whose FK controls are in BONE_MAP; a rig may lack them."""
    return tuple(
        Switch(table["bone"].replace("{side}", preset.sides[side]), table["property"], table["fk"])
        for preset, table in _families()
        for side in SIDES
        if _controls(preset, side).intersection(bone_map.get(f"upper_arm.{side}"))
    )


def on_ik(armature: Object, switches: Sequence[Switch]) -> tuple[Switch, ...]:
    """Those of SWITCHES that ARMATURE has and that do not stand on FK now."""
    return tuple(s for s in switches if abs(value(armature, s) - s.fk) > NEARLY)


def value(armature: Object, switch: Switch) -> float:
    """How SWITCH stands on ARMATURE now; on FK when there is none."""
    bones: Any = armature.pose.bones if armature.pose else {}
    found = bones[switch.bone].get(switch.name) if switch.bone in bones else None
    return float(found) if isinstance(found, (int, float)) else switch.fk


def is_animators(armature: Object, switch: Switch) -> bool:
    """Whether a driver, or keys that the animator set, move SWITCH."""
    data: Any = armature.animation_data
    if data is None:
        return False
    if data.drivers.find(switch.path) is not None:
        return True
    curves = [curve_in(action, armature, switch) for action in actions.seen(armature)]
    return any(curve is not None and not is_ours(curve) for curve in curves)


def curve_in(action: Action, armature: Object, switch: Switch) -> FCurve | None:
    """The F-curve that keys SWITCH of ARMATURE in ACTION, if there is one."""
    curves = compat.fcurves(action, compat.slot_for(action, armature))
    return next((curve for curve in curves if curve.data_path == switch.path), None)


def is_ours(curve: FCurve) -> bool:
    """Whether all keys of CURVE, that of a switch, are as this add-on wrote them."""
    keys = arrays.read(curve).columns
    generated = keys["type"] == arrays.number("type", "GENERATED")
    return bool((generated & (keys["co"][:, 1] == keys["back"])).all())


def remark(armature: Object, switches: Sequence[Switch]) -> str:
    """Why takes do not move arms of ARMATURE, one sentence; "" if they do."""
    left = on_ik(armature, switches)
    if (
        left and to_be_keyed(armature) and not any(map(actions.is_take, actions.seen(armature)))
    ):  # the next one keys them
        left = tuple(switch for switch in left if is_animators(armature, switch))
    return "The arms stand on IK: the FK keys of takes do not move them." if left else ""


def to_be_keyed(armature: Object) -> bool:
    """Whether new takes of ARMATURE are to key its arms to FK."""
    fields: Any = armature
    return bool(fields.gestures_key_fk)


@lru_cache(maxsize=1)
def _families() -> tuple[tuple[Preset, Mapping[str, Any]], ...]:
    """The shipped mappings that name a switch of the arms, and what they say of it."""
    tables = {path: tomllib.loads(path.read_text("utf-8")) for path in whole(RIGS_DIR, SUFFIX)}
    return tuple(
        (load_preset(path), table["fk_switch"])
        for path, table in tables.items()
        if "fk_switch" in table
    )


def _controls(preset: Preset, side: str) -> frozenset[str]:
    """What PRESET calls the FK control of the upper arm on SIDE."""
    return frozenset(name for bone in preset.spellings("upper_arm", side) for name in bone)
