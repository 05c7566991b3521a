# SPDX-License-Identifier: GPL-3.0-or-later
"""The only file that knows Blender versions (4.2 to 5.2)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import bpy
from bpy.types import ID, Action, FCurve, Object, Scene

_LAYOUT: Any = bpy.types.UILayout.bl_rna
_ICONS: Final = _LAYOUT.functions["label"].parameters["icon"].enum_items
_COLOURED: Final = next(
    icon for icon in ("STRIP_COLOR_0", "SEQUENCE_COLOR_0") if f"{icon}1" in _ICONS
)
RED_ICON, YELLOW_ICON, GREEN_ICON = (f"{_COLOURED}{number}" for number in (1, 3, 4))
HAS_SLOTS: Final = bpy.app.version >= (4, 4, 0)


def new_action(name: str, owner: ID, mark: str = "") -> Action:
    """An empty action with room for the channels of OWNER, an object or shape keys; not assigned.

    mark: a custom property that it has from the beginning. From 4.4 on an action without a slot
    animates nothing, so the slot comes first. After an error there is none.
    """
    known = set(bpy.data.actions)
    try:
        action = bpy.data.actions.new(name)
        if mark:
            action[mark] = True
        if HAS_SLOTS:
            slot = action.slots.new(owner.id_type, owner.name)
            strip: Any = action.layers.new("Gestures").strips.new(type="KEYFRAME")
            strip.channelbag(slot, ensure=True)
        return action
    except BaseException:
        for left in set(bpy.data.actions) - known:
            bpy.data.actions.remove(left)
        raise


def assign_action(owner: Object, action: Action | None, slot: Any = None) -> None:
    """Make ACTION the one that animates OWNER, through SLOT or else its first one."""
    data: Any = owner.animation_data or owner.animation_data_create()
    data.action = action
    if HAS_SLOTS and action is not None and action.slots:
        data.action_slot = slot or action.slots[0]


def action_slot(owner: Object) -> Any:
    """The slot OWNER reads from its action; None before 4.4 or without an action."""
    return owner.animation_data.action_slot if HAS_SLOTS and owner.animation_data else None


def slot_for(action: Any, owner: Object) -> Any:
    """The slot of ACTION that OWNER reads or would read; None before 4.4."""
    if not HAS_SLOTS or not action.slots:
        return None
    data = owner.animation_data
    if data is not None and data.action == action and data.action_slot:
        return data.action_slot
    for slot in action.slots:
        if slot.identifier[2:] == owner.name:
            return slot
    return action.slots[0]


def _channelbags(action: Any) -> Iterator[Any]:
    for layer in action.layers:
        for strip in layer.strips:
            yield from strip.channelbags


def fcurves(action: Any, slot: Any = None) -> list[FCurve]:
    """The channels of ACTION: those of SLOT, or of all its slots."""
    if not HAS_SLOTS:
        return list(action.fcurves)
    bags = (b for b in _channelbags(action) if slot is None or b.slot_handle == slot.handle)
    return [curve for bag in bags for curve in bag.fcurves]


def new_fcurve(action: Action, data_path: str, index: int, group: str) -> FCurve:
    """Add one empty channel to an action made by new_action, in the group GROUP."""
    bag: Any = next(_channelbags(action)) if HAS_SLOTS else action
    curve: FCurve = bag.fcurves.new(data_path, index=index)
    if group:
        curve.group = bag.groups.get(group) or bag.groups.new(group)
    return curve


def remove_fcurve(action: Any, curve: FCurve) -> None:
    """Take CURVE out of ACTION."""
    bags = list(_channelbags(action)) if HAS_SLOTS else [action]
    next(bag for bag in bags if curve in list(bag.fcurves)).fcurves.remove(curve)


def slot_named(action: Any, identifier: str) -> Any:
    """The slot IDENTIFIER of ACTION; None if it has none of that name, and before 4.4."""
    return action.slots.get(identifier) if HAS_SLOTS and identifier else None


def new_strip(track: Any, action: Action, owner: Object) -> Any:
    """A strip of all of ACTION on TRACK, for OWNER, on the frames that it was keyed on."""
    start = action.frame_range[0]
    strip = track.strips.new(action.name, int(start), action)
    strip.frame_start_ui = start  # it is made on whole frames only
    slot = slot_for(action, owner)
    if slot is not None:
        strip.action_slot = slot
    return strip


def mix_as_active(strip: Any, owner: Object) -> None:
    """Let STRIP be mixed with what is below it, and go on, as OWNER's active action is."""
    data: Any = owner.animation_data
    strip.blend_type, strip.extrapolation = data.action_blend_type, data.action_extrapolation
    if data.action_influence < 1.0:
        strip.influence = data.action_influence
        strip.use_animated_influence = True  # otherwise only its fades count


