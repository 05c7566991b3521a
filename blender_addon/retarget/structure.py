# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding body parts without names, from hierarchy and rest positions.

Arms and legs are the longest mirrored branches; the arms' branch further along the spine. The
joints of an arm are those that divide it as people's arms are divided (R. Drillis, R. Contini,
"Body Segment Parameters", 1966: upper arm 0.186, forearm 0.146, shoulders' width 0.259 of the
body's height). Front is where toes, thumbs and bent elbows point.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from . import rotations as rot
from .hand_bones import fingers
from .limb_tree import Joints
from .rotations import Floats

UPPER_TO_FOREARM: Final = 0.186 / 0.146
WIDTH_TO_ARM: Final = 0.259 / (0.186 + 0.146)
SIMILAR: Final = 0.25  # by how much the reach of two mirrored branches may differ
MIRRORED: Final = 0.12  # mean distance, part of the reach, of one branch's joints to the other's
LONG: Final = 0.4  # part of the longest mirrored branch's reach from which it may be a limb
BRANCHES: Final = 0.45  # part of the main branch's reach: a second one this long makes a hand
NARROWEST: Final = 0.32  # shoulders, part of the arm's length; hips are 0.2 to 0.3 of the leg's
UPRIGHT: Final = -0.3  # cosine between a person's spine and legs, at most


class NoBodyError(Exception):
    """Why the bones are no upright body with two arms; a clause for a longer sentence."""


@dataclass(frozen=True)
class Pair:
    """Two mirrored branches: their first bones and where they hang."""

    a: int
    b: int
    parent: int


@dataclass(frozen=True)
class Arm:
    """One arm's bones, the way from the body to the end; which of them are the joints."""

    way: list[int]
    shoulder: int
    elbow: int
    wrist: int

    def bones(self, first: int, last: int) -> tuple[int, ...]:
        """The way from place FIRST up to, not including, LAST."""
        return tuple(self.way[first:last])


def find_roles(joints: Joints) -> dict[str, tuple[int, ...]]:
    """Bone indices by role.

    Raises NoBodyError with the reason when there are not two arms on an upright body.
    """
    pairs = _limb_pairs(joints)
    if not pairs:
        raise NoBodyError("no two branches of its bones mirror each other")
    arms = max(pairs, key=lambda pair: _arms_score(joints, pair, pairs))
    legs = _legs(joints, arms, pairs)
    up = _up(joints, arms, legs)
    both = [_arm(joints, bone, other) for bone, other in ((arms.a, arms.b), (arms.b, arms.a))]
    _check_arms(joints, both)
    middle = _trunk(joints, arms, legs, both, up)
    sides = _sides(joints, both, legs, up)
    roles = dict(middle)
    for side, (arm, leg) in sides.items():
        roles |= {f"{role}.{side}": bones for role, bones in _arm_roles(joints, arm).items()}
        if leg is not None:
            roles[f"thigh.{side}"] = (leg,)
    return {role: bones for role, bones in roles.items() if bones}


# --- limbs ------------------------------------------------------------------------------------


def _limb_pairs(joints: Joints) -> list[Pair]:
    """Mirrored branches long enough to be arms or legs."""
    pairs = [
        Pair(a, b, parent)
        for parent, children in enumerate(joints.children)
        for a, b in itertools.combinations(children, 2)
        if _alike(joints, a, b)
    ]
    longest = max((joints.reach[pair.a] for pair in pairs), default=0.0)
    pairs = [pair for pair in pairs if joints.reach[pair.a] >= LONG * longest]
    return [pair for pair in pairs if _mirrored(joints, pair)]


def _alike(joints: Joints, a: int, b: int) -> bool:
    low, high = sorted((joints.reach[a], joints.reach[b]))
    apart = joints.between(joints.main_way(a)[-1], joints.main_way(b)[-1])
    return bool(high > 0.0 and low > (1.0 - SIMILAR) * high and apart > 0.05 * high)


