# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel tells about an armature's bones; remembered, as panels are drawn often."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from . import rig
from .errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Object


@dataclass(frozen=True)
class Status:
    """A mapping in numbers. problem: one sentence if the armature cannot gesture, else ""."""

    family: str = ""
    found: int = 0
    missing: tuple[tuple[str, str], ...] = ()
    problem: str = ""

    @property
    def total(self) -> int:
        """Body parts that a full rig has."""
        return self.found + len(self.missing)


def status(armature: Object) -> Status:
    """How ARMATURE's bones fit; read again only when its bones have changed."""
    bones = armature.data.bones  # type: ignore[union-attr]
    shape = tuple((bone.name, bone.parent.name if bone.parent else "") for bone in bones)
    return _status(_Key(armature, armature.session_uid, shape))


class _Key:
    """An armature as a dictionary key: equal while its bones are the same."""

    def __init__(self, armature: Object, uid: int, shape: tuple[tuple[str, str], ...]) -> None:
        self.armature, self.identity = armature, (uid, shape)

    def __hash__(self) -> int:
        return hash(self.identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.identity == other.identity


@lru_cache(maxsize=8)
def _status(key: _Key) -> Status:
    try:
        detection = rig.map_for(key.armature)
    except GestureError as error:
        return Status(problem=str(error))
    return Status(
        family=detection.family,
        found=sum(bool(bones) for bones in detection.bone_map.roles.values()),
        missing=tuple(sorted(detection.missing.items())),
    )
