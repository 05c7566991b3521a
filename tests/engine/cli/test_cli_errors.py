# SPDX-License-Identifier: GPL-3.0-or-later
"""From the shell: what cannot be used ends with status 2 and one sentence that names it."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import torch

from ha2g_engine.body.skeleton import skeleton
from ha2g_engine.checkpoints import files
from ha2g_engine.cli.main import main
from ha2g_engine.data import store
from ha2g_engine.errors import InputError
from ha2g_engine.models.autoencoder import Autoencoder
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.speech2gesture import Speech2Gesture
from ha2g_engine.training.config import load_config

FRAMES = 64
CONFIG = """
data = "{data}"
out = "{out}"
system = "seq2seq"
[model]
skeleton = "expressive"
identity = "speaker"
hidden = 8
gru_layers = 2
text_layers = 1
word_dim = 4
[training]
epochs = 1
sequences = 1
windows = 1
batch = 2
"""
FAULTS = {  # name: arguments of `ha2g`, with {folder}; what the sentence must name
    "unknown key": ("train {config} training.epoch=3", "training.epoch"),
    "wrong type": ("train {config} training.epochs=2.5", "training.epochs"),
    "not a number": ("train {config} model.hidden=wide", "model.hidden"),
    "not a list": ("train {config} model.audio_widths=3", "model.audio_widths"),
    "below its range": ("train {config} training.batch=0", "training.batch"),
    "beyond its range": ("train {config} model.dropout=1.5", "model.dropout"),
    "negative weight": ("train {config} weights.mse=-1", "weights.mse"),
    "no path": ("train {config} start=5", "start"),
    "no choice": ("train {config} model.identity=name", "identity"),
    "no table": ("train {config} model=3", "model"),
    "other skeleton": ("train {config} data={folder}/gesture", "gesture"),
    "empty split": ("train {config} data={folder}/train-only", "val"),
    "NaN to train on": ("train {config} data={folder}/nan training.batch=16", "'train1'"),
    "NaN to measure on": (
        "evaluate {folder}/s2g.safetensors --data {folder}/nan --split train "
        "--autoencoder {folder}/ae.safetensors",
        "'train1'",
    ),
    "array cut short": ("data inspect {folder}/cut", "directions.npy"),
    "array too short": ("data inspect {folder}/short", "'val1'"),
    "index cut short": ("data inspect {folder}/cut-index", "index.json"),
    "no test split": (
        "generate --from-dataset {folder}/good --checkpoint {folder}/s2g.safetensors "
        "--out {folder}/samples",
        "test split",
    ),
    "data of another skeleton": (
        "evaluate {folder}/s2g.safetensors --data {folder}/gesture "
        "--autoencoder {folder}/ae.safetensors",
        "ae.safetensors",
    ),
    "checkpoint cut short": (
        "generate {speech} --checkpoint {folder}/half.safetensors --out {folder}/x.npz",
        "half.safetensors",
    ),
    "published file not imported": (
        "generate {speech} --checkpoint {folder}/half.bin --out {folder}/x.npz",
        "half.bin",
    ),
    "published file cut short": (
        "checkpoint import {folder}/half.bin --out {folder}/x.safetensors",
        "half.bin",
    ),
    "published file of another method": (
        "checkpoint import {folder}/other.bin --out {folder}/x.safetensors",
        "other.bin",
    ),
    "an autoencoder that should speak": (
        "generate {speech} --checkpoint {folder}/ae.safetensors --out {folder}/x.npz",
        "ae.safetensors",
    ),
}


def write_data(folder, name="expressive", splits=("train", "val")):
    """Two clips a split; some words, no sound to speak of."""
    random = np.random.default_rng(0)
    entries = [
        store.ClipEntry(f"{split}{i}", split, 0, (0, 140), (k * FRAMES, (k + 1) * FRAMES),
                        words=(("so", 0.2, 0.4), ("there", 1.2, 1.5)))
        for k, (split, i) in enumerate((split, i) for split in splits for i in range(2))
    ]  # fmt: skip
    bones = skeleton(name).neutral
    motion = bones + 0.1 * random.standard_normal((len(entries) * FRAMES, *bones.shape))
    motion /= np.linalg.norm(motion, axis=-1, keepdims=True)
    arrays = {
        "mel": random.uniform(-60, 0, (140, 128)).astype(np.float16),
        "directions": motion.astype(np.float16),
        "portraits": np.zeros((0, 224, 224, 3), np.uint8),
    }
    store.write(folder, {"skeleton": name}, [store.SpeakerEntry("a", (0, 0))], entries, arrays)


def spoil(folder):
    """Copies of the good data set, each with one fault."""
    for name in ("nan", "cut", "short", "cut-index"):
        shutil.copytree(folder / "good", folder / name)
    motion = np.load(folder / "nan" / "directions.npy")
    motion[FRAMES + 30 : FRAMES + 34, 5] = np.nan  # in every window of the second clip
    np.save(folder / "nan" / "directions.npy", motion)
    path = folder / "cut" / "directions.npy"
    path.write_bytes(path.read_bytes()[:-1000])
    np.save(folder / "short" / "directions.npy", np.load(folder / "good" / "directions.npy")[:-9])
    path = folder / "cut-index" / "index.json"
    path.write_bytes(path.read_bytes()[:-40])


@pytest.fixture(scope="module")
def results(tmp_path_factory, jfk):
    """(status, stderr) of every faulty command; two run at a time."""
    folder = tmp_path_factory.mktemp("faults")
    write_data(folder / "good")
    write_data(folder / "gesture", "gesture")
    write_data(folder / "train-only", splits=("train",))
    spoil(folder)
    config = folder / "c.toml"
    config.write_text(CONFIG.format(data=folder / "good", out=folder / "run"))
    sizes = ModelConfig(unet_width=8, latent_dim=8)
    files.save(folder / "ae.safetensors", Autoencoder(sizes))
    files.save(folder / "s2g.safetensors", Speech2Gesture(sizes))
    whole = (folder / "s2g.safetensors").read_bytes()
    (folder / "half.safetensors").write_bytes(whole[: len(whole) // 2])
    torch.save({"epoch": 3, "gen_dict": {"w": torch.zeros(2000)}}, folder / "other.bin")
    whole = (folder / "other.bin").read_bytes()
    (folder / "half.bin").write_bytes(whole[: len(whole) // 2])
    names = {"folder": folder, "config": config, "speech": jfk}
    commands = [fault[0].format(**names).split() for fault in FAULTS.values()]
    # A process for each command, forked from one that has imported the engine's libraries.
    forked = multiprocessing.get_context("forkserver")
    forked.set_forkserver_preload(
        ["ha2g_engine.synthesis.synthesizer", "ha2g_engine.training.loop"]
    )
    with ProcessPoolExecutor(2, forked, max_tasks_per_child=1) as pool:
        return dict(zip(FAULTS, pool.map(ha2g, commands), strict=True))


def ha2g(arguments):
    """(status, stderr) of the command in this process."""
    torch.set_num_threads(1)
    with tempfile.TemporaryFile("w+") as said:
        os.dup2(said.fileno(), 2)
        status = main(arguments)
        sys.stderr.flush()
        said.seek(0)
        return status, said.read()


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_one_sentence_names_what_is_wrong(results, fault):
    status, error = results[fault]
    assert status == 2, error
    lines = [line for line in error.splitlines() if not line.startswith("Measuring")]
    assert len(lines) == 1, error
    assert FAULTS[fault][1] in lines[0]
    assert lines[0].endswith(".")


def test_the_shell_gets_the_status_and_the_sentence(tmp_path):
    command = [sys.executable, "-m", "ha2g_engine.cli", "data", "inspect", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(tmp_path) in done.stderr


def test_an_index_of_another_format_is_named(tmp_path):
    (tmp_path / "index.json").write_text(json.dumps([1, 2]))
    with pytest.raises(store.InputError, match=r"index\.json"):
        store.Store(tmp_path)


def test_no_process_to_build_with_is_refused(tmp_path, capsys):
    command = ["data", "build-default", "--gestures", str(tmp_path), "--out", str(tmp_path / "d")]
    assert main([*command, "--workers", "0"]) == 2
    assert "--workers" in capsys.readouterr().err


def unfolding(path):
    """A motion file whose plan is small and unfolds to 64 MB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("plan.npy", bytes(64 << 20))
    return path


@pytest.mark.parametrize("option", ["--style", "--plan", "--moods"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[" * 100_000, b"3", b"", b"PK\x03\x04"])
@pytest.mark.parametrize("suffix", [".json", ".npz"])
def test_styles_and_plans_that_are_none_are_one_sentence(
    tmp_path, write_speech, small_checkpoint, capsys, option, content, suffix
):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    command = ["generate", str(write_speech(seconds=1)), "--out", str(tmp_path / "m.npz")]
    assert main([*command, "--checkpoint", str(small_checkpoint), option, str(path)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "m.npz").exists()


def test_a_plan_that_unfolds_is_not_unpacked(tmp_path, write_speech, capsys):
    path = unfolding(tmp_path / "a.npz")
    command = ["generate", str(write_speech(seconds=1)), "--out", str(tmp_path / "m.npz")]
    assert main([*command, "--plan", str(path)]) == 2
    assert "holds no plan" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"name = '\xe4'", b"x = " + b"[" * 50_000, b"x" * 9000])
def test_a_configuration_that_is_none_is_one_sentence(tmp_path, content):
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no valid TOML in UTF-8") as caught:
        load_config(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000
