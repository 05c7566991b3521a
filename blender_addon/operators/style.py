# SPDX-License-Identifier: GPL-3.0-or-later
"""Style: back to the picture's; take over that of a take; presets; a surprise. Imagined people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..engine import jobs, models
from ..errors import GestureError
from ..motion import people as motion_people
from ..motion.shaping import UNSHAPED
from ..properties import chosen, generate, people
from ..redraw import redraw_panels
from ..takes import files, live, record, shown, style, style_presets
from ..takes.request import picture, pictures
from .base import AtOnce, ask_options
from .engine_call import EngineCall

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ..engine.client import Result
    from ..engine.jobs import Job
    from ..takes.record import Style
    from .base import Status


class GESTURES_OT_style_reset(EngineCall, bpy.types.Operator):
    bl_idname = "gestures.style_reset"
    bl_label = "Reset to the Person's Style"
    bl_description = "Move the sliders to the style of the picture, or of the imagined person"
    bl_options = {"UNDO"}

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs an engine that is free."""
        return jobs.why_not_now()

    def begin(self, context: Context) -> Job:
        """Let the engine look at the picture."""
        settings = chosen.scene_of(context).gestures
        owner = shown.chosen_style(context).id_data
        made = record.of(owner) if isinstance(owner, bpy.types.Action) else None
        if made is not None:
            files.check(made, owner.name)
        params = {
            "image": files.located(made, "image") or None if made else picture(settings),
            "images": files.pictures(made) if made else pictures(settings),
            "identity_seed": (made or settings).identity_seed,
            "identity_other": (made or settings).identity_other,
            "identity_share": (made or settings).identity_share,
            "checkpoint": made.checkpoint if made else None,
        }
        return jobs.start("style", params, "Looking at the picture")

    def apply(self, context: Context, result: Result) -> None:
        """Show its style."""
        _give(context, result.values["style"])


