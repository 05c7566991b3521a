# SPDX-License-Identifier: GPL-3.0-or-later
"""Keyed bones that do not turn as their keys say: a constraint, IK or a driver moves them.

What could hold a bone is listed first; only such bones are looked at, on a few frames.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from mathutils import Euler, Matrix, Quaternion

from .. import compat
from ..errors import GestureError
from ..keys import actions

if TYPE_CHECKING:
    from bpy.types import Action, Depsgraph, Object, PoseBone, Scene

LOOKED_AT: Final = 5  # frames of a take
NOTICED: Final = 5.0  # degrees from what the keys say
TURNLESS: Final = frozenset(  # constraints that turn no bone
    ("LIMIT_LOCATION", "LIMIT_SCALE", "LIMIT_DISTANCE", "COPY_LOCATION", "COPY_SCALE",
     "MAINTAIN_VOLUME")
)  # fmt: skip
CHAINS: Final = ("IK", "SPLINE_IK")  # turn the bones above theirs as well


KEY: Final = "gestures_held"  # custom property of an armature: what was found, as JSON
ROUNDS: Final = 4  # of muting what holds bones and looking whether they follow


@dataclass(frozen=True)
class Held:
    """A keyed BONE, and what may hold it: CONSTRAINT of the bone OWNER; "" for a driver."""

    bone: str
    owner: str
    constraint: str = ""

    @property
    def what(self) -> str:
        """What holds it, in words."""
        if not self.constraint:
            return f"a driver of '{self.owner}'"
        return f"the constraint '{self.constraint}' of '{self.owner}'"


def sentence(armature: Object) -> str:
    """What was found to hold a bone of ARMATURE when its last take was written; "" if none does.

    It is kept with the armature. What was switched off or removed since holds no longer.
    """
    found = _still(armature)
    if not found:
        return ""
    held, degrees = found[0]
    others = len({other.bone for other, _ in found}) - 1
    more = f" (and {others} more)" if others else ""
    return (
        f"The bone '{held.bone}'{more} stays up to {degrees:.0f}° from what the take wants, "
        f"because {held.what} moves it: mute or remove that."
    )


def look(scene: Scene, armature: Object, bones: Iterable[str]) -> str:
    """Compare BONES as evaluated with their keys in the action shown; what `sentence` then says.

    The scene's frame is changed and put back, and only if something may hold a bone.
    """
    _keep(armature, {})
    action = actions.current_action(armature)
    may_hold = list(suspects(armature, bones))
    if scene != bpy.context.scene or action is None or not may_hold:
        return ""
    names = {held.bone for held in may_hold}
    furthest = dict.fromkeys(names, 0.0)
    for graph in _frames(scene, action):
        for name, degrees in _misses(armature, action, graph, names).items():
            furthest[name] = max(furthest[name], degrees)
    first = {held.bone: held for held in reversed(may_hold)}
    _keep(armature, {first[name]: far for name, far in furthest.items() if far > NOTICED})
    return sentence(armature)


def why_none(armature: Object) -> str:
    """Why there is nothing to `release` in ARMATURE, in a few words; "" if there is."""
    return "" if _still(armature) else "Nothing was found that holds a keyed bone"


def release(scene: Scene, armature: Object) -> str:
    """Mute what was found to hold bones of ARMATURE, and look again; what to tell.

    Raises GestureError, with nothing changed, when nothing was found or it cannot be muted.
    """
    actions.check_writable(armature)
    if reason := why_none(armature):
        raise GestureError(f"{reason}: there is nothing to mute.")
    muted: list[str] = []
    for _ in range(ROUNDS):
        found = [held for held, _ in _still(armature)]
        for held in found:
            _mute(armature, held)
        muted += [held.what for held in found if held.what not in muted]
        assert armature.pose is not None
        if not found or not look(scene, armature, armature.pose.bones.keys()):
            break
    return f"Muted {' and '.join(dict.fromkeys(muted))}." + _left(armature)


def _left(armature: Object) -> str:
    left = sentence(armature)
    return f" {left}" if left else ""


def _mute(armature: Object, held: Held) -> None:
    if not held.constraint:
        for curve in _drivers(armature, held.bone):
            curve.mute = True
        return
    bone: Any = armature.pose.bones[held.owner]  # type: ignore[union-attr]
    bone.constraints[held.constraint].mute = True


def _keep(armature: Object, found: Mapping[Held, float]) -> None:
    if found:
        rows = [[held.bone, held.owner, held.constraint, far] for held, far in found.items()]
        armature[KEY] = json.dumps(rows, ensure_ascii=False)
    elif armature.get(KEY) is not None:
        del armature[KEY]


def _still(armature: Object) -> list[tuple[Held, float]]:
    """What was found and may hold its bone still, and degrees; what holds most is first."""
    try:
        rows = json.loads(str(armature.get(KEY, "[]")))
        found = {Held(*map(str, row[:3])): float(row[3]) for row in rows}
    except (ValueError, TypeError, IndexError, KeyError):  # edited by hand
        return []
    still = set(suspects(armature, {held.bone for held in found})) if found else set()
    pairs = [(held, far) for held, far in found.items() if held in still]
    return sorted(pairs, key=lambda pair: -pair[1])


# --- what may hold a bone -------------------------------------------------------------------


def suspects(armature: Object, bones: Iterable[str]) -> Iterator[Held]:
    """What may turn each of BONES of ARMATURE besides its keys."""
    wanted = set(bones)
    if armature.pose is None:
        return
    for bone in armature.pose.bones:
        for constraint in filter(_turns, bone.constraints):
            for name in _reached(bone, constraint):
                if name in wanted:
                    yield Held(name, bone.name, constraint.name)
    for name in wanted:
        if any(not curve.mute for curve in _drivers(armature, name)):
            yield Held(name, name)


def _drivers(armature: Object, bone: str) -> list[Any]:
    """The drivers of BONE's rotation."""
    data: Any = armature.animation_data
    return [
        curve
        for curve in (data.drivers if data else ())
        if actions.keyed_bone(curve) == bone and ".rotation" in curve.data_path
    ]


