# SPDX-License-Identifier: GPL-3.0-or-later
"""A take from parts of several: each layer of the body from the take chosen for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import compat, touched
from ..bones.roles import part_of
from ..errors import GestureError
from ..keys import actions, restoring, writing
from ..keys.merging import Source
from ..motion.layers import LAYER_OF_ROLE, directions_by_role, layer_of_bones
from ..rig import reading
from . import collection, nla, record, stored

if TYPE_CHECKING:
    from bpy.types import Action, Object


def compose(armature: Object, parts: Mapping[str, str], base: Action) -> Action:
    """A new take of ARMATURE, on show: the keys of each layer from the take that PARTS names.

    parts: layer (see layers.LAYERS) -> name of a take. base: what everything else is from, and
    whose settings the new take stores, with PARTS beside them.
    Raises GestureError, with nothing changed, if there is no such take.
    """
    actions.check_writable(armature)
    sources = {layer: _source(armature, name) for layer, name in parts.items()}
    layer_of = layer_of_bones(reading.map_for(armature).bone_map)
    whole = Source.of(base, compat.slot_for(base, armature), take=True)
    action = compat.new_action(actions.unused_take_name(actions.take_stem(base.name)), armature)
    with restoring.all_or_nothing(restoring.fresh(action)):
        for source in {id(s): s for s in (whole, *sources.values())}.values():
            for curve in source.curves.values():
                layer = layer_of.get(actions.keyed_bone(curve), "")
                if sources.get(layer, whole) is source:
                    writing.copy_curve(action, curve, source)
        if touched.by_user(base):
            touched.note(action)
        made = record.of(base) or record.Record()
        start = nla.keyed_start(base)
        record.keep(action, replace(made, start_frame=start, parts=dict(parts)))
        _store_motion(action, base, {layer: source.action for layer, source in sources.items()})
        collection.add(armature, action)
    return action


def _source(armature: Object, name: str) -> Source:
    entry = collection.find(armature, name)
    if entry is None:
        raise GestureError(f"There is no take '{name}': choose one in the list.")
    return Source.of(entry.action, compat.slot_for(entry.action, armature), take=True)


def _store_motion(action: Action, base: Action, parts: Mapping[str, Action | None]) -> None:
    """Keep the directions of BASE with ACTION, those of each layer from the take of PARTS."""
    stored.store_plan(action, stored.load_plan(base))
    stored.list_moods(action)
    whole = stored.load(base)
    if whole is None:
        return
    directions = whole[0].copy()
    for role, rows in directions_by_role().items():
        part = stored.load(parts.get(LAYER_OF_ROLE[part_of(role)]))
        if part is not None and part[0].shape == directions.shape:
            directions[:, list(rows)] = part[0][:, list(rows)]
    stored.store(action, directions, whole[1])
