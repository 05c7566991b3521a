# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of an F-curve as arrays: read whole, joined, written whole; and who set which.

A generated key is of Blender's type "Generated" and straight to the next one, held up to it, or
with handles. It also remembers, in fields that only elastic easing reads, the value (`back`) and
the frame (`period`) it was written with, and how steep its handles are (`amplitude`). A key of
which any of this is no longer so was set by the animator. The marks travel with the key: through
undo, copies, saving and appending to another file; a key set between two leaves handles as steep
as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bpy.types import FCurve

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Columns = dict[str, NDArray[Any]]

FIELDS: Final[dict[str, tuple[int, type]]] = {  # property of a key: how many numbers, of which type
    "co": (2, np.float32),
    "handle_left": (2, np.float32),
    "handle_right": (2, np.float32),
    "back": (1, np.float32),
    "amplitude": (1, np.float32),
    "period": (1, np.float32),
    "interpolation": (1, np.int32),
    "easing": (1, np.int32),
    "type": (1, np.int32),
    "handle_left_type": (1, np.int32),
    "handle_right_type": (1, np.int32),
}
HANDLES: Final = ("handle_left", "handle_right")
SAME_FRAME: Final = 1e-2  # keys nearer than this are on one frame, as in Blender
HELD: Final = 2.0  # amplitude of a generated key that holds its value
STEEP: Final = 1e-4  # by which a handle's end may be off its slope, for single precision
CURVES: Final = 24  # of a take, at least, that are asked; so many of 172 tell as much as all
LOOKED_AT: Final = 5  # keys of a curve that tell whether it was moved: a window asks as it draws


@dataclass(frozen=True)
class Keys:
    """N keys in the order of their frames: columns by FIELDS, (N,) or (N, 2)."""

    columns: Columns

    def __len__(self) -> int:
        return len(self.columns["co"])

    @property
    def frames(self) -> Floats:
        """(N,) scene frames, not always whole."""
        return np.asarray(self.columns["co"][:, 0], np.float64)

    @property
    def values(self) -> Floats:
        """(N,)."""
        return np.asarray(self.columns["co"][:, 1], np.float64)

    def at(self, chosen: Flags) -> Keys:
        """The keys where CHOSEN (N,) is true."""
        return Keys({name: column[chosen] for name, column in self.columns.items()})

    def moved(self, by: float) -> Keys:
        """The same keys BY frames later, still as generated as they were."""
        columns = {name: column.copy() for name, column in self.columns.items()}
        for name in ("co", *HANDLES):
            columns[name][:, 0] += by
        return Keys(columns).rebased(by)

    def rebased(self, by: float) -> Keys:
        """The same keys, as if written BY frames later; what eases by its period keeps it."""
        elastic = self.columns["interpolation"] == number("interpolation", "ELASTIC")
        period = np.where(elastic, self.columns["period"], self.columns["period"] + by)
        return Keys({**self.columns, "period": period.astype(np.float32)})

    def marked(self, here: Flags, kind: str, moved: float) -> Keys:
        """The same, those HERE (N,) of type KIND; "GENERATED" ones as if written so.

        moved: frames by which the other keys were moved since they were written.
        """
        columns = {name: column.copy() for name, column in self.columns.items()}
        columns["type"][here] = number("type", kind)
        if kind == "GENERATED":
            straight = here & ~_is_shaped(self)
            columns["interpolation"][straight] = number("interpolation", "LINEAR")
            columns["amplitude"][straight] = 0.0
            for name in HANDLES:
                columns[f"{name}_type"][straight] = number("handle_left_type", "AUTO_CLAMPED")
            columns["back"][here] = columns["co"][here, 1]
            columns["period"][here] = columns["co"][here, 0] - np.float32(moved)
        return Keys(columns)

    def with_free_ends(self) -> Keys:
        """The same, the handles of the first and last key safe from what comes beside them."""
        columns = dict(self.columns)
        for name in HANDLES if len(self) else ():
            types = columns[f"{name}_type"].copy()
            ends = types[[0, -1]]  # aligned ones are safe, and generated as long as they are
            free = number("handle_left_type", "FREE")
            types[[0, -1]] = np.where(ends == number("handle_left_type", "ALIGNED"), ends, free)
            columns[f"{name}_type"] = types
        return Keys(columns)


@cache
def number(prop: str, item: str) -> int:
    """What stands for the choice ITEM of a key's property PROP in arrays."""
    properties: Any = bpy.types.Keyframe.bl_rna.properties
    return int(properties[prop].enum_items[item].value)


def generated(frames: Floats, values: Floats) -> Keys:
    """Straight keys with the marks of generated ones. frames, values: (N,)."""
    count = len(frames)
    co = np.column_stack([frames, values]).astype(np.float32)
    choices = {
        "interpolation": "LINEAR",
        "easing": "AUTO",
        "type": "GENERATED",
        "handle_left_type": "AUTO_CLAMPED",
        "handle_right_type": "AUTO_CLAMPED",
    }
    columns: Columns = {
        name: np.full(count, number(name, item), np.int32) for name, item in choices.items()
    }
    columns |= {"co": co, "handle_left": co, "handle_right": co}
    columns |= {"back": co[:, 1], "period": co[:, 0], "amplitude": np.zeros(count, np.float32)}
    return Keys({name: columns[name] for name in FIELDS})


