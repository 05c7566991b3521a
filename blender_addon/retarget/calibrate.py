# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a rig's rest pose into a Calibration, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..body import rotations as rot
from ..body.angles import PALM, Angles, Frames, PalmPairs, analyse, bend_angles, compose
from ..body.rotations import Floats
from ..body.skeleton import FINGER, FINGERS, FOREARM, NEUTRAL, SIDES, SIGN, UPPER_ARM, to_body
from ..bones.roles import REQUIRED_ROLES, BoneMap, spoken
from ..errors import GestureError
from . import hands, palms
from .contacts import Shape
from .hands import Hand
from .rest import Calibration, Drive, Limb, RestPose

SNAP: Final = np.cos(np.radians(20.0))  # closer to an axis than this: the axis was meant
HONEST_TAIL: Final = np.cos(np.radians(30.0))  # a tail this near to the next joint is believed
NECK_SHARE: Final = 0.45  # of the head's turn that the neck's last bone takes
NECK_SHARE_WITH_COLLARS: Final = 0.15  # 3ds Max hangs collars from the neck: nods would shrug
FOREARM_SHARE: Final = 0.6  # of the pronation, without twist bones: halves the wrist's wrap
TWIST_START: Final = 0.3  # of it with twist bones, which climb from there to the hand's whole
UPPER_ARM_START: Final = 0.5  # of the shoulder's turn, with twist bones below
UP: Final = np.array([0.0, 0.0, 1.0])
MIDDLE_FIRST: Final = ("middle", "index", "ring", "pinky")  # whose bones tell a hand's size
AT_THE_WRIST: Final = 0.05  # of the forearm: a thumb that begins nearer has no joint of its own
AT_START: Final = 0.1  # of the segment: nearer to its joint a twist bone bears the skin there
NEXT: Final = {"upper_arm": "forearm", "forearm": "hand"}


def calibrate(rest: RestPose, bone_map: BoneMap) -> Calibration:
    """What retargeting must know about a rig: REST with BONE_MAP.

    Raises GestureError when an arm is missing or its joints lie on one spot.
    """
    return _Calibrator(rest, bone_map).calibration()


