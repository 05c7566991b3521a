# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel tells about an armature's bones; remembered, as panels are drawn often."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ..body.skeleton import FINGERS, SIDES
from ..bones.detection import guessed_palms, no_arms
from ..bones.roles import EVERY_ROLE
from ..errors import GestureError
from ..known import Known
from . import choices, families, reading
from . import switches as mapping_switches

if TYPE_CHECKING:
    from bpy.types import Object

    from ..bones.detection import Detection
    from ..retarget.rest import Drive
    from .switches import Switch

GREEN, YELLOW, RED = "green", "yellow", "red"
_ARM: Final = ("collar", "upper_arm", "upper_arm_twist", "forearm", "forearm_twist", "hand")
GROUPS: Final = (  # body part, its roles
    ("Torso and Head", ("hips", "spine", "neck", "head")),
    ("Left Arm", tuple(f"{role}.L" for role in _ARM)),
    ("Left Fingers", tuple(f"{finger}.L" for finger in FINGERS)),
    ("Right Arm", tuple(f"{role}.R" for role in _ARM)),
    ("Right Fingers", tuple(f"{finger}.R" for finger in FINGERS)),
    ("Legs", tuple(f"thigh.{side}" for side in SIDES)),
)


@dataclass(frozen=True)
class Row:
    """The bones of one role; without any, the reason. needed: whether gestures want them.

    chosen: by the user, not found automatically.
    """

    role: str
    bones: tuple[str, ...]
    reason: str
    needed: bool
    chosen: bool


@dataclass(frozen=True)
class Status:
    """A mapping in words and numbers. problem: one sentence if the armature cannot gesture.

    remarks: sentences on choices that could not be kept. drives: what turns which bone.
    switches: the arms' IK/FK switches. on_ik: one sentence if they keep takes from being seen.
    """

    family: str = ""
    rows: tuple[Row, ...] = ()
    remarks: tuple[str, ...] = ()
    problem: str = ""
    drives: tuple[Drive, ...] = ()
    switches: tuple[Switch, ...] = ()
    on_ik: str = ""

    @property
    def found(self) -> int:
        """Body parts that have bones."""
        return sum(bool(row.bones) for row in self.rows)

    @property
    def missing(self) -> tuple[Row, ...]:
        """Body parts that gestures want and that have none."""
        return tuple(row for row in self.rows if row.needed and not row.bones)

    @property
    def total(self) -> int:
        """Body parts that a full rig has."""
        return self.found + len(self.missing)

    @property
    def light(self) -> str:
        """GREEN: all is there; YELLOW: parts missing, or arms on IK; RED: no gestures."""
        if self.problem:
            return RED
        return YELLOW if self.missing or self.on_ik else GREEN

    def row(self, role: str) -> Row | None:
        """The row of ROLE; None when the armature could not be read at all."""
        return next((row for row in self.rows if row.role == role), None)


def status(armature: Object) -> Status:
    """How ARMATURE's bones fit; read again only when its bones or the choices have changed.

    How its IK/FK switches stand is looked at every time.
    """
    bones = armature.data.bones  # type: ignore[union-attr]
    shape = tuple((bone.name, bone.parent.name if bone.parent else "") for bone in bones)
    identity = (armature.session_uid, shape, _choices_of(armature))
    found = _status(Known(identity, armature))
    _shown[armature.session_uid] = (_quick(armature), found)
    return replace(found, on_ik=mapping_switches.remark(armature, found.switches))


def shown_status(armature: Object) -> Status:
    """`status`, taken from the panel that was last drawn while no name or choice has changed."""
    before = _shown.get(armature.session_uid)
    return before[1] if before and before[0] == _quick(armature) else status(armature)


def forget() -> None:
    """Look again: the user's mappings have changed."""
    _status.cache_clear()
    _shown.clear()


_shown: dict[int, tuple[tuple[Any, ...], Status]] = {}


def _choices_of(armature: Object) -> tuple[str, bool]:
    data: Any = armature.data
    return choices.text(armature), data.is_editmode


def _quick(armature: Object) -> tuple[Any, ...]:
    data: Any = armature.data
    return tuple(data.bones.keys()), _choices_of(armature)


@lru_cache(maxsize=8)
def _status(known: Known[Object]) -> Status:
    armature = known.what
    try:
        detection = reading.chosen(armature, reading.detected(armature))
    except GestureError as error:
        return Status(problem=str(error))
    palms = guessed_palms(detection.bone_map) if detection.has_arms else ""
    remarks = (*detection.remarks, *families.user_presets()[1], *filter(None, (palms,)))
    status = Status(detection.family, _rows(armature, detection), remarks)
    try:
        if not detection.has_arms:
            raise no_arms(armature.name, detection)
        calibration = reading.calibration(armature, detection.bone_map)
    except GestureError as error:
        return replace(status, problem=str(error))
    switches = mapping_switches.of_arms(detection.bone_map)
    return replace(status, drives=calibration.drives, switches=switches)


def _rows(armature: Object, detection: Detection) -> tuple[Row, ...]:
    names = {bone.name for bone in armature.data.bones}  # type: ignore[union-attr]
    chosen = {r for r, bones in choices.read(armature).roles.items() if names.issuperset(bones)}
    return tuple(
        Row(
            role,
            detection.bone_map.get(role),
            detection.missing.get(role) or detection.spare.get(role, ""),
            needed=role not in detection.spare,
            chosen=role in chosen,
        )
        for role in EVERY_ROLE
    )
