# SPDX-License-Identifier: GPL-3.0-or-later
"""A transcript that times only phrases is used, and that is said."""

import numpy as np
import pytest
import torch
from shared_folder import ROOT

from ha2g_engine.checkpoints import files
from ha2g_engine.cli.main import main
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.trimodal import Trimodal
from ha2g_engine.training.vocabulary import SPECIAL

FOLDER = ROOT / "tests" / "fixtures" / "transcripts"


@pytest.fixture
def knows_words(tmp_path):
    """An untrained model with a vocabulary."""
    torch.manual_seed(0)
    vocabulary = [*SPECIAL, "ask", "not", "what", "you"]
    config = ModelConfig(hidden=24, gru_layers=1, n_words=len(vocabulary))
    path = tmp_path / "words.safetensors"
    files.save(path, Trimodal(config), {"vocabulary": vocabulary})
    return path


@pytest.mark.parametrize(
    ("name", "said"), [("whisper_segments.srt", True), ("whisper_words.srt", False)]
)
def test_phrases_are_said_to_be_spread(knows_words, write_speech, tmp_path, capsys, name, said):
    speech, takes = str(write_speech(seconds=3.0)), []
    for transcript in ([], ["--transcript", str(FOLDER / name)]):
        out = tmp_path / f"{len(transcript)}.npz"
        command = ["generate", speech, "--out", str(out), "--checkpoint", str(knows_words)]
        assert main([*command, *transcript]) == 0
        with np.load(out) as take:
            takes.append(take["directions"])
    assert ("times phrases, not words" in capsys.readouterr().err) == said
    assert np.abs(takes[0] - takes[1]).max() > 1e-4