def _turns(constraint: Any) -> bool:
    on = not constraint.mute and constraint.influence > 0.0
    return on and constraint.type not in TURNLESS


def _reached(bone: PoseBone, constraint: Any) -> Iterator[str]:
    """The bones that CONSTRAINT of BONE turns."""
    if constraint.type not in CHAINS:
        yield bone.name
        return
    start: Any = bone
    if constraint.type == "IK" and not constraint.use_tail:
        start = bone.parent
    count = constraint.chain_count or len(bone.parent_recursive) + 1
    while start is not None and count > 0:
        yield start.name
        start, count = start.parent, count - 1


# --- how far it is --------------------------------------------------------------------------


def _frames(scene: Scene, action: Action) -> Iterator[Depsgraph]:
    """The scene evaluated on frames evenly over ACTION; afterwards it is where it was."""
    before = scene.frame_current_final
    try:
        ends = action.frame_range
        for frame in np.linspace(ends[0], ends[1], LOOKED_AT + 2)[1:-1]:
            scene.frame_set(round(float(frame)))
            yield bpy.context.evaluated_depsgraph_get()
    finally:
        scene.frame_set(int(before // 1), subframe=before % 1)


def _misses(
    armature: Object, action: Action, graph: Depsgraph, names: Iterable[str]
) -> dict[str, float]:
    """Degrees from where its keys in ACTION and its parent put each bone of NAMES."""
    pose: Any = armature.evaluated_get(graph).pose
    assert graph.scene is not None
    keyed = _keyed(armature, action, graph.scene.frame_current_final)
    found = {}
    for name in set(names) & keyed.keys():
        bone = pose.bones[name]
        wanted = _placed(bone, keyed[name]).to_quaternion()
        turn = wanted.rotation_difference(bone.matrix.to_quaternion()).angle
        found[name] = float(np.degrees(min(turn, 2.0 * np.pi - turn)))
    return found


def _placed(bone: Any, turn: Quaternion) -> Matrix:
    """Where BONE's parent, and its own rotation TURN, put it: armature space."""
    rest, basis = bone.bone.matrix_local, turn.to_matrix().to_4x4()
    if bone.parent is None:
        return Matrix(bone.bone.convert_local_to_pose(basis, rest))
    above = {
        "parent_matrix": bone.parent.matrix,
        "parent_matrix_local": bone.parent.bone.matrix_local,
    }
    return Matrix(bone.bone.convert_local_to_pose(basis, rest, **above))


def _keyed(armature: Object, action: Action, frame: float) -> dict[str, Quaternion]:
    """The rotations that ACTION's curves have on FRAME, by bone."""
    channels: dict[tuple[str, str], dict[int, float]] = {}
    for curve in compat.fcurves(action, compat.slot_for(action, armature)):
        kind = curve.data_path.rpartition(".")[2]
        if kind.startswith("rotation") and (name := actions.keyed_bone(curve)):
            channels.setdefault((name, kind), {})[curve.array_index] = curve.evaluate(frame)
    assert armature.pose is not None
    found = {}
    for (name, kind), values in channels.items():
        bone: Any = armature.pose.bones.get(name)
        if bone is not None and kind == _channel(bone.rotation_mode):
            whole = [values.get(i, own) for i, own in enumerate(getattr(bone, kind))]
            found[name] = _quaternion(whole, bone.rotation_mode)
    return found


def _channel(mode: str) -> str:
    return {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}.get(
        mode, "rotation_euler"
    )


def _quaternion(values: list[float], mode: Any) -> Quaternion:
    if mode == "QUATERNION":
        return Quaternion(values).normalized()
    if mode == "AXIS_ANGLE":
        return Quaternion(values[1:], values[0])
    return Euler(values, mode).to_quaternion()
