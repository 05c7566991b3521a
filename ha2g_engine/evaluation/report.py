# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of scores as Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from ha2g_engine.files import write_text

from .scores import BC, Scores

FORMATS: Final = {  # the columns in their order
    "FGD": ".3f",
    BC: ".3f",
    f"{BC}, shuffled": ".3f",
    f"{BC}, p": ".3g",
    "Diversity": ".3f",
    "MAE m": ".4f",
    "acceleration m/s²": ".2f",
    "jerk m/s³": ".1f",
    "beyond limits": ".2%",
    "seam jump": ".2f",
    "seam jump, mid-window": ".2f",  # the same measure where no window begins
    "hand in body": ".2%",
    "strokes on peaks": ".3f",
    "strokes on peaks, shuffled": ".3f",
    "strokes on peaks, shifted": ".3f",
    "strokes on peaks, p": ".3g",
    "worst file": ".3f",
    "seeds apart m": ".3f",
    "torso of TED's": ".2f",
    "head of TED's": ".2f",
    "shoulder of TED's": ".2f",
    "elbow of TED's": ".2f",
    "apex wrists apart m": ".2f",
    "apex curl apart °": ".0f",
    "wrists m/s": ".3f",
    "in pauses m/s": ".3f",
    "lesser hand": ".0%",
    "fingers °/s": ".0f",
}


@dataclass(frozen=True)
class Run:
    """One checkpoint (None = the ground truth) with one variation seed."""

    checkpoint: str | None
    seed: int
    scores: Scores


@dataclass(frozen=True)
class Row:
    """A system: its runs."""

    name: str
    runs: list[Run] = field(default_factory=list)

    def value(self, column: str) -> tuple[float, float] | None:
        """Mean and spread of a column; None where no run has it.

        The spread is the standard deviation (n - 1) over training seeds, each the mean over its
        variation seeds; over the variation seeds where there is one checkpoint. A p value is the
        worst of the runs.
        """
        by_file: dict[str | None, list[float]] = {}
        for run in self.runs:
            if column in run.scores:
                by_file.setdefault(run.checkpoint, []).append(run.scores[column])
        if not by_file:
            return None
        if column.endswith(", p"):
            return max(p for values in by_file.values() for p in values), 0.0
        values = [float(np.mean(v)) for v in by_file.values()]
        if len(values) == 1:
            values = next(iter(by_file.values()))
        return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def markdown(rows: Sequence[Row], facts: Mapping[str, Any]) -> str:
    """The table, and below it what it was measured with."""
    columns = [c for c in FORMATS if any(row.value(c) for row in rows)]
    lines = ["| model | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = [_cell(row.value(column), FORMATS[column]) for column in columns]
        lines.append(f"| {row.name} | " + " | ".join(cells) + " |")
    notes = "; ".join(f"{key}: {value}" for key, value in facts.items())
    return "\n".join([*lines, "", notes, ""])


def _cell(value: tuple[float, float] | None, style: str) -> str:
    if value is None:
        return "–"
    mean, spread = value
    return f"{mean:{style}} ± {spread:{style}}" if spread else f"{mean:{style}}"


def as_json(rows: Sequence[Row], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts, and a row a system: mean and spread of each column, and every run."""
    return {"facts": dict(facts), "rows": [_entry(row) for row in rows]}


def _entry(row: Row) -> dict[str, Any]:
    values = {column: row.value(column) for column in FORMATS}
    columns = {c: {"mean": v[0], "spread": v[1]} for c, v in values.items() if v is not None}
    return {"model": row.name, **columns, "runs": [asdict(run) for run in row.runs]}


def write(path: Path, text: str, content: Mapping[str, Any]) -> None:
    """Markdown at ``path`` and JSON beside it, each by a rename."""
    targets = {path: text, path.with_suffix(".json"): json.dumps(content, indent=1)}
    for target, body in targets.items():
        write_text(target, body)