def held(frames: Floats, values: Floats) -> Keys:
    """The same, each held up to the next one."""
    columns = generated(frames, values).columns
    count = len(frames)
    columns["interpolation"] = np.full(count, number("interpolation", "CONSTANT"), np.int32)
    columns["amplitude"] = np.full(count, HELD, np.float32)
    return Keys(columns)


def curved(frames: Floats, values: Floats, slopes: Floats) -> Keys:
    """Generated keys with handles, SLOPES (N,) steep in values a frame, a third of the way long."""
    columns = generated(frames, values).columns
    count = len(frames)
    gaps = np.diff(frames) / 3.0 if count > 1 else np.full(1, 1.0 / 3.0)
    for name, reach in (
        ("handle_left", -np.r_[gaps[:1], gaps]),
        ("handle_right", np.r_[gaps, gaps[-1:]]),
    ):
        reach = reach[:count]
        handles = np.column_stack([frames + reach, values + slopes * reach])
        columns[name] = handles.astype(np.float32)
        columns[f"{name}_type"] = np.full(count, number("handle_left_type", "ALIGNED"), np.int32)
    columns["interpolation"] = np.full(count, number("interpolation", "BEZIER"), np.int32)
    columns["amplitude"] = slopes.astype(np.float32)
    return Keys(columns)


def joined(parts: Sequence[Keys]) -> Keys:
    """All keys of PARTS by frame; of two on one frame, that of the earlier part."""
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in FIELDS}
    order = np.argsort(columns["co"][:, 0], kind="stable")
    everything = Keys({name: column[order] for name, column in columns.items()})
    return everything.at(np.diff(everything.frames, prepend=-np.inf) > SAME_FRAME)


def read(curve: FCurve) -> Keys:
    """The keys of CURVE."""
    points: Any = curve.keyframe_points
    columns: Columns = {}
    for name, (width, dtype) in FIELDS.items():
        flat: NDArray[Any] = np.zeros(len(points) * width, dtype)
        points.foreach_get(name, flat)
        columns[name] = flat.reshape(-1, width) if width > 1 else flat
    return Keys(columns)


def write(curve: FCurve, keys: Keys, had: Keys | None = None) -> None:
    """Let CURVE have KEYS and no others. had: those it has, if known: what is equal stays."""
    points: Any = curve.keyframe_points
    if len(points) != len(keys):
        points.clear()
        points.add(len(keys))
        had = None
    for name, (_, dtype) in FIELDS.items():
        column: NDArray[Any] = np.ascontiguousarray(keys.columns[name], dtype)
        if had is None or not np.array_equal(column, had.columns[name]):
            points.foreach_set(name, column.ravel())
    curve.update()


def are_at(curve: FCurve, keys: Keys) -> bool:
    """Whether the keys of CURVE are on the frames and values of KEYS."""
    points: Any = curve.keyframe_points
    if len(points) != len(keys):
        return False
    found = np.zeros(2 * len(points), np.float32)
    points.foreach_get("co", found)
    return bool(np.array_equal(found, keys.columns["co"].ravel()))


def shift(curves: Iterable[FCurve]) -> float:
    """How many frames the keys of CURVES were moved together since they were written.

    The median over some keys of some curves: of generated ones or, where the animator made all keys
    their own, of those with the value they were written with. 0 if there are none.
    """
    every = list(curves)
    looked = every[:: max(1, len(every) // CURVES)]
    some = [key for curve in looked for key in _spread(curve) if key.interpolation != "ELASTIC"]
    ours = [key for key in some if key.type == "GENERATED"]
    ours = ours or [key for key in some if key.back == key.co[1]]
    return round(median(key.co[0] - key.period for key in ours), 3) if ours else 0.0


def _spread(curve: FCurve) -> Iterator[Any]:
    """Up to LOOKED_AT keys of CURVE from its first to its last."""
    points: Any = curve.keyframe_points
    last = len(points) - 1
    return (points[i] for i in sorted({last * n // (LOOKED_AT - 1) for n in range(LOOKED_AT)}))


def is_generated(keys: Keys) -> Flags:
    """Which of KEYS (N,) are as they were written."""
    columns = keys.columns
    straight = columns["interpolation"] == number("interpolation", "LINEAR")
    straight &= columns["handle_right_type"] != number("handle_right_type", "ALIGNED")
    straight &= columns["amplitude"] != HELD  # or it was written as another one
    return np.asarray(
        (columns["type"] == number("type", "GENERATED"))
        & (straight | _is_shaped(keys))
        & (columns["co"][:, 1] == columns["back"])
        & (np.abs(keys.frames - columns["period"]) < SAME_FRAME)
    )


def _is_shaped(keys: Keys) -> Flags:
    """Which of KEYS (N,) hold their value, or have handles, as they were written."""
    columns, slopes = keys.columns, keys.columns["amplitude"]
    rounded = 4.0 * np.spacing(np.abs(columns["co"][:, 0]))  # of a handle's frame
    right = columns["interpolation"] == number("interpolation", "BEZIER")
    for name in HANDLES:
        reach = (columns[name] - columns["co"]).astype(np.float64)
        off = np.abs(reach[:, 1] - slopes * reach[:, 0])
        right &= columns[f"{name}_type"] == number("handle_left_type", "ALIGNED")
        right &= off < STEEP + np.abs(slopes) * (STEEP + rounded)
    holds = columns["interpolation"] == number("interpolation", "CONSTANT")
    return np.asarray(right | (holds & (slopes == HELD)))
