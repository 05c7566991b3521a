# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding body parts without names, from hierarchy and rest positions.

Arms and legs are the longest mirrored branches; the arms' branch further along the spine. Front
is where toes, thumbs and bent elbows point.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..body import rotations as rot
from ..body.rotations import Floats
from .arms import Arm, NoBodyError, arm_roles, branches, check_arms, find_arms, hand_place
from .hands import fingers
from .limb_tree import Joints

MIRRORED: Final = 0.12  # by how much steps, and places after mirroring, may differ (of the length)
HALF: Final = 0.45  # of the shorter branch must be alike: what a hand holds may differ
SHORT: Final = 0.1  # part of the longest way of all: what reaches less is not looked at
LONG: Final = 0.25  # part of the longest mirrored branch's reach from which it may be a limb
CENTRAL: Final = 0.06  # of the distances to both arms: what they may differ by in the middle
PAIRED: Final = 0.4  # of their distance: two joints this much nearer to one arm each are a pair
UPRIGHT: Final = -0.3  # cosine between a person's spine and legs, at most


@dataclass(frozen=True)
class Pair:
    """Two mirrored branches: their first bones, where they hang, how far they are alike."""

    a: int
    b: int
    parent: int
    length: float


def find_roles(joints: Joints) -> dict[str, tuple[int, ...]]:
    """Bone indices by role.

    Raises NoBodyError with the reason when there are not two arms on an upright body.
    """
    pairs = _limb_pairs(joints)
    if not pairs:
        raise NoBodyError("no two branches of its bones mirror each other")
    arms = max(pairs, key=lambda pair: _arms_score(joints, pair, pairs))
    legs = _legs(joints, arms, pairs)
    if legs is None and _is_hand(joints, arms):
        raise NoBodyError("its longest branches lie side by side like the fingers of a hand")
    up = _up(joints, arms, legs)
    both = find_arms(joints, arms.a, arms.b)
    check_arms(joints, both)
    middle = _trunk(joints, arms, legs, both, up)
    sides = _sides(joints, both, legs, up)
    roles = dict(middle)
    for side, (arm, leg) in sides.items():
        roles |= {f"{role}.{side}": bones for role, bones in arm_roles(joints, arm).items()}
        if leg is not None:
            roles[f"thigh.{side}"] = (leg,)
    return {role: bones for role, bones in roles.items() if bones}


# --- limbs ------------------------------------------------------------------------------------


def _limb_pairs(joints: Joints) -> list[Pair]:
    """Mirrored branches long enough to be arms or legs."""
    least = SHORT * float(joints.reach.max())
    pairs = [
        Pair(a, b, parent, _alike(joints, a, b))
        for parent, children in enumerate(joints.children)
        for a, b in itertools.combinations([c for c in children if joints.reach[c] > least], 2)
    ]
    longest = max((pair.length for pair in pairs), default=0.0)
    return [pair for pair in pairs if 0.0 < LONG * longest <= pair.length]


def _alike(joints: Joints, a: int, b: int) -> float:
    """How far down two branches mirror each other; 0 when for less than half of the shorter."""
    ways = [joints.main_way(bone) for bone in (a, b)]
    steps = [np.linalg.norm(np.diff(joints.heads[way], axis=0), axis=-1) for way in ways]
    count = min(map(len, steps))
    ours, theirs = steps[0][:count], steps[1][:count]
    same = np.abs(ours - theirs) <= MIRRORED * np.maximum(ours, theirs) + 1e-3 * ours.sum()
    same = np.append(np.logical_and.accumulate(same), False)
    end = int(np.argmin(same))
    length = float(ours[:end].sum())
    if end == 0 or length < HALF * min(steps[0].sum(), steps[1].sum()):
        return 0.0
    points = joints.heads[ways[0][: end + 1]], joints.heads[ways[1][: end + 1]]
    return length if _mirrored(*points, length) else 0.0


