# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fake worker answers for a seed and a style, found without asking it."""

import json
from pathlib import Path

import numpy as np

SKELETON = Path(__file__).resolve().parents[3] / "ha2g_engine" / "body" / "skeleton.json"


def expected(seed, style):
    """The directions (60, 42, 3) of its answer."""
    neutral = np.array(json.loads(SKELETON.read_text())["expressive"]["mean_direction"])
    times = np.arange(60)[:, None, None] / 15.0
    phases = np.arange(neutral.size).reshape(neutral.shape) * (1.0 + 0.37 * (seed % 1000))
    sway = (0.1 + 0.4 * style[0][0]) * np.sin(2.0 * times + phases)
    moved = neutral.reshape(-1, 3) + sway.reshape(60, -1, 3)
    return (moved / np.linalg.norm(moved, axis=-1, keepdims=True)).astype(np.float32)
