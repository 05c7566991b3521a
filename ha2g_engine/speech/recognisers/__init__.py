# SPDX-License-Identifier: GPL-3.0-or-later
"""Who hears words in speech: CMU Sphinx those of a text, Whisper any."""
