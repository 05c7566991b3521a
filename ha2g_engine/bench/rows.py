# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of what is measured: each row's work, its unit and how far it should come."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from ha2g_engine.errors import InputError

TIMES: Final = 5  # each figure is the median of
By = Literal["engine", "add-on", "reference", "GPU"]
Values = Sequence[float]
Measures = dict[str, Callable[[], Values]]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    goal: what is aimed at, reached from above where ``least``. by: what measures it, the engine,
    Blender with the add-on, our code beside the reference's, or a graphics card.
    """

    name: str
    work: str
    unit: str
    goal: float
    by: By = "engine"
    least: bool = False


TABLE: Final = (
    Row("full", "full-size HA2G, 60 s of speech, warm", "s", 2.5),
    Row("full_ratio", "the same, the reference's time over ours", "x", 3.0, "reference", True),
    Row("default", "default model, 60 s of speech, warm", "s", 0.4),
    Row("light", "default model without torch, 60 s of speech, warm", "s", 1.5),
    Row("first_cold", "first keys after the click, 11 s, engine cold", "s", 3.0, "add-on"),
    Row("first_warm", "first keys after the click, 11 s, warm", "s", 0.8, "add-on"),
    Row("ready", "worker ready, from cold, with torch", "s", 2.0),
    Row("slider_finest", "slider of the finest level, 11 s take, to keys", "s", 0.15, "add-on"),
    Row("slider_torso", "slider of the torso, 11 s take, to keys", "s", 0.3, "add-on"),
    Row("stroke", "a stroke edited, 11 s take, to the keys", "s", 0.4, "add-on"),
    Row("retarget", "retargeting and keys, 60 s at 24 fps, 53 bones", "s", 0.35, "add-on"),
    Row("seeds", "10 seeds of one speech of 10 s, over one", "x", 2.5),
    Row("batch", "100 lines of 5 s one by one, over a batch", "x", 1.8, "add-on", True),
    Row("crowd", "Generate beside 3,000 objects, 60 armatures, over none", "x", 1.3, "add-on"),
    Row("crowd_redraw", "the tab redrawn in that scene", "ms", 1.0, "add-on"),
    Row("overlay", "the timeline redrawn, take of 10 min", "ms", 1.0, "add-on"),
    Row("stall_generate", "longest step while a take's keys are written", "ms", 50, "add-on"),
    Row("stall_slider", "longest step while a slider is dragged", "ms", 50, "add-on"),
    Row("training", "full-size training step, all losses, batch 16", "samples/s", 3.64, least=True),
    Row("training_ratio", "the same, over the reference's", "x", 2.0, "reference", True),
    Row("gpu", "training on one GPU, batch 256, mixed precision", "samples/s", 2000, "GPU", True),
    Row("gpu_busy", "share of that time in which the GPU computes", "%", 80, "GPU", True),
    Row("help", "ha2g --help", "s", 0.15),
    Row("register", "registering the add-on", "s", 0.1, "add-on"),
    Row("memory", "memory of the worker after 60 s of speech", "MB", 350),
)  # fmt: skip
KINDS: Final = tuple(dict.fromkeys(row.by for row in TABLE))


@dataclass(frozen=True)
class Figure:
    """A row measured: its values, or why there are none."""

    row: Row
    values: tuple[float, ...] = ()
    why_not: str = ""

    @property
    def median(self) -> float:
        """Of the values."""
        return statistics.median(self.values)

    @property
    def reached(self) -> bool:
        """Whether the median comes up to the goal."""
        return self.median >= self.row.goal if self.row.least else self.median <= self.row.goal

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        row = self.row
        told = {"name": row.name, "work": row.work, "unit": row.unit, "goal": goal_of(row)}
        if not self.values:
            return {**told, "why_not": self.why_not}
        least, most = min(self.values), max(self.values)
        measured = {"median": self.median, "least": least, "most": most, "runs": len(self.values)}
        shown = {name: round(value, 4) for name, value in measured.items()}
        return {**told, **shown, "reached": self.reached}


def goal_of(row: Row) -> str:
    """``≤ 0.4 s``."""
    return f"{'≥' if row.least else '≤'} {row.goal:,g} {row.unit}"


def chosen(names: Sequence[str]) -> list[Row]:
    """The rows of NAMES, all for none. Raises InputError for a name that no row has."""
    known = {row.name: row for row in TABLE}
    if unknown := [name for name in names if name not in known]:
        raise InputError(f"There is no row '{unknown[0]}': choose from {', '.join(known)}.")
    return [known[name] for name in names] if names else list(TABLE)


def line(told: dict[str, Any]) -> str:
    """A figure's dictionary as one line of text."""
    if "median" not in told:
        return f"{told['work']:55} {'–':>24}  {told['goal']:18} {told['why_not']}"
    spread = f"{told['median']:.4g} ({told['least']:.4g} to {told['most']:.4g}) {told['unit']}"
    return f"{told['work']:55} {spread:>34}  {told['goal']:18} {'yes' if told['reached'] else 'NO'}"
