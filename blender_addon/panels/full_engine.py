# SPDX-License-Identifier: GPL-3.0-or-later
"""The full engine in the preferences: its parts with their sizes, where it comes from and lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..engine import installation, lock, parts, preferences, process, pythons, wanted
from ..errors import GestureError
from .widgets import WIDE, sentence

if TYPE_CHECKING:
    from bpy.types import UILayout

GIGABYTE: Final = 1000.0  # megabytes
NO_LOCK: Final = (
    "No packages were chosen for this system: the newest that fit are taken, with all parts, "
    "0.5 to 3 GB."
)
SOURCE: Final = ("wheelhouse", "torch_index", "pip_arguments")


def draw_full_engine(layout: UILayout) -> None:
    """What can be ticked, and the buttons that make it so."""
    if installation.running() is not None:
        return
    box = layout.box()
    box.label(text="Full Engine", icon="PACKAGE")
    _draw_parts(box)
    sentence(box, installation.problem(), icon="ERROR", wrap=WIDE)
    sentence(box, installation.offline_reason(), wrap=WIDE)
    box.operator("gestures.engine_setup", text=_verb(), icon="IMPORT")
    if process.setup_folder().is_dir():
        row = box.row(align=True)
        row.operator("gestures.engine_move", text="Move", icon="FILE_FOLDER")
        row.operator("gestures.engine_remove", text="Remove", icon="TRASH")
    else:
        box.prop(preferences.get(), "engine_folder")
    for name in SOURCE:
        box.prop(preferences.get(), name)


def _draw_parts(box: UILayout) -> None:
    asked, target = preferences.get(), pythons.likely_target()
    try:
        build = wanted.source().build(asked.part_gpu)
        remark = wanted.remark()
    except GestureError as error:
        sentence(box, str(error), icon="ERROR", wrap=WIDE)
        return
    if not lock.read(target):
        sentence(box, NO_LOCK, icon="INFO", wrap=WIDE)
        return
    engine = parts.megabytes(target, (), build)
    box.label(text=f"PyTorch and what it needs: {_size(engine)}", translate=False)
    if not target.startswith("macos"):
        box.prop(asked, "part_gpu", text=_gpu(target), translate=False)
    for part, title in parts.TITLES.items():
        more = _size(parts.more_megabytes(target, part, build))
        box.prop(asked, f"part_{part}", text=f"{title}: {more}", translate=False)
    sentence(box, remark, icon="INFO", wrap=WIDE)
    if not process.is_built():
        all_of_it = parts.megabytes(target, wanted.chosen(), build)
        box.label(text=f"To download: {_size(all_of_it)}", translate=False)


def _gpu(target: str) -> str:
    """With what the build for graphics cards has more than the other, where the lock file tells."""
    driver = "a driver is here" if parts.has_driver() else "no NVIDIA driver is here"
    more = parts.megabytes(target, (), "gpu") - parts.megabytes(target, (), "cpu")
    return f"GPU: {_size(more)} more, {driver}" if more else f"GPU: {driver}"


def _size(megabytes: float) -> str:
    if megabytes >= GIGABYTE:
        return f"{megabytes / GIGABYTE:.1f} GB"
    return f"{megabytes:.1f} MB" if megabytes < 10 else f"{megabytes:.0f} MB"


def _verb() -> str:
    if wanted.changes_parts():
        return "Change the Parts"
    return "Repair" if process.is_built() and not process.why_outdated() else "Set Up"
