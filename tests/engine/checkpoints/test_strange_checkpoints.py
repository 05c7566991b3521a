# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints of strangers: sizes, weights, notes and names that no model has."""

import argparse
import json
import time
import zipfile

import numpy as np
import pytest
import safetensors
import torch
from safetensors.torch import save

from ha2g_engine.checkpoints import files, published
from ha2g_engine.errors import InputError
from ha2g_engine.models import whisper


def rewritten(source, target, change=lambda tensors: None, **facts):
    """The checkpoint SOURCE with other tensors and other header entries, at TARGET."""
    with safetensors.safe_open(source, "pt") as file:
        head = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    change(tensors)
    for key, value in facts.items():
        changed = value if isinstance(value, str) else json.loads(head[key]) | value
        head[key] = changed if isinstance(changed, str) else json.dumps(changed)
    target.write_bytes(save(tensors, head))
    return target


@pytest.mark.parametrize(
    "config",
    [
        {"hidden": 10**9},
        {"hidden": 16_000, "gru_layers": 64},
        {"gru_layers": 10**9},
        {"audio_blocks": [10**9, 1, 1, 1]},
        {"audio_widths": [8, 8, 10**8, 16 * 10**8]},
        {"image_widths": [10**9] * 4},
        {"n_words": 10**7, "word_dim": 16_000},
        {"n_words": 10**12},
        {"n_gestures": 10**7},
        {"unet_width": 10**9},
        {"identity": "speaker", "n_speakers": 10**12},
        {"dropout": float("nan")},
        {"hidden": float("nan")},
        {"hidden": [1]},
        {"skeleton": "octopus"},
    ],
)
def test_sizes_that_the_file_does_not_hold_are_refused_at_once(small_checkpoint, tmp_path, config):
    path = rewritten(small_checkpoint, tmp_path / "a.safetensors", config=config)
    began = time.perf_counter()
    with pytest.raises(InputError, match=r"a\.safetensors"):
        files.load(path)
    assert time.perf_counter() - began < 3.0


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(small_checkpoint, tmp_path, number):
    def spoil(tensors):
        tensors["rest_pose"][5] = number

    path = rewritten(small_checkpoint, tmp_path / "a.safetensors", spoil)
    with pytest.raises(InputError, match="weights that are not numbers, in 'rest_pose'"):
        files.load(path)


@pytest.mark.parametrize("key", ["config", "notes", "system"])
@pytest.mark.parametrize("text", ["", "{", "null", "3", "[1]", "[" * 100_000, '{"a": NaN'])
def test_a_damaged_header_is_a_sentence(small_checkpoint, tmp_path, key, text):
    path = rewritten(small_checkpoint, tmp_path / "a.safetensors", **{key: text})
    for read in (files.info, files.load):
        with pytest.raises(InputError, match=r"a\.safetensors' is damaged"):
            read(path)


@pytest.mark.parametrize(
    "notes",
    [
        {"gestures": None},
        {"gestures": []},
        {"gestures": [["g"]] * 24},
        {"hands": [[1, 2]]},
        {"hands": [[float("nan"), 0, 1]] * 2},
        {"hands": [[-1, 0, 1]] * 2},
        {"places": [[0.0] * 3] * 2},
        {"places": [["x"] * 16] * 2},
        {"sitters": [["on his head", 0, [0.0] * 16]]},
        {"sitters": [["arms folded", 9, [0.0] * 16]]},
        {"sitters": [["arms folded", 0, [0.0] * 3]]},
        {"sitters": [["arms folded"]]},
        {"vocabulary": 3},
        {"vocabulary": [1, 2]},
        {"speakers": {"a": 1}},
    ],
)
def test_notes_that_synthesis_could_not_read_are_refused_by_the_loader(
    told_checkpoint, tmp_path, notes
):
    path = rewritten(told_checkpoint, tmp_path / "a.safetensors", notes=notes)
    with pytest.raises(InputError, match=r"header of .* is damaged"):
        files.load(path)


@pytest.mark.parametrize(
    "source", ["somebody/model", "//server/share", "\\\\server\\share", "/no/folder", "x" * 9999]
)
def test_a_checkpoint_names_no_weights_to_download_from_anybody(
    small_checkpoint, tmp_path, monkeypatch, source
):
    asked = []
    monkeypatch.setattr(whisper, "load_encoder", lambda *given: asked.append(given))
    path = rewritten(small_checkpoint, tmp_path / "a.safetensors", config={"whisper": source})
    with pytest.raises(InputError, match="neither one of openai/whisper nor a folder"):
        files.load(path)
    assert not asked


# --- pickles in the published layout --------------------------------------------------------


def published_like(**changes):
    args = argparse.Namespace(model="seq2seq", hidden_size=24, n_layers=1, dropout_prob=0.3)
    content = {"args": args, "epoch": 1, "pose_dim": 126, "gen_dict": {
        "encoder.embedding.weight": torch.zeros(6, 300)}}  # fmt: skip
    return content | changes


def test_an_index_of_a_billion_words_costs_nothing():
    vocabulary = published.Vocab()
    vocabulary.index2word = {3: "a", 10**9: "b"}
    began = time.perf_counter()
    assert published._in_order(vocabulary, 5) == ["<UNK>", "<UNK>", "<UNK>", "a", "<UNK>"]
    assert published._in_order(vocabulary, 0) == []
    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize(
    "changes",
    [
        {"args": argparse.Namespace(model="seq2seq", hidden_size=10**6, n_layers=10**6,
                                    dropout_prob=0.3)},
        {"args": argparse.Namespace(model="seq2seq", hidden_size=None, n_layers="x",
                                    dropout_prob=0.3)},
        {"args": argparse.Namespace(model="seq2seq")},
        {"gen_dict": {"encoder.embedding.weight": torch.zeros(1).expand(10**9, 300)}},
        {"gen_dict": {"encoder.embedding.weight": 3}},
        {"gen_dict": 3},
        {"epoch": "x"},
        {"pose_dim": float("nan")},
    ],
)  # fmt: skip
def test_a_strange_pickle_is_a_sentence_at_once(tmp_path, changes):
    torch.save(published_like(**changes), tmp_path / "a.bin")
    began = time.perf_counter()
    with pytest.raises(InputError) as caught:
        published.import_published(tmp_path / "a.bin")
    assert "\n" not in str(caught.value)
    assert time.perf_counter() - began < 3.0


def test_a_pickle_that_unfolds_is_refused(tmp_path):
    torch.save(published_like(), tmp_path / "a.bin")
    with (
        zipfile.ZipFile(tmp_path / "a.bin") as before,
        zipfile.ZipFile(tmp_path / "b.bin", "w", zipfile.ZIP_DEFLATED) as now,
    ):
        for one in before.infolist():
            now.writestr(one.filename, before.read(one))
        now.writestr("archive/data/9", bytes(64 << 20))
    with pytest.raises(InputError, match=r"b\.bin' is damaged"):
        published.read_pickle(tmp_path / "b.bin")
