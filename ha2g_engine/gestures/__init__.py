# SPDX-License-Identifier: GPL-3.0-or-later
"""What a speaker is going to do: strokes drawn for a speech's accents, and their code over time."""
