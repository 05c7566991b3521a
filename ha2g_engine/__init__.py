# SPDX-License-Identifier: GPL-3.0-or-later
"""HA2G co-speech gesture engine: speech and identity in, bone directions out.

The package runs in its own process and never imports ``bpy``; Blender's add-on talks to
``ha2g_engine.worker`` over pipes, the shell uses ``ha2g_engine.cli``.
"""

__version__ = "0.1.0"
