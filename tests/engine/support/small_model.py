# SPDX-License-Identifier: GPL-3.0-or-later
"""The sizes of a model that is made in no time."""

from ha2g_engine.models.config import ModelConfig

SMALL = ModelConfig(
    audio_widths=(8, 8, 16, 32),
    audio_blocks=(1, 1, 1, 1),
    hidden=24,
    gru_layers=1,
    image_widths=(8, 8, 16, 16),
)