def _mirrored(ours: Floats, theirs: Floats, length: float) -> bool:
    """Whether OURS, mirrored, lie where THEIRS do (both (k, 3)), apart from each other."""
    if np.linalg.norm(ours[-1] - theirs[-1]) < 0.05 * length:
        return False
    normal = rot.unit(np.sum(ours - theirs, axis=0))
    centre = 0.5 * (ours + theirs).mean(axis=0)
    there = ours - 2.0 * ((ours - centre) @ normal)[:, None] * normal
    return bool(np.linalg.norm(there - theirs, axis=-1).mean() < MIRRORED * length)


def _arms_score(joints: Joints, pair: Pair, pairs: list[Pair]) -> float:
    """Arms hang further along the spine than legs and end in fingers."""
    many = max(_fingers_at_end(joints, bone) for bone in (pair.a, pair.b))
    further = 0.0
    for other in pairs:
        if other.parent != pair.parent:
            further = max(further, _further(joints, pair.parent, other.parent))
    return 0.3 * many + 2.0 * further + 0.5 * pair.length / max(one.length for one in pairs)


def _fingers_at_end(joints: Joints, bone: int) -> int:
    way = joints.main_way(bone)
    hand = hand_place(joints, way)
    return len(fingers(joints, way[hand], way[hand - 1])) if hand else 0


def _is_hand(joints: Joints, pair: Pair) -> bool:
    """Whether the branches of PAIR are fingers, or hands without arms: more like them beside."""
    if any(_fingers_at_end(joints, bone) > 1 for bone in (pair.a, pair.b)):
        return False
    ways = [joints.main_way(bone) for bone in (pair.a, pair.b)]
    beside = pair.parent >= 0 and branches(joints, pair.parent, pair.a) > 2
    return beside or any(branches(joints, *way[:2]) > 1 for way in ways if len(way) > 1)


def _further(joints: Joints, ours: int, theirs: int) -> float:
    """1 if OURS hangs further from where both come from than THEIRS, else 0."""
    above = set(joints.line(theirs))
    common = next((bone for bone in joints.line(ours) if bone in above), None)
    if common is None:
        return 0.0
    return float(joints.between(common, ours) > joints.between(common, theirs))


def _legs(joints: Joints, arms: Pair, pairs: list[Pair]) -> Pair | None:
    """The other long branches that hang nearer the root, the longest of them."""
    others = [p for p in pairs if _further(joints, arms.parent, p.parent) == 1.0]
    others = [p for p in others if arms.parent not in joints.below(p.a) + joints.below(p.b)]
    return max(others, key=lambda p: p.length, default=None)


def _up(joints: Joints, arms: Pair, legs: Pair | None) -> Floats | None:
    """From the hips to the shoulders; None without legs."""
    if legs is None:
        return None
    hips = joints.heads[[legs.a, legs.b]].mean(axis=0)
    up = rot.unit(joints.heads[[arms.a, arms.b]].mean(axis=0) - hips)
    feet = [_foot(joints, bone)[0] for bone in (legs.a, legs.b)]
    down = rot.unit(joints.heads[feet].mean(axis=0) - hips)
    if down @ up > UPRIGHT:
        raise NoBodyError("its legs do not stand below its spine as a person's do")
    return up


def _foot(joints: Joints, leg: int) -> tuple[int, int]:
    """The ankle and the furthest toe of the LEG: two thirds down, the way bends forwards."""
    way = joints.main_way(leg)
    if len(way) < 4:
        return way[-1], way[-1]
    steps = [joints.between(a, b) for a, b in itertools.pairwise(way)]
    ankle = next(
        i for i in range(1, len(way)) if i == len(way) - 1 or sum(steps[i:]) < 0.3 * sum(steps)
    )
    return way[ankle], way[-1]


# --- trunk ------------------------------------------------------------------------------------


