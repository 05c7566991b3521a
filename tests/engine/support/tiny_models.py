# SPDX-License-Identifier: GPL-3.0-or-later
"""Untrained models that are small enough for a test."""

from dataclasses import replace

import torch
from tiny_repertoire import tiny_repertoire

from ha2g_engine.gestures.plan import NUMBERS
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.training.places import speaker_codes

SMALL = ModelConfig(
    audio_widths=(8, 8, 16, 32),
    audio_blocks=(1, 1, 1, 1),
    hidden=24,
    gru_layers=1,
    image_widths=(8, 8, 16, 16),
)


def small():
    """The paper's HA2G, and its notes."""
    torch.manual_seed(0)
    return HA2G(SMALL), {"epoch": 3}


def told():
    """A model that knows gestures, of two people: one uses the left hand alone; and its notes."""
    known = tiny_repertoire()
    torch.manual_seed(0)
    config = replace(SMALL, code_dim=NUMBERS, n_gestures=len(known.facts), text_dim=0)
    model = HA2G(config)
    model.gestures.copy_(torch.from_numpy(known.codes))
    for level in model.levels:  # or the hands of an untrained model hardly move
        torch.nn.init.normal_(level.out[-1].weight, std=0.5)
    notes = {
        "gestures": [fact.row() for fact in known.facts],
        "hands": [(0.2, 0.3, 0.5), (1.0, 0.0, 0.0)],
        "places": speaker_codes(2, config.identity_dim).tolist(),
        "home": "silence",
    }
    return model, notes
