# SPDX-License-Identifier: GPL-3.0-or-later
"""Published checkpoints give the reference's numbers, and dangerous ones run nothing."""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch

from ha2g_engine.checkpoints import files
from ha2g_engine.checkpoints.published import read_pickle
from ha2g_engine.cli.main import main
from ha2g_engine.errors import InputError
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

GENERATORS = {
    "ha2g_expressive": 42,
    "ha2g_gesture": 9,
    "seq2seq_expressive": 42,
    "speech2gesture_expressive": 42,
    "joint_embedding_expressive": 42,
    "trimodal_expressive": 42,
}


@pytest.mark.parametrize(("name", "bones"), GENERATORS.items())
def test_an_imported_checkpoint_generates(golden, tmp_path, write_speech, name, bones):
    imported, motion = tmp_path / "model.safetensors", tmp_path / "m.npz"
    main(["checkpoint", "import", str(golden / f"{name}.bin"), "--out", str(imported)])
    words = tmp_path / "words.json"
    words.write_text('[["the", 0.2, 0.4], ["people", 0.5, 0.9], ["in", 3.1, 3.2]]')
    command = ["generate", str(write_speech(seconds=4)), "--transcript", str(words)]
    command += ["--out", str(motion), "--checkpoint", str(imported)]
    assert main(command) == 0
    directions = np.load(motion)["directions"]
    assert directions.shape == (60, bones, 3)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=-1), 1, atol=1e-5)


def test_a_checkpoint_of_other_windows_keeps_them(golden, tmp_path, write_speech):
    """As the published loader was told: n_poses and n_pre_poses; their difference is the stride."""
    content = read_pickle(golden / "trimodal_expressive.bin")
    content = {k: v for k, v in content.items() if k not in ("lang_model", "speaker_model")}
    content["args"].n_poses, content["args"].n_pre_poses = 60, 10
    torch.save(content, tmp_path / "long.bin")
    imported = tmp_path / "long.safetensors"
    assert main(["checkpoint", "import", str(tmp_path / "long.bin"), "--out", str(imported)]) == 0
    config = files.info(imported)["config"]
    assert [config[name] for name in ("frames", "stride", "given")] == [60, 50, 10]
    made = Synthesizer(imported).generate(write_speech(seconds=9), Settings())
    assert made.directions.shape == (135, 42, 3)


def test_an_autoencoder_does_not_generate(golden, tmp_path, write_speech, capsys):
    imported = tmp_path / "ae.safetensors"
    source = golden / "autoencoder_expressive.bin"
    main(["checkpoint", "import", str(source), "--out", str(imported)])
    command = ["generate", str(write_speech()), "--out", str(tmp_path / "m.npz")]
    assert main([*command, "--checkpoint", str(imported)]) == 2
    assert "autoencoder" in capsys.readouterr().err


class Touch:
    """Unpickling this would run a shell command."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("write", ["torch", "bare"])
def test_a_pickle_that_names_a_function_is_refused_and_runs_nothing(tmp_path, write):
    proof, file = tmp_path / "proof", tmp_path / "evil.bin"
    content = {"args": argparse.Namespace(), "gen_dict_1": Touch(proof)}
    if write == "torch":
        torch.save(content, file)
    else:
        file.write_bytes(pickle.dumps(content, protocol=2))

    command = [sys.executable, "-m", "ha2g_engine.cli", "checkpoint", "import", str(file)]
    out = tmp_path / "x.safetensors"
    done = subprocess.run(
        [*command, "--out", str(out)], capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "system" in done.stderr
    assert "evil.bin" in done.stderr
    assert not proof.exists()
    assert not out.exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 cut short"])
def test_a_damaged_file_is_one_sentence(tmp_path, content):
    file = tmp_path / "broken.bin"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.bin"):
        read_pickle(file)


def test_a_truncated_checkpoint_is_one_sentence(tmp_path):
    whole, cut = tmp_path / "whole.bin", tmp_path / "cut.bin"
    torch.save({"args": argparse.Namespace(), "weights": torch.zeros(1000)}, whole)
    assert zipfile.is_zipfile(whole)
    cut.write_bytes(whole.read_bytes()[:2000])
    with pytest.raises(InputError, match=r"cut\.bin"):
        read_pickle(cut)


def test_another_systems_checkpoint_is_named(tmp_path):
    file = tmp_path / "other.bin"
    torch.save({"gen_dict": {}, "pose_dim": 126}, file)
    out = str(tmp_path / "x.safetensors")
    assert main(["checkpoint", "import", str(file), "--out", out]) == 2
