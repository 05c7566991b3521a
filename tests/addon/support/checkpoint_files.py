# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints that say of themselves what a test needs."""

import json

NOTES = {"epoch": 7}


def checkpoint_of(folder, name="mine", notes=None, card=""):
    """A checkpoint as the engine writes them: the header's length, the header, two tensors."""
    path = folder / f"{name}.safetensors"
    texts = {"system": "ha2g", "config": {}, "notes": NOTES if notes is None else notes}
    facts = {key: json.dumps(value) for key, value in texts.items()}
    header = {
        "__metadata__": {"format": "ha2g-1", **facts},
        "a": {"dtype": "F16", "shape": [3, 4], "data_offsets": [0, 24]},
        "b": {"dtype": "F32", "shape": [5], "data_offsets": [24, 44]},
    }
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(44))
    if card:
        path.with_suffix(".md").write_text(card)
    return path
