# SPDX-License-Identifier: GPL-3.0-or-later
"""People of one's own data: by picture (E_ID of the paper, several frames), by name, by number."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from ted_sets import unpacked
from tiny_models import SMALL
from tiny_training import write_config

from ha2g_engine.checkpoints import files
from ha2g_engine.cli.main import main
from ha2g_engine.data.store import Store
from ha2g_engine.errors import InputError
from ha2g_engine.image import MEAN, SPREAD, load_reference
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.models.registry import build
from ha2g_engine.synthesis.settings import Settings, speaker_seed
from ha2g_engine.synthesis.synthesizer import Synthesizer
from ha2g_engine.training.config import load_config
from ha2g_engine.training.loop import Trainer, train

IMAGES = ('model.identity="image"', "model.image_widths=[8, 8, 8, 8]")
COLOURS = {"vid00000000": (200, 30, 30), "vid00000001": (30, 200, 30), "vid00000004": (30, 30, 200)}


@pytest.fixture(scope="module")
def pictured(tmp_path_factory):
    """The small TED set with two pictures of every speaker but one."""
    root = tmp_path_factory.mktemp("pictured")
    for name, colour in COLOURS.items():
        (root / "faces" / name).mkdir(parents=True)
        for k in range(2):
            Image.new("RGB", (300, 240 + k), colour).save(root / "faces" / name / f"{k}.png")
    unpacked("expressive_0141", root)
    return root


def test_pictures_come_with_converted_data(pictured, tmp_path, capsys):
    command = ["data", "convert", "ted", str(pictured), "--skeleton", "expressive", "--keep-all"]
    command += ["--pictures", str(pictured / "faces"), "--out", str(tmp_path / "data")]
    assert main(command) == 0
    assert "No pictures in" in capsys.readouterr().out  # of the test split's speaker
    data = Store(tmp_path / "data")
    assert data.portraits.shape == (6, 224, 224, 3)
    for speaker in data.speakers:
        own = data.portraits[slice(*speaker.portraits)]
        assert len(own) == (2 if speaker.name in COLOURS else 0)
        for picture in own:
            np.testing.assert_array_equal(picture[100, 100], COLOURS[speaker.name])
    seen = load_reference(pictured / "faces" / "vid00000000" / "0.png")
    ours = (data.portraits[0] / np.float32(255) - MEAN) / SPREAD
    np.testing.assert_allclose(ours.transpose(2, 0, 1), seen, atol=1e-5)

    config = write_config(tmp_path / "tiny")
    places = ["weights.identity=4", "training.identity_steps=1", "training.batch=2"]
    more = [*IMAGES, f"data={tmp_path / 'data'}", "training.windows=1", "training.epochs=1"]
    with pytest.raises(InputError, match="no picture of speaker 'vid0000000"):
        train(config, [*more, *places], progress=lambda _m: None)


def test_folders_without_pictures_are_a_sentence(pictured, tmp_path, capsys):
    command = ["data", "convert", "ted", str(pictured), "--skeleton", "expressive", "--keep-all"]
    command += ["--out", str(tmp_path / "data"), "--pictures"]
    assert main([*command, str(tmp_path)]) == 2
    assert "has no pictures of a speaker: put some" in capsys.readouterr().err
    (tmp_path / "vid00000000").mkdir()
    (tmp_path / "vid00000000" / "a.png").write_bytes(b"no picture")
    assert main([*command, str(tmp_path)]) == 2
    assert "a.png' is not a picture" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_a_person_is_the_mean_of_several_frames(tmp_path):
    config = write_config(tmp_path)
    trainer = Trainer(load_config(config, [*IMAGES, "training.frames=3", "training.augment=false"]))
    sets = trainer.recipe._portraits(np.random.default_rng(0))
    assert sets.shape == (2 * 8, 3, 3, 224, 224)
    scalars = trainer.epoch()
    assert np.isfinite(scalars["train/huber"])
    places = ["weights.identity=4", "training.identity_steps=2", "training.frames=3"]
    assert "train/people" in Trainer(load_config(config, [*IMAGES, *places])).epoch()

    encoder = trainer.model.identity.eval()
    frames = torch.randn(1, 3, 3, 224, 224)
    with torch.no_grad():
        apart = torch.stack([encoder._seen(frames[:, k : k + 1]) for k in range(3)]).mean(dim=0)
        torch.testing.assert_close(encoder._seen(frames), apart, atol=1e-5, rtol=1e-4)


@pytest.fixture
def known(tmp_path):
    """Checkpoints of two systems that know three people by name."""
    torch.manual_seed(0)
    config = replace(SMALL, identity="speaker", n_speakers=3, n_words=4, word_dim=8)
    notes = {"speakers": ["ann", "bob", "cem"], "vocabulary": ["<PAD>", "<SOS>", "<EOS>", "<UNK>"]}
    paths = {}
    for system in ("ha2g", "trimodal"):
        paths[system] = tmp_path / f"{system}.safetensors"
        files.save(paths[system], build(system, config), notes, half=False)
    return paths


@pytest.mark.parametrize("system", ["ha2g", "trimodal"])
def test_an_identity_seed_is_a_speakers_number_in_every_system(known, system, jfk, tmp_path):
    synthesizer = Synthesizer(known[system])
    made = [synthesizer.generate(jfk, Settings(identity_seed=k)).directions for k in range(4)]
    np.testing.assert_array_equal(made[3], made[0])
    assert all(np.abs(made[k] - made[0]).max() > 1e-5 for k in (1, 2))
    command = ["generate", str(jfk), "--checkpoint", str(known[system]), "--speaker", "cem"]
    assert main([*command, "--out", str(tmp_path / "cem.npz")]) == 0
    with np.load(tmp_path / "cem.npz") as content:
        np.testing.assert_array_equal(content["directions"], made[2])


def test_the_number_is_the_row_of_the_table(known):
    synthesizer = Synthesizer(known["ha2g"])
    assert isinstance(synthesizer.model, HA2G)
    for seed in range(7):
        expected = synthesizer.model.identity_from_speakers(torch.tensor([seed % 3])).detach()
        person = synthesizer.identity(Settings(identity_seed=seed))
        np.testing.assert_array_equal(person, expected)


def test_speakers_that_nobody_knows_are_a_sentence():
    names = [f"talk {k}" for k in range(12)]
    assert speaker_seed({"speakers": names}, "talk 11") == 11
    with pytest.raises(InputError, match=r"no speaker 'eve': it knows talk 0, .*talk 9 …"):
        speaker_seed({"speakers": names}, "eve")
    with pytest.raises(InputError, match="knows no speaker by name"):
        speaker_seed({}, "ann")
