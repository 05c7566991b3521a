# SPDX-License-Identifier: GPL-3.0-or-later
"""A data set and a configuration that train in a second."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from tiny_repertoire import tiny_repertoire

from ha2g_engine.body.skeleton import NEUTRAL, unit
from ha2g_engine.data import store
from ha2g_engine.gestures.plan import NUMBERS

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


WORDS = tuple((f"word{i % 7}", i / 3, i / 3 + 0.25) for i in range(60))

TOLD = f"""
code_dim = {NUMBERS}
[weights]
identity = 1.0
coordinator = 1.0
style = 0.0
gan = 0.0
kl = 0.0
contrastive = 0.0
"""


def write_told_config(folder: Path) -> Path:
    """The same of data that tell the gestures under way and the styles; people by picture."""
    make_data(folder / "told", told=True)
    path = folder / "told.toml"
    text = CONFIG.format(data=folder / "told", out=folder / "told-run")
    path.write_text(text.replace('"speaker"', '"image"').replace("[weights]", TOLD.strip()))
    return path


def make_data(folder: Path, frames=300, *, told=False):
    """Two speakers whose arms swing with the loudness of a tone.

    told: with z(t), styles and what gestures there are.
    """
    random = np.random.default_rng(0)
    loud = np.sin(np.arange(frames) / 5)[:, None, None]
    swing = 0.4 * random.standard_normal((2, 1, 42, 3)) * loud
    motion = unit((NEUTRAL + swing).astype(np.float32)).astype(np.float16).reshape(-1, 42, 3)
    mel = np.repeat(-20 + 15 * loud[:, 0], 3, axis=0)[: int(frames * 2.0834)] + np.zeros(128)
    wave = random.normal(0, 3000, frames * 16_000 // 15).astype(np.int16)
    sound = ((0, len(mel)), (0, len(wave)))
    entries = [
        store.ClipEntry(
            f"{split}{s}", split, s, sound[0], (s * frames, (s + 1) * frames), sound[1], WORDS
        )
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
    facts = {"skeleton": "expressive"}
    if told:
        known = tiny_repertoire()
        styles = random.dirichlet([1.0] * 3, (2, 6)).transpose(0, 2, 1)
        styles = [tuple(tuple(row) for row in style) for style in styles.tolist()]
        people = [replace(p, style=styles[i], hands=(0.2, 0.3, 0.5)) for i, p in enumerate(people)]
        entries = [replace(entry, style=styles[entry.speaker]) for entry in entries]
        arrays["codes"] = random.normal(0, 1, (len(motion), NUMBERS)).astype(np.float16)
        arrays["gestures"] = known.codes.astype(np.float16)
        facts |= {"codes": NUMBERS, "gestures": [fact.row() for fact in known.facts]}
    store.write(folder, facts, people, entries, arrays)