class GESTURES_OT_style_use(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.style_use"
    bl_label = "Use for the Next Take"
    bl_description = "Let the next take begin with this take's style, and move each part as it does"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs an armature that shows a take of the engine's."""
        made = shown.chosen_record(context)
        if made is None:
            return shown.NO_TAKE
        return "" if made.style else shown.NO_STYLE

    def do(self, context: Context) -> None:
        """Copy what the take's sliders say."""
        scene: Any = chosen.scene_of(context)
        take = shown.take(chosen.needed_armature(context))
        assert take is not None  # poll looked
        own = style.style_of(take)
        style.begin_next(scene, style.style_rows(own), style.shaping(own), style.spacing(own))
        scene.gestures.style_source = "SLIDERS"


def _preset_items(self: Any, context: Context) -> list[tuple[str, str, str]]:
    global _items  # Blender keeps no reference to what this returns
    _items = [(name, name, "") for name in style_presets.names()]
    return _items


_items: list[tuple[str, str, str]] = []


class GESTURES_OT_style_save(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.style_save"
    bl_label = "Save Style"
    bl_description = "Keep the sliders under a name, to use them for other takes"
    bl_options = {"REGISTER", "UNDO"}

    name: StringProperty(name="Name", description="The preset's name", default="My style")
    overwrite: BoolProperty(
        name="Overwrite",
        description="Replace a preset that has this name already",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask for the name, with one that is free."""
        self.name = style_presets.free_name(self.name)
        return ask_options(self, context)

    def do(self, context: Context) -> str:
        """Write the file."""
        path = style_presets.save(self.name, _shown_preset(context), overwrite=self.overwrite)
        return f"Saved '{path.stem}'."


class GESTURES_OT_style_load(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.style_load"
    bl_label = "Load Style"
    bl_description = "Move the sliders to where they were when a style was saved"
    bl_options = {"REGISTER", "UNDO"}
    bl_property = "name"

    name: EnumProperty(name="Preset", description="The preset to use", items=_preset_items)

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a preset."""
        return "" if style_presets.names() else "Save a style first"

    def do(self, context: Context) -> None:
        """Read the file and move the sliders."""
        _give_preset(context, style_presets.load(self.name))


class GESTURES_OT_style_blend(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.style_blend"
    bl_label = "Blend Styles"
    bl_description = "Move the sliders to a mixture of two saved styles"
    bl_options = {"REGISTER", "UNDO"}

    first: EnumProperty(name="First", description="The preset at 0", items=_preset_items)
    second: EnumProperty(name="Second", description="The preset at 1", items=_preset_items)
    factor: FloatProperty(
        name="Mixture", description="0 the first, 1 the second", min=0.0, max=1.0, default=0.5,
        subtype="FACTOR",
    )  # fmt: skip

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs two presets."""
        return "" if len(style_presets.names()) > 1 else "Save two styles first"

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask which ones."""
        return ask_options(self, context)

    def do(self, context: Context) -> None:
        """Mix them."""
        both = style_presets.load(self.first), style_presets.load(self.second)
        _give_preset(context, style_presets.blend(*both, self.factor))


class GESTURES_OT_style_surprise(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.style_surprise"
    bl_label = "Surprise Me"
    bl_description = "Move the sliders to a style that nobody has thought of"
    bl_options = {"REGISTER", "UNDO"}

    seed: IntProperty(name="Seed", description="The same number, the same style", min=0)

    def invoke(self, context: Context, event: Event) -> Status:
        """Draw a number."""
        self.seed = generate.new_seed()
        return self.execute(context)

    def do(self, context: Context) -> None:
        """Draw a style."""
        levels = shown.chosen_style(context).levels or len(generate.LEVELS)
        _give(context, style_presets.surprise(self.seed, levels))


class GESTURES_OT_levels_reset(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.levels_reset"
    bl_label = "Reset Levels"
    bl_description = "Every part of the body moves again as it was generated"
    bl_options = {"REGISTER", "UNDO"}

    def do(self, context: Context) -> None:
        """Strength 1, nothing else."""
        style.put_shaping(shown.chosen_style(context), UNSHAPED)


def _named_people(self: Any, context: Context) -> list[tuple[str, str, str]]:
    global _people  # Blender keeps no reference to what this returns
    _people = [(name, name, "") for name in people.named()]
    return _people


_people: list[tuple[str, str, str]] = []


class GESTURES_OT_person_map(EngineCall, bpy.types.Operator):
    bl_idname = "gestures.person_map"
    bl_label = "Map of People"
    bl_description = "Imagined people as small pictures: who stand beside each other move alike"

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs an engine that is free."""
        return jobs.why_not_now()

    def begin(self, context: Context) -> Job:
        """Ask who there is."""
        params = {"checkpoint": models.checkpoint()}
        return jobs.start("people", params, "Looking for people")

    def apply(self, context: Context, result: Result) -> None:
        """Show them. Raises GestureError for a model that has none."""
        found = motion_people.all_of(result.values.get("people"))
        if not found:
            raise GestureError("The chosen model knows no imagined people.")
        people.show_map(found)
        redraw_panels(context)


class GESTURES_OT_person_save(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.person_save"
    bl_label = "Save Person"
    bl_description = "Keep this imagined person, or mixture of two, under a name for all scenes"
    bl_options = {"REGISTER", "UNDO"}

    name: StringProperty(name="Name", description="What to call the person", default="Somebody")

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask for the name, with one that is free."""
        self.name = people.free_name(self.name)
        return ask_options(self, context)

    def do(self, context: Context) -> str:
        """Write the file."""
        people.save(self.name, people.of(chosen.scene_of(context).gestures))
        return f"Saved '{self.name.strip()}'."


class _Named(AtOnce):
    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs somebody who has a name."""
        return "" if people.named() else "Save a person first"


class GESTURES_OT_person_load(_Named, bpy.types.Operator):
    bl_idname = "gestures.person_load"
    bl_label = "Load Person"
    bl_description = "Let the next take move as a person who was saved"
    bl_options = {"REGISTER", "UNDO"}
    bl_property = "name"

    name: EnumProperty(name="Name", description="Who", items=_named_people)

    def do(self, context: Context) -> None:
        """Choose them."""
        people.choose(chosen.scene_of(context).gestures, people.person(self.name))


class GESTURES_OT_person_forget(_Named, bpy.types.Operator):
    bl_idname = "gestures.person_forget"
    bl_label = "Forget Person"
    bl_description = "Take a name off the list of people; takes stay as they are"
    bl_options = {"REGISTER", "UNDO"}
    bl_property = "name"

    name: EnumProperty(name="Name", description="Who", items=_named_people)

    def do(self, context: Context) -> str:
        """Write the file."""
        people.drop(self.name)
        return f"'{self.name}' is forgotten."


def _shown_preset(context: Context) -> style_presets.Preset:
    settings = shown.chosen_style(context)
    return style_presets.Preset(style.style_rows(settings), style.shaping(settings))


def _give(context: Context, style_rows: Style) -> None:
    """Move the sliders of what is shown, and let a shown take follow."""
    live.restyle(shown.chosen_style(context), style_rows)


def _give_preset(context: Context, preset: style_presets.Preset) -> None:
    _give(context, preset.style)
    style.put_shaping(shown.chosen_style(context), preset.shaping)


CLASSES: Final = (
    GESTURES_OT_style_reset,
    GESTURES_OT_style_use,
    GESTURES_OT_style_save,
    GESTURES_OT_style_load,
    GESTURES_OT_style_blend,
    GESTURES_OT_style_surprise,
    GESTURES_OT_levels_reset,
    GESTURES_OT_person_map,
    GESTURES_OT_person_save,
    GESTURES_OT_person_load,
    GESTURES_OT_person_forget,
)
