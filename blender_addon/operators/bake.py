# SPDX-License-Identifier: GPL-3.0-or-later
"""Bake to FBX, and Export for other programs: the take as the one animation of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ..errors import GestureError
from ..export.targets import SUFFIXES, TARGETS
from ..export.writers import export
from ..files import check_folder
from ..keys.actions import current_action
from ..properties import chosen
from ..takes import collection, shown
from .base import OnArmature, ask_file
from .takes import NO_TAKE

if TYPE_CHECKING:
    from bpy.types import Context, Event, Object

    from .base import Status


class TakeFile(OnArmature):
    """What both operators share: they need an armature with a take, and ask for a file."""

    bl_options: Any = set()

    filepath: StringProperty(name="File", description="The file to write", subtype="FILE_PATH")
    check_existing: BoolProperty(default=True, options={"HIDDEN"})
    include_meshes: BoolProperty(
        name="Meshes",
        description="Write the meshes that the armature moves, too",
        default=True,
    )

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs an armature with an action."""
        armature = chosen.chosen_armature(context)
        if armature is None or collection.seen_frames(armature) is not None:
            return super().why_not(context)
        return NO_TAKE

    def suffix(self) -> str:
        """What the file's name ends in if the user says nothing else."""
        raise NotImplementedError

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask for the file, named after the take."""
        if not self.filepath:
            folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
            self.filepath = str(folder / f"{_action_name(context)}{self.suffix()}")
        return ask_file(self, context)

    def write(self, context: Context, path: Path, **options: Any) -> None:
        """Write the chosen armature's take to PATH and tell. Raises GestureError."""
        armature = chosen.needed_armature(context)
        lacking = bake(armature, path, meshes=self.include_meshes, **options)
        self.tell({"WARNING" if lacking else "INFO"}, f"Wrote '{path}'. {lacking}".rstrip())


class GESTURES_OT_bake(TakeFile, bpy.types.Operator):
    bl_idname = "gestures.bake"
    bl_label = "Bake to FBX"
    bl_description = "Write the character with the motion it shows to an FBX file, a key a frame"

    filter_glob: StringProperty(default="*.fbx", options={"HIDDEN"})

    def suffix(self) -> str:
        """It is always FBX."""
        return ".fbx"

    def do(self, context: Context) -> None:
        """Write it."""
        self.write(context, Path(bpy.path.abspath(bpy.path.ensure_ext(self.filepath, ".fbx"))))


class GESTURES_OT_export(TakeFile, bpy.types.Operator):
    bl_idname = "gestures.export"
    bl_label = "Export Take"
    bl_description = "Write the character with the motion it shows as another program expects it"

    filter_glob: StringProperty(
        default=";".join(f"*{suffix}" for suffix in SUFFIXES), options={"HIDDEN"}
    )
    target: EnumProperty(
        name="For",
        description="Format, axes, units and names of the file",
        items=tuple((one.key, one.label, one.description) for one in TARGETS.values()),
        default="unity",
    )
    deform_only: BoolProperty(
        name="Only Deforming Bones",
        description="Leave out the bones that move no mesh, such as a control rig's controls",
        default=True,
    )
    own_rate: BoolProperty(
        name="Own Frame Rate",
        description="Bake at another rate than the scene's",
    )
    rate: FloatProperty(
        name="Rate",
        description="Poses a second in the file",
        default=30.0,
        min=1.0,
        max=240.0,
    )

    @classmethod
    def description(cls, context: Context, properties: Any) -> str:
        """What kind of file it is."""
        return TARGETS[properties.target].description

    def suffix(self) -> str:
        """The target's usual one."""
        return TARGETS[self.target].suffixes[0]

    def check(self, context: Context) -> bool:
        """Another target gives the file another suffix."""
        path = str(self._path())
        changed = bool(path != self.filepath)
        self.filepath = path
        return changed

    def draw(self, context: Context) -> None:
        """The options beside the file browser."""
        layout: Any = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "target")
        meshes = layout.row()
        meshes.enabled = self.target != "bvh"
        meshes.prop(self, "include_meshes")
        layout.prop(self, "deform_only")
        layout.prop(self, "own_rate")
        rate = layout.row()
        rate.enabled = self.own_rate
        rate.prop(self, "rate")

    def do(self, context: Context) -> None:
        """Write it."""
        self.write(
            context,
            self._path(),
            deform_only=self.deform_only,
            rate=self.rate if self.own_rate else None,
            preset=self.target,
        )

    def _path(self) -> Path:
        """The file as asked for, with a suffix that the target can have."""
        path = Path(bpy.path.abspath(self.filepath))
        if path.suffix.lower() in TARGETS[self.target].suffixes:
            return path
        stem = path.stem if path.suffix.lower() in SUFFIXES else path.name
        return path.with_name(stem + self.suffix())


def bake(armature: Object, path: Path, **options: Any) -> str:
    """Write ARMATURE and the frames of the takes it shows to PATH; options: those of `export`.

    Returns what `export` does.
    Raises GestureError: no take, no such folder, the exporter is off or failed.
    """
    frames = collection.seen_frames(armature)
    if frames is None:
        raise GestureError(f"The armature '{armature.name}' has no take: generate gestures first.")
    check_folder(path)
    return export(armature, path, first=frames[0], last=frames[1], **options)


def _action_name(context: Context) -> str:
    armature = chosen.chosen_armature(context)
    action = (current_action(armature) or shown.take(armature)) if armature else None
    return bpy.path.clean_name(action.name) if action else "gestures"


CLASSES: Final = (GESTURES_OT_bake, GESTURES_OT_export)
