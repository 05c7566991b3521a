# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to a character: its takes, and what of it no take may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..keys.protection import Protection
from ..motion.layers import LAYERS, bones_of
from ..rig import reading

if TYPE_CHECKING:
    from bpy.types import Object


# characters linked from another file have takes, too
OVERRIDE: Final[set[Literal["LIBRARY_OVERRIDABLE"]]] = {"LIBRARY_OVERRIDABLE"}
GROWING: Final[Any] = {"LIBRARY_OVERRIDABLE", "USE_INSERTION"}


class GesturesTake(bpy.types.PropertyGroup):
    """A take of the list, and what the armature showed before it."""

    action: PointerProperty(
        name="Action", description="The take's keys", type=bpy.types.Action, override=OVERRIDE
    )
    accepted: BoolProperty(
        name="Accepted",
        description="Whether the take plays as an NLA track",
        default=False,
        override=OVERRIDE,
    )
    lowered: BoolProperty(
        name="Own Frames Only",
        description="Whether its strip would hold its poses if nothing were shown below it",
        default=False,
        override=OVERRIDE,
    )
    span: FloatVectorProperty(
        name="Span",
        description="The first and last frame of the take when its strip played all of it",
        size=2,
        override=OVERRIDE,
    )
    before: PointerProperty(
        name="Before",
        description="The action shown before the take",
        type=bpy.types.Action,
        override=OVERRIDE,
    )
    before_slot: StringProperty(
        name="Slot", description="The slot of the action before", override=OVERRIDE
    )
    before_track: StringProperty(
        name="Track", description="The track it was moved to", override=OVERRIDE
    )
    before_extrapolation: StringProperty(
        name="Extrapolation",
        description="How the action before went on beyond its frames",
        override=OVERRIDE,
    )
    before_blend: StringProperty(
        name="Blending",
        description="How the action before was mixed with the tracks below it",
        override=OVERRIDE,
    )
    before_influence: FloatProperty(
        name="Influence",
        description="How much of the action before was mixed in, 0 to 1",
        default=1.0,
        override=OVERRIDE,
    )
    before_pose: StringProperty(
        name="Pose",
        description="How the character stood before the take moved it",
        override=OVERRIDE,
    )


class GesturesLock(bpy.types.PropertyGroup):
    """Frames that new motion leaves as they are."""

    first: IntProperty(name="First", description="The first frame that is kept", override=OVERRIDE)
    last: IntProperty(name="Last", description="The last frame that is kept", override=OVERRIDE)


class GesturesMaskedBone(bpy.types.PropertyGroup):
    """A bone, by its name, that new motion leaves as it is."""


def _is_take_of(armature: Any, action: Any) -> bool:
    return any(take.action == action for take in character(armature).takes)


def _part(label: str) -> Any:
    return PointerProperty(
        name=label,
        description=f"The take that {label.lower()} are from; when empty, the one chosen",
        type=bpy.types.Action,
        poll=_is_take_of,
        override=OVERRIDE,
    )


# Each a property of the object itself: a library override does not save a new group of them.
PREFIX: Final = "gestures_"
PROPERTIES: Final[dict[str, Any]] = {
    "takes": CollectionProperty(
        name="Takes",
        description="The takes that this character has, in the list's order",
        type=GesturesTake,
        override=GROWING,
    ),
    "active": IntProperty(
        name="Take", description="The take chosen in the list", override=OVERRIDE
    ),
    "other": PointerProperty(
        name="Other Take",
        description="The take that A/B switches to",
        type=bpy.types.Action,
        override=OVERRIDE,
    ),
    "part_torso": _part("Torso"),
    "part_head": _part("Head"),
    "part_arms": _part("Arms"),
    "part_hands": _part("Hands"),
    "part_fingers": _part("Fingers"),
    "masked": CollectionProperty(
        name="Masked Bones",
        description="Bones that new motion leaves as they are",
        type=GesturesMaskedBone,
        override=GROWING,
    ),
    "masked_layers": EnumProperty(
        name="Masked Parts",
        description="Parts of the body that new motion leaves as they are",
        items=tuple((name, label, f"Keep {label.lower()} as animated") for name, label in LAYERS),
        options={"ENUM_FLAG"},
        override=OVERRIDE,
    ),
    "locks": CollectionProperty(
        name="Locked Frames",
        description="Frames that new motion leaves as they are",
        type=GesturesLock,
        override=GROWING,
    ),
    "keep_keys": BoolProperty(
        name="Pass Through My Keys",
        description="Lead new motion through the keys you set or changed in the take shown, "
        "and through pinned poses",
        default=True,
        override=OVERRIDE,
    ),
}


class Character:
    """An armature's takes and what they must not touch: its PROPERTIES by their short names."""

    armature: Object

    def __init__(self, armature: Object) -> None:
        vars(self)["armature"] = armature

    def __getattr__(self, name: str) -> Any:
        return getattr(self.armature, PREFIX + name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.armature, PREFIX + name, value)


def character(armature: Object) -> Any:
    """ARMATURE's takes and protection."""
    return Character(armature)


def protection_of(armature: Object, **only: Any) -> Protection:
    """What new motion must leave of ARMATURE as it is.

    only: `only_frames` and `only_bones` of Protection, to change no more than these.
    """
    own = character(armature)
    masked = frozenset(bone.name for bone in own.masked)
    if own.masked_layers:
        masked |= bones_of(own.masked_layers, reading.map_for(armature).bone_map)
    locks = tuple((float(lock.first), float(lock.last)) for lock in own.locks)
    return Protection(masked, locks, keep_keys=own.keep_keys, **only)


CLASSES: Final = (GesturesTake, GesturesLock, GesturesMaskedBone)
OWNED: Final = {bpy.types.Object: {PREFIX + name: kind for name, kind in PROPERTIES.items()}}
