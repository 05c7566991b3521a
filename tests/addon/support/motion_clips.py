# SPDX-License-Identifier: GPL-3.0-or-later
"""Real gestures for the tests: a small excerpt that is always there, the whole set where it is."""

import os
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
EXCERPT = REPOSITORY / "tests" / "fixtures" / "motion" / "smartbody_excerpt.npz"


def excerpt():
    """[(name, directions (T, 42, 3), neutral (42, 3))], 300 frames in all."""
    with np.load(EXCERPT) as file:
        rows = zip(file["offsets"], file["offsets"][1:], strict=False)
        return [
            (str(name), file["directions"][start:stop].astype(float), neutral.astype(float))
            for name, (start, stop), neutral in zip(
                file["names"], rows, file["neutral"], strict=True
            )
        ]


def every_clip():
    """All usable clips with moving fingers, as `excerpt`; skips where the data set is not."""
    shared = Path(os.environ.get("HA2G_SHARED", REPOSITORY.parent / "shared"))
    path = shared / "data" / "smartbody_gestures" / "smartbody_gestures_15fps.npz"
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{path} is missing: set HA2G_SHARED")
        pytest.skip(f"{path} is missing: set HA2G_SHARED to the folder with the real gestures")
    with np.load(path) as file:
        directions, offsets, sets = (file[key] for key in ("directions", "offsets", "set"))
        good = file["usable"] & file["has_fingers"] & file["left_thumb_ok"]
        names = file["names"]
    clips = {i: directions[offsets[i] : offsets[i + 1]].astype(float) for i in np.flatnonzero(good)}
    neutral = {
        name: np.mean(np.concatenate([clips[i] for i in clips if sets[i] == name]), axis=0)
        for name in {str(sets[i]) for i in clips}
    }
    return [(str(names[i]), clip, neutral[str(sets[i])]) for i, clip in clips.items()]
