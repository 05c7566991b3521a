# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig: choosing bones, mappings as files, the neutral pose, offsets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..bones.families import SUFFIX, load_preset, save_preset
from ..bones.roles import EVERY_ROLE, BoneMap, spoken
from ..errors import GestureError
from ..files import check_folder, first_free
from ..properties import chosen
from ..rig import choices, editing, families, held, neutral, reading, status
from ..takes import arms_to_fk
from .base import OnArmature, ask_file, ask_options

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from .base import Status

ROLE_ITEMS: Final = tuple((role, spoken(role).capitalize(), "") for role in EVERY_ROLE)


class OnRig(OnArmature):
    """Base of what is done to the bones of the chosen armature."""

    keeps = True  # whether something is kept with the armature

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs an armature that is not in Edit Mode and, to keep anything, this file's own."""
        armature = chosen.chosen_armature(context)
        if armature is None:
            return super().why_not(context)
        data: Any = armature.data
        if data.is_editmode:
            return "Leave Edit Mode first (Tab)"
        return choices.why_fixed(armature) if cls.keeps else ""


def _role() -> Any:
    return EnumProperty(name="Body Part", description="Which body part", items=ROLE_ITEMS)


class GESTURES_OT_rig_pick(OnRig, bpy.types.Operator):
    bl_idname = "gestures.rig_pick"
    bl_label = "Pick Bone"
    bl_description = "Use this bone for the body part; the active bone if none is named"

    role: _role()
    index: IntProperty(name="Place", description="In the body part's chain, 0 is the root", min=0)
    bone: StringProperty(name="Bone", description="Its name; the active bone's if empty")

    def do(self, context: Context) -> None:
        """Keep it with the armature."""
        armature = chosen.needed_armature(context)
        bones: Any = armature.data.bones  # type: ignore[union-attr]
        bone = self.bone or (bones.active.name if bones.active else "")
        if not bone:
            raise GestureError("No bone is active: select one in Pose Mode, or name it.")
        editing.set_bone(armature, self.role, self.index, bone)


class GESTURES_OT_rig_clear(OnRig, bpy.types.Operator):
    bl_idname = "gestures.rig_clear"
    bl_label = "Leave Empty"
    bl_description = "Let no bone play this body part"

    role: _role()

    def do(self, context: Context) -> None:
        """Keep that with the armature."""
        editing.choose(chosen.needed_armature(context), self.role, ())


class GESTURES_OT_rig_automatic(OnRig, bpy.types.Operator):
    bl_idname = "gestures.rig_automatic"
    bl_label = "Find Automatically"
    bl_description = "Forget what was chosen by hand and find the bones automatically"

    role: EnumProperty(
        name="Body Part",
        description="Which body part",
        items=(("ALL", "Every Body Part", ""), *ROLE_ITEMS),
    )

    def do(self, context: Context) -> None:
        """Forget it."""
        role = None if self.role == "ALL" else self.role
        editing.automatic(chosen.needed_armature(context), role)


