# SPDX-License-Identifier: GPL-3.0-or-later
"""Models against a data set and against speech: what ``ha2g evaluate`` prints."""
