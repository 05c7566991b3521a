# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ha2g_engine.cli …` is `ha2g …`."""

import sys

from .main import main

if __name__ == "__main__":
    sys.exit(main())
