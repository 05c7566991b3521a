# SPDX-License-Identifier: GPL-3.0-or-later
"""The gesture library as the package ships it: found by meaning, shown by either hand.

A gesture is kept as it was recorded or made. Its mirror image, one hand of it, another size and
another tempo are made when asked for, all in the skeleton's own anatomy.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import FACE, TRUNK, Poses, slerp
from ha2g_engine.body.skeleton import NEUTRAL, unit
from ha2g_engine.data.clips import TWINS, arcs, mirrored
from ha2g_engine.errors import InputError

from .codes import Coder, performed
from .gesture import Gesture, mirrored_meanings
from .reach import scaled

Array = NDArray[np.floating[Any]]

MOTION: Final = Path(__file__).with_name("gestures.npz")
TABLE: Final = "gestures.csv"
ARMS: Final = {"left": (3, 4, *range(5, 20)), "right": (20, 21, *range(22, 37))}
OTHER: Final = {"left": "right", "right": "left"}
SIZES: Final = (0.2, 1.3)
TEMPOS: Final = (0.4, 2.5)


@dataclass(frozen=True)
class Motion:
    """A gesture to be shown: (T, 42, 3) unit at 15 fps, and the frames of its phases."""

    directions: NDArray[np.float32]
    start: int
    apex: int
    end: int
    relax: int


@dataclass(frozen=True)
class Way:
    """A gesture to be shown by ``hand``, "" as it is, and mirrored or not: see ``shown``."""

    gesture: Gesture
    hand: str
    mirror: bool

    @property
    def mirrored(self) -> bool:
        """Whether it is the mirror image of what is kept."""
        return self.mirror != (self.hand in OTHER and self.gesture.hands == OTHER[self.hand])

    @property
    def hands(self) -> str:
        """Which hands gesture."""
        return self.hand or self.gesture.hands

    @property
    def meanings(self) -> tuple[str, ...]:
        """What it means so."""
        told = self.gesture.meanings
        return mirrored_meanings(told) if self.mirrored else told

    @property
    def shapes(self) -> tuple[str, ...]:
        """The shapes of the hands that gesture."""
        sides = tuple(OTHER) if self.hands == "both" else (self.hands,)
        kept = (OTHER[side] if self.mirrored else side for side in sides if side in OTHER)
        return tuple(shape for side in kept if (shape := self.gesture.shape(side)))


def ways(gesture: Gesture) -> Iterator[Way]:
    """Every way in which a gesture makes sense, itself first."""
    if gesture.hands in OTHER:
        yield from (Way(gesture, hand, False) for hand in (gesture.hands, OTHER[gesture.hands]))
        return
    yield from (Way(gesture, "", mirror) for mirror in (False, True))
    if gesture.alone and gesture.hands == "both":
        yield from (Way(gesture, hand, mirror) for hand in OTHER for mirror in (False, True))


@dataclass(frozen=True)
class Library:
    """All gestures, with their motion one after the other.

    motion: (frames, 42, 3) float16; offsets: (gestures + 1,) where each begins. home: (42, 3)
    hanging arms under the neutral trunk. codes: (gestures, 14), of each as it is kept.
    """

    gestures: tuple[Gesture, ...]
    motion: NDArray[np.float16]
    offsets: NDArray[np.int64]
    home: NDArray[np.float32]
    coder: Coder
    codes: NDArray[np.float32]

    def find(
        self, meaning: str = "", hands: str = "", shape: str = "", kind: str = "", origin: str = ""
    ) -> list[Gesture]:
        """The gestures that have all that is asked for; "" asks for nothing.

        hands: left and right find those that the mirror or one hand of two can give as well.
        shape: of a hand that gestures.
        """
        found = (g for g in self.gestures if _fits(g, meaning, hands, shape))
        return [g for g in found if kind in ("", g.kind) and origin in ("", g.origin)]

    def named(self, name: str) -> Gesture:
        """The gesture of that name. Raises InputError when there is none."""
        if name not in (found := self._places()):
            raise InputError(f"The library has no gesture '{name}'.")
        return self.gestures[found[name]]

    def meanings(self) -> dict[str, int]:
        """Every meaning and how many gestures have it."""
        words = [word for gesture in self.gestures for word in gesture.meanings]
        return {word: words.count(word) for word in sorted(set(words))}

    def directions(self, gesture: Gesture) -> NDArray[np.float32]:
        """The gesture as it is kept, (T, 42, 3) unit."""
        place = self._places()[gesture.name]
        return unit(self.motion[self.offsets[place] : self.offsets[place + 1]].astype(np.float32))

    def shown(
        self,
        gesture: Gesture,
        hand: str = "",
        *,
        mirror: bool = False,
        size: float = 1.0,
        tempo: float = 1.0,
        home: Array | None = None,
    ) -> Motion:
        """The gesture by ``hand``, mirrored, as large and as fast as asked.

        hand: left or right gives a one-handed gesture on that side, or that hand of two while
        the other stays at home; "" leaves it. size: 1 as kept; wrists go so much of their way
        from ``home`` (42, 3, hanging if None), hands keep their shape. tempo: 2 is twice as fast.
        Raises InputError for a hand, size or tempo that cannot be.
        """
        _check(hand, size, tempo)
        home = self.home if home is None else home
        motion = self._by(self.directions(gesture), gesture, hand, mirror, home)
        poses = Poses.of(_sized(motion, home, size).astype(np.float64))
        times = np.arange(0, gesture.frames - 1 + 1e-6, tempo)
        phases = (gesture.start, gesture.apex, gesture.end, gesture.relax)
        frames = (min(round(frame / tempo), len(times) - 1) for frame in phases)
        return Motion(poses.at(times).together(), *frames)

    def apex(self, gesture: Gesture, hand: str = "", *, mirror: bool = False) -> Array:
        """(42, 3): the pose at the apex, by ``hand`` and mirrored as for ``shown``."""
        frame = self.offsets[self._places()[gesture.name]] + gesture.apex
        pose = unit(self.motion[frame : frame + 1].astype(np.float32))
        return np.asarray(self._by(pose, gesture, hand, mirror, self.home)[0])

    def code(
        self,
        gesture: Gesture,
        hand: str = "",
        *,
        mirror: bool = False,
        size: float = 1.0,
        tempo: float = 1.0,
    ) -> NDArray[np.float32]:
        """(16,): the code of the gesture so shown, then its size and tempo."""
        pose = self.apex(gesture, hand, mirror=mirror)
        return performed(self.coder.code(pose, gesture.speed), size, tempo)

    def _by(
        self, motion: NDArray[np.float32], gesture: Gesture, hand: str, mirror: bool, home: Array
    ) -> NDArray[np.float32]:
        """The gesture's frames by ``hand``, mirrored."""
        if Way(gesture, hand, mirror).mirrored:
            motion = mirror_image(motion)
        return one_handed(motion, hand, home) if hand in OTHER else motion

    def ways(self, meaning: str = "", hands: str = "", shape: str = "") -> list[Way]:
        """Every sensible way to show the gestures that have all that is asked for.

        The mirror image of a gesture to the left is one to the right.
        """
        every = (way for gesture in self.gestures for way in ways(gesture))
        return [
            way
            for way in every
            if (not meaning or meaning in way.meanings)
            and hands in ("", way.hands)
            and (not shape or shape in way.shapes)
        ]

    def _places(self) -> dict[str, int]:
        return _places(self.gestures)


