# SPDX-License-Identifier: GPL-3.0-or-later
"""Voices told from music and noise."""
