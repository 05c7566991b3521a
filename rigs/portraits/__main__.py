# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rigs.portraits …`, from the repository's root, with a Python that has bpy."""

import os
import sys

from .command import main

status = main(sys.argv[1:])
sys.stdout.flush()
sys.stderr.flush()
os._exit(status)  # the bpy wheel does not always end by itself
