# SPDX-License-Identifier: GPL-3.0-or-later
"""A published checkpoint's discriminator lands in the run that goes on from it."""

from __future__ import annotations

import pytest
import torch
from tiny_training import write_config

from ha2g_engine.checkpoints.published import import_published, read_pickle
from ha2g_engine.cli.main import main
from ha2g_engine.errors import InputError
from ha2g_engine.training.published_state import adversary, training_state


def bring_in(golden, name, folder):
    command = ["checkpoint", "import", str(golden / f"{name}.bin")]
    command += ["--out", str(folder / "x.safetensors"), "--state", str(folder / "run" / "state.pt")]
    return main(command)


@pytest.mark.parametrize("name", ["ha2g_expressive", "ha2g_gesture", "trimodal_expressive"])
def test_the_published_discriminator_judges_as_published(golden, name):
    path = golden / f"{name}.bin"
    model, notes = import_published(path)
    state = training_state(path, model, notes["epoch"])
    judge = adversary(name.split("_")[0], model.config, 1e-3)
    judge.restore(state["adversary"])
    published = read_pickle(path)["dis_dict"]
    for key, value in published.items():
        if not key.startswith("gru."):
            torch.testing.assert_close(judge.network.state_dict()[key], value)
    gru = torch.nn.GRU(8, 64, 4, batch_first=True, bidirectional=True)
    gru.load_state_dict({k[4:]: v for k, v in published.items() if k.startswith("gru.")})
    poses = torch.randn(3, 34, model.config.table.pose_dim)
    network = judge.network.eval()
    with torch.no_grad():
        both, _ = gru.eval()(network.pre_conv(poses.transpose(1, 2)).transpose(1, 2))
        steps = both[..., :64] + both[..., 64:]
        theirs = torch.sigmoid(network.out2(network.out(steps).squeeze(-1))).squeeze(-1)
        torch.testing.assert_close(network(poses), theirs, rtol=1e-4, atol=1e-5)


def test_training_goes_on_from_a_published_checkpoint(golden, tmp_path, capsys):
    config = str(write_config(tmp_path))
    assert bring_in(golden, "speech2gesture_expressive", tmp_path) == 0
    before = torch.load(tmp_path / "run" / "state.pt", weights_only=True)
    epoch = before["standing"]["epoch"]
    model, _ = import_published(golden / "speech2gesture_expressive.bin")
    settings = ["system=speech2gesture", f"model.unet_width={model.config.unet_width}"]
    settings += [f"training.epochs={epoch + 1}", "training.gan_warmup=0"]
    assert main(["train", config, *settings, "--resume"]) == 0
    after = torch.load(tmp_path / "run" / "state.pt", weights_only=True)
    assert after["standing"]["epoch"] == epoch + 1
    first, then = (state["adversary"]["network"]["first.weight"] for state in (before, after))
    published = read_pickle(golden / "speech2gesture_expressive.bin")["dis_dict"]["net.0.weight"]
    torch.testing.assert_close(first, published)
    assert 0 < (then - first).abs().max() < 0.05
    capsys.readouterr()
    assert main(["train", config, *settings[:1], "model.unet_width=8", "--resume"]) == 2
    assert "state.pt" in capsys.readouterr().err


def test_a_system_without_a_discriminator_needs_none(golden, tmp_path):
    assert bring_in(golden, "seq2seq_expressive", tmp_path) == 0
    state = torch.load(tmp_path / "run" / "state.pt", weights_only=True)
    assert state["adversary"] is None


def test_a_missing_discriminator_is_one_sentence(golden, monkeypatch):
    path = golden / "ha2g_gesture.bin"
    model, _ = import_published(path)
    content = {k: v for k, v in read_pickle(path).items() if k != "dis_dict"}
    monkeypatch.setattr("ha2g_engine.training.published_state.read_pickle", lambda _: content)
    with pytest.raises(InputError, match="dis_dict"):
        training_state(path, model, 0)
