# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the add-on finds the engine's files, the bone-mapping presets and the help pages.

Installed from the zip they lie inside the add-on's folder; in the source tree beside it.
"""

from pathlib import Path
from typing import Final

PACKAGE: Final = __package__ or "blender_addon"  # as Blender knows the add-on
PACKAGE_DIR: Final = Path(__file__).resolve().parent


def _bundled(name: str) -> Path:
    """The folder NAME inside the package, or beside it when only that exists."""
    inside = PACKAGE_DIR / name
    return inside if inside.is_dir() else PACKAGE_DIR.parent / name


ENGINE_DIR: Final = _bundled("ha2g_engine")
RIGS_DIR: Final = _bundled("rigs")
HELP_DIR: Final = _bundled("docs") / "panels"  # an HTML file a panel, beside docs/pictures
SKELETON_JSON: Final = ENGINE_DIR / "body/skeleton.json"
HOMES_NPZ: Final = ENGINE_DIR / "gestures/homes.npz"
