# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared folder of a workplace, where there is one, and what lies in it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("HA2G_SHARED", ROOT.parent / "shared"))
GESTURES = SHARED / "data" / "smartbody_gestures"
needs_gestures = pytest.mark.skipif(not GESTURES.is_dir(), reason="no SmartBody clips here")
