# SPDX-License-Identifier: GPL-3.0-or-later
"""42 directions a frame -> rotations of any humanoid rig's bones; numpy only, no bpy."""
