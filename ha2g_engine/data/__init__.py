# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sets: the on-disk format, and the builder of the default (synthesised) one."""
