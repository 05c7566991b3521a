# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves in its folder: the best model, and the state to go on from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from ha2g_engine.errors import InputError
from ha2g_engine.files import replacing

STATE: Final = "state.pt"
BEST: Final = "best.safetensors"
BETAS: Final = (0.5, 0.999)  # Adam, the paper's


@dataclass
class Standing:
    """How far a run is: epochs done, the best validation loss and epochs since it."""

    epoch: int = 0
    best: float = math.inf
    stale: int = 0


def check_unused(out: Path) -> None:
    """Raise InputError where a run is there already."""
    if any((out / name).exists() for name in (STATE, BEST)):
        raise InputError(
            f"'{out}' holds a training already: pass --resume to go on, or another out=FOLDER."
        )


def write_state(path: Path, state: dict[str, Any]) -> None:
    """A run's state, by a rename."""
    with replacing(path) as part:
        torch.save(state, part)


def read_state(path: Path) -> dict[str, Any]:
    """The reverse of ``write_state``; raises InputError when it is missing or cut short."""
    if not path.is_file():
        raise InputError(f"'{path}' is not there: nothing to resume, leave --resume out.")
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    except (RuntimeError, EOFError) as error:
        raise InputError(f"'{path}' is cut short: train again without --resume.") from error
    return state
