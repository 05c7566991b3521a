# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands at the head of our checkpoints, beside the tensors' names and places."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ha2g_engine.errors import InputError

FORMAT: Final = "ha2g-1"
DEFAULT: Final = Path(__file__).parents[1] / "weights" / "default.safetensors"


def parsed(metadata: Mapping[str, str], path: str | Path) -> dict[str, Any]:
    """``system``, ``config`` and ``notes`` of safetensors' METADATA.

    Raises InputError with the file's name where this engine did not write it.
    """
    if metadata.get("format") != FORMAT:
        raise InputError(f"'{path}' was not written by this engine: no '{FORMAT}' in its header.")
    known = {"system": '"ha2g"', **metadata}
    header = {key: json.loads(known[key]) for key in ("system", "config", "notes")}
    # files from before the setting: imported ones name their source, the others are of our training
    header["config"].setdefault("composed", "source" not in header["notes"])
    return header
