# SPDX-License-Identifier: GPL-3.0-or-later
"""A data set and a configuration that train in a second."""

from pathlib import Path

import numpy as np

from ha2g_engine.body.skeleton import NEUTRAL, unit
from ha2g_engine.data import store

CONFIG = """
data = "{data}"
out = "{out}"
half = false
[model]
identity = "speaker"
audio_widths = [8, 8, 8, 16]
audio_blocks = [1, 1, 1, 1]
hidden = 16
gru_layers = 1
unet_width = 8
text_dim = 0
[weights]
[training]
epochs = 2
sequences = 1
windows = 2
batch = 4
warmup = 1
"""


def write_config(folder: Path) -> Path:
    """The configuration's file; its data set stands beside it."""
    make_data(folder / "data")
    path = folder / "tiny.toml"
    path.write_text(CONFIG.format(data=folder / "data", out=folder / "run"))
    return path


def make_data(folder: Path, frames=300):
    """Two speakers whose arms swing with the loudness of a tone."""
    random = np.random.default_rng(0)
    loud = np.sin(np.arange(frames) / 5)[:, None, None]
    swing = 0.4 * random.standard_normal((2, 1, 42, 3)) * loud
    motion = unit((NEUTRAL + swing).astype(np.float32)).astype(np.float16).reshape(-1, 42, 3)
    mel = np.repeat(-20 + 15 * loud[:, 0], 3, axis=0)[: int(frames * 2.0834)] + np.zeros(128)
    wave = random.normal(0, 3000, frames * 16_000 // 15).astype(np.int16)
    sound = ((0, len(mel)), (0, len(wave)))
    entries = [
        store.ClipEntry(f"{split}{s}", split, s, sound[0], (s * frames, (s + 1) * frames), sound[1])
        for split in ("train", "val")
        for s in range(2)
    ]
    people = [store.SpeakerEntry(name, (i, i + 1)) for i, name in enumerate("ab")]
    arrays = {
        "mel": mel.astype(np.float16),
        "directions": motion,
        "wave": wave,
        "portraits": random.integers(0, 255, (2, 224, 224, 3)).astype(np.uint8),
    }
    store.write(folder, {"skeleton": "expressive"}, people, entries, arrays)
