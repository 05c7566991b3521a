# SPDX-License-Identifier: GPL-3.0-or-later
"""Every published system gives the reference's numbers through our import."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ha2g_engine.checkpoints import files
from ha2g_engine.checkpoints.layouts import SUMMED_GRU, renamed
from ha2g_engine.checkpoints.published import read_pickle
from ha2g_engine.cli.main import main
from ha2g_engine.models.discriminators import MotionDiscriminator, PoseDiscriminator
from ha2g_engine.models.window import Window

TOLERANCE = 1e-4


@pytest.fixture
def load(golden, tmp_path):
    """load(name) → the imported model and the reference arrays as tensors."""

    def read(name):
        imported = tmp_path / f"{name}.safetensors"
        command = ["checkpoint", "import", str(golden / f"{name}.bin"), "--out", str(imported)]
        assert main(command) == 0
        model, notes = files.load(imported)
        reference = {k: torch.from_numpy(v) for k, v in np.load(golden / f"{name}.npz").items()}
        return model, notes, reference

    return read


def close(ours, reference):
    assert ours.shape == reference.shape
    assert (ours - reference).abs().max() <= TOLERANCE


@pytest.mark.parametrize("name", ["ha2g_expressive", "ha2g_gesture"])
@torch.inference_mode()
def test_ha2g(load, name):
    model, notes, reference = load(name)
    identity = model.identity_from_speakers(reference["speaker_index"])
    output = model(
        reference["spectrogram_db"], reference["initial_poses"], identity, reference["word_index"]
    )
    close(output.style, reference["style_coordinator"])
    for part in ("low", "mid", "high"):
        close(getattr(output, part), reference[f"f_{part}"])
    assert len(output.levels) == sum(key.startswith("level_") for key in reference)
    for h, pose in enumerate(output.levels):
        close(pose, reference[f"level_{h + 1}"])
    assert torch.equal(output.pose, output.levels[-1])  # the published rule
    assert notes["vocabulary"][:4] == ["<PAD>", "<SOS>", "<EOS>", "<UNK>"]
    assert notes["speakers"][1] == "video_00"
    assert len(notes["speakers"]) == model.config.n_speakers


@torch.inference_mode()
def test_trimodal(load):
    model, _, reference = load("trimodal_expressive")
    window = Window(
        reference["initial_poses"],
        waveform=reference["waveform"],
        words=reference["word_index"],
        speaker=reference["speaker_index"],
    )
    close(model(window).poses, reference["poses"])


@torch.inference_mode()
def test_seq2seq(load):
    model, _, reference = load("seq2seq_expressive")
    words, lengths = reference["words"], reference["word_lengths"]
    prediction = model.decode(words, lengths, reference["initial_poses"])
    close(prediction.poses, reference["poses"])


@torch.inference_mode()
def test_speech2gesture(load):
    model, _, reference = load("speech2gesture_expressive")
    window = Window(reference["initial_poses"], mel=reference["spectrogram_db"])
    close(model(window).poses, reference["poses"])


@torch.inference_mode()
def test_joint_embedding(load):
    model, _, reference = load("joint_embedding_expressive")
    window = Window(
        reference["initial_poses"], waveform=reference["waveform"], words=reference["word_index"]
    )
    prediction = model(window)
    close(prediction.mu, reference["context_mean"])
    close(prediction.poses, reference["poses"])


@pytest.mark.parametrize("name", ["autoencoder_expressive", "autoencoder_gesture"])
@torch.inference_mode()
def test_autoencoders(load, name):
    model, _, reference = load(name)
    reconstruction, latent = model(reference["poses"])
    close(latent, reference["latent"])
    close(reconstruction, reference["reconstruction"])


@pytest.mark.parametrize(
    ("name", "slope"), [("ha2g_expressive", 0.01), ("trimodal_expressive", 1.0)]
)
def test_published_discriminators_fit_ours(golden, name, slope):
    published = read_pickle(golden / f"{name}.bin")["dis_dict"]
    discriminator = PoseDiscriminator(126, slope).eval()
    discriminator.load_state_dict(renamed(published, SUMMED_GRU))
    probability = discriminator(torch.zeros(2, 34, 126))
    assert probability.shape == (2,)
    assert ((probability > 0) & (probability < 1)).all()


def test_published_motion_discriminator_fits_ours(golden):
    published = read_pickle(golden / "speech2gesture_expressive.bin")["dis_dict"]
    names = ["first", "blocks.0.conv", "blocks.0.bn", "blocks.1.conv", "blocks.1.bn", "last"]
    stems = ["net.0", "net.2.0", "net.2.1", "net.3.0", "net.3.1", "net.4"]
    state = {
        ours + key.removeprefix(theirs): value
        for key, value in published.items()
        for ours, theirs in zip(names, stems, strict=True)
        if key.startswith(theirs + ".")
    }
    discriminator = MotionDiscriminator(126)
    discriminator.load_state_dict(state)
    assert discriminator(torch.zeros(2, 34, 126)).shape[0] == 2
