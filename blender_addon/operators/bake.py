# SPDX-License-Identifier: GPL-3.0-or-later
"""Bake to FBX, and Export for other programs: what is shown, or each take, as an animation."""

from __future__ import annotations

import contextlib
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from .. import compat
from ..errors import GestureError
from ..export.stand_in import Clip
from ..export.targets import FBX_PRESETS, SUFFIXES, TARGETS
from ..export.writers import export
from ..files import check_folder
from ..keys.actions import current_action
from ..properties import chosen
from ..takes import collection, nla, shown
from .base import OnArmature, ask_file
from .takes import NO_TAKE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bpy.types import Context, Event, Object, UILayout

    from .base import Status


FBX_ITEMS: Final = tuple((k, TARGETS[k].label, TARGETS[k].description) for k in FBX_PRESETS)
SEVERAL: Final = (".fbx", ".glb")  # formats that hold more than one animation
LAST: Final = "gestures_export"  # of a scene: what was chosen last, as JSON
REMEMBERED: Final = (
    "include_meshes", "takes", "span", "first", "last", "own_rate", "rate", "simplify",
    "deform_only", "preset",
)  # fmt: skip


class TakeFile(OnArmature):
    """What both operators share: they need an armature with a take, and ask for a file.

    What is chosen beside the file is kept with the scene, for the next time.
    """

    bl_options: Any = set()

    filepath: StringProperty(name="File", description="The file to write", subtype="FILE_PATH")
    check_existing: BoolProperty(default=True, options={"HIDDEN"})
    include_meshes: BoolProperty(
        name="Meshes",
        description="Write the meshes that the armature moves, too",
        default=True,
    )
    takes: EnumProperty(
        name="Takes",
        description="Which takes the file has, of FBX and glTF files",
        items=(
            ("SHOWN", "As Shown", "What the character shows, as one animation"),
            ("ACCEPTED", "All Accepted", "Each accepted take as an animation of its name"),
            ("ALL", "All", "Each take on the list as an animation of its name"),
        ),
    )
    span: EnumProperty(
        name="Frames",
        description="Which frames the file has",
        items=(
            ("TAKE", "Take", "Those of the takes that are shown"),
            ("SCENE", "Scene", "From the scene's first frame to its last"),
            ("OWN", "Own", "From a first frame to a last one"),
        ),
    )
    first: IntProperty(name="First", description="First frame of the file", default=1)
    last: IntProperty(name="Last", description="Last frame of the file", default=250)
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
    simplify: FloatProperty(
        name="Fewer Keys",
        description=(
            "Leave out keys that hardly change the motion, of FBX files: 0 keeps one a frame, "
            "1 is what Blender's exporter calls 1"
        ),
        default=0.0,
        min=0.0,
        max=10.0,
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
        """Ask for the file, named after the take, and offer what was chosen last."""
        self._recall(context)
        if not self.filepath:
            folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
            self.filepath = str(folder / f"{_action_name(context)}{self.suffix()}")
        return ask_file(self, context)

    def draw(self, context: Context) -> None:
        """The options beside the file browser."""
        operator: Any = self
        layout = operator.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self._draw_what(layout)
        if self.suffix() in SEVERAL:
            layout.prop(self, "takes")
        if self._takes() == "SHOWN":
            self._draw_frames(layout)
        layout.prop(self, "own_rate")
        rate = layout.row()
        rate.enabled = self.own_rate
        rate.prop(self, "rate")
        if self.suffix() == ".fbx":
            layout.prop(self, "simplify")

    def _draw_frames(self, layout: UILayout) -> None:
        layout.prop(self, "span")
        if self.span == "OWN":
            own = layout.column(align=True)
            own.prop(self, "first")
            own.prop(self, "last")

    def _takes(self) -> str:
        """Which takes go into the file; USD and BVH have one animation."""
        return self.takes if self.suffix() in SEVERAL else "SHOWN"

    def _draw_what(self, layout: UILayout) -> None:
        """What goes into the file."""
        layout.prop(self, "include_meshes")

    def write(self, context: Context, path: Path, **options: Any) -> None:
        """Write the chosen armature's take to PATH and tell. Raises GestureError."""
        armature = chosen.needed_armature(context)
        rate = self.rate if self.own_rate else None
        options |= {"clips": clips_of(armature, self._takes())}
        options |= {"meshes": self.include_meshes, "rate": rate, "simplify": self.simplify}
        lacking = bake(armature, path, self._frames(context), **options)
        self._remember(context)
        self.tell({"WARNING" if lacking else "INFO"}, f"Wrote '{path}'. {lacking}".rstrip())

    def _frames(self, context: Context) -> tuple[int, int] | None:
        """First and last, or None for the take's."""
        scene = chosen.scene_of(context)
        spans = {"SCENE": (scene.frame_start, scene.frame_end), "OWN": (self.first, self.last)}
        return spans.get(self.span)

    def _remember(self, context: Context) -> None:
        values = {name: getattr(self, name) for name in REMEMBERED if hasattr(self, name)}
        chosen.scene_of(context)[LAST] = json.dumps(values)

    def _recall(self, context: Context) -> None:
        """Choose again what was chosen last; what somebody else wrote there counts for nothing."""
        operator: Any = self
        stored: Any = chosen.scene_of(context).get(LAST)
        with contextlib.suppress(ValueError, TypeError, AttributeError, RecursionError):
            for name, value in json.loads(stored).items():
                given = operator.properties.is_property_set(name)
                if name in REMEMBERED and hasattr(self, name) and not given:
                    with contextlib.suppress(ValueError, TypeError):
                        setattr(self, name, value)


class GESTURES_OT_bake(TakeFile, bpy.types.Operator):
    bl_idname = "gestures.bake"
    bl_label = "Bake to FBX"
    bl_description = "Write the character with the motion it shows to an FBX file, a key a frame"

    filter_glob: StringProperty(default="*.fbx", options={"HIDDEN"})
    preset: EnumProperty(
        name="For",
        description="Axes, units and names of the file",
        items=FBX_ITEMS,
        default="generic",
    )

    def suffix(self) -> str:
        """It is always FBX."""
        return ".fbx"

    def _draw_what(self, layout: UILayout) -> None:
        layout.prop(self, "preset")
        super()._draw_what(layout)

    def do(self, context: Context) -> None:
        """Write it."""
        path = Path(bpy.path.abspath(bpy.path.ensure_ext(self.filepath, ".fbx")))
        self.write(context, path, preset=self.preset)


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

    def _draw_what(self, layout: UILayout) -> None:
        layout.prop(self, "target")
        meshes = layout.row()
        meshes.enabled = self.target != "bvh"
        meshes.prop(self, "include_meshes")
        layout.prop(self, "deform_only")

    def do(self, context: Context) -> None:
        """Write it."""
        self.write(context, self._path(), deform_only=self.deform_only, preset=self.target)

    def _path(self) -> Path:
        """The file as asked for, with a suffix that the target can have."""
        path = Path(bpy.path.abspath(self.filepath))
        if path.suffix.lower() in TARGETS[self.target].suffixes:
            return path
        stem = path.stem if path.suffix.lower() in SUFFIXES else path.name
        return path.with_name(stem + self.suffix())


def clips_of(armature: Object, which: str) -> list[Clip]:
    """The takes of ARMATURE that an export has one by one: ACCEPTED, ALL, none for SHOWN.

    Raises GestureError where none is accepted.
    """
    if which == "SHOWN":
        return []
    found = [e for e in collection.entries(armature) if e.accepted or which == "ALL"]
    if not found:
        raise GestureError(
            f"No take of '{armature.name}' is accepted: accept those that the file should have."
        )
    collection.check_free(armature)
    return [
        Clip(entry.action.name, _frames_of(armature, entry), partial(_alone, armature, entry))
        for entry in found
    ]


def _strip_of(armature: Object, entry: Any) -> Any:
    """The strip that the take of ENTRY plays as, where it does not play as it is keyed."""
    plays = entry.accepted and entry != collection.on_top(armature)
    return nla.find(armature, entry.action) if plays else None


def _frames_of(armature: Object, entry: Any) -> tuple[int, int]:
    strip = _strip_of(armature, entry)
    first, last = (
        (strip.frame_start, strip.frame_end) if strip is not None else entry.action.frame_range
    )
    return round(first), round(last)


@contextlib.contextmanager
def _alone(armature: Object, entry: Any) -> Iterator[None]:
    """ARMATURE with the take of ENTRY and no other one, as long as it is looked at."""
    with contextlib.ExitStack() as stack:
        for put_back in collection.remembered(armature):
            stack.callback(put_back)
        strip = _strip_of(armature, entry)
        for one in collection.entries(armature):
            track = nla.track_of(armature, one.action)
            if track is not None:
                track.mute = strip is None or one != entry
        data: Any = armature.animation_data
        if strip is not None:
            compat.assign_action(armature, None)
        else:
            compat.assign_action(armature, entry.action, compat.slot_for(entry.action, armature))
            data.action_blend_type, data.action_influence = "REPLACE", 1.0
        yield


def bake(
    armature: Object, path: Path, frames: tuple[int, int] | None = None, **options: Any
) -> str:
    """Write ARMATURE to PATH; options: those of `export`, and what it returns.

    frames: first and last; those of the takes it shows if left out.
    Raises GestureError: no take, no such folder, the exporter is off or failed.
    """
    seen = collection.seen_frames(armature)
    if seen is None:
        raise GestureError(f"The armature '{armature.name}' has no take: generate gestures first.")
    check_folder(path)
    first, last = frames or seen
    return export(armature, path, first=first, last=last, **options)


def _action_name(context: Context) -> str:
    armature = chosen.chosen_armature(context)
    action = (current_action(armature) or shown.take(armature)) if armature else None
    return bpy.path.clean_name(action.name) if action else "gestures"


CLASSES: Final = (GESTURES_OT_bake, GESTURES_OT_export)