class _Calibrator:
    """The steps of `calibrate` on one rig."""

    def __init__(self, rest: RestPose, bone_map: BoneMap) -> None:
        self.rest, self.map = rest, bone_map
        self.index = {name: i for i, name in enumerate(rest.names)}
        self._check()
        self.axes = self._axes()
        self.heads = rest.heads @ self.axes  # body frame
        self.tails = rest.tails @ self.axes

    def calibration(self) -> Calibration:
        """Put the pieces together."""
        directions, palm = self._directions()
        angles = analyse(directions[None], directions, palm)
        self._last_phalanges(angles)
        frames = {name: frame[0] for name, frame in compose(angles).items()}
        drives = tuple(self._drives())
        rows = [self.index[drive.bone] for drive in drives]
        above = [self._drive_above(row, rows) for row in rows]
        return Calibration(
            family=self.map.family,
            drives=drives,
            limbs=tuple(self._limbs(drives)),
            parents=tuple(drive for drive, _ in above),
            follows=tuple(share for _, share in above),
            axes=self.axes,
            to_bone=rot.transposed(_turns(self.rest.matrices[rows])) @ self.axes,
            rest_frames=frames,
            rest_angles={joint: angle[0] for joint, angle in angles.items()},
            palm=palm,
            single=tuple(
                (s, f) for s in SIDES for f in FINGERS if len(self.map.get(f"{f}.{s}")) == 1
            ),
            shape=self._shape(frames, palm),
        )

    def _check(self) -> None:
        for role in REQUIRED_ROLES:
            if not self.map.get(role):
                raise GestureError(
                    f"The bone mapping has no bone for the {spoken(role)}: "
                    "choose one in the mapping or take another armature."
                )
        for role, chain in self.map.roles.items():
            for bone in chain:
                if bone not in self.index:
                    raise GestureError(
                        f"The armature has no bone '{bone}' that the mapping names for the "
                        f"{spoken(role)}: detect the mapping again."
                    )

    # --- orientation -----------------------------------------------------------------------

    def _head(self, role: str) -> Floats:
        """Where ROLE's first bone starts, in armature space."""
        return np.asarray(self.rest.heads[self.index[self.map.get(role)[0]]])

    def _axes(self) -> Floats:
        """Columns left, back, up in armature space, from shoulders and what is below them."""
        shoulders = [self._head(f"upper_arm.{side}") for side in SIDES]
        below = [self._head(role) for role in ("thigh.L", "thigh.R") if self.map.get(role)]
        if not below:
            trunk = next((r for r in ("hips", "spine", "neck", "head") if self.map.get(r)), None)
            below = [self._head(trunk)] if trunk else []
        left = shoulders[0] - shoulders[1]
        fallback = np.array([0.0, 0.0, 1.0])
        up = np.mean(shoulders, axis=0) - np.mean(below, axis=0) if below else fallback
        if np.linalg.norm(left) < 1e-9 or np.linalg.norm(np.cross(left, up)) < 1e-12:
            raise GestureError(
                "The armature's shoulders lie on one spot: choose a humanoid character's armature."
            )
        up = _snapped(rot.unit(rot.across(up, rot.unit(left))))
        left = _snapped(rot.unit(rot.across(left, up)))
        return np.stack([left, np.cross(up, left), up], axis=-1)

    # --- directions at rest ------------------------------------------------------------------

    def _directions(self) -> tuple[Floats, PalmPairs]:
        """The skeleton's 42 directions (42, 3) in the rig's rest pose, body frame."""
        directions = to_body(NEUTRAL).copy()
        palm: dict[str, tuple[str, str]] = {}
        for side in SIDES:
            arm = [f"{role}.{side}" for role in ("upper_arm", "forearm", "hand")]
            shoulder, elbow, wrist = (self.heads[self.index[self.map.get(r)[0]]] for r in arm)
            directions[UPPER_ARM[side]] = self._span(shoulder, elbow, arm[0])
            directions[FOREARM[side]] = self._span(elbow, wrist, arm[1])
            for finger in FINGERS:
                self._finger_directions(directions, side, finger, wrist)
            palm[side] = self._palm(directions, side)
        return directions, palm

    def _span(self, start: Floats, end: Floats, role: str) -> Floats:
        if np.linalg.norm(end - start) < 1e-9:
            raise GestureError(
                f"The bone '{self.map.get(role)[0]}' has no length: "
                "choose the armature of a humanoid character."
            )
        return rot.unit(end - start)

    def _finger_directions(self, directions: Floats, side: str, finger: str, wrist: Floats) -> None:
        chain = [self.index[name] for name in self.map.get(f"{finger}.{side}")]
        if not chain:
            return
        knuckle, first, second = FINGER[side, finger]
        start = self.heads[chain[0]] - wrist
        at_wrist = np.linalg.norm(start) < 1e-6 * np.linalg.norm(self.heads).max()
        directions[knuckle] = self._pointing(chain, 0) if at_wrist else rot.unit(start)
        directions[first] = self._pointing(chain, 0)
        directions[second] = self._pointing(chain, min(1, len(chain) - 1))

    def _pointing(self, chain: Sequence[int], i: int) -> Floats:
        """Where bone I of a finger's CHAIN points: to the next joint, else to a believable end.

        FBX files often bring bones whose tails point sideways. Where the bone before shows that,
        its own direction, as that bone's frame sees it, is taken over.
        """
        if i + 1 < len(chain):
            return rot.unit(self.heads[chain[i + 1]] - self.heads[chain[i]])
        tail = rot.unit(self.tails[chain[i]] - self.heads[chain[i]])
        if i == 0:
            return tail
        before, here = chain[i - 1], chain[i]
        joint = self._pointing(chain, i - 1)
        if rot.dot(rot.unit(self.tails[before] - self.heads[before]), joint) > HONEST_TAIL:
            return tail
        turns = _turns(self.rest.matrices[[before, here]])
        return np.asarray(self.axes.T @ turns[1] @ turns[0].T @ self.axes @ joint)

    def _palm(self, directions: Floats, side: str) -> tuple[str, str]:
        """The two fingers furthest apart, thumb's side first; made up when the hand has fewer."""
        fingers = [f for f in FINGERS[1:] if self.map.get(f"{f}.{side}")]
        if len(fingers) >= 2:
            return fingers[0], fingers[-1]
        fore = directions[FOREARM[side]]
        only = fingers[0] if fingers else None
        along = directions[FINGER[side, only][0]] if only else fore
        back = palms.usual_back(side, fore)
        hand = palms.hand_at_rest(side, along, only, back, self._thumb(directions, side))
        for finger, knuckle in palms.knuckles(side, hand).items():
            directions[FINGER[side, finger][0]] = knuckle
        return PALM[side]

    def _thumb(self, directions: Floats, side: str) -> tuple[tuple[int, ...], Floats] | None:
        """What is known of the thumb: which bones, and where they point; None without one."""
        chain = self.map.get(f"thumb.{side}")
        if not chain:
            return None
        wrist, fore = (self._joint(f"{role}.{side}") for role in ("hand", "forearm"))
        knuckle, first, _ = FINGER[side, "thumb"]
        far = np.linalg.norm(self._joint(f"thumb.{side}") - wrist)
        if far < AT_THE_WRIST * np.linalg.norm(wrist - fore):
            return (0, 1), directions[first]
        return ((1,), directions[first]) if len(chain) > 1 else ((0,), directions[knuckle])

    def _last_phalanges(self, angles: Angles) -> None:
        """Replace the coupled flexion by the rig's own, where it is believable."""
        frames = compose(angles)
        for side in SIDES:
            for finger in FINGERS:
                chain = [self.index[name] for name in self.map.get(f"{finger}.{side}")]
                if len(chain) >= 3:
                    end = self._pointing(chain, 2)[None]
                    bend = bend_angles(frames[f"{finger}_2.{side}"], end, SIGN[side])[:, :1]
                    limits = np.radians((-20.0, 90.0))
                    angles[f"{finger}_3.{side}"] = np.clip(bend, *limits)

    # --- proportions --------------------------------------------------------------------------

    def _joint(self, role: str) -> Floats:
        """Where ROLE's first bone starts, body frame."""
        return np.asarray(self.heads[self.index[self.map.get(role)[0]]])

    def _shape(self, frames: Frames, palm: PalmPairs) -> Shape:
        """Trunk, head, arms and hands; what the rig lacks is guessed from its shoulders."""
        shoulders = {s: self._joint(f"upper_arm.{s}") for s in SIDES}
        between = 0.5 * (shoulders["L"] + shoulders["R"])
        width = float(np.linalg.norm(shoulders["L"] - shoulders["R"]))
        hips = [self._joint(r) for r in ("thigh.L", "thigh.R", "hips") if self.map.get(r)][:2]
        low = np.mean(hips, axis=0) if hips else between - UP * 1.3 * width
        neck = self._joint("neck") if self.map.get("neck") else between + UP * 0.1 * width
        head = self._joint("head") if self.map.get("head") else neck + UP * 0.3 * width
        collars = {s: self._joint(f"collar.{s}") if self.map.get(f"collar.{s}") else shoulders[s]
                   for s in SIDES}  # fmt: skip
        arms = {s: self._arm_lengths(s) for s in SIDES}
        crown = head + UP * 0.3 * width
        lengths = self._hand_lengths(arms)
        both = {s: self._hand(s, palm[s], frames[f"hand.{s}"], sum(lengths)) for s in SIDES}
        return Shape(width, low, neck, crown, collars, shoulders, arms, lengths, both)

    def _hand(self, side: str, palm: tuple[str, str], frame: Floats, length: float) -> Hand:
        """What of the hand on SIDE may touch the other; LENGTH if it has no fingers."""
        wrist = self._joint(f"hand.{side}")
        chains = {f: [self.index[b] for b in self.map.get(f"{f}.{side}")] for f in FINGERS}
        joints = {f: self.heads[chain] - wrist for f, chain in chains.items()}
        return hands.measured(side, palm, frame, joints, length)

    def _arm_lengths(self, side: str) -> tuple[float, float]:
        points = [self._joint(f"{role}.{side}") for role in ("upper_arm", "forearm", "hand")]
        upper, fore = np.linalg.norm(np.diff(points, axis=0), axis=-1)
        return float(upper), float(fore)

    def _hand_lengths(self, arms: dict[str, tuple[float, float]]) -> tuple[float, float, float]:
        """From wrist to knuckles, the next phalanx, and the two beyond it."""
        chain = next((c for f in MIDDLE_FIRST if len(c := self.map.get(f"{f}.L")) > 1), None)
        if chain is None:
            whole = 0.7 * arms["L"][1]  # hand, part of the forearm (Drillis, Contini)
            return 0.5 * whole, 0.25 * whole, 0.25 * whole
        points = np.stack([self._joint("hand.L"), *(self.heads[self.index[b]] for b in chain[:3])])
        steps = np.linalg.norm(np.diff(points, axis=0), axis=-1)
        return float(steps[0]), float(steps[1]), float(1.1 * steps[1])

    # --- drives -------------------------------------------------------------------------------

    def _drives(self) -> list[Drive]:
        spine, neck = self.map.get("spine"), self.map.get("neck")
        drives = [
            Drive(bone, "spine", "torso", (i + 1) / len(spine)) for i, bone in enumerate(spine)
        ]
        share = self._neck_share(neck)
        drives += [
            Drive(bone, "neck", "head", share * (i + 1) / len(neck)) for i, bone in enumerate(neck)
        ]
        drives += [Drive(bone, "follow", "head") for bone in self.map.get("head")[:1]]
        for side in SIDES:
            drives += self._arm_drives(side)
        return drives

    def _neck_share(self, neck: tuple[str, ...]) -> float:
        collars = [c for side in SIDES for c in self.map.get(f"collar.{side}")]
        tied = any(self._is_above(self.index[n], self.index[c]) for n in neck for c in collars)
        if not self.map.get("head"):
            return 1.0
        return NECK_SHARE_WITH_COLLARS if tied else NECK_SHARE

    def _arm_drives(self, side: str) -> list[Drive]:
        drives = [
            Drive(bone, "follow", f"collar.{side}") for bone in self.map.get(f"collar.{side}")[-1:]
        ]
        for part in ("upper_arm", "forearm"):
            shares = self._twist_shares(part, side)
            drives += [Drive(bone, part, f"{part}.{side}", share) for bone, share in shares]
        drives.append(Drive(self.map.get(f"hand.{side}")[0], "follow", f"hand.{side}"))
        for finger in FINGERS:
            chain = self.map.get(f"{finger}.{side}")[:3]
            drives += [
                Drive(bone, "follow", f"{finger}_{i + 1}.{side}") for i, bone in enumerate(chain)
            ]
        return drives

    def _twist_shares(self, part: str, side: str) -> list[tuple[str, float]]:
        """The bones of one segment, the first one first, and their share of its turn.

        In a row from joint to joint the shares climb evenly. A twist bone that hangs beside the
        next joint takes the share of the place where it sits; one at the very start bears the
        skin there, so that an upper arm may turn whole, as the elbow needs it.
        """
        start, alone = (UPPER_ARM_START, 1.0) if part == "upper_arm" else (TWIST_START, None)
        (main,), twists = self.map.get(f"{part}.{side}")[:1], self.map.get(f"{part}_twist.{side}")
        if not twists:
            return [(main, alone or FOREARM_SHARE)]
        below = self.index[self.map.get(f"{NEXT[part]}.{side}")[0]]
        row = [main, *(bone for bone in twists if self._is_above(self.index[bone], below))]
        places = {bone: self._place(bone, main, below) for bone in twists if bone not in row}
        steps = np.linspace(start, 1.0, len(row) + (part == "forearm"))
        shares = dict(zip(row, map(float, steps), strict=False))
        if len(row) == 1 and places:
            shares[main] = alone if alone and min(places.values()) < AT_START else start
        shares |= {bone: start + (1.0 - start) * place for bone, place in places.items()}
        return list(shares.items())

    def _place(self, bone: str, main: str, below: int) -> float:
        """Where between MAIN's joint (0) and the next, BELOW (1), BONE sits."""
        start = self.heads[self.index[main]]
        whole = self.heads[below] - start
        place = (self.heads[self.index[bone]] - start) @ whole / max(whole @ whole, rot.TINY)
        return float(np.clip(place, 0.0, 1.0))

    # --- hierarchy -----------------------------------------------------------------------------

    def _is_above(self, ancestor: int, bone: int) -> bool:
        while bone >= 0 and bone != ancestor:
            bone = int(self.rest.parents[bone])
        return bone == ancestor

    def _drive_above(self, bone: int, rows: list[int]) -> tuple[int, float]:
        """The drive whose turn BONE takes on (-1: none), and how much of it."""
        share = 1.0
        while bone >= 0:
            share *= 1.0 if self.rest.follows is None else float(self.rest.follows[bone])
            bone = int(self.rest.parents[bone])
            if bone in rows:
                return (rows.index(bone), share) if share > 0.0 else (-1, 1.0)
        return -1, 1.0

    def _limbs(self, drives: tuple[Drive, ...]) -> list[Limb]:
        limbs = []
        for side in SIDES:
            for part, below in (("upper_arm", "forearm"), ("forearm", "hand")):
                limbs.append(self._limb(drives, f"{part}.{side}", f"{below}.{side}"))
        return limbs

    def _limb(self, drives: tuple[Drive, ...], frame: str, below: str) -> Limb:
        members = tuple(i for i, drive in enumerate(drives) if drive.frame == frame)
        rows = [self.index[drive.bone] for drive in drives]
        start, bone = rows[members[0]], self.index[self.map.get(below)[0]]
        carriers, offsets = [], []
        while bone != start and bone >= 0:
            above, _ = self._drive_above(bone, rows)
            offsets.append(self.heads[bone] - self.heads[max(int(self.rest.parents[bone]), 0)])
            carriers.append(above)
            bone = int(self.rest.parents[bone])
        return Limb(frame, members, tuple(carriers), np.array(offsets).reshape(-1, 3))


def _turns(matrices: Floats) -> Floats:
    """The rotations of MATRICES (..., 4, 4), scale taken out."""
    return np.asarray(rot.unit(rot.transposed(matrices[..., :3, :3])).swapaxes(-1, -2))


def _snapped(direction: Floats) -> Floats:
    """The signed armature axis that DIRECTION (3,) was meant to be, or itself."""
    largest = int(np.argmax(np.abs(direction)))
    if abs(direction[largest]) < SNAP:
        return direction
    return np.asarray(np.eye(3)[largest] * np.sign(direction[largest]))
