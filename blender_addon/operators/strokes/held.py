# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand shapes of the shown take beside its gestures: for a range of the time, or at rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty

from ...errors import GestureError
from ...properties import chosen
from ...strokes import editing, pictures
from ...takes import shown, stored
from ..base import ask_options
from .choose import WIDTH, draw_shapes
from .edit import SHAPED, StrokeEdit, at_playhead

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ...motion.plan import HeldShape
    from ..base import Status

USUAL: Final = 2.0  # s of a range, where the timeline shows none

_items: list[tuple[str, str, str]] = []  # Blender keeps no reference to what a callback returns


def _shapes(operator: Any, context: Context | None) -> list[tuple[str, str, str]]:
    _items[:] = [(name, name.capitalize(), "") for name in pictures.shapes()]
    return _items


class HeldEdit(StrokeEdit):
    """Base of those that change a hand shape beside the strokes."""

    needs_stroke = False

    held: IntProperty(
        name="Held",
        description="Which hand shape of the take, from 0; -1 for one more",
        default=-1,
        min=-1,
        options={"SKIP_SAVE"},
    )

    def there(self, take: shown.ShownTake) -> HeldShape:
        """The one that is meant; seconds and hand are TAKE's. Raises GestureError."""
        listed = editing.held(take)
        if not 0 <= self.held < len(listed):
            raise GestureError(f"There is no hand shape {self.held}: the take has {len(listed)}.")
        found: HeldShape = listed[self.held]
        return found


class GESTURES_OT_hand_shape_hold(HeldEdit, bpy.types.Operator):
    bl_idname = "gestures.hand_shape_hold"
    bl_label = "Hold a Hand Shape"
    bl_description = "The fingers keep a shape for a range of the time, or wherever the hands rest"

    shape: EnumProperty(name="Hand Shape", description="What the fingers do", items=_shapes)
    shaped: EnumProperty(
        name="Shaped Hand", description="Which hand has that shape", items=SHAPED, default="both"
    )
    when: EnumProperty(
        name="When",
        description="When the fingers have it",
        items=(
            ("RANGE", "For a Range", "From a second of the take to a later one"),
            ("REST", "At Rest", "Wherever the hand makes no gesture"),
        ),
        options={"SKIP_SAVE"},
    )
    first: FloatProperty(
        name="From", description="Second of the take from which", min=0.0, options={"SKIP_SAVE"}
    )
    last: FloatProperty(
        name="To",
        description=f"Second of the take until which; 0 for {USUAL:g} seconds",
        min=0.0,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Context, event: Event) -> Status:
        """Show pictures to choose from; the range is the timeline's preview range, if there is."""
        self._from_window = True
        take = shown.find(context)
        assert take is not None  # poll looked
        if self.held >= 0:
            self._show(self.there(take))
        else:
            self.first, self.last = _range(context, take)
        return ask_options(self, context, WIDTH)

    def check(self, context: Context) -> bool:
        """Whatever is set shows at once."""
        return True

    def draw(self, context: Context) -> None:
        """Pictures, whose hand, and when."""
        operator: Any = self
        draw_shapes(operator, "shape", _shapes(operator, context))
        operator.layout.row().prop(operator, "when", expand=True)
        if self.when == "RANGE":
            row = operator.layout.row(align=True)
            row.prop(operator, "first")
            row.prop(operator, "last")

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """Hold it."""
        told = {"do": "hold", "shape": self.shape, "hand": self.shaped}
        if self.held >= 0:
            self.there(take)
            told["held"] = self.held
        if self.when == "REST":
            return told
        wanted, seconds = self.last or self.first + USUAL, stored.seconds(take.action)
        end = min(wanted, seconds)
        if not self.first < end:
            raise GestureError(
                f"A hand shape from {self.first:.2f} to {wanted:.2f} s has no time in the take, "
                f"which ends at {seconds:.2f} s: choose another start or end."
            )
        return {**told, "start": self.first, "end": end}

    def _show(self, line: HeldShape) -> None:
        """Set what is asked for to how LINE is."""
        if line.shape in pictures.shapes():
            self.shape = line.shape
        self.shaped = line.hand
        self.when = "REST" if line.start is None else "RANGE"
        self.first, self.last = line.start or 0.0, line.end or 0.0


class GESTURES_OT_hand_shape_release(HeldEdit, bpy.types.Operator):
    bl_idname = "gestures.hand_shape_release"
    bl_label = "Release the Hand Shape"
    bl_description = "The fingers do again what the gestures do"

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """Away with it."""
        self.there(take)
        return {"do": "release", "held": self.held}


def _range(context: Context, take: shown.ShownTake) -> tuple[float, float]:
    """The seconds of TAKE in the timeline's preview range; some from the playhead without one."""
    scene, seconds = chosen.scene_of(context), stored.seconds(take.action)
    first, last = at_playhead(take), at_playhead(take) + USUAL
    if scene.use_preview_range:
        first, last = (
            take.seconds(f) for f in (scene.frame_preview_start, scene.frame_preview_end)
        )
    start = min(max(first, 0.0), seconds)
    return start, max(start, min(last, seconds))


CLASSES: Final = (GESTURES_OT_hand_shape_hold, GESTURES_OT_hand_shape_release)