@cache
def _places(gestures: tuple[Gesture, ...]) -> dict[str, int]:
    return {gesture.name: i for i, gesture in enumerate(gestures)}


def _fits(gesture: Gesture, meaning: str, hands: str, shape: str) -> bool:
    own = ("left", "right") if gesture.hands == "both" else (gesture.hands,)
    by_one = gesture.hands in OTHER or (gesture.hands == "both" and gesture.alone)
    return (
        (not meaning or meaning in gesture.meanings)
        and (not hands or gesture.hands == hands or (hands in OTHER and by_one))
        and (not shape or any(gesture.shape(hand) == shape for hand in own if hand in OTHER))
    )


def _check(hand: str, size: float, tempo: float) -> None:
    if hand not in ("", *OTHER):
        raise InputError(f"A gesture is shown by the left or the right hand, not by '{hand}'.")
    for name, value, (low, high) in (("size", size, SIZES), ("tempo", tempo, TEMPOS)):
        if not low <= value <= high:
            raise InputError(f"The {name} of a gesture is between {low} and {high}, not {value}.")


def _sized(motion: NDArray[np.float32], home: Array, size: float) -> NDArray[np.float32]:
    """Wrists so much of the way from home, trunk and head at most as far; hands as they are."""
    if size == 1:
        return motion
    sized = scaled(motion, home, size)
    whole = (*TRUNK, *FACE)
    rest = np.broadcast_to(home[list(whole)], (len(motion), len(whole), 3)).astype(np.float64)
    moved = motion[:, list(whole)].astype(np.float64)
    sized[:, list(whole)] = slerp(rest, moved, np.full(moved.shape[:-1], min(size, 1)))
    return unit(sized.astype(np.float32))


