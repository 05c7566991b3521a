# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender -b -P …/headless/in_blender.py -- ARGUMENTS`: animate with an installed Blender."""

import importlib
import os
import sys
from pathlib import Path

package = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(package.parent))
animate = importlib.import_module(f"{package.name}.headless.animate")
given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
status = animate.main(given)
sys.stdout.flush()
sys.stderr.flush()
os._exit(status)