def _trunk(
    joints: Joints, arms: Pair, legs: Pair | None, both: list[Arm], up: Floats | None
) -> dict[str, tuple[int, ...]]:
    """Hips, spine, neck and head."""
    line = joints.line(arms.parent)[::-1]
    if legs is not None:
        shared = set(joints.line(legs.parent))
        hips = max(i for i, bone in enumerate(line) if bone in shared)
    else:
        hips = _first_of_body(joints, line, both)
    base: list[int] = []
    spine, above = line[hips + 1 :], _upwards(joints, arms, up)
    if len(spine) > 1 and _is_neck(joints, spine, arms, both, up):
        base, spine = spine[-1:], spine[:-1]
    neck, head = _neck_and_head(joints, above, arms)
    spine = spine or ([line[hips]] if legs is None else [])
    return {"hips": (line[hips],), "spine": tuple(spine), "neck": (*base, *neck), "head": head}


def _first_of_body(joints: Joints, line: list[int], both: list[Arm]) -> int:
    """Where in LINE (root first) the body begins when no legs show it: not far from the arms."""
    arm = both[0]
    length = joints.between(arm.way[arm.shoulder], arm.way[arm.wrist])
    near = [i for i, bone in enumerate(line) if joints.between(bone, line[-1]) < 1.3 * length]
    return near[0]


def _is_neck(
    joints: Joints, spine: list[int], arms: Pair, both: list[Arm], up: Floats | None
) -> bool:
    """Whether the collars hang from the neck (3ds Max): they start no higher than it does."""
    arm = both[0]
    length = joints.between(arm.way[arm.shoulder], arm.way[arm.wrist])
    away = joints.heads[[arms.a, arms.b]].mean(axis=0) - joints.heads[spine[-1]]
    return bool((np.linalg.norm(away) if up is None else away @ up) < 0.07 * length)


def _upwards(joints: Joints, arms: Pair, up: Floats | None) -> list[int]:
    """The way from between the arms to the top of the head."""
    others = [bone for bone in joints.children[arms.parent] if bone not in (arms.a, arms.b)]
    middle = [bone for bone in _central(joints, arms.parent, arms) if bone in others]
    if not middle:
        return []
    start = joints.heads[arms.parent]

    def height(bone: int) -> float:
        away = joints.heads[joints.below(bone)] - start
        return float((away @ up if up is not None else np.linalg.norm(away, axis=-1)).max())

    way = [max(middle, key=height)]
    while after := _central(joints, way[-1], arms):
        way.append(max(after, key=height))
    return way if up is None else _rising(joints, way, up)


def _rising(joints: Joints, way: list[int], up: Floats) -> list[int]:
    """WAY as far as it rises; hair that starts on top of the head is no part of it."""
    rises = np.diff(joints.heads[way] @ up)
    if not np.any(rises < 0.0):
        return way
    end = int(np.argmax(rises < 0.0)) + 1
    tops = end > 2 and rises[end - 2] > 1.1 * max(rises[: end - 2])
    return way[: end - 1] if tops else way[:end]


def _central(joints: Joints, parent: int, arms: Pair) -> list[int]:
    """The children of PARENT as far from both arms; of a pair, such as two eyes, neither."""
    ways = [joints.main_way(one)[:3] for one in (arms.a, arms.b)]
    place = min(map(len, ways)) - 1
    children = joints.children[parent]
    far = {bone: [joints.between(bone, way[place]) for way in ways] for bone in children}
    off = {bone: ours - theirs for bone, (ours, theirs) in far.items()}
    paired = {
        bone
        for a, b in itertools.combinations(children, 2)
        if abs(off[a] - off[b]) > PAIRED * joints.between(a, b)
        and abs(off[a] + off[b]) < PAIRED * abs(off[a] - off[b])
        for bone in (a, b)
    }
    middle = [bone for bone in children if abs(off[bone]) < CENTRAL * sum(far[bone])]
    return [bone for bone in middle if bone not in paired]