def one_handed(directions: Array, hand: str, home: Array) -> NDArray[np.float32]:
    """(T, 42, 3) with the arm that is not ``hand`` as it is at home (42, 3)."""
    motion = np.array(directions, np.float32)
    idle = list(ARMS[OTHER[hand]])
    motion[:, idle] = home[idle]
    return motion


def mirror_image(directions: Array) -> NDArray[np.float32]:
    """(T, 42, 3), left and right exchanged, in the same anatomy: done twice it changes nothing.

    The neutral trunk and face are not quite symmetrical; what mirroring makes of the neutral
    pose is turned back to it, bone by bone, and so is all motion.
    """
    image = mirrored(directions).astype(np.float64)
    for bone in (*TRUNK, *FACE):
        twin = (NEUTRAL[TWINS[bone]] * np.array([-1.0, 1.0, 1.0])).astype(np.float64)
        image[:, bone] = arcs(twin, NEUTRAL[bone][None].astype(np.float64)).apply(image[:, bone])
    return unit(image.astype(np.float32))


def load(path: Path = MOTION) -> Library:
    """The library in ``path``, its table beside it. Raises InputError when one is missing."""
    table = path.with_name(TABLE)
    if not path.is_file() or not table.is_file():
        raise InputError(f"The gesture library '{path}' or its table '{table.name}' is missing.")
    with np.load(path, allow_pickle=False) as arrays:
        coder = Coder(arrays["code_mean"], arrays["code_axes"], arrays["code_scale"])
        with table.open(encoding="utf-8", newline="") as file:
            gestures = tuple(_gesture(row) for row in csv.DictReader(file))
        return Library(
            gestures,
            arrays["directions"],
            arrays["offsets"],
            arrays["home"],
            coder,
            arrays["codes"],
        )


def _gesture(row: dict[str, str]) -> Gesture:
    return Gesture(
        name=row["name"],
        origin=row["origin"],
        kind=row["kind"],
        meanings=tuple(row["meanings"].split("|")),
        hands=row["hands"],
        alone=row["alone"] == "1",
        shapes=(row["left_shape"], row["right_shape"]),
        parts=frozenset(row["parts"].split("|")),
        seated=row["seated"] == "1",
        frames=int(row["frames"]),
        start=int(row["start"]),
        apex=int(row["apex"]),
        end=int(row["end"]),
        relax=int(row["relax"]),
        size=float(row["size_m"]),
        speed=float(row["speed_m_s"]),
        take=row["take"],
    )


def rows(gestures: Iterable[Gesture]) -> Iterator[dict[str, str]]:
    """The table's rows, which ``load`` reads."""
    for g in gestures:
        yield {
            "name": g.name,
            "origin": g.origin,
            "kind": g.kind,
            "meanings": "|".join(g.meanings),
            "hands": g.hands,
            "alone": str(int(g.alone)),
            "left_shape": g.shapes[0],
            "right_shape": g.shapes[1],
            "parts": "|".join(sorted(g.parts)),
            "seated": str(int(g.seated)),
            "frames": str(g.frames),
            "start": str(g.start),
            "apex": str(g.apex),
            "end": str(g.end),
            "relax": str(g.relax),
            "size_m": f"{g.size:.3f}",
            "speed_m_s": f"{g.speed:.2f}",
            "take": g.take,
        }
