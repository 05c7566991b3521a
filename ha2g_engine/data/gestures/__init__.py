# SPDX-License-Identifier: GPL-3.0-or-later
"""The gesture library: recorded and made strokes with their hands, meanings and hand shapes."""
