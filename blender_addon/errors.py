# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception the add-on shows to its user."""


class GestureError(Exception):
    """One sentence: which file or bone, what is wrong with it, what to do next."""
