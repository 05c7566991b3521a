# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs in a Blender without a window: motion on a rig, files and pictures of it."""
