# SPDX-License-Identifier: GPL-3.0-or-later
"""Training on data that tell which gesture is under way, and in what style."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_training import write_config, write_told_config

from ha2g_engine.checkpoints import files
from ha2g_engine.data.store import Store
from ha2g_engine.errors import InputError
from ha2g_engine.gestures.plan import NUMBERS
from ha2g_engine.synthesis.planning import Planner
from ha2g_engine.synthesis.torch_network import TorchNetwork
from ha2g_engine.training.config import load_config
from ha2g_engine.training.loop import Trainer, train


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path)


@pytest.fixture
def told_config(tmp_path):
    return write_told_config(tmp_path)


def quiet(_message):
    pass


def test_what_the_data_tells_of_gestures_reaches_every_level(told_config):
    trainer = Trainer(load_config(told_config))
    window = trainer.streams.sequence(np.random.default_rng(0), 2)[0]
    assert window.codes.shape == (2, 34, NUMBERS)
    assert window.styles.shape == (2, 3, 6)
    model, people = trainer.model.eval(), torch.zeros(2, 16)
    np.testing.assert_array_equal(model.gestures, trainer.streams.store.gestures.codes)
    audio = torch.zeros(2, len(model.levels), 34, model.config.audio_dim)
    guide = window.guide(model)
    one, _, _ = model.infer(audio, window.poses[:, :4], people, guide=guide)
    other = replace(window, codes=window.codes + 1).guide(model)
    moved, _, _ = model.infer(audio, window.poses[:, :4], people, guide=other)
    assert all((a - b).abs().max() > 1e-4 for a, b in zip(one, moved, strict=True))
    chance, _, _ = model.infer(audio, window.poses[:, :4], people, noise=True, guide=guide)
    assert all(torch.equal(a, b) for a, b in zip(one, chance, strict=True))


def test_the_coordinator_learns_the_speakers_own_styles(told_config):
    longer = ["training.epochs=8", "training.learning_rate=0.02", "training.final_rate=1.0"]
    trainer = Trainer(load_config(told_config, longer))
    own = trainer.recipe.own_styles

    def error():
        network = trainer.model.eval()
        return float((network.style(trainer.recipe.codes) - own).square().mean())

    before = error()
    for _ in range(8):
        trainer.epoch()
    assert error() < before / 2


def test_what_the_model_knows_of_gestures_is_kept_beside_its_weights(told_config):
    best = train(told_config, progress=quiet)
    model, notes = files.load(best)
    planner = Planner.of(TorchNetwork(model), notes)
    store = Store(load_config(told_config).data)
    assert planner.repertoire.facts == store.gestures.facts
    np.testing.assert_allclose(planner.repertoire.codes, store.gestures.codes, atol=1e-2)
    assert planner.places.shape == (2, 16)
    assert planner.taste(planner.places[1:2]).hands == (0.2, 0.3, 0.5)


def test_codes_that_the_data_does_not_tell_are_one_sentence(config, told_config):
    with pytest.raises(InputError, match="0 numbers of its gestures"):
        Trainer(load_config(config, [f"model.code_dim={NUMBERS}"]))
    with pytest.raises(InputError, match="code_dim is 5"):
        Trainer(load_config(told_config, ["model.code_dim=5"]))
    with pytest.raises(InputError, match="coordinator compares"):
        trainer = Trainer(load_config(config, ["weights.coordinator=1.0"]))
        trainer.epoch()


def test_a_start_gives_the_parts_that_are_asked_for(config, told_config, tmp_path):
    first = train(config, ['model.identity="image"', f"out={tmp_path / 'first'}"], progress=quiet)
    theirs = files.load(first)[0].state_dict()
    some = [f"start={first}", "parts=audio identity", f"out={tmp_path / 'second'}"]
    mine = Trainer(load_config(told_config, some)).model.state_dict()
    taken = [name for name in mine if name in theirs and torch.equal(mine[name], theirs[name])]
    assert {name.split(".")[0] for name in mine if name.startswith(("audio", "identity"))} == {
        "audio", "identity"
    }  # fmt: skip
    assert all(name in taken for name in mine if name.startswith(("audio.", "identity.")))
    assert not any(name.startswith("levels.0.gru") for name in taken)
    with pytest.raises(InputError, match="other sizes"):
        Trainer(load_config(told_config, [f"start={first}", "parts=nothing"]))
