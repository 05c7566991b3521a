# SPDX-License-Identifier: GPL-3.0-or-later
"""All of a change to Blender's data or nothing of it: what was there is put back after an error.

Each function here remembers a part of the data and returns what puts it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import bpy
import numpy as np

from .. import compat
from . import arrays

if TYPE_CHECKING:
    from bpy.types import Action, FCurve, Object

PutBack: TypeAlias = "Callable[[], None]"
PLAIN: Final = ("BOOLEAN", "INT", "FLOAT", "STRING", "ENUM")
PASSES: Final = 3  # setting one of a strip's values moves others: so often until all are right


@contextmanager
def all_or_nothing(*remembered: PutBack) -> Iterator[None]:
    """What is changed in here stays if nothing is raised; else REMEMBERED put all back."""
    with ExitStack() as stack:
        for put_back in remembered:
            stack.callback(put_back)
        yield
        stack.pop_all()


def values(owner: Any, *names: str) -> PutBack:
    """The properties NAMES of OWNER, or all plain ones, texts, choices and data blocks."""
    before = _read(owner, names or tuple(_plain(owner)))
    return lambda: _write(owner, before)


def custom(block: Any, *keys: str) -> PutBack:
    """The custom properties KEYS of BLOCK: numbers, texts and arrays of numbers."""
    before = {key: _copied(block[key]) for key in keys if key in block}

    def put_back() -> None:
        for key in keys:
            block.pop(key, None)
            if key in before:
                block[key] = before[key]

    return put_back


def rows(collection: Any) -> PutBack:
    """The rows of a COLLECTION property, and what they hold."""
    before = [_read(row, tuple(_plain(row))) for row in collection]

    def put_back() -> None:
        for last in range(len(collection) - 1, len(before) - 1, -1):
            collection.remove(last)
        while len(collection) < len(before):
            collection.add()
        for row, kept in zip(collection, before, strict=True):
            _write(row, kept)

    return put_back


def keys(curves: Iterable[FCurve]) -> PutBack:
    """The keys of CURVES."""
    before = [(curve, arrays.read(curve)) for curve in curves]

    def put_back() -> None:
        for curve, kept in before:
            arrays.write(curve, kept)

    return put_back


def fresh(action: Action) -> PutBack:
    """That there was no ACTION: it leaves the file."""
    number = action.session_uid

    def put_back() -> None:
        for one in [one for one in bpy.data.actions if one.session_uid == number]:
            bpy.data.actions.remove(one)

    return put_back


def animation(owner: Object) -> PutBack:
    """The active action of OWNER, how it is mixed, and its NLA tracks; none that was removed."""
    data: Any = owner.animation_data
    if data is None:
        return owner.animation_data_clear
    action, slot = data.action, compat.action_slot(owner)
    mixed = values(data, "action_extrapolation", "action_blend_type", "action_influence")
    tracks = _tracks(data)

    def put_back() -> None:
        tracks()
        if data.action != action or compat.action_slot(owner) != slot:
            compat.assign_action(owner, action, slot)
        mixed()

    return put_back


def _tracks(data: Any) -> PutBack:
    known = {track.as_pointer() for track in data.nla_tracks}
    strips = [strip for track in data.nla_tracks for strip in track.strips]
    parts = [values(one) for one in (*data.nla_tracks, *strips)]

    def put_back() -> None:
        for track in [one for one in data.nla_tracks if one.as_pointer() not in known]:
            data.nla_tracks.remove(track)
        for part in parts:
            part()

    return put_back


def _plain(owner: Any) -> Iterator[str]:
    """The names of OWNER's properties that hold no properties of their own."""
    for one in owner.bl_rna.properties:
        block = one.type == "POINTER" and issubclass(_class(one), bpy.types.ID)
        if not one.is_readonly and (one.type in PLAIN or block):
            yield one.identifier


def _class(pointer: Any) -> type:
    return getattr(bpy.types, pointer.fixed_type.identifier, object)


def _read(owner: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: _copied(getattr(owner, name)) for name in names}


def _write(owner: Any, before: dict[str, Any]) -> None:
    for _ in range(PASSES):
        changed = [n for n, value in before.items() if _copied(getattr(owner, n)) != value]
        for name in changed:
            setattr(owner, name, before[name])
        if not changed:
            return


def _copied(value: Any) -> Any:
    """VALUE, an array of numbers as something that does not change with it."""
    if hasattr(value, "typecode"):
        return np.array(value)  # of a custom property
    if isinstance(value, (str, set)) or not hasattr(value, "__len__"):
        return value
    return tuple(value)