def _neck_and_head(
    joints: Joints, way: list[int], arms: Pair
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where on the WAY upwards the head begins: where eyes or ears branch off, else its end."""
    if not way:
        return (), ()
    for place, bone in enumerate(way):
        count = len(joints.children[bone])
        if count > 3 or count > len(_central(joints, bone, arms)):
            while place and joints.between(way[place - 1], bone) < 0.02 * joints.reach[way[0]]:
                place -= 1
            return tuple(way[:place]), (way[place],)
    steps = [joints.between(a, b) for a, b in itertools.pairwise(way)]
    # a last joint far from the one before marks the top of the head
    topped = len(way) > 2 and steps[-1] > 1.3 * max(steps[:-1])
    head = len(way) - (2 if topped else 1)
    return tuple(way[:head]), (way[head],)


# --- left and right -----------------------------------------------------------------------------


def _sides(
    joints: Joints, both: list[Arm], legs: Pair | None, up: Floats | None
) -> dict[str, tuple[Arm, int | None]]:
    """The arm and the leg of each side."""
    across = (
        joints.heads[both[0].way[both[0].shoulder]] - joints.heads[both[1].way[both[1].shoulder]]
    )
    up = up if up is not None else _up_of_arms(joints, both)
    left = np.cross(up, _front(joints, both, legs, up))
    pairs: list[tuple[Arm, int | None]] = [(both[0], None), (both[1], None)]
    if legs is not None:
        thighs = _thighs(joints, legs)
        apart = joints.heads[thighs[0]] - joints.heads[thighs[1]]
        pairs = list(zip(both, thighs if apart @ across > 0.0 else thighs[::-1], strict=True))
    return dict(zip("LR" if left @ across > 0.0 else "RL", pairs, strict=True))


def _thighs(joints: Joints, legs: Pair) -> tuple[int, int]:
    """The first bones of both legs whose joints are apart."""
    ways = zip(joints.main_way(legs.a), joints.main_way(legs.b), strict=False)
    apart = 0.05 * joints.reach[legs.a]
    return next((a, b) for a, b in ways if joints.between(a, b) > apart)


def _up_of_arms(joints: Joints, both: list[Arm]) -> Floats:
    """Upwards without legs: from the root to the shoulders, else the armature's z."""
    shoulders = joints.heads[[arm.way[arm.shoulder] for arm in both]].mean(axis=0)
    root = joints.heads[joints.line(both[0].way[0])[-1]]
    away = shoulders - root
    return rot.unit(away) if np.linalg.norm(away) > 1e-6 else np.array([0.0, 0.0, 1.0])


def _front(joints: Joints, both: list[Arm], legs: Pair | None, up: Floats) -> Floats:
    """Where the body faces: toes count most, then thumbs, then bent elbows."""
    front = np.zeros(3)
    if legs is not None:
        for leg in (legs.a, legs.b):
            ankle, toe = _foot(joints, leg)
            front += 3.0 * _level(joints.heads[toe] - joints.heads[ankle], up)
    for arm in both:
        shoulder, elbow, hand = (arm.way[i] for i in (arm.shoulder, arm.elbow, arm.wrist))
        front += _level(_thumbs_way(joints, hand, elbow), up)
        middle = 0.5 * (joints.heads[shoulder] + joints.heads[hand])
        bend = (middle - joints.heads[elbow]) / joints.between(shoulder, hand)
        front += 2.0 * rot.across(bend, up)
    return front


def _level(vector: Floats, up: Floats) -> Floats:
    """The unit part of VECTOR across UP, less the nearer it is to UP."""
    return rot.across(rot.unit(vector), up)


def _thumbs_way(joints: Joints, hand: int, elbow: int) -> Floats:
    """From the last finger's knuckle to the thumb or the first finger."""
    found = fingers(joints, hand, elbow)
    order = [finger for finger in ("thumb", "index", "middle", "ring", "pinky") if finger in found]
    if len(order) < 2 or order[0] != "thumb":
        return np.zeros(3)
    return np.asarray(joints.heads[found[order[0]][-1]] - joints.heads[found[order[-1]][0]])
