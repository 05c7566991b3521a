# SPDX-License-Identifier: GPL-3.0-or-later
"""The ASR ablation, with a Whisper of random weights in the published file format."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from tiny_training import write_config

from ha2g_engine.checkpoints import files
from ha2g_engine.errors import InputError
from ha2g_engine.models import whisper
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer
from ha2g_engine.training.config import load_config
from ha2g_engine.training.loop import Trainer, train


@pytest.fixture(scope="module")
def transformers():
    return pytest.importorskip("transformers", reason="needs transformers: pip install ha2g[asr]")


@pytest.fixture(scope="module")
def weights(transformers, tmp_path_factory):
    """A folder with config.json and model.safetensors: 3 encoder layers of 16."""
    torch.manual_seed(0)
    sizes = {"d_model": 16, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
             "encoder_layers": 3, "decoder_layers": 1, "encoder_ffn_dim": 32,
             "decoder_ffn_dim": 32, "vocab_size": 60, "pad_token_id": 0, "bos_token_id": 1,
             "eos_token_id": 2, "decoder_start_token_id": 1}  # fmt: skip
    folder = tmp_path_factory.mktemp("whisper")
    transformers.WhisperModel(transformers.WhisperConfig(**sizes)).save_pretrained(folder)
    return folder


@pytest.fixture
def speech():
    return 0.1 * torch.randn(2, 36267, generator=torch.Generator().manual_seed(1))


def test_spectrogram_is_whispers_own(transformers, speech):
    extractor = transformers.WhisperFeatureExtractor()
    wave = np.zeros((2, whisper.samples(whisper.positions(34))), np.float32)
    wave[:, :36267] = speech
    theirs = extractor._np_extract_fbank_features(wave, "cpu")
    ours = whisper.log_mel(speech, 80, 36_480)
    np.testing.assert_allclose(ours.numpy(), theirs, atol=2e-3)


def test_a_short_window_gives_what_the_layers_give(transformers, weights, speech):
    """Each level is its layer's output, by the model as transformers runs it."""
    encoder = transformers.WhisperModel.from_pretrained(weights).encoder.eval()
    encoder.embed_positions = torch.nn.Embedding.from_pretrained(
        encoder.embed_positions.weight[: whisper.positions(34)]
    )
    encoder.config.max_source_positions = whisper.positions(34)
    outputs = []
    for layer in encoder.layers:
        layer.register_forward_hook(
            lambda _m, _i, out: outputs.append(out[0] if isinstance(out, tuple) else out)
        )
    with torch.no_grad():
        last = encoder(whisper.log_mel(speech, 80, 36_480)).last_hidden_state
        found = whisper.hidden_states(whisper.load_encoder(str(weights)), speech)
    for mine, theirs in zip(found, (*outputs[:2], last), strict=True):
        torch.testing.assert_close(mine, whisper.at_poses(theirs))


def test_features_stand_at_the_middle_of_their_pose():
    """A ramp in seconds, sampled at 50 a second, reads the time of each pose."""
    ramp = ((torch.arange(whisper.positions(34)) + 0.5) / 50)[None, :, None]
    times = whisper.at_poses(ramp)[0, :, 0]
    torch.testing.assert_close(times, (torch.arange(34) + 0.5) / 15)


def test_trains_by_configuration_alone_and_generates(weights, tmp_path, write_speech):
    config = write_config(tmp_path)
    overrides = [f"model.whisper={weights}", "model.n_words=1", "model.text_dim=32"]
    best = train(config, overrides, progress=lambda _line: None)
    model, _ = files.load(best)
    names = list(model.state_dict())
    assert "audio.heads.2.weight" in names
    assert not any("encoder" in name for name in names)
    take = Synthesizer(best).generate(write_speech(seconds=3.0), Settings())
    assert take.directions.shape == (45, 42, 3)
    assert np.isfinite(take.directions).all()


def test_the_encoder_is_frozen_and_its_heads_learn(weights, tmp_path, monkeypatch):
    trainer = Trainer(load_config(write_config(tmp_path), [f"model.whisper={weights}"]))
    audio, heard = trainer.model.audio, []
    states = whisper.hidden_states
    monkeypatch.setattr(
        whisper, "hidden_states", lambda of, *given: heard.append(of) or states(of, *given)
    )
    encoder = whisper.load_encoder(audio.source, audio.frames, trainer.device)
    before = [p.clone() for p in encoder.parameters()]
    heads = [p.clone() for p in trainer.model.audio.parameters()]
    trainer.epoch()
    assert heard
    assert all(one is encoder for one in heard)
    assert all(torch.equal(a, b) for a, b in zip(before, encoder.parameters(), strict=True))
    moved = zip(heads, trainer.model.audio.parameters(), strict=True)
    assert all(not torch.equal(a, b) for a, b in moved)


def test_missing_weights_are_one_sentence(transformers, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "whisper"}')
    with pytest.raises(InputError, match=r"holds no Whisper weights: name a folder"):
        whisper.load_encoder(str(tmp_path))


def test_a_missing_package_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(InputError, match="needs the package transformers"):
        whisper.load_encoder("anywhere")


def test_data_without_speech_is_one_sentence(weights, tmp_path):
    config = write_config(tmp_path)
    (tmp_path / "data" / "wave.npy").unlink()
    with pytest.raises(InputError, match=r"wave\.npy"):
        train(config, [f"model.whisper={weights}"], progress=lambda _line: None)
