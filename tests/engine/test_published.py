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

from ha2g_engine import checkpoints, cli
from ha2g_engine.errors import InputError
from ha2g_engine.published import read_pickle

TOLERANCE = 1e-4


@pytest.mark.parametrize("name", ["ha2g_expressive", "ha2g_gesture"])
def test_parity_with_the_reference(golden, tmp_path, name):
    imported = tmp_path / "imported.safetensors"
    assert (
        cli.main(["checkpoint", "import", str(golden / f"{name}.bin"), "--out", str(imported)]) == 0
    )
    model, notes = checkpoints.load(imported)
    reference = {k: torch.from_numpy(v) for k, v in np.load(golden / f"{name}.npz").items()}

    with torch.inference_mode():
        identity = model.identity_from_speakers(reference["speaker_index"])
        output = model(
            reference["spectrogram_db"],
            reference["initial_poses"],
            identity,
            reference["word_index"],
        )

    ours = {"style_coordinator": output.style}
    ours |= {f"f_{part}": getattr(output, part) for part in ("low", "mid", "high")}
    ours |= {f"level_{h + 1}": pose for h, pose in enumerate(output.levels)}
    assert len(output.levels) == sum(key.startswith("level_") for key in reference)
    for key, value in ours.items():
        assert (value - reference[key]).abs().max() <= TOLERANCE, key
    assert notes["vocabulary"][:4] == ["<PAD>", "<SOS>", "<EOS>", "<UNK>"]


def test_an_imported_checkpoint_generates(golden, tmp_path, write_speech):
    imported, motion = tmp_path / "g.safetensors", tmp_path / "m.npz"
    cli.main(["checkpoint", "import", str(golden / "ha2g_gesture.bin"), "--out", str(imported)])
    speech = str(write_speech())
    assert cli.main(["generate", speech, "--out", str(motion), "--checkpoint", str(imported)]) == 0
    assert np.load(motion)["directions"].shape == (30, 9, 3)


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
    assert cli.main(["checkpoint", "import", str(file), "--out", out]) == 2