def push_down(owner: Object) -> str:
    """Move OWNER's action to an NLA track of its own, where it looks as before; its name.

    The next active action then counts on its own frames only: elsewhere the track is seen.
    """
    data: Any = owner.animation_data
    action, slot = data.action, action_slot(owner)
    assign_action(owner, None)
    track = data.nla_tracks.new()
    track.name = action.name
    strip = new_strip(track, action, owner)
    if slot is not None:
        strip.action_slot = slot
    mix_as_active(strip, owner)
    data.action_extrapolation = "NOTHING"
    return str(track.name)


def selected_bones(armature: Object) -> tuple[str, ...]:
    """The names of ARMATURE's selected bones that are not hidden. From 5.0 on the pose knows."""
    bones: Any = armature.pose.bones  # type: ignore[union-attr]
    owners = [(b.name, b if hasattr(b, "select") else b.bone) for b in bones]
    return tuple(name for name, owner in owners if owner.select and not owner.hide)


def select_bones(armature: Object, names: tuple[str, ...]) -> None:
    """Select the bones NAMES of ARMATURE and no others."""
    for bone in armature.pose.bones:  # type: ignore[union-attr]
        owner: Any = bone if hasattr(bone, "select") else bone.bone
        owner.select = bone.name in names


def sequencer_strips(scene: Scene) -> Any:
    """The scene's sequencer strips (a collection with new_sound), made when missing."""
    return strips_in(scene.sequence_editor or scene.sequence_editor_create())


def strips_in(owner: Any) -> Any:
    """The strips of a sequencer or of a meta strip."""
    return owner.strips if hasattr(owner, "strips") else owner.sequences


def retimed(strip: Any) -> bool:
    """Whether the sound STRIP is played at another speed than it was recorded.

    Scripts see its keys from 4.4 on; before, that it is not as long as its file would be.
    """
    if hasattr(strip, "retiming_keys"):
        return bool(strip.retiming_keys)
    offsets = strip.animation_offset_start + strip.animation_offset_end
    length = _length_as_recorded(strip)
    return length is not None and abs(strip.frame_duration + offsets - length) > 1


def _length_as_recorded(strip: Any) -> int | None:
    """Frames of the sound STRIP's file, by a strip made for that; None if it cannot be read."""
    strips = strips_in(strip.id_data.sequence_editor)
    file = bpy.path.abspath(strip.sound.filepath)
    try:
        probe = strips.new_sound(
            "", file, channel=max(s.channel for s in strips) + 1, frame_start=1
        )
    except RuntimeError:
        return None
    length, sound = int(probe.frame_duration), probe.sound
    strips.remove(probe)
    bpy.data.sounds.remove(sound)
    return length


def sound_delay(strip: Any) -> float:
    """Seconds by which the sound STRIP is heard later than it is drawn; not known before 4.3."""
    return float(getattr(strip, "sound_offset", 0.0))


def extension_folder(package: str) -> str:
    """The engine's folder among the user's files."""
    return user_folder(package, "engine", outside="")


def user_folder(package: str, name: str, outside: str | None = None) -> str:
    """The folder NAME of the user's that survives updates of the add-on; created when missing.

    outside: its name when the add-on runs from the source tree, NAME if left out.
    """
    try:
        return bpy.utils.extension_path_user(package, path=name, create=True)
    except ValueError:  # not installed as an extension
        path = str(Path("gestures", name if outside is None else outside))
        return bpy.utils.user_resource("DATAFILES", path=path, create=True)