def _mirrored(joints: Joints, pair: Pair) -> bool:
    """Whether both branches have the same steps, and one, mirrored, lies where the other does."""
    ways = [joints.main_way(bone)[:7] for bone in (pair.a, pair.b)]
    count = min(map(len, ways))
    ours, theirs = (joints.heads[way[:count]] for way in ways)
    steps = [np.linalg.norm(np.diff(one, axis=0), axis=-1) for one in (ours, theirs)]
    if np.abs(steps[0] - steps[1]).sum() > MIRRORED * steps[0].sum():
        return False
    normal = rot.unit(np.sum(ours - theirs, axis=0))
    centre = 0.5 * (ours + theirs).mean(axis=0)
    there = ours - 2.0 * ((ours - centre) @ normal)[:, None] * normal
    off = np.linalg.norm(there - theirs, axis=-1)
    return bool(off.mean() < MIRRORED * joints.reach[pair.a])


def _arms_score(joints: Joints, pair: Pair, pairs: list[Pair]) -> float:
    """Arms hang further along the spine than legs and end in fingers."""
    hand = _hand_place(joints, joints.main_way(pair.a))
    way = joints.main_way(pair.a)
    many = len(fingers(joints, way[hand], way[hand - 1])) if hand else 0
    further = 0.0
    for other in pairs:
        if other.parent != pair.parent:
            further = max(further, _further(joints, pair.parent, other.parent))
    wide = float(joints.reach[pair.a]) / max(float(joints.reach[p.a]) for p in pairs)
    return 0.2 * many + 2.0 * further + 0.5 * wide


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
    return max(others, key=lambda p: joints.reach[p.a], default=None)


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


# --- arms -------------------------------------------------------------------------------------


def _hand_place(joints: Joints, way: list[int]) -> int:
    """The place in WAY where other branches go on nearly as far as it does: 0 if nowhere."""
    for place in range(1, len(way) - 1):
        bone, onwards = way[place], way[place + 1]
        far = joints.furthest(bone, onwards)
        for child in joints.children[bone]:
            beside = child != onwards and not joints.is_helper(child, bone, onwards)
            if beside and joints.furthest(bone, child) > BRANCHES * far:
                return place
    return 0


def _arm(joints: Joints, root: int, other: int) -> Arm:
    """The joints that divide the branch from ROOT most like an arm; OTHER is the other side's."""
    way, across = joints.main_way(root), joints.main_way(other)
    hand = _hand_place(joints, way)
    wrists = [hand] if hand else range(2, len(way))
    places = [
        (shoulder, elbow, wrist)
        for wrist in wrists
        for shoulder, elbow in itertools.combinations(range(wrist), 2)
    ]
    if not places:
        raise NoBodyError(f"the branch from '{joints.names[root]}' has too few bones for an arm")
    best = min(places, key=lambda one: _arm_cost(joints, way, across, one, bool(hand)))
    return Arm(way, *best)


def _arm_cost(
    joints: Joints, way: list[int], across: list[int], places: tuple[int, int, int], sure: bool
) -> float:
    """How unlike an arm it would be: proportions, shoulders' width, bends inside a segment."""
    shoulder, elbow, wrist = places
    points = joints.heads[way]
    upper, fore = points[elbow] - points[shoulder], points[wrist] - points[elbow]
    sizes = np.linalg.norm([upper, fore], axis=-1)
    if sizes.min() < 1e-3 * joints.reach[way[0]]:
        return np.inf
    width = joints.between(way[shoulder], across[min(shoulder, len(across) - 1)])
    cost = abs(np.log(sizes[0] / sizes[1] / UPPER_TO_FOREARM))
    cost += 0.7 * abs(np.log(max(width, rot.TINY) / sizes.sum() / WIDTH_TO_ARM))
    cost += _crooked(points[shoulder : elbow + 1]) + _crooked(points[elbow : wrist + 1])
    if not sure:
        hand = joints.furthest(way[wrist], way[wrist])
        hand = max(hand, joints.between(way[wrist], way[-1]))
        cost += 0.3 * abs(np.log((hand + 0.1 * sizes[1]) / (0.4 * sizes[1])))
    return float(cost) - 1e-6 * (shoulder + elbow + wrist)  # of joints on one spot the last


