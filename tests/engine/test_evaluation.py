# SPDX-License-Identifier: GPL-3.0-or-later
"""`ha2g evaluate` on a small data set: the ground truth's row, and who wins."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from ha2g_engine import checkpoints, cli, evaluation, metrics
from ha2g_engine.data import store
from ha2g_engine.models.autoencoder import Autoencoder
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.models.speech2gesture import Speech2Gesture
from ha2g_engine.skeleton import EXPRESSIVE, NEUTRAL, unit

SECONDS = 24
SMALL = {"audio_widths": (8, 8, 16, 32), "audio_blocks": (1, 1, 1, 1), "hidden": 16,
         "gru_layers": 1, "image_widths": (8, 8, 8, 8)}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A data set of two speakers with sound, an autoencoder and two untrained models."""
    folder = tmp_path_factory.mktemp("evaluation")
    rng = np.random.default_rng(0)
    frames, samples = SECONDS * 15, SECONDS * 16_000
    swing = np.cumsum(0.06 * rng.standard_normal((2 * frames, 42, 3)), axis=0)
    motion = unit((NEUTRAL + 0.3 * np.sin(swing)).astype(np.float32)).astype(np.float16)
    clicks = (rng.random(2 * samples) > 0.9998) * 20_000
    mel = -30 + 10 * rng.standard_normal((2 * SECONDS * 32, 128))
    half = len(mel) // 2
    clips = [
        store.ClipEntry(f"{split}{i}", split, i, (i * half, (i + 1) * half),
                        (i * frames, (i + 1) * frames), (i * samples, (i + 1) * samples))
        for split in ("train", "test") for i in range(2)
    ]  # fmt: skip
    people = [store.SpeakerEntry(name, (0, 0)) for name in "ab"]
    arrays = {
        "mel": mel.astype(np.float16),
        "directions": motion,
        "portraits": np.zeros((0, 224, 224, 3), np.uint8),
        "wave": clicks.astype(np.int16),
    }
    store.write(folder / "data", {"skeleton": "expressive"}, people, clips, arrays)
    torch.manual_seed(0)
    for name, kind in (("ae", Autoencoder), ("ha2g", HA2G), ("s2g", Speech2Gesture)):
        checkpoints.save(folder / f"{name}.safetensors", kind(ModelConfig(**SMALL)))
    return folder


def arguments(files, *models):
    paths = [str(files / f"{m}.safetensors") for m in models]
    return ["evaluate", *paths, "--data", str(files / "data"),
            "--autoencoder", str(files / "ae.safetensors")]  # fmt: skip


def test_a_table_with_the_ground_truth_first(files, tmp_path):
    table = tmp_path / "out" / "table.md"
    command = [*arguments(files, "ha2g", "s2g"), "--seeds", "2", "--table", str(table)]
    assert cli.main(command) == 0
    content = json.loads(table.with_suffix(".json").read_text())
    truth, ours, baseline = content["rows"]
    assert truth["FGD"]["mean"] == pytest.approx(0, abs=1e-3)
    assert truth["MAE m"]["mean"] == 0
    assert truth["windows"] == 2 * (SECONDS * 15 // 34)
    for row in (ours, baseline):
        assert row["FGD"]["mean"] > 100 * abs(truth["FGD"]["mean"])
        assert row["MAE m"]["mean"] > 0
        assert set(evaluation.COLUMNS) <= set(row)
    text = table.read_text()
    assert f"BC threshold: {metrics.BEAT_THRESHOLD}" in text
    assert text.count("\n|") == 4


def test_real_motion_as_a_model_scores_as_the_ground_truth(files):
    data = store.Store(files / "data")
    clips = evaluation.select(data, "test")
    encoder, _ = checkpoints.load(files / "ae.safetensors")
    takes = evaluation._real_takes(clips)
    real = evaluation.measure(clips, clips.real, takes, encoder)
    still = np.broadcast_to(NEUTRAL, clips.real.shape).astype(np.float32)
    dull = evaluation.measure(clips, still, takes, encoder)
    assert real["FGD"] < dull["FGD"]
    assert dull["Diversity"] == pytest.approx(0, abs=1e-4)
    assert dull["BC"] == 0 < real["BC"]


def test_what_cannot_be_evaluated_is_one_sentence(files, tmp_path, capsys):
    cases = [
        arguments(files, "ae"),
        [*arguments(files, "ha2g"), "--split", "val"],
        ["evaluate", str(files / "ha2g.safetensors"), "--data", str(tmp_path),
         "--autoencoder", str(files / "ae.safetensors")],
        ["evaluate", str(files / "ha2g.safetensors"), "--data", str(files / "data"),
         "--autoencoder", str(files / "ha2g.safetensors")],
    ]  # fmt: skip
    for command in cases:
        assert cli.main(command) == 2
        progress_and_error = capsys.readouterr().err.splitlines()
        assert len([line for line in progress_and_error if "Measuring" not in line]) == 1


def test_fingers_bend_towards_the_palm():
    flexion = metrics.finger_flexion(EXPRESSIVE.neutral, EXPRESSIVE)
    assert (flexion > 0).mean() > 0.8
    straight = EXPRESSIVE.neutral.copy()
    for first in (5, 8, 11, 14, 22, 25, 28, 31):
        straight[first + 1 : first + 3] = straight[first]
    assert np.abs(metrics.finger_flexion(straight, EXPRESSIVE)).max() < 1e-3
    assert metrics.backward_bends(straight[None], EXPRESSIVE) == 0
    backwards = 2 * (straight * straight).sum(-1, keepdims=True) * straight - EXPRESSIVE.neutral
    assert metrics.backward_bends(unit(backwards)[None], EXPRESSIVE) > 0.3


def test_a_hand_in_the_chest_is_seen():
    inside = EXPRESSIVE.neutral.copy()
    assert metrics.hand_in_body(inside[None], EXPRESSIVE) == 0
    inside[3], inside[4] = (0, 1, 0), unit(np.float32([-0.7, -0.6, 0]))  # the left wrist
    assert metrics.hand_in_body(inside[None], EXPRESSIVE) == 1
