# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints of strangers: our safetensors, and pickles in the published layout."""

import argparse
import io
import json
import sys
import types
import zipfile
from dataclasses import replace

import numpy as np
import torch
from damage import bytes_of, pick, values_of
from tiny_models import SMALL

from ha2g_engine.checkpoints import files, published
from ha2g_engine.models.registry import build
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

WEIGHTS = (float("nan"), float("inf"), float("-inf"), 1e38, -1e38, 1e-45, 0.0)
NUMBERS = (0, 1, 23, 24, 64, 2**14, 10**6, 10**9, 2**62)


class Checkpoints:
    """Cases that load one and, where that is taken, make a take with it."""

    def __init__(self, engine, folder):
        self.engine = engine
        self.whole = engine.model.read_bytes()
        self.pickle = folder / "published.bin"
        torch.save(as_published(), self.pickle)
        published.import_published(self.pickle)

    @property
    def kinds(self):
        return {"checkpoints": self.ours, "pickles": self.theirs}

    def ours(self, rng, folder):
        path = folder / "model.safetensors"
        path.write_bytes(damaged(rng, self.whole))
        files.info(path)
        synthesizer = Synthesizer(path)
        synthesizer.style(Settings(identity_seed=1))
        self.engine.__class__.takes(argparse.Namespace(synthesizer=synthesizer), *self._asked(rng))

    def _asked(self, rng):
        return self.engine.speech, Settings(seed=int(rng.integers(3)))

    def theirs(self, rng, folder):
        path = folder / "model.bin"
        content = self.pickle.read_bytes()
        path.write_bytes(pick(rng, (repacked, bytes_of))(rng, content))
        model, notes = published.import_published(path)
        out = folder / "imported.safetensors"
        files.save(out, model, notes)
        Synthesizer(out).generate(self.engine.speech, Settings())


def damaged(rng, content):
    """The bytes of a safetensors file with damage of one kind."""
    size = int.from_bytes(content[:8], "little")
    head, numbers = json.loads(content[8 : 8 + size]), bytearray(content[8 + size :])
    kind = rng.random()
    if kind < 0.25:
        return bytes_of(rng, content, 8 + size)
    if kind < 0.5:
        weights = np.frombuffer(numbers, np.float32).copy()
        many = pick(rng, (1, 100, len(weights) // 2))
        weights[rng.integers(len(weights), size=many)] = pick(rng, WEIGHTS)
        numbers = bytearray(weights.tobytes())
    elif kind < 0.6:
        name = pick(rng, sorted(set(head) - {"__metadata__"}))
        head[name] = values_of(rng, head[name])
    else:
        facts = head["__metadata__"]
        key = pick(rng, ("config", "config", "notes", "system", "format"))
        facts[key] = text(rng, facts[key]) if key != "format" else "ha2g-9"
    written = json.dumps(head).encode("utf-8", "replace")
    return len(written).to_bytes(8, "little") + written + bytes(numbers)


def text(rng, facts):
    """FACTS, JSON, with other values: mostly a number in place of a number."""
    tree = json.loads(facts)
    if isinstance(tree, dict) and rng.random() < 0.5:
        numbers = [k for k, v in tree.items() if isinstance(v, int | list)]
        for key in numbers[:0] or [pick(rng, sorted(numbers or tree))]:
            one = pick(rng, NUMBERS)
            tree[key] = [one] * len(tree[key]) if isinstance(tree[key], list) else one
        return json.dumps(tree)
    return pick(rng, (json.dumps(values_of(rng, tree)), "[" * 50_000, "{", "null"))


class Vocab:
    """The authors' class, by the name that their pickles have."""


Vocab.__module__ = "model.vocab"
sys.modules["model"] = types.ModuleType("model")
sys.modules["model.vocab"] = types.ModuleType("model.vocab")
sys.modules["model.vocab"].Vocab = Vocab


def as_published():
    """What the authors' training wrote, of a small Seq2Seq."""
    vocabulary = Vocab()
    vocabulary.index2word = dict(enumerate(("<PAD>", "<SOS>", "<EOS>", "<UNK>", "the", "people")))
    vocabulary.word2index, vocabulary.n_words = {"the": 4}, 6
    state = build("seq2seq", replace(SMALL, n_words=6, text_layers=1)).state_dict()
    args = {"model": "seq2seq", "hidden_size": 24, "n_layers": 1, "dropout_prob": 0.3}
    return {
        "args": argparse.Namespace(**args),
        "epoch": 3,
        "pose_dim": 126,
        "gen_dict": {_theirs(k): v for k, v in state.items() if k != "rest_pose"},
        "lang_model": vocabulary,
        "speaker_model": None,
    }


def _theirs(name):
    for ours, theirs in (("decoder.attention.", "attn.attn."), ("decoder.v", "attn.v")):
        if name.startswith(ours):
            return f"decoder.decoder.{theirs}{name.removeprefix(ours)}"
    return name.replace("decoder.", "decoder.decoder.", 1)


def repacked(rng, _content):
    """A whole pickle of something evil."""
    tree = as_published()
    for _ in range(int(rng.integers(1, 4))):
        kind = int(rng.integers(6))
        key = pick(rng, ("hidden_size", "n_layers", "dropout_prob", "model"))
        if kind == 0:
            setattr(tree["args"], key, pick(rng, (*NUMBERS, None, "x", [1], float("nan"))))
        elif kind == 1 and isinstance(tree.get("gen_dict"), dict) and tree["gen_dict"]:
            name = pick(rng, sorted(tree["gen_dict"]))
            tree["gen_dict"][name] = pick(rng, (torch.zeros(1).expand(10**9), 3, None, "x"))
        elif kind == 2 and isinstance(tree.get("lang_model"), Vocab):
            tree["lang_model"].index2word = pick(
                rng, ({10**9: "x"}, {"a": "b"}, {-1: "x"}, {0: 5}, [1], 3)
            )
        elif kind == 3:
            tree["epoch"] = pick(rng, (float("nan"), "x", None, 10**30))
        elif kind == 4:
            tree.pop(pick(rng, sorted(tree)), None)
        else:
            tree[pick(rng, sorted(tree))] = pick(rng, (None, 3, "x", {}, [], torch.zeros(2)))
        if "args" not in tree or not isinstance(tree["args"], argparse.Namespace):
            break
    file = io.BytesIO()
    torch.save(tree, file)
    return deflated(file) if rng.random() < 0.2 else file.getvalue()


def deflated(file):
    """The zip in FILE with its members packed, and a member of 64 MB of zeros that is small."""
    packed = io.BytesIO()
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as now:
        for one in before.infolist():
            now.writestr(one.filename, before.read(one))
        now.writestr("archive/data/99", bytes(64 << 20))
    return packed.getvalue()
