# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints are read without the package safetensors, and damaged ones refused in a sentence."""

import json
import struct

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from ha2g_engine.checkpoints import files
from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.errors import InputError
from ha2g_engine.light import network, weights


def packed(head, numbers=b""):
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + numbers


def test_the_default_weights_are_what_safetensors_reads():
    header, tensors = weights.read(DEFAULT)
    expected = load_file(DEFAULT)
    assert tensors.tensors.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(tensors.tensors[name], values.astype(np.float32))
    told = files.info(DEFAULT)
    assert header == {key: told[key] for key in ("system", "config", "notes")}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 4,
        b"no checkpoint at all",
        struct.pack("<Q", 2**63) + b"{}",
        packed([1]),
        packed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, b"\0" * 7),
        packed({"a": {"dtype": "F32", "shape": [-2, -1], "data_offsets": [0, 8]}}, b"\0" * 8),
        packed({"a": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 8]}}, b"\0" * 8),
        packed({"a": {"dtype": "F32", "shape": ["x"], "data_offsets": [0, 8]}}, b"\0" * 8),
        packed({"a": {"dtype": "X9", "shape": [2], "data_offsets": [0, 8]}}, b"\0" * 8),
        packed({"a": 3}),
        struct.pack("<Q", 100_000) + b"[" * 100_000,
    ],
)
def test_damaged_files(content, tmp_path):
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"damaged\.safetensors"):
        network.load(path)


def test_strange_files(tmp_path, small_checkpoint):
    with pytest.raises(InputError, match="none"):
        network.load(tmp_path / "none.safetensors")
    path = tmp_path / "strange.safetensors"
    save_file({"a": np.zeros(3, np.float32)}, path)
    with pytest.raises(InputError, match="not written by this engine"):
        network.load(path)


@pytest.mark.parametrize("damage", ["missing", "reshaped"])
def test_tensors_that_do_not_fit(damage, tmp_path, small_checkpoint):
    content = small_checkpoint.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    head = json.loads(content[8 : 8 + length])
    name = "levels.3.gru.gru.weight_hh_l0_reverse"
    if damage == "missing":
        del head[name]
    else:
        head[name]["shape"] = head[name]["shape"][::-1]
    path = tmp_path / "unfit.safetensors"
    path.write_bytes(packed(head, content[8 + length :]))
    with pytest.raises(InputError, match=r"unfit\.safetensors.*does not fit"):
        network.load(path)