def _crooked(points: Floats) -> float:
    """How much longer the way over POINTS is than the straight line, times ten."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=-1).sum()
    return 10.0 * float(steps / max(np.linalg.norm(points[-1] - points[0]), rot.TINY) - 1.0)


def _check_arms(joints: Joints, arms: list[Arm]) -> None:
    lengths = np.array([_lengths(joints, arm) for arm in arms])
    if np.abs(np.log(lengths[0] / lengths[1])).max() > SIMILAR:
        raise NoBodyError("its two longest mirrored branches are not alike enough for arms")
    upper, fore = lengths.mean(axis=0)
    starts = [arm.way[arm.shoulder] for arm in arms]
    width = joints.between(*starts) / (upper + fore)
    if not 0.4 < upper / fore < 3.5 or width < NARROWEST:
        raise NoBodyError("its mirrored branches are not divided as arms are")


def _lengths(joints: Joints, arm: Arm) -> tuple[float, float]:
    """Of upper arm and forearm."""
    shoulder, elbow, wrist = (arm.way[i] for i in (arm.shoulder, arm.elbow, arm.wrist))
    return joints.between(shoulder, elbow), joints.between(elbow, wrist)


def _arm_roles(joints: Joints, arm: Arm) -> dict[str, tuple[int, ...]]:
    """Bones of one arm by role, without the side."""
    upper, fore = arm.bones(arm.shoulder, arm.elbow), arm.bones(arm.elbow, arm.wrist)
    hand = arm.way[arm.wrist]
    return {
        "collar": _collar(joints, arm),
        "upper_arm": upper[:1],
        "upper_arm_twist": upper[1:] or _leaves(joints, upper[0], fore[0]),
        "forearm": fore[:1],
        "forearm_twist": fore[1:] or _leaves(joints, fore[0], hand),
        "hand": (hand,),
        **fingers(joints, hand, fore[0]),
    }


def _collar(joints: Joints, arm: Arm) -> tuple[int, ...]:
    """The first bone between body and shoulder that is no mere stub."""
    steps = [joints.between(arm.way[i], arm.way[i + 1]) for i in range(arm.shoulder)]
    return tuple(arm.way[i] for i, step in enumerate(steps) if step > 0.3 * max(steps))[:1]


def _leaves(joints: Joints, start: int, end: int) -> tuple[int, ...]:
    """The twist bones beside END: on the line from START to it, with nothing else below."""
    return tuple(
        bone
        for child in joints.children[start]
        if child != end and joints.is_helper(child, start, end)
        for bone in joints.below(child)
        if joints.between(bone, end) > 0.05 * joints.between(start, end)
    )


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
    middle = [bone for bone in others if _is_central(joints, bone, arms)]
    if not middle:
        return []
    start = joints.heads[arms.parent]

    def height(bone: int) -> float:
        away = joints.heads[joints.below(bone)] - start
        return float((away @ up if up is not None else np.linalg.norm(away, axis=-1)).max())

    way = [max(middle, key=height)]
    while after := [b for b in joints.children[way[-1]] if _is_central(joints, b, arms)]:
        way.append(max(after, key=height))
    return way


def _is_central(joints: Joints, bone: int, arms: Pair) -> bool:
    """Whether BONE's joint is as far from both arms' shoulders."""
    ways = [joints.main_way(one) for one in (arms.a, arms.b)]
    count = min(map(len, ways))
    distances = [joints.between(bone, way[count - 1]) for way in ways]
    return abs(distances[0] - distances[1]) < 0.04 * sum(distances)


def _neck_and_head(
    joints: Joints, way: list[int], arms: Pair
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where on the WAY upwards the head begins: where eyes or ears branch off, else its end."""
    if not way:
        return (), ()
    for place, bone in enumerate(way):
        beside = [one for one in joints.children[bone] if not _is_central(joints, one, arms)]
        if beside or len(joints.children[bone]) > 3:
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
