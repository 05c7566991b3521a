# SPDX-License-Identifier: GPL-3.0-or-later
"""When somebody speaks, told from loudness alone."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

RANGE_DB: Final = 35.0  # speech is at most this far below its loud parts …
FLOOR_DB: Final = -60.0  # … never below this …
OVER_NOISE_DB: Final = 6.0  # … and stands out from the file's quietest tenth


def spoken(loudness: Array) -> NDArray[np.bool_]:
    """Whether each frame of ``audio.loudness`` (T,) dB is speech."""
    quiet, loud = np.percentile(loudness, [10, 95])
    return np.asarray(loudness > max(loud - RANGE_DB, quiet + OVER_NOISE_DB, FLOOR_DB))


def runs(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """First index and the one after the last, (R, 2), of each run of True in (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return edges.reshape(-1, 2)