class GESTURES_OT_rig_preset_save(OnRig, bpy.types.Operator):
    bl_idname = "gestures.rig_preset_save"
    bl_label = "Save as Preset"
    bl_description = "Save which bone plays which part; characters with these bones are then known"
    bl_options = {"REGISTER"}
    keeps = False

    family: StringProperty(
        name="Name", description="What this kind of rig is called", options={"SKIP_SAVE"}
    )
    filepath: StringProperty(
        name="File",
        description="Where to write it; among the user's presets if empty",
        subtype="FILE_PATH",
    )
    overwrite: BoolProperty(
        name="Overwrite",
        description="Replace a preset that has this name already",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask for the name, with one that is free."""
        armature = chosen.chosen_armature(context)
        self.family = self.family or (free_family(armature.name) if armature else "")
        return ask_options(self, context)

    def do(self, context: Context) -> str:
        """Write the file."""
        armature = chosen.needed_armature(context)
        found = reading.map_for(armature).bone_map
        path = _preset_path(self.family or armature.name, self.filepath)
        bone_map = BoneMap(self.family or path.stem, found.roles)
        save_preset(bone_map, path, overwrite=self.overwrite)
        status.forget()
        return f"Wrote '{path}'."


def free_family(name: str) -> str:
    """NAME, or with a number behind it if the user's presets have it already."""
    return first_free(name, lambda one: _preset_path(one, "").exists())


def _preset_path(name: str, filepath: str) -> Path:
    if not filepath:
        return families.preset_folder() / f"{bpy.path.clean_name(name)}{SUFFIX}"
    path = Path(bpy.path.abspath(bpy.path.ensure_ext(filepath, SUFFIX)))
    check_folder(path)
    return path


class GESTURES_OT_rig_preset_load(OnRig, bpy.types.Operator):
    bl_idname = "gestures.rig_preset_load"
    bl_label = "Load Preset"
    bl_description = "Take from a file which bone plays which part"

    filepath: StringProperty(
        name="File",
        description="A file that says which bone plays which part (.toml)",
        subtype="FILE_PATH",
    )
    filter_glob: StringProperty(default="*.toml", options={"HIDDEN"})

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask for the file, among the user's own."""
        self.filepath = str(families.preset_folder()) + "/"
        return ask_file(self, context)

    def do(self, context: Context) -> str:
        """Keep what fits with the armature."""
        armature = chosen.needed_armature(context)
        preset = load_preset(Path(bpy.path.abspath(self.filepath)))
        found = reading.applied(armature, preset)
        if not found.bone_map.roles:
            raise GestureError(
                f"The armature '{armature.name}' has none of the bones that '{preset.family}' "
                "names: choose another mapping."
            )
        editing.use_map(armature, found.bone_map)
        return f"{len(found.bone_map.roles)} body parts as '{preset.family}' names them."


class GESTURES_OT_neutral(OnRig, bpy.types.Operator):
    bl_idname = "gestures.neutral"
    bl_label = "Show Neutral Pose"
    bl_description = (
        "The character stands as gestures start from, to check it and to adjust offsets; "
        "keys are not touched and the next frame shows them again"
    )
    keeps = False

    def do(self, context: Context) -> None:
        """Pose it."""
        neutral.show(chosen.needed_armature(context))


class GESTURES_OT_release_bones(OnRig, bpy.types.Operator):
    bl_idname = "gestures.release_bones"
    bl_label = "Mute What Holds Bones"
    bl_description = (
        "Mute the constraints and drivers that keep keyed bones from following the take; "
        "undo brings them back"
    )
    keeps = False

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs something that was found to hold a keyed bone."""
        armature = chosen.chosen_armature(context)
        return super().why_not(context) or held.why_none(armature)  # type: ignore[arg-type]

    def do(self, context: Context) -> str:
        """Mute it, and see whether the bones follow then."""
        scene: Any = context.scene
        return held.release(scene, chosen.needed_armature(context))


class GESTURES_OT_key_fk(OnRig, bpy.types.Operator):
    bl_idname = "gestures.key_fk"
    bl_label = "Key Arms to FK"
    bl_description = (
        "Let takes key the arms' IK/FK switches to FK, the one shown at once; rejecting a take "
        "puts them back, and your own keys of them stay"
    )
    keeps = False

    def do(self, context: Context) -> str:
        """Key them."""
        return arms_to_fk.ask(chosen.needed_armature(context))


class GESTURES_OT_offset_take(OnRig, bpy.types.Operator):
    bl_idname = "gestures.offset_take"
    bl_label = "Take as Offset"
    bl_description = (
        "Keep what bones are turned from the neutral pose as offsets on top of every gesture: "
        "show the neutral pose, turn bones as wanted, press this"
    )

    selected: BoolProperty(
        name="Selected Bones Only",
        description="Only bones that are selected in Pose Mode; otherwise all that differ",
    )

    def do(self, context: Context) -> str:
        """Keep them with the armature."""
        armature = chosen.needed_armature(context)
        posed = context.selected_pose_bones_from_active_object or ()
        bones = [bone.name for bone in posed] if self.selected else None
        fields: Any = armature
        changed = neutral.take_offsets(armature, bones, mirror=fields.gestures_rig.mirror)
        if not changed:
            return "No bone is turned from the neutral pose and its offset."
        return f"Offset taken: {', '.join(changed)}."


class GESTURES_OT_offset_clear(OnRig, bpy.types.Operator):
    bl_idname = "gestures.offset_clear"
    bl_label = "Remove Offset"
    bl_description = "Let gestures turn the bone as they are; every bone if none is named"

    bone: StringProperty(name="Bone", description="Its name; every bone if empty")

    def do(self, context: Context) -> None:
        """Forget them."""
        neutral.clear(chosen.needed_armature(context), [self.bone] if self.bone else None)


class GESTURES_OT_bone_show(OnRig, bpy.types.Operator):
    bl_idname = "gestures.bone_show"
    bl_label = "Make Active"
    bl_description = "Make this bone the active one, to see it and to adjust its offset"
    keeps = False

    bone: StringProperty(name="Bone", description="Its name")

    def do(self, context: Context) -> None:
        """Activate it."""
        armature = chosen.needed_armature(context)
        bones: Any = armature.data.bones  # type: ignore[union-attr]
        if self.bone not in bones:
            raise GestureError(f"The armature '{armature.name}' has no bone '{self.bone}'.")
        bones.active = bones[self.bone]


CLASSES: Final = (
    GESTURES_OT_rig_pick,
    GESTURES_OT_rig_clear,
    GESTURES_OT_rig_automatic,
    GESTURES_OT_rig_preset_save,
    GESTURES_OT_rig_preset_load,
    GESTURES_OT_neutral,
    GESTURES_OT_key_fk,
    GESTURES_OT_release_bones,
    GESTURES_OT_offset_take,
    GESTURES_OT_offset_clear,
    GESTURES_OT_bone_show,
)
