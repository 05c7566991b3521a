# SPDX-License-Identifier: GPL-3.0-or-later
"""HA2G computed by numpy alone, for Blender's own Python: no torch, nothing to install."""
