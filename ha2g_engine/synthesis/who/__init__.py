# SPDX-License-Identifier: GPL-3.0-or-later
"""Who moves: people imagined, known by number, or seen in pictures."""
